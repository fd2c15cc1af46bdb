package analyzer

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
	"roletrail/ingest"
	"roletrail/ingest/record"
)

const (
	trusting    = `{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ecs.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}`
	trustingEC2 = `{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}`
	trustingAll = `{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}`

	volumesPolicy = "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes"
	latticePolicy = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVpcLattice"
	legacyPolicy  = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole"
)

// iam is an IAM event on the role infra, with further request parameters.
func iam(at int, id, name string, parameters ...string) told {
	request := "{" + strings.Join(append([]string{`"roleName":"infra"`}, parameters...), ",") + "}"
	return told{at: at, id: id, source: "iam", name: name, request: request, account: "111122223333", region: "us-east-1"}
}

func (e told) answering(response string) told { e.response = response; return e }

func policyARN(arn string) string    { return `"policyArn":"` + arn + `"` }
func trustText(plain string) string  { return `"policyDocument":"` + plain + `"` }
func createText(plain string) string { return `"assumeRolePolicyDocument":"` + plain + `"` }

func madeRole(id, arn string) string {
	return fmt.Sprintf(`{"role":{"roleId":%q,"arn":%q,"roleName":"infra"}}`, id, arn)
}

// refused is an IAM event that was denied: IAM leaves its request out.
func refused(e told, message string) string {
	e.request, e.code = "", "AccessDenied"
	return strings.Replace(e.json(), `"errorCode"`, fmt.Sprintf(`"errorMessage":%q,"errorCode"`, message), 1)
}

// eachFact collects the records of log files and goes over their facts as the walk does.
func eachFact(t testing.TB, memory int64, files [][]string, yield func(*facts.Fact)) {
	t.Helper()
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	rel := newRelevance(c, nil)
	store := facts.NewStore(facts.ByEvent, memory, t.TempDir())
	for i, records := range files {
		collector := newCollector(rel, &Options{}, store.NewBatch(len(files)))
		collector.Begin(&ingest.Object{Name: fmt.Sprintf("file%d", i)})
		elements, err := record.NewSplitter(rel.fields.Fields).Split([]byte(`{"Records":[`+strings.Join(records, ",")+`]}`), collector)
		if err != nil {
			t.Fatal(err)
		}
		collector.Commit(elements)
	}
	walked, err := store.Filter(context.Background(), facts.ForWalk, (&deduplicator{records: &InputRecords{}}).keep)
	if err != nil {
		t.Fatal(err)
	}
	if err := walked.Each(context.Background(), func(f *facts.Fact) error { yield(f); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := walked.Close(); err != nil {
		t.Fatal(err)
	}
}

// inAnyOrder shows what comes of records in one file, and holds it against the same records in any order, in several
// files, some of them twice, and with so little memory that facts are written out.
func inAnyOrder(t *testing.T, records []string, show func(memory int64, files [][]string) string) string {
	t.Helper()
	said := show(1<<20, [][]string{records})
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		shuffled := append(slices.Clone(records), records[:len(records)/2]...)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		at := random.IntN(len(shuffled) + 1)
		if again := show(1, [][]string{shuffled[:at], shuffled[at:]}); again != said {
			t.Fatalf("another order of the events changes the result (- first, + then):\n%s", cmp.Diff(said, again))
		}
	}
	return said
}

// changeStory tells what is known of all roles at the end.
func changeStory(t *testing.T, records []string) string {
	return inAnyOrder(t, records, func(memory int64, files [][]string) string {
		marked := marks{}
		w := changeWalk{interest: func(key roleKey) bool { return key.name != "dull" }}
		eachFact(t, memory, files, func(f *facts.Fact) {
			switch f.Kind {
			case facts.Mark:
				marked.fact(f)
			case facts.Change:
				w.fact(f)
			}
		})
		w.end()
		var lines []string
		for key, c := range w.byRole {
			lines = append(lines, showChanges(key, c))
		}
		for key, infrastructure := range marked.byRole {
			lines = append(lines, fmt.Sprintf("mark %s infrastructure=%t", key.name, infrastructure))
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	})
}

func showChanges(key roleKey, c *roleChanges) string {
	text := []string{key.account + " " + key.name + ":"}
	say := func(format string, a ...any) { text = append(text, fmt.Sprintf(format, a...)) }
	for _, l := range c.lives {
		life := l.ID + "["
		if !l.CreatedAt.IsZero() {
			life += l.CreatedAt.Format("04:05")
		}
		life += ","
		if !l.DeletedAt.IsZero() {
			life += l.DeletedAt.Format("04:05")
		}
		say("%s]", life)
	}
	if c.deleted != nil {
		say("deleted by %s", c.deleted.id)
	}
	for _, arn := range slices.Sorted(maps.Keys(c.attached)) {
		say("attached %s by %s", arn[strings.LastIndex(arn, "For")+3:], c.attached[arn].id)
	}
	for _, arn := range slices.Sorted(maps.Keys(c.detached)) {
		say("detached %s by %s", arn[strings.LastIndex(arn, "For")+3:], c.detached[arn].id)
	}
	if c.trust != nil {
		say("trusts%s by %s", strings.TrimPrefix(fmt.Sprint(c.trust.trusts), "map"), c.trust.event.id)
	}
	if c.boundary != nil {
		say("boundary by %s", c.boundary.id)
	}
	if int(c.count) != len(c.changes) {
		say("%d changes", c.count)
	}
	return strings.Join(text, " ")
}

func TestChangeWalk(t *testing.T) {
	arn := "arn:aws:iam::111122223333:role/infra"
	for _, tt := range []struct {
		what  string
		story []told
		want  string
	}{
		{"a role from its creation on", []told{
			iam(10, "a", createRole, createText(trusting)).answering(madeRole("AROA1", arn)),
			iam(20, "b", attachPolicy, policyARN(volumesPolicy)),
			iam(30, "c", putBoundary, `"permissionsBoundary":"arn:aws:iam::111122223333:policy/b"`),
		}, "111122223333 infra: AROA1[00:10,] attached Volumes by b trusts[ecs.amazonaws.com:false] by a boundary by c\nmark infra infrastructure=true"},
		{"made and given its policy in one second, whatever the ids", []told{
			iam(10, "z", createRole, createText(trusting)).answering(madeRole("AROA1", arn)),
			iam(10, "a", attachPolicy, policyARN(volumesPolicy)),
			iam(10, "b", updateTrust, trustText(trustingEC2)),
			iam(10, "c", putBoundary, `"permissionsBoundary":"x"`),
		}, "111122223333 infra: AROA1[00:10,] attached Volumes by a trusts[] by b boundary by c\nmark infra infrastructure=true"},
		{"detached", []told{
			iam(10, "a", attachPolicy, policyARN(volumesPolicy)), iam(10, "b", attachPolicy, policyARN(latticePolicy)),
			iam(20, "c", detachPolicy, policyARN(volumesPolicy)),
		}, "111122223333 infra: attached VpcLattice by b detached Volumes by c\nmark infra infrastructure=true"},
		{"attached again", []told{
			iam(10, "a", attachPolicy, policyARN(volumesPolicy)), iam(20, "b", detachPolicy, policyARN(volumesPolicy)), iam(30, "c", attachPolicy, policyARN(volumesPolicy)),
		}, "111122223333 infra: attached Volumes by c\nmark infra infrastructure=true"},
		{"detached and attached in one second: attached, and the ids don't matter", []told{
			iam(10, "a", attachPolicy, policyARN(volumesPolicy)), iam(10, "b", detachPolicy, policyARN(volumesPolicy)),
		}, "111122223333 infra: attached Volumes by a\nmark infra infrastructure=true"},
		{"deleted, with what goes before that", []told{
			iam(10, "a", createRole, createText(trusting)).answering(madeRole("AROA1", arn)), iam(11, "b", attachPolicy, policyARN(volumesPolicy)),
			iam(50, "c", detachPolicy, policyARN(volumesPolicy)), iam(51, "d", deleteRole),
		}, "111122223333 infra: AROA1[00:10,00:51] deleted by d\nmark infra infrastructure=true"},
		{"deleted, its creation not seen", []told{iam(50, "a", updateTrust, trustText(trusting)), iam(51, "d", deleteRole)},
			"111122223333 infra: [,00:51] deleted by d\nmark infra infrastructure=true"},
		{"made anew: nothing of the first life holds", []told{
			iam(10, "a", createRole, createText(trusting)).answering(madeRole("AROA1", arn)), iam(11, "b", attachPolicy, policyARN(volumesPolicy)),
			iam(12, "c", detachPolicy, policyARN(latticePolicy)), iam(13, "d", putBoundary, `"permissionsBoundary":"x"`),
			iam(20, "e", deleteRole), iam(30, "f", createRole).answering(madeRole("AROA2", arn)),
		}, "111122223333 infra: AROA1[00:10,00:20] AROA2[00:30,]\nmark infra infrastructure=true"},
		{"made anew in one second: the end comes first", []told{
			iam(10, "a", createRole).answering(madeRole("AROA1", arn)),
			iam(30, "b", createRole).answering(madeRole("AROA2", arn)), iam(30, "c", deleteRole),
		}, "111122223333 infra: AROA1[00:10,00:30] AROA2[00:30,]"},
		{"a deletion that the logs lack", []told{
			iam(10, "a", createRole).answering(madeRole("AROA1", arn)), iam(30, "b", createRole).answering(madeRole("AROA2", arn)), iam(40, "c", deleteRole),
		}, "111122223333 infra: AROA1[00:10,] AROA2[00:30,00:40] deleted by c"},
		{"a creation that the logs lack", []told{iam(10, "a", deleteRole), iam(30, "b", deleteRole)},
			"111122223333 infra: [,00:10] [,00:30] deleted by b"},
		{"a boundary that was taken away", []told{iam(10, "a", putBoundary, `"permissionsBoundary":"x"`), iam(20, "b", deleteBoundary)},
			"111122223333 infra:"},
		{"failed events change nothing", []told{
			iam(10, "a", createRole, createText(trusting)).failed("EntityAlreadyExistsException"), iam(11, "b", attachPolicy, policyARN(volumesPolicy)).failed("NoSuchEntityException"),
			iam(12, "c", deleteRole).failed("DeleteConflictException"), iam(13, "d", putBoundary, `"permissionsBoundary":"x"`).failed("AccessDenied"),
		}, "111122223333 infra:"},
		{"the last trust policy counts", []told{iam(10, "a", updateTrust, trustText(trusting)), iam(20, "b", updateTrust, trustText(trustingEC2))},
			"111122223333 infra: trusts[] by b\nmark infra infrastructure=true"},
		{"one under conditions", []told{iam(10, "a", updateTrust, trustText(strings.Replace(trusting, "}]", `,\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"true\"}}}]`, 1)))},
			"111122223333 infra: trusts[ecs.amazonaws.com:true] by a\nmark infra infrastructure=true"},
		{"but not one that can't be read", []told{iam(10, "a", updateTrust, trustText(trustingEC2)), iam(20, "b", updateTrust, trustText("{")), iam(21, "c", updateTrust)},
			"111122223333 infra: trusts[] by a"},
		{"nor one that leaves it open whom it trusts", []told{iam(10, "a", updateTrust, trustText(trustingEC2)), iam(20, "b", updateTrust, trustText(trustingAll))},
			"111122223333 infra: trusts[] by a"},
		{"nothing is known if the only one can't be read", []told{iam(20, "b", updateTrust, trustText(trustingAll))}, "111122223333 infra:"},
		{"an open one that names the service", []told{
			iam(10, "a", updateTrust, trustText(trustingEC2)),
			iam(20, "b", updateTrust, trustText(strings.Replace(trusting, "[", `[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"},`, 1))),
		}, "111122223333 infra: trusts[ecs.amazonaws.com:false] by a\nmark infra infrastructure=true"},
		{"names differ by more than case", []told{
			iam(10, "a", attachPolicy, policyARN(volumesPolicy)),
			{at: 20, id: "b", source: "iam", name: detachPolicy, request: `{"roleName":"INFRA",` + policyARN(volumesPolicy) + `}`, account: "111122223333"},
		}, "111122223333 infra: detached Volumes by b\nmark infra infrastructure=true"},
		{"accounts differ", []told{iam(10, "a", attachPolicy, policyARN(volumesPolicy)), iam(20, "b", detachPolicy, policyARN(volumesPolicy)).of("444455556666")},
			"111122223333 infra: attached Volumes by a\n444455556666 infra: detached Volumes by b\nmark infra infrastructure=true"},
		{"the managed policies of another partition", []told{
			iam(10, "a", attachPolicy, policyARN(strings.Replace(volumesPolicy, "arn:aws:", "arn:aws-cn:", 1))), iam(11, "b", detachPolicy, policyARN(volumesPolicy)),
		}, "111122223333 infra: detached Volumes by b\nmark infra infrastructure=true"},
		{"a policy that is kept under a similar name", []told{iam(10, "a", attachPolicy, policyARN("arn:aws:iam::111122223333:policy/AmazonECSInfrastructureRolePolicyForVolumes"))},
			"111122223333 infra: attached Volumes by a"},
		{"a policy of another kind of role", []told{iam(10, "a", attachPolicy, policyARN(legacyPolicy))},
			"111122223333 infra: attached arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole[3:] by a\nmark infra infrastructure=false"},
		{"no policy at all", []told{iam(10, "a", attachPolicy), iam(11, "b", detachPolicy)}, "111122223333 infra:"},
		{"policy versions tell of no role", []told{iam(10, "a", "CreatePolicyVersion", policyARN(volumesPolicy)), iam(11, "b", "SetDefaultPolicyVersion"), iam(12, "c", "DeletePolicyVersion")}, ""},
		{"a role that nobody asks for", []told{{at: 1, id: "a", source: "iam", name: updateTrust, request: `{"roleName":"dull",` + trustText(trustingEC2) + `}`, account: "111122223333"}}, ""},
		{"a service-linked role", []told{
			{at: 5, id: "a", source: "iam", name: createServiceLinkedRole, account: "111122223333", request: `{"aWSServiceName":"ecs.amazonaws.com"}`,
				response: `{"role":{"roleName":"AWSServiceRoleForECS","roleId":"AROA9","arn":"arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"}}`},
			{at: 9, id: "b", source: "iam", name: "DeleteServiceLinkedRole", account: "111122223333", request: `{"roleName":"AWSServiceRoleForECS"}`},
		}, "111122223333 awsserviceroleforecs: AROA9[00:05,]"},
	} {
		var records []string
		for _, e := range tt.story {
			records = append(records, e.json())
		}
		want := strings.ReplaceAll(tt.want, "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole[3:]", legacyPolicy[2:])
		if got := changeStory(t, records); got != want {
			t.Errorf("%s:\n%s", tt.what, cmp.Diff(want, got))
		}
	}
}

// changesOf returns what is known of the role infra.
func changesOf(t *testing.T, memory int64, files ...[]string) *roleChanges {
	w := changeWalk{interest: func(roleKey) bool { return true }}
	eachFact(t, memory, files, func(f *facts.Fact) {
		if f.Kind == facts.Change {
			w.fact(f)
		}
	})
	w.end()
	return w.byRole[roleKey{"111122223333", "infra"}]
}

func TestChanges(t *testing.T) {
	records := []string{
		iam(60, "f", "PutRolePolicy", `"policyName":"inline","policyDocument":"{}"`).json(),
		iam(10, "b", createRole, createText(trusting)).answering(madeRole("AROA1", "arn:aws:iam::111122223333:role/path/infra")).json(),
		iam(10, "a", attachPolicy, policyARN("arn:aws-cn:iam::aws:policy/X")).json(),
		iam(20, "c", putBoundary, `"permissionsBoundary":"arn:aws:iam::111122223333:policy/b"`).json(),
		iam(30, "d", deleteRole).failed("DeleteConflictException").json(),
		refused(iam(40, "e", updateTrust), "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:UpdateAssumeRolePolicy on resource: role Infra because no policy allows it"),
		iam(70, "g", "UpdateRole", `"description":"d"`).json(),
	}
	c := changesOf(t, 1<<20, records)
	var got []string
	for _, change := range c.changes {
		got = append(got, fmt.Sprintf("%s %s %s by %s: %q ok=%t %s %s", change.Time.Format("04:05"), change.EventID, change.Action, change.Actor, change.Detail, change.Succeeded, change.ErrorCode, change.Object))
	}
	by := " by arn:aws:iam::111122223333:user/ana: "
	want := []string{ // those of one second by id, not as they were applied
		`00:10 a AttachRolePolicy` + by + `"arn:aws-cn:iam::aws:policy/X" ok=true  file0`,
		`00:10 b CreateRole` + by + `"trusts ecs.amazonaws.com" ok=true  file0`,
		`00:20 c PutRolePermissionsBoundary` + by + `"arn:aws:iam::111122223333:policy/b" ok=true  file0`,
		`00:30 d DeleteRole` + by + `"" ok=false DeleteConflictException file0`,
		`00:40 e UpdateAssumeRolePolicy` + by + `"trust policy not readable" ok=false AccessDenied file0`,
		`01:00 f PutRolePolicy` + by + `"inline" ok=true  file0`,
		`01:10 g UpdateRole` + by + `"" ok=true  file0`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if c.count != 7 || c.name != "infra" || c.arn != "arn:aws:iam::111122223333:role/path/infra" {
		t.Errorf("%d changes to %s, %s", c.count, c.name, c.arn)
	}
}

// TestManyChanges: of very many changes the latest are told, and what holds rests on all of them.
func TestManyChanges(t *testing.T) {
	var records []string
	for i := range 1234 {
		records = append(records, iam(i%7, fmt.Sprintf("%04d", i), "UpdateRole").json())
	}
	records = append(records, iam(0, "first", attachPolicy, policyARN(volumesPolicy)).json())
	for _, memory := range []int64{1 << 20, 1} {
		rand.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		c := changesOf(t, memory, records[:700], records[700:])
		if c.count != 1235 || len(c.changes) != maxChanges || len(c.attached) != 1 {
			t.Fatalf("%d changes, %d told, attached %v", c.count, len(c.changes), c.attached)
		}
		first, last := c.changes[0], c.changes[maxChanges-1]
		if first.EventID != "0538" || last.EventID != "1231" { // of those in second 6, which are 6, 13, ...
			t.Errorf("told from %s %s to %s %s", first.Time, first.EventID, last.Time, last.EventID)
		}
	}
}

// TestRoleARN: the ARN is that of the latest creation, else of a refusal, and never one of another role.
func TestRoleARN(t *testing.T) {
	create := func(at int, arn string) string {
		return iam(at, fmt.Sprint("create", at), createRole).answering(madeRole("AROA", arn)).json()
	}
	message := func(at int, on string) string {
		return refused(iam(at, fmt.Sprint("message", at), createRole), "User: x is not authorized to perform: iam:CreateRole on resource: "+on)
	}
	const arn = "arn:aws:iam::111122223333:role/"
	for _, tt := range []struct {
		what    string
		records []string
		want    string
	}{
		{"latest creation", []string{create(1, arn+"a/infra"), create(2, arn+"b/infra")}, arn + "b/infra"},
		{"creation beats refusal", []string{create(1, arn+"a/infra"), message(2, arn+"b/infra because")}, arn + "a/infra"},
		{"refusal before the creation", []string{create(2, arn+"a/infra"), message(1, arn+"b/infra because")}, arn + "a/infra"},
		{"only refusals", []string{message(1, arn+"a/infra"), message(2, arn+"b/Infra with an explicit deny")}, arn + "b/Infra"},
		{"of another role", []string{create(1, arn+"other")}, ""},
		{"of a refusal that keeps its request", []string{strings.Replace(message(1, arn+"a/infra"), `"requestParameters":null`, `"requestParameters":{"roleName":"infra"}`, 1)}, ""},
		{"of what is no creation", []string{iam(1, "a", "UpdateRole").answering(madeRole("AROA", arn+"a/infra")).json()}, ""},
		{"of another account", []string{create(1, "arn:aws:iam::444455556666:role/infra")}, ""},
		{"none", []string{iam(1, "a", deleteRole).json()}, ""},
	} {
		if c := changesOf(t, 1<<20, tt.records); c == nil || c.arn != tt.want {
			t.Errorf("%s: %+v, want %s", tt.what, c, tt.want)
		}
	}
}

func TestRefusedRole(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:role/path/Name"
	for message, want := range map[string][2]string{
		"User: u is not authorized to perform: iam:X on resource: role Name because no policy": {"Name", ""},
		"User: u is not authorized to perform: iam:X on resource: role Name":                   {"Name", ""},
		"... on resource: " + arn:                              {"Name", arn},
		"... on resource: " + arn + " with an explicit deny":   {"Name", arn},
		"... on resource: role A on resource: role B":          {"A", ""},
		"... on resource: policy Name":                         {},
		"... on resource: arn:aws:iam::111122223333:policy/P":  {},
		"... on resource: x" + arn:                             {},
		"... on resource: roleName":                            {},
		"... on resource: role":                                {},
		"... on resource: ":                                    {},
		"role Name":                                            {},
		"The role with name Name cannot be found.":             {},
		"Cannot delete entity, must detach all policies first": {},
		"": {},
	} {
		if name, arn := refusedRole(message); name != want[0] || arn != want[1] {
			t.Errorf("%q: %q, %q; want %q", message, name, arn, want)
		}
	}
}

// TestOddRoleEvents: whatever stands in a request, nothing is told of roles that are not named.
func TestOddRoleEvents(t *testing.T) {
	for _, request := range []string{``, `{}`, `[]`, `"roleName"`, `{"roleName":""}`, `{"roleName":7}`, `{"roleName":null}`, `{"roleName":{"roleName":"infra"}}`, `{"RoleName":"infra"}`} {
		e := iam(1, "a", deleteRole)
		e.request = request
		if c := changesOf(t, 1<<20, []string{e.json()}); c != nil {
			t.Errorf("%s tells of %s", request, c.name)
		}
	}
	e := iam(1, "a", deleteRole)
	e.request = `{"roleName":"other","role\u004eame":"infra"}`
	if c := changesOf(t, 1<<20, []string{e.json()}); c == nil {
		t.Error("of two members of one name, the first counts")
	}
}
