package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer/catalog"
	"roletrail/ingest"
)

// judge finds the reasons for and against a role.
type judge struct {
	CheckOptions
	*answer
	since, until int64        // the idle window
	coverage     []Coverage   // of the role's account in the window, with all gaps
	logs         span         // of the account
	seen         observations // of all accounts
	files        ingest.Days  // on which the account has a log file
	shapeless    int64        // records of any account of which the time or the kind is not known
	integrity    []Integrity  // nil if digests were not verified
}

var verdicts = []string{NotSafe, CannotTell, NoUseSeen}

// weights are the ids of reasons, the heaviest first. Those of one verdict stand together.
var weights = []string{
	ReasonUse, ReasonOpenVolumes, ReasonStuckDeletes, ReasonStanding, ReasonEnding,
	ReasonOtherSessions, ReasonGaps, ReasonLogsEndEarly, ReasonNoReadEvents, ReasonUnread, ReasonIntegrity, ReasonUnknownVolumes, ReasonScope, ReasonOlderState,
}

// verdict puts reasons in order: the strongest verdict that any of them leads to is that of them all.
func verdict(reasons ...[]Reason) ([]Reason, string) {
	list := slices.Concat(append(reasons, []Reason{})...)
	slices.SortStableFunc(list, func(a, b Reason) int {
		return cmp.Or(
			cmp.Compare(slices.Index(verdicts, a.Verdict), slices.Index(verdicts, b.Verdict)),
			cmp.Compare(slices.Index(weights, a.ID), slices.Index(weights, b.ID)),
		)
	})
	if len(list) == 0 {
		return list, NoUseSeen
	}
	return list, list[0].Verdict
}

// complete reports whether digests prove that the logs of the role's account are complete.
func (j *judge) complete() bool {
	return len(j.coverage) > 0 && !slices.ContainsFunc(j.coverage, func(c Coverage) bool { return c.State != CoverageComplete })
}

// proven reports whether digests prove all logs that NO USE SEEN rests on: those of the window, and, unless somebody looked at
// what is older, those since the role was made, for what was made with it then may still stand.
func (j *judge) proven() bool {
	if !j.complete() || j.role.Kind == KindServiceLinked || j.OlderStateChecked {
		return j.complete()
	}
	created, _ := j.born()
	since := fromMilliseconds(j.since)
	return created == nil || !created.CreatedAt.Before(since) || j.provenFor(created.CreatedAt, since)
}

// provenFor reports whether digests prove the logs of the account in all its Regions for a time.
func (j *judge) provenFor(from, until time.Time) bool {
	uncovered := slices.ContainsFunc(j.coverage, func(c Coverage) bool {
		return !covers(j.integrity, ingest.Place{AccountID: c.AccountID, Region: c.Region}, from, until)
	})
	return !uncovered && !provenUntil(j.integrity, j.coverage, j.role.AccountID, from).Before(until)
}

// inWindow returns those events of a sample that lie in the idle window.
func (j *judge) inWindow(s *sample) []item {
	return slices.DeleteFunc(s.all(), func(i item) bool { return i.time < j.since || i.time >= j.until })
}

// roleReasons are the reasons why the role is still needed.
func (j *judge) roleReasons() (list []Reason) {
	if in := j.inWindow(&j.any); len(in) > 0 {
		list = append(list, Reason{ReasonUse, NotSafe, "it was used in the idle window, last on " + dateTime(in[len(in)-1].time), evidence(in)})
	}
	for i := range j.catalog.Features {
		list = append(list, j.resourceReasons(&j.catalog.Features[i])...)
	}
	if remaining := j.role.Remaining; len(remaining) > 0 {
		var parts []string
		for i := range remaining {
			parts = append(parts, remaining[i].describe())
		}
		list = append(list, Reason{ReasonStanding, NotSafe, "these have to go before it can: " + strings.Join(parts, "; "), []Evidence{}})
	}
	return list
}

// describe counts what remains in a Region.
func (r *Remaining) describe() string {
	var parts []string
	for _, of := range []struct {
		n         int64
		one, many string
	}{
		{r.ClusterCount, "cluster", "clusters"}, {r.ServiceCount, "service", "services"},
		{r.ContainerInstances, "container instance", "container instances"},
	} {
		if of.n > 0 {
			parts = append(parts, times(of.n, of.one, of.many))
		}
	}
	return strings.Join(parts, ", ") + " in " + cmp.Or(r.Region, "an unknown Region")
}

// resourceReasons are the reasons why resources of a feature still need the role.
func (j *judge) resourceReasons(f *catalog.Feature) (list []Reason) {
	if f.ID == featureOfVolumes && j.volumes != nil {
		v := j.volumes
		if v.OpenCount > 0 {
			list = append(list, Reason{ReasonOpenVolumes, NotSafe,
				times(v.OpenCount, "EBS volume that ECS made with it was", "EBS volumes that ECS made with it were") + " not seen to be deleted: " + volumeList(v), evidence(v.opened.all())})
		}
		if v.stuck > 0 {
			list = append(list, Reason{ReasonStuckDeletes, NotSafe,
				times(v.stuck, "EBS volume", "EBS volumes") + " could not be detached or deleted", evidence(v.failures.all())})
		}
	}
	var run, standing, ending []*reference
	for i := range j.references {
		r := &j.references[i]
		switch state := j.state(r); {
		case r.feature != f.ID:
		case r.passing && r.lastSeen.time >= j.since && r.since.time < j.until:
			run = append(run, r)
		case state == StateStanding:
			standing = append(standing, r)
		case state == StateEnding:
			ending = append(ending, r)
		}
	}
	if len(run) > 0 {
		last := slices.MaxFunc(run, func(a, b *reference) int { return a.lastSeen.compare(b.lastSeen) }).lastSeen
		list = append(list, j.ofReferences(ReasonUse, "tasks that named it for "+f.ID+" were run, last on "+dateTime(last.time)+": ", run))
	}
	if n := len(standing); n > 0 {
		list = append(list, j.ofReferences(ReasonStanding, times(int64(n), "ECS resource names", "ECS resources name")+" it for "+f.ID+": ", standing))
	}
	if n := len(ending); n > 0 {
		list = append(list, j.ofReferences(ReasonEnding,
			times(int64(n), "ECS resource", "ECS resources")+" that ended less than a day ago, or has open volumes, named it for "+f.ID+": ", ending))
	}
	return list
}

// ofReferences makes a reason of references, at least one.
func (j *judge) ofReferences(id, text string, of []*reference) Reason {
	var names []string
	var events []item
	for _, r := range of {
		names = append(names, r.resource+" in "+strings.TrimSpace(r.cluster+" "+r.region))
		events = append(events, r.lastSeen)
	}
	slices.Sort(names)
	slices.SortFunc(events, item.compare)
	return Reason{id, NotSafe, text + shortList(names, int64(len(names))), evidence(events[max(0, len(events)-maxEvidence):])}
}

// maxEvidence is how many events a reason names at most.
const maxEvidence = 5

func volumeList(v *roleVolumes) string {
	var ids []string
	for _, open := range v.Open {
		ids = append(ids, open.VolumeID)
	}
	return shortList(ids, v.OpenCount)
}

// maxListed is how many things a sentence names.
const maxListed = 5

// shortList writes the first of some things, and how many more there are.
func shortList(first []string, count int64) string {
	first = first[:min(len(first), maxListed)]
	text := strings.Join(first, ", ")
	if more := count - int64(len(first)); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// feature judges whether the policy of one feature may be detached.
func (j *judge) feature(at int, doubts []Reason) CheckFeature {
	f := &j.catalog.Features[at]
	c := CheckFeature{ID: f.ID, Title: f.Title}
	if f.Policy != nil {
		c.Policy, c.PolicyARN = f.Policy.Name, f.Policy.ARN
	}
	var against []Reason
	if e := j.ever[at]; e != nil && !e.shown.empty() {
		c.LastUsed = fromMilliseconds(e.shown.latest[len(e.shown.latest)-1].time)
		if in := j.inWindow(&e.shown); len(in) > 0 {
			against = append(against, Reason{ReasonUse, NotSafe, "it used the role in the idle window, last on " + dateTime(in[len(in)-1].time), evidence(in)})
		}
	}
	if f.ID != featureOfVolumes {
		doubts = slices.DeleteFunc(slices.Clone(doubts), func(r Reason) bool { return r.ID == ReasonUnknownVolumes })
	}
	c.Reasons, c.Verdict = verdict(against, j.resourceReasons(f), j.otherSessions(at), doubts)
	return c
}

// otherSessions says that the role was used in the idle window for nobody knows what: by sessions of the service that no
// feature claims, or by somebody else. Whether that takes a policy cannot be told. It does not matter for a service-linked
// role, whose policy stays as it is.
func (j *judge) otherSessions(at int) []Reason {
	f := &j.catalog.Features[at]
	if f.Kind == catalog.ServiceLinked {
		return nil
	}
	in := j.inWindow(&j.strange)
	if rest := j.catalog.CatchAllSession(f.Principal); at != rest && j.ever[rest] != nil {
		in = append(in, j.inWindow(&j.ever[rest].shown)...)
	}
	if len(in) == 0 {
		return nil
	}
	slices.SortFunc(in, item.compare)
	return []Reason{{
		ReasonOtherSessions, CannotTell, "sessions that cannot be assigned to a feature used the role in the idle window, last on " + dateTime(in[len(in)-1].time),
		evidence(in[max(0, len(in)-maxEvidence):]),
	}}
}

func dateTime(at int64) string { return fromMilliseconds(at).Format("2006-01-02 15:04:05Z") }

// days tells the days of a gap.
func (g Gap) days() string {
	if g.From == g.Until {
		return g.From
	}
	return g.From + " to " + g.Until
}
