package reference

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

// TestNumbers has ECS open a session at 23:50 on each of eight days and call twice from it, before and after midnight.
// Each second call is in another Region; those of the even days are denied.
func TestNumbers(t *testing.T) {
	var records []fields
	start := time.Date(2026, 11, 1, 23, 50, 0, 0, time.UTC)
	stamp := func(when time.Time) string { return when.Format(time.RFC3339) }
	for i := range 8 {
		opened := start.AddDate(0, 0, i)
		session := "ECSManagedInstances"
		records = append(records, assumeRole(fmt.Sprintf("open%d", i), "", infra, session).with(fields{"eventTime": stamp(opened)}))
		c := callBy("", "", infra, session, "", ecs, "RunInstances")
		c["userIdentity"].(fields)["sessionContext"].(fields)["attributes"] = fields{"creationDate": stamp(opened)}
		records = append(records, c.with(fields{"eventID": fmt.Sprintf("a%d", i), "eventTime": stamp(opened.Add(time.Minute))}))
		c = c.with(fields{"eventID": fmt.Sprintf("b%d", i), "eventTime": stamp(opened.Add(15 * time.Minute)),
			"awsRegion": "us-west-2", "eventName": "DescribeVpcs"})
		if i%2 == 0 {
			c = c.failing("Client.UnauthorizedOperation")
		}
		records = append(records, c)
	}
	u := tell(t, Options{}, records...)
	last := start.AddDate(0, 0, 7)
	f := featureOf(t, u, infra, "managed-instances")

	wantEvidence := []string{"open0", "b2", "b4", "b6", "b7"} // the first, the 3 latest failures, the last: in order of time
	if diff := cmp.Diff(wantEvidence, ids(f.Evidence)); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"b0", "b2", "b4", "b6"}, ids(u.Findings[0].Evidence)); diff != "" {
		t.Errorf("evidence of the finding (-want +got):\n%s", diff)
	}
	f.Evidence = nil

	days := []analyzer.DayUsage{{Day: "2026-11-01", Assumed: 1, Calls: 1}}
	for i := 2; i <= 8; i++ {
		days = append(days, analyzer.DayUsage{Day: fmt.Sprintf("2026-11-%02d", i), Assumed: 1, Calls: 2, FailedCalls: int64(1 - i%2)})
	}
	days = append(days, analyzer.DayUsage{Day: "2026-11-09", Calls: 1})
	regions := []analyzer.RegionUsage{
		{Region: "us-east-1", Assumed: 8, Calls: 8, FirstSeen: start, LastSeen: last.Add(time.Minute)},
		{Region: "us-west-2", Calls: 8, FailedCalls: 4, FirstSeen: start.Add(15 * time.Minute), LastSeen: last.Add(15 * time.Minute)},
	}
	want := analyzer.FeatureUsage{
		ID: "managed-instances", Title: f.Title, Policy: "AmazonECSInfrastructureRolePolicyForManagedInstances",
		SessionNames: []string{"ECSManagedInstances"}, SessionNameCount: 1,
		Assumed: 8, Calls: 16, FailedCalls: 4, FirstSeen: start, LastSeen: last.Add(15 * time.Minute), ActiveDays: 9,
		Regions: regions, Daily: days,
		Actions: []analyzer.ActionUsage{
			{Service: "ec2.amazonaws.com", Action: "DescribeVpcs", Calls: 8, Failed: 4, FirstSeen: start.Add(15 * time.Minute), LastSeen: last.Add(15 * time.Minute)},
			{Service: "ec2.amazonaws.com", Action: "RunInstances", Calls: 8, FirstSeen: start.Add(time.Minute), LastSeen: last.Add(time.Minute)},
		},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("feature (-want +got):\n%s", diff)
	}
	role := u.Roles[0]
	var listed []string
	for _, f := range role.Features {
		listed = append(listed, f.ID)
	}
	if diff := cmp.Diff([]string{"ebs-volumes", "service-connect-tls", "vpc-lattice", "load-balancers", "managed-instances", "express-mode"}, listed); diff != "" {
		t.Errorf("features, unused ones included (-want +got):\n%s", diff)
	}
	role.Features, role.Permissions = nil, nil
	wantRole := analyzer.Role{ARN: infra, Name: "infra", AccountID: account, Kind: "infrastructure", Assumed: 8, Calls: 16, FailedCalls: 4,
		FirstSeen: start, LastSeen: last.Add(15 * time.Minute), ActiveDays: 9, Regions: regions, Daily: days}
	if diff := cmp.Diff(wantRole, role); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
}

func TestSessionNamesAreBounded(t *testing.T) {
	var records []fields
	for i := range 7 {
		records = append(records, assumeRole(fmt.Sprintf("e%d", i), "10:00:00", infra, fmt.Sprintf("new%d", 6-i)))
	}
	f := featureOf(t, tell(t, Options{}, records...), infra, "other-ecs-session")
	if diff := cmp.Diff([]string{"new0", "new1", "new2", "new3", "new4"}, f.SessionNames); diff != "" || f.SessionNameCount != 7 {
		t.Errorf("%d session names (-want +got):\n%s", f.SessionNameCount, diff)
	}
}

func TestDiff(t *testing.T) {
	open := assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS")
	ref := analyze(t, Options{}, File{"a.json", envelope(open)})
	moved := analyze(t, Options{}, File{"b.json", envelope(open, fields{"eventName": "x", "eventSource": "y"})})
	if diff := Diff(ref, ref); diff != "" {
		t.Errorf("a report differs from itself:\n%s", diff)
	}
	for _, ignore := range [][]Ignore{nil, {EvidenceObjects}, {Input}} {
		if Diff(moved, ref, ignore...) == "" {
			t.Errorf("ignoring %v hides a difference", ignore)
		}
	}
	if diff := Diff(moved, ref, EvidenceObjects, Input); diff != "" {
		t.Errorf("nothing else differs:\n%s", diff)
	}
	keyed := analyze(t, Options{ExpectRegions: []string{"us-west-2"}}, File{logKey(account, "us-east-1", 14), envelope(open)})
	if Diff(keyed, ref, EvidenceObjects, Input) == "" {
		t.Error("what the name of a file tells makes no difference")
	}
	if diff := Diff(keyed, ref, EvidenceObjects, Input, Coverage); diff != "" {
		t.Errorf("nothing else differs:\n%s", diff)
	}
	other := analyze(t, Options{}, File{"a.json", envelope(open.by(mallory))})
	if Diff(other, ref, EvidenceObjects, Input) == "" {
		t.Error("another opener makes no difference")
	}
}

// TestDiffOfTitles: the titles of findings that rest on changes and the like are the analyzer's own, and so is the order that
// follows from nothing else.
func TestDiffOfTitles(t *testing.T) {
	list := func(titles ...string) *analyzer.Usage {
		u := &analyzer.Usage{}
		for i, title := range titles {
			id, event := "role-endangered", title[:1]
			if i == 0 {
				id = "impostor-session"
			}
			u.Findings = append(u.Findings, analyzer.Finding{ID: id, Title: title, Evidence: []analyzer.Evidence{{EventID: event}}})
		}
		return u
	}
	ref := list("a impostor", "b lost", "c deleted")
	if diff := Diff(list("a impostor", "c is gone", "b policy is gone"), ref); diff != "" {
		t.Errorf("titles and order make a difference:\n%s", diff)
	}
	if ref.Findings[1].Title != "b lost" {
		t.Error("the report is changed")
	}
	for _, other := range []*analyzer.Usage{
		list("a other", "b lost", "c deleted"), list("a impostor", "b lost", "d deleted"), list("a impostor", "b lost"),
	} {
		if Diff(other, ref) == "" {
			t.Errorf("%v does not differ", other.Findings)
		}
	}
}
