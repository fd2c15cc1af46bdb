package reference

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// featureOfVolumes is the id of the feature that makes EBS volumes for tasks.
const featureOfVolumes = "ebs-volumes"

// ebsVolume is a volume that a session of that feature had to do with. "Key (account, id)."
type ebsVolume struct {
	account, id string
	isOurs      bool   // such a session had to do with it
	role        string // ARN
	region      string // where it was created
	task        string // ARN, from its tags, or ""
	created     time.Time
	isCreated   bool
	isClosed    bool
	isKept      bool
	attached    time.Time // zero if it is not attached
	failures    []*event  // to delete or detach it
}

func (v *ebsVolume) isOpen() bool         { return v.isCreated && !v.isClosed && !v.isKept }
func (v *ebsVolume) isOfUnknownAge() bool { return !v.isCreated && !v.isClosed }

// volumes keeps the ledger, by role. "A volume is in the ledger iff it has at least one event by an EBS session (failed or
// not). Its role: the role ARN of the earliest successful CreateVolume by an EBS session, else of its earliest event by
// an EBS session. Role key from account and name of the ARN; ARN empty: dropped."
func volumes(winners []*event, c *catalog.Catalog) map[roleKey][]*ebsVolume {
	type volumeKey struct{ account, region, id string } // what is asked of another Region tells nothing of a volume
	byVolume := map[volumeKey][]*event{}
	for _, e := range winners { // in order of time
		if id := volumeID(e); e.kind == volume && id != "" && !isDryRun(e.errorCode) {
			key := volumeKey{e.account, e.region, id}
			byVolume[key] = append(byVolume[key], e)
		}
	}
	kept := keptTasks(winners)
	byRole := map[roleKey][]*ebsVolume{}
	for key, events := range byVolume {
		v := &ebsVolume{account: key.account, id: key.id}
		v.read(events, c)
		v.isKept = v.isCreated && !v.isClosed && kept[keptTask{v.account, v.task}] && v.attached.IsZero() &&
			slices.ContainsFunc(events, func(e *event) bool { return e.name == "DetachVolume" && !e.failed })
		if v.role != "" {
			byRole[keyOf(v.role)] = append(byRole[keyOf(v.role)], v)
		}
	}
	for _, volumes := range byRole {
		slices.SortFunc(volumes, func(a, b *ebsVolume) int {
			return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.id, b.id), cmp.Compare(a.region, b.region))
		})
	}
	return byRole
}

// volumeID: "requestParameters.volumeId, for CreateVolume responseElements.volumeId. No id: nothing." A CreateVolume
// that failed made none.
func volumeID(e *event) string {
	if e.name != "CreateVolume" {
		return e.first("requestParameters.volumeId")
	}
	if e.failed {
		return ""
	}
	return e.first("responseElements.volumeId")
}

// isEBSSession: "a call's session name belongs to the feature id ebs-volumes".
func isEBSSession(e *event, c *catalog.Catalog) bool {
	if e.text("userIdentity", "type") != "AssumedRole" {
		return false
	}
	name := sessionName(e.record)
	named := featuresWith(c, func(_ *catalog.Feature, n string) bool { return isExact(n) && n == name })
	if len(named) == 0 {
		named = featuresNamed(name, c)
	}
	return len(named) > 0 && named[0].ID == featureOfVolumes
}

// read goes through all events on the volume, which are in order of time.
func (v *ebsVolume) read(events []*event, c *catalog.Catalog) {
	var detached time.Time
	for _, e := range events {
		gone := strings.Contains(e.errorCode, "InvalidVolume.NotFound")
		if isEBSSession(e, c) && (!v.isOurs || e.name == "CreateVolume" && !v.isCreated) {
			v.isOurs, v.role = true, sessionRole(e.record)
		}
		switch {
		// "created: a successful CreateVolume by an EBS session."
		case e.name == "CreateVolume" && isEBSSession(e, c) && !v.isCreated:
			v.isCreated, v.created, v.region, v.task = true, e.time, e.region, taskOf(e)
		// "closed: any successful DeleteVolume by anyone, or a failed DeleteVolume whose errorCode contains
		// InvalidVolume.NotFound", whatever the order.
		case e.name == "DeleteVolume" && (!e.failed || gone):
			v.isClosed = true
		case e.name == "AttachVolume" && !e.failed:
			v.attached = e.time
		case e.name == "DetachVolume" && !e.failed:
			detached = e.time
		// "deleteFailures: failed (not NotFound, not dry run) DeleteVolume and DetachVolume events by anyone."
		case (e.name == "DeleteVolume" || e.name == "DetachVolume") && e.failed && !gone:
			v.failures = append(v.failures, e)
		}
	}
	// "attached: the latest successful Attach or Detach by anyone; same time: detached."
	if !v.attached.After(detached) {
		v.attached = time.Time{}
	}
}

// taskOf: "first non-empty value of the tag AmazonECSCreated in requestParameters.tagSpecificationSet.items[].tags[], then
// responseElements.tagSet.items[] of the CreateVolume."
func taskOf(e *event) string {
	for _, tag := range append(e.all("requestParameters.tagSpecificationSet.items[].tags[]"), e.all("responseElements.tagSet.items[]")...) {
		fields, _ := tag.(map[string]any)
		if value, _ := fields["value"].(string); fields["key"] == "AmazonECSCreated" && value != "" {
			return value
		}
	}
	return ""
}

type keptTask struct{ account, arn string }

// keptTasks gives the tasks whose volumes outlive them on purpose: of "successful RunTask and StartTask events where any
// requestParameters.volumeConfigurations[].managedEBSVolume.terminationPolicy.deleteOnTermination is JSON false: all
// responseElements.tasks[].taskArn".
func keptTasks(winners []*event) map[keptTask]bool {
	kept := map[keptTask]bool{}
	for _, e := range winners {
		const path = "requestParameters.volumeConfigurations[].managedEBSVolume.terminationPolicy.deleteOnTermination"
		if e.kind == reference && e.isPassing() && !e.failed && slices.Contains(e.all(path), any(false)) {
			for _, task := range e.texts("responseElements.tasks[].taskArn") {
				kept[keptTask{e.account, task}] = true
			}
		}
	}
	return kept
}

// placeOfTask reads "arn:aws:ecs:REGION:ACCT:task/CLUSTER/ID".
func placeOfTask(arn string) (region, cluster string, ok bool) {
	fields := strings.SplitN(arn, ":", 6)
	if len(fields) < 6 || fields[0] != "arn" || fields[2] != "ecs" {
		return "", "", false
	}
	parts := strings.Split(fields[5], "/")
	if len(parts) != 3 || parts[0] != "task" || parts[1] == "" || parts[2] == "" {
		return "", "", false
	}
	return fields[3], parts[1], true
}

// maxOpen is how many open volumes a report names.
const maxOpen = 100

// volumesOf reports the volumes of a role. "deleted = closed ones in the ledger; created = created ones. unknownAge: in the
// ledger, not created, not closed. open[]: the 100 smallest by (createdAt, volumeId)."
func (t *told) volumesOf(key roleKey) analyzer.Volumes {
	var sum analyzer.Volumes
	for _, v := range t.volumes[key] {
		if v.isCreated {
			sum.Created++
		}
		switch {
		case v.isClosed:
			sum.Deleted++
		case v.isKept:
			sum.Kept++
		case v.isOfUnknownAge():
			sum.UnknownAge++
		default:
			sum.OpenCount++
			sum.Open = append(sum.Open, analyzer.OpenVolume{
				VolumeID: v.id, Region: v.region, Task: v.task, CreatedAt: v.created, AttachedAt: v.attached,
				DeleteFailures: int64(len(v.failures)),
			})
		}
	}
	sum.Open = sum.Open[:min(len(sum.Open), maxOpen)]
	return sum
}
