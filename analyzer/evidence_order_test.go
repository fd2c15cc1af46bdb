package analyzer_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/facts"
	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/internal/trailgen"
)

// withRaw asks for all that can be told.
var withRaw = analyzer.EvidenceOptions{Raw: true, Margin: true}

// eventLog returns the log of a tree, and closes it when the test ends.
func eventLog(t *testing.T, o analyzer.Options, e analyzer.EvidenceOptions, workers int, root string) *analyzer.EventLog {
	t.Helper()
	o.Catalog, o.TempDir = embedded(t), t.TempDir()
	a := analyzer.New(o)
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	log, _, err := a.Events(context.Background(), local.New([]string{root}, local.Options{}), ingest.Options{}, workers, e)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// lines returns the events of a log as JSON, one each. They are made at once, for an event is only lent.
func lines(t *testing.T, log *analyzer.EventLog, byAccount bool) (list []string) {
	t.Helper()
	err := log.Each(context.Background(), &analyzer.EventFilter{}, byAccount, func(e *analyzer.Event) error {
		line, err := json.Marshal(e)
		list = append(list, string(line))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func decoded(t *testing.T, line string) (e analyzer.Event) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// oddAccounts are what recipientAccountId may say. All that are no 12 digits belong to one group.
var oddAccounts = []string{"999999999999", "", "111122223333", "12", "111122223333x", "000000000001", "11112222333٣"}

// writeAccounts writes events of all of them that take turns, some at the same time.
func writeAccounts(t *testing.T, root string) {
	t.Helper()
	b := trailgen.NewBuilder(3)
	at := time.Date(2026, 11, 14, 11, 0, 0, 0, time.UTC)
	for file := range 4 {
		var events []trailgen.Object
		for i := range 60 {
			opened := b.AssumeRole(at.Add(time.Duration((i*37+file*11)%50)*time.Minute), trailgen.ServiceCaller(trailgen.ECS), trailgen.InfrastructureRole, "ECSTaskVolumesForEBS")
			events = append(events, opened.With("recipientAccountId", oddAccounts[(i+file)%len(oddAccounts)]))
		}
		if err := trailgen.WriteFile(filepath.Join(root, fmt.Sprint(file, ".json.gz")), trailgen.Form{}, events...); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEventsByAccount(t *testing.T) {
	root := t.TempDir()
	writeAccounts(t, root)
	log := eventLog(t, analyzer.Options{}, withRaw, 2, root)
	byTime, byAccount := lines(t, log, false), lines(t, log, true)
	if len(byTime) != 240 {
		t.Fatalf("%d events", len(byTime))
	}
	if !slices.IsSortedFunc(byTime, func(a, b string) int { return decoded(t, a).Time.Compare(decoded(t, b).Time) }) {
		t.Error("the events are not in the order of time")
	}
	group := func(line string) string {
		if id := decoded(t, line).AccountID; facts.IsAccountID(id) {
			return id
		}
		return "others"
	}
	want := slices.Clone(byTime)
	slices.SortStableFunc(want, func(a, b string) int { return cmp.Compare(group(a), group(b)) })
	if !slices.Equal(byAccount, want) {
		t.Error("by account, the events are not those of each account in the order of time, and then all others as one")
	}
	var groups []string
	for _, line := range byAccount {
		groups = append(groups, group(line))
	}
	if got := slices.Compact(groups); !slices.Equal(got, []string{"000000000001", "111122223333", "999999999999", "others"}) {
		t.Errorf("the groups are %q", got)
	}
}

// TestEventsAreTheSame: how much memory and how many workers there are changes no byte of any event nor their order, and
// neither does what was asked for before.
func TestEventsAreTheSame(t *testing.T) {
	roots := []string{t.TempDir(), filepath.Join(t.TempDir(), "demo")}
	writeAccounts(t, roots[0])
	if err := trailgen.Demo(roots[1]); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(4) {
		root := t.TempDir()
		if err := trailgen.Random(root, 70+seed); err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
	}
	for i, root := range roots {
		log := eventLog(t, analyzer.Options{}, withRaw, 1, root)
		byAccount, byTime := lines(t, log, true), lines(t, log, false)
		if len(byTime) == 0 || len(byTime) != len(byAccount) {
			t.Fatalf("tree %d: %d events by time, %d by account", i, len(byTime), len(byAccount))
		}
		budgets := []int64{20_000, 1 << 30}
		if i == 0 {
			budgets = append(budgets, 1) // each event alone is too much
		}
		for _, memory := range budgets {
			log := eventLog(t, analyzer.Options{Memory: memory}, withRaw, 3, root)
			for step, accounts := range []bool{false, false, true, true, false, true} {
				want := byTime
				if accounts {
					want = byAccount
				}
				if got := lines(t, log, accounts); !slices.Equal(got, want) {
					t.Fatalf("tree %d, %d bytes, step %d: %d events differ from the %d that are kept in memory", i, memory, step, len(got), len(want))
				}
			}
		}
	}
}

func TestEachEnds(t *testing.T) {
	root := t.TempDir()
	writeAccounts(t, root)
	log := eventLog(t, analyzer.Options{Memory: 1}, withRaw, 2, root)
	enough, told := errors.New("enough"), 0
	for n := 1; n <= 3; n++ {
		told = 0
		err := log.Each(context.Background(), &analyzer.EventFilter{}, n%2 == 0, func(*analyzer.Event) error {
			if told++; told == n {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || told != n {
			t.Errorf("it ends with %v after %d events, want %d", err, told, n)
		}
	}
	if got := len(lines(t, log, false)); got != 240 {
		t.Errorf("%d events after it was ended", got)
	}
}

// written writes events as one file and returns what they are told as.
func written(t *testing.T, e analyzer.EvidenceOptions, events ...trailgen.Object) ([]analyzer.Event, *analyzer.EventLog) {
	t.Helper()
	root := t.TempDir()
	if err := trailgen.WriteFile(filepath.Join(root, "log.json.gz"), trailgen.Form{}, events...); err != nil {
		t.Fatal(err)
	}
	log := eventLog(t, analyzer.Options{}, e, 1, root)
	var list []analyzer.Event
	for _, line := range lines(t, log, false) {
		list = append(list, decoded(t, line))
	}
	return list, log
}

var noon = time.Date(2026, 11, 14, 12, 0, 0, 0, time.UTC)

// rows writes what is told of each event.
func rows(events []analyzer.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintln(&b, strings.TrimSpace(strings.Join(append([]string{
			e.Kind, e.Action, e.RoleARN[strings.LastIndex(e.RoleARN, "/")+1:], e.Feature, e.Resource[strings.LastIndex(e.Resource, "/")+1:], e.State,
		}, e.Findings...), " | ")))
	}
	return strings.TrimSpace(b.String())
}

// opening is an AssumeRole by ECS, and the caller that it makes.
func opening(b *trailgen.Builder, at time.Time, role trailgen.Role, session string) (trailgen.Object, trailgen.Caller) {
	opened := b.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), role, session)
	return opened, trailgen.Opened(opened, role, trailgen.ECS).Caller()
}

// TestManyTasksAreOneEvent: a call that starts very many tasks whose volumes are kept makes a fact of each, but is one event.
func TestManyTasksAreOneEvent(t *testing.T) {
	role := trailgen.InfrastructureRole
	call := trailgen.NewCall("ecs", "RunTask", `{"taskDefinition":"job","volumeConfigurations":[{"managedEBSVolume":{"roleArn":"`+role.ARN+`","terminationPolicy":{"deleteOnTermination":false}}}]}`, `{}`)
	for _, test := range []struct {
		tasks    int
		evidence analyzer.EvidenceOptions
	}{{10_000, analyzer.EvidenceOptions{}}, {10_000, withRaw}} {
		var tasks trailgen.List
		for i := range test.tasks {
			tasks = append(tasks, trailgen.Object{{Key: "taskArn", Value: fmt.Sprintf("arn:aws:ecs:us-east-1:111122223333:task/a/%05d", i)}})
		}
		b := trailgen.NewBuilder(1)
		ran := b.Event(noon, trailgen.UserCaller(trailgen.Account, "alice", "198.51.100.7"), call).With("responseElements.tasks", tasks)
		events, log := written(t, test.evidence, ran)
		if got, want := rows(events), "reference | RunTask | ecsInfrastructureRole | ebs-volumes | 00000 |"; got != want {
			t.Errorf("%d tasks: got\n%s\nwant\n%s", test.tasks, got, want)
		}
		if got := log.Usage.Input.Records.Relevant; got != 1 {
			t.Errorf("%d tasks: %d records are relevant", test.tasks, got)
		}
	}
}

func TestEventsOfOneRecord(t *testing.T) {
	role, other := trailgen.InfrastructureRole, trailgen.LoadBalancerRole
	for _, test := range []struct {
		name   string
		events func(*trailgen.Builder) []trailgen.Object
		want   string
	}{
		{"an ECS session opens another role", func(b *trailgen.Builder) []trailgen.Object {
			opened, session := opening(b, noon, role, "ECSTaskVolumesForEBS")
			return []trailgen.Object{opened, b.AssumeRole(noon.Add(time.Minute), session, other, "x")}
		}, `assume | AssumeRole | ecsInfrastructureRole | ebs-volumes | ecsInfrastructureRole |
other | AssumeRole | ecsLoadBalancerRole |  | ecsLoadBalancerRole |
call | AssumeRole | ecsInfrastructureRole | ebs-volumes |  |`},
		{"an ECS session deletes its volume", func(b *trailgen.Builder) []trailgen.Object {
			opened, session := opening(b, noon, role, "ECSTaskVolumesForEBS")
			b.Name("volume", "vol-1")
			create := trailgen.NewCall("ec2", "CreateVolume", `{"size":"20"}`, `{"volumeId":"<volume>"}`)
			remove := trailgen.NewCall("ec2", "DeleteVolume", `{"volumeId":"<volume>"}`, `{"_return":true}`)
			return []trailgen.Object{opened, b.Event(noon.Add(time.Minute), session, create), b.Event(noon.Add(time.Hour), session, remove)}
		}, `assume | AssumeRole | ecsInfrastructureRole | ebs-volumes | ecsInfrastructureRole |
call | CreateVolume | ecsInfrastructureRole | ebs-volumes | vol-1 | deleted
call | DeleteVolume | ecsInfrastructureRole | ebs-volumes | vol-1 | deleted`},
		{"an ECS session changes a role", func(b *trailgen.Builder) []trailgen.Object {
			opened, session := opening(b, noon, role, "ECSTaskVolumesForEBS")
			change := trailgen.NewCall("iam", "DeleteRolePolicy", `{"roleName":"`+other.Name()+`","policyName":"p"}`, "")
			return []trailgen.Object{opened, b.Event(noon.Add(time.Minute), session, change)}
		}, `assume | AssumeRole | ecsInfrastructureRole | ebs-volumes | ecsInfrastructureRole |
call | DeleteRolePolicy | ecsInfrastructureRole | ebs-volumes | p |
change | DeleteRolePolicy | ecsLoadBalancerRole |  | p |`},
		{"an ECS session changes its own role", func(b *trailgen.Builder) []trailgen.Object {
			opened, session := opening(b, noon, role, "ECSTaskVolumesForEBS")
			change := trailgen.NewCall("iam", "UpdateAssumeRolePolicy", `{"roleName":"`+role.Name()+`","policyDocument":"{}"}`, "")
			return []trailgen.Object{opened, b.Event(noon.Add(time.Minute), session, change)}
		}, `assume | AssumeRole | ecsInfrastructureRole | ebs-volumes | ecsInfrastructureRole |
call | UpdateAssumeRolePolicy | ecsInfrastructureRole | ebs-volumes | ecsInfrastructureRole |
change | UpdateAssumeRolePolicy | ecsInfrastructureRole |  | ecsInfrastructureRole |`},
	} {
		events, _ := written(t, withRaw, test.events(trailgen.NewBuilder(1))...)
		if got := rows(events); got != test.want {
			t.Errorf("%s:\n got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// TestRecordsOfTwoFiles: two records that happened at once, each the first of its file, are not taken for one.
func TestRecordsOfTwoFiles(t *testing.T) {
	b, root := trailgen.NewBuilder(1), t.TempDir()
	opened, session := opening(b, noon, trailgen.InfrastructureRole, "ECSTaskVolumesForEBS")
	act := func(by trailgen.Caller, at time.Time, name, volume, response string) trailgen.Object {
		return b.Event(at, by, trailgen.NewCall("ec2", name, `{"volumeId":"`+volume+`"}`, response))
	}
	one, two := act(session, noon, "CreateVolume", "", `{"volumeId":"vol-1"}`), act(session, noon, "CreateVolume", "", `{"volumeId":"vol-2"}`)
	alice := trailgen.UserCaller(trailgen.Account, "alice", "198.51.100.7")
	for name, events := range map[string][]trailgen.Object{
		"a": {opened, one, two},
		"b": {act(session, noon.Add(time.Hour), "DeleteVolume", "vol-1", `{}`)},
		"c": {act(alice, noon.Add(time.Hour), "DeleteVolume", "vol-2", `{}`)},
	} {
		if err := trailgen.WriteFile(filepath.Join(root, name+".json.gz"), trailgen.Form{}, events...); err != nil {
			t.Fatal(err)
		}
	}
	var events []analyzer.Event
	for _, line := range lines(t, eventLog(t, analyzer.Options{}, withRaw, 1, root), false) {
		if e := decoded(t, line); e.Action == "DeleteVolume" {
			events = append(events, e)
		}
	}
	slices.SortFunc(events, func(a, b analyzer.Event) int { return cmp.Compare(a.Resource, b.Resource) })
	want := "call | DeleteVolume | ecsInfrastructureRole | ebs-volumes | vol-1 | deleted\nother | DeleteVolume | ecsInfrastructureRole | ebs-volumes | vol-2 | deleted"
	if got := rows(events); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
