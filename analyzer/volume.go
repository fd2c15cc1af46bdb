package analyzer

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"

	"roletrail/analyzer/facts"
)

// maxOpen is how many open volumes of a role a report tells one by one.
const maxOpen = 100

// volumeLedger goes over the facts of kinds Keep and Volume in the order facts.ForWalk and finds out which volumes of
// ECS are still there. The zero value is ready to use.
type volumeLedger struct {
	byRole map[roleKey]*roleVolumes

	labels *labels // nil unless evidence is wanted

	account string
	kept    map[taskHash]bool // tasks of the account whose volumes outlive them
	volume  *volumeWalk
}

// roleVolumes are the volumes of one role.
type roleVolumes struct {
	Volumes
	arn      string             // of the role
	openIn   map[[2]string]bool // Region and cluster of the tasks with open volumes
	opened   sample             // creations of open volumes
	unknown  sample             // the first uses of volumes of unknown age by the role
	failures sample             // attempts to detach or delete open volumes and volumes of unknown age that failed
	stuck    int64              // how many volumes these were
}

// taskHash stands for a task, of which there can be very many.
type taskHash [16]byte

func hashTask(arn string) taskHash {
	sum := sha256.Sum256([]byte(arn))
	return taskHash(sum[:len(taskHash{})])
}

// volumeWalk is what the events of one volume add up to. Times of what is not known to have happened are never.
type volumeWalk struct {
	subject string // of its facts
	id      string
	ours    bool   // a session that makes volumes for tasks had to do with it
	event   item   // its creation by such a session, or else the first event of one
	arn     string // of that session's role
	created int64
	region  string // where it was created
	task    string // for which it was
	closed  bool   // deleted, or found to be gone

	attached, detached int64 // the latest time
	failures           sample
	failed             int64 // how many failures

	label uint32 // of its events
}

// never is before all times.
const never = -1

// in turns to an account.
func (l *volumeLedger) in(account string) {
	if account != l.account || l.kept == nil {
		l.end()
		l.account, l.kept = strings.Clone(account), map[taskHash]bool{}
	}
}

// keep takes up a fact of kind Keep.
func (l *volumeLedger) keep(f *facts.Fact) {
	l.in(f.Account)
	l.kept[hashTask(f.Subject)] = true
}

// fact takes up a fact of kind Volume, and returns the label of its volume's events.
func (l *volumeLedger) fact(f *facts.Fact) uint32 {
	l.in(f.Account)
	if l.volume == nil || l.volume.subject != f.Subject {
		l.end()
		subject := strings.Clone(f.Subject)
		told, _ := unpack(subject, 2)
		l.volume = &volumeWalk{subject: subject, id: told[1], created: never, attached: never, detached: never}
		if l.labels != nil {
			l.volume.label = l.labels.next()
		}
	}
	l.volume.fact(f)
	return l.volume.label
}

// fact takes up an event on the volume. They come in the order of time.
func (v *volumeWalk) fact(f *facts.Fact) {
	failed := f.ErrorCode != ""
	if f.Detail != "" {
		v.touch(f, f.Action == "CreateVolume" && v.created == never)
	}
	gone := isGone(f.ErrorCode)
	switch f.Action {
	case "AttachVolume":
		if !failed {
			v.attached = f.Time
		}
	case "DetachVolume":
		switch {
		case !failed:
			v.detached = f.Time
		case !gone:
			v.fail(f)
		}
	case "DeleteVolume":
		switch {
		case !failed || gone:
			v.closed = true
		default:
			v.fail(f)
		}
	}
}

// isGone tells the error code of a volume that is not there any more.
func isGone(errorCode string) bool { return strings.Contains(errorCode, "InvalidVolume.NotFound") }

// touch takes up an event of a session that makes volumes for tasks.
func (v *volumeWalk) touch(f *facts.Fact, creates bool) {
	if v.ours && !creates {
		return
	}
	told, _ := unpack(f.Detail, 2)
	v.ours, v.arn = true, strings.Clone(told[0])
	v.event = item{f.Time, f.EventID.Clone(), f.Object, f.Index}
	if creates {
		v.created, v.region, v.task = f.Time, strings.Clone(f.Region), strings.Clone(told[1])
	}
}

func (v *volumeWalk) fail(f *facts.Fact) {
	v.failures.add(f)
	v.failed++
}

// end settles the last volume. Then byRole is complete.
func (l *volumeLedger) end() {
	v := l.volume
	l.volume = nil
	if v == nil || !v.ours || v.arn == "" {
		return
	}
	r := l.role(v.arn)
	if v.created != never {
		r.Created++
	}
	state := l.state(v)
	switch state {
	case volumeDeleted:
		r.Deleted++
	case volumeUnknownAge:
		r.UnknownAge++
		r.unknown.addItem(v.event, false)
	case volumeKept:
		r.Kept++
	case volumeOpen:
		r.open(v)
	}
	l.labels.settleVolume(v, state)
	if v.failed > 0 && (state == volumeOpen || state == volumeUnknownAge) {
		r.failures.merge(&v.failures)
		r.stuck++
	}
}

// state tells what became of a volume.
func (l *volumeLedger) state(v *volumeWalk) volumeState {
	switch {
	case v.closed:
		return volumeDeleted
	case v.created == never:
		return volumeUnknownAge
	case v.detached != never && !v.isAttached() && l.kept[hashTask(v.task)]:
		return volumeKept
	}
	return volumeOpen
}

// isAttached reports whether the volume is attached. Times are told to the second, in which a volume can be attached and
// then detached, but hardly the other way round.
func (v *volumeWalk) isAttached() bool { return v.attached > v.detached }

// role returns the volumes of the role that an ARN names. The ARN of a session lacks the path of the role, so of several
// ARNs of one role the longest has it.
func (l *volumeLedger) role(arn string) *roleVolumes {
	key := keyOf(arn)
	r := l.byRole[key]
	if r == nil {
		r = &roleVolumes{Volumes: Volumes{Open: []OpenVolume{}}, openIn: map[[2]string]bool{}}
		if l.byRole == nil {
			l.byRole = map[roleKey]*roleVolumes{}
		}
		l.byRole[key] = r
	}
	if cmp.Or(cmp.Compare(len(arn), len(r.arn)), strings.Compare(r.arn, arn)) > 0 {
		r.arn = arn
	}
	return r
}

// open counts an open volume, and keeps it if it is among the oldest.
func (r *roleVolumes) open(v *volumeWalk) {
	r.OpenCount++
	r.opened.addItem(v.event, false)
	if region, cluster, ok := clusterOf(v.task); ok {
		r.openIn[[2]string{region, cluster}] = true
	}
	o := OpenVolume{VolumeID: v.id, Region: v.region, Task: v.task, CreatedAt: fromMilliseconds(v.created), DeleteFailures: v.failed}
	if v.isAttached() {
		o.AttachedAt = fromMilliseconds(v.attached)
	}
	at, _ := slices.BinarySearchFunc(r.Open, o, OpenVolume.compare)
	if at < maxOpen {
		r.Open = slices.Insert(r.Open, at, o)
		r.Open = r.Open[:min(len(r.Open), maxOpen)]
	}
}

// compare orders open volumes. Beyond the ID it only matters where two accounts tell of one, which has not been seen.
func (o OpenVolume) compare(p OpenVolume) int {
	return cmp.Or(
		o.CreatedAt.Compare(p.CreatedAt), strings.Compare(o.VolumeID, p.VolumeID), strings.Compare(o.Region, p.Region),
		strings.Compare(o.Task, p.Task), o.AttachedAt.Compare(p.AttachedAt), cmp.Compare(o.DeleteFailures, p.DeleteFailures),
	)
}

// clusterOf returns the Region and the cluster of a task, which the ARN of every task that can have volumes tells:
// arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID.
func clusterOf(task string) (region, cluster string, ok bool) {
	parts := strings.SplitN(task, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "ecs" {
		return "", "", false
	}
	resource := strings.Split(parts[5], "/")
	if len(resource) != 3 || resource[0] != "task" || resource[1] == "" || resource[2] == "" {
		return "", "", false
	}
	return parts[3], resource[1], true
}
