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

// told is one event of a story, as a log tells it.
type told struct {
	at                    int // seconds
	id                    string
	source, name          string
	request, response     string // JSON
	account, region, code string
	session               string // the name of the role session that calls; a person if empty
	role                  string // the ARN of its role, or unknown
}

func ecs(at int, id, name, request, response string) told {
	return told{at: at, id: id, source: "ecs", name: name, request: request, response: response, account: "111122223333", region: "us-east-1"}
}

func (e told) failed(code string) told { e.code = code; return e }
func (e told) in(region string) told   { e.region = region; return e }
func (e told) of(account string) told  { e.account = account; return e }

func (e told) json() string {
	identity := `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ana"}`
	if e.session != "" {
		identity = fmt.Sprintf(`{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/%s","sessionContext":{"sessionIssuer":{"arn":%q}}}`, e.session, e.role)
	}
	if e.role == "unknown" {
		identity = fmt.Sprintf(`{"type":"AssumedRole","principalId":"AROA123456789EXAMPLE:%s"}`, e.session)
	}
	orNull := func(s string) string {
		if s == "" {
			return "null"
		}
		return s
	}
	code := ""
	if e.code != "" {
		code = fmt.Sprintf(`"errorCode":%q,`, e.code)
	}
	return fmt.Sprintf(`{"eventTime":"2026-11-14T11:%02d:%02dZ","eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":%q,%s"requestParameters":%s,"responseElements":%s,"eventID":%q,"userIdentity":%s,"recipientAccountId":%q}`,
		e.at/60, e.at%60, e.source, e.name, e.region, code, orNull(e.request), orNull(e.response), e.id, identity, e.account)
}

// walkThings collects the records of log files and goes over what they tell of things.
func walkThings(t testing.TB, memory int64, files ...[]string) (s standing, l volumeLedger) {
	t.Helper()
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	rel := newRelevance(c, nil)
	store := facts.NewStore(facts.ByEvent, memory, t.TempDir())
	collectors := []*collector{newCollector(rel, &Options{}, store.NewBatch(2)), newCollector(rel, &Options{}, store.NewBatch(2))}
	for i, records := range files {
		collector := collectors[i%2]
		collector.Begin(&ingest.Object{Name: fmt.Sprintf("file%d", i)})
		elements, err := record.NewSplitter(rel.fields.Fields).Split([]byte(`{"Records":[`+strings.Join(records, ",")+`]}`), collector)
		if err != nil {
			t.Fatal(err)
		}
		collector.Commit(elements)
	}
	counted := InputRecords{}
	walked, err := store.Filter(context.Background(), facts.ForWalk, (&deduplicator{records: &counted}).keep)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := walked.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = walked.Each(context.Background(), func(f *facts.Fact) error {
		switch f.Kind {
		case facts.Reference:
			s.fact(f)
		case facts.Keep:
			l.keep(f)
		case facts.Volume:
			l.fact(f)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.end()
	l.end()
	return s, l
}

// walkStory walks over a story in one file, and holds it against the same events in any order, in several files, some of
// them twice, and with so little memory that facts are written out.
func walkStory(t testing.TB, story []told, show func(standing, volumeLedger) string) string {
	t.Helper()
	var records []string
	for _, e := range story {
		records = append(records, e.json())
	}
	said := show(walkThings(t, 1<<20, records))
	random := rand.New(rand.NewPCG(1, 2))
	for range 4 {
		shuffled := append(slices.Clone(records), records[:len(records)/2]...)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		at := random.IntN(len(shuffled) + 1)
		again := show(walkThings(t, 1, shuffled[:at], shuffled[at:]))
		if again != said {
			t.Fatalf("another order of the events changes the result (- first, + then):\n%s", cmp.Diff(said, again))
		}
	}
	return said
}

// showReferences writes each reference on a line: of which role, for what, on what, until when, and the ARN if known.
func showReferences(s standing, _ volumeLedger) string {
	var b strings.Builder
	keys := slices.SortedFunc(maps.Keys(s.byRole), func(a, b roleKey) int {
		return strings.Compare(a.account+"/"+a.name, b.account+"/"+b.name)
	})
	for _, key := range keys {
		for _, r := range s.byRole[key] {
			state := "ended"
			switch {
			case r.passing && !r.standing:
				state = "passing"
			case r.standing:
				state = "standing"
			}
			arn := r.arn
			if arn == "" {
				arn = r.name + ":" + r.named.id.String()
			}
			fmt.Fprintf(&b, "%s/%s %s %s %s %s %s %s-%s %s\n", key.account, key.name, r.feature, r.region, r.cluster, r.resource, state, r.since.id, r.lastSeen.id, arn)
		}
	}
	return shorten(b.String())
}

// shorten leaves out what is the same in most stories.
func shorten(s string) string {
	s = strings.ReplaceAll(s, "arn:aws:iam::111122223333:role/", "@")
	return strings.NewReplacer("111122223333/", "", "us-east-1 ", "", " \n", "\n").Replace(s)
}

const (
	volumesOf  = `"volumeConfigurations":[{"name":"data","managedEBSVolume":{"roleArn":"arn:aws:iam::111122223333:role/%s"}}]`
	latticeOf  = `"vpcLatticeConfigurations":[{"roleArn":"arn:aws:iam::111122223333:role/%s"}]`
	balancerOf = `"loadBalancers":[{"advancedConfiguration":{"roleArn":"arn:aws:iam::111122223333:role/%s"}}]`
)

// api writes a request on the service api of the cluster web.
func api(members ...string) string {
	return `{` + strings.Join(append([]string{`"cluster":"web","service":"api"`}, members...), ",") + `}`
}

func volumesRole(role string) string  { return fmt.Sprintf(volumesOf, role) }
func latticeRole(role string) string  { return fmt.Sprintf(latticeOf, role) }
func balancerRole(role string) string { return fmt.Sprintf(balancerOf, role) }

// deployed writes a response whose service has a deployment.
func deployed(members string) string { return `{"service":{"deployments":[{` + members + `}]}}` }

func TestStanding(t *testing.T) {
	taskSet := func(members ...string) string { return api(append(members, `"taskSet":"ts-1"`)...) }
	for _, test := range []struct {
		name  string
		story []told
		want  string
	}{
		{"a request names a role", []told{ecs(1, "a", "CreateService", api(volumesRole("A")), "")},
			"a ebs-volumes web service/api standing a-a @A\n"},
		{"of what a request holds, the response tells nothing more", []told{ecs(1, "a", "CreateService", api(volumesRole("A")), deployed(volumesRole("B")))},
			"a ebs-volumes web service/api standing a-a @A\n"},
		{"of what it does not hold, the response tells", []told{ecs(1, "a", "UpdateService", api(latticeRole("L")), deployed(volumesRole("A")+","+latticeRole("M")))},
			"a ebs-volumes web service/api standing a-a @A\nl vpc-lattice web service/api standing a-a @L\n"},
		{"named again, it is seen again", []told{
			ecs(1, "a", "CreateService", api(volumesRole("A")), ""), ecs(2, "b", "UpdateService", api(`"desiredCount":2`), deployed(volumesRole("a"))),
			ecs(3, "c", "UpdateService", api(`"desiredCount":3`), "")},
			"a ebs-volumes web service/api standing a-b @a\n"},
		{"another role takes its place", []told{ecs(1, "a", "CreateService", api(volumesRole("A")+","+latticeRole("L")), ""), ecs(2, "b", "UpdateService", api(volumesRole("B")), "")},
			"a ebs-volumes web service/api ended a-b @A\nb ebs-volumes web service/api standing b-b @B\nl vpc-lattice web service/api standing a-a @L\n"},
		{"the list is emptied", []told{ecs(1, "a", "CreateService", api(balancerRole("A")), ""), ecs(2, "b", "UpdateService", api(`"loadBalancers":[]`), deployed(balancerRole("A")))},
			"a load-balancers web service/api ended a-b @A\n"},
		{"it ended before: a later end changes nothing", []told{
			ecs(1, "a", "CreateService", api(volumesRole("A")), ""), ecs(2, "b", "UpdateService", api(`"volumeConfigurations":{}`), ""),
			ecs(3, "c", "UpdateService", api(`"volumeConfigurations":[]`), ""), ecs(4, "d", "DeleteService", api(), deployed(volumesRole("A")))},
			"a ebs-volumes web service/api ended a-b @A\n"},
		{"named anew after its end, it begins anew", []told{
			ecs(1, "a", "CreateService", api(volumesRole("A")), ""), ecs(2, "b", "DeleteService", api(), ""), ecs(3, "c", "CreateService", api(volumesRole("A")), "")},
			"a ebs-volumes web service/api standing c-c @A\n"},
		{"the name is the one written last while it stood", []told{
			ecs(1, "a", "CreateExpressGatewayService", api(`"infrastructureRoleArn":"abc"`), `{"service":{"infrastructureRoleArn":"aBc"}}`),
			ecs(2, "b", "UpdateExpressGatewayService", api(), `{"service":{"infrastructureRoleArn":"ABC"}}`),
			ecs(3, "c", "DeleteExpressGatewayService", api(), `{"service":{"infrastructureRoleArn":"abC"}}`)},
			"abc express-mode web service/api ended a-c ABC:b\n"},
		{"the response is the later text of an event", []told{
			ecs(1, "a", "CreateExpressGatewayService", api(`"infrastructureRoleArn":"x"`), `{"service":{"infrastructureRoleArn":"X"}}`)},
			"x express-mode web service/api standing a-a X:a\n"},
		{"hooks end only if they are spoken of", []told{
			ecs(1, "a", "CreateService", api(`"deploymentConfiguration":{"lifecycleHooks":[{"roleArn":"A"},{"roleArn":"B"}]}`), ""),
			ecs(2, "b", "UpdateService", api(`"deploymentConfiguration":{"bakeTimeInMinutes":5}`), ""),
			ecs(3, "c", "UpdateService", api(`"deploymentConfiguration":{"lifecycleHooks":[{"roleArn":"B"}]}`), "")},
			"a lifecycle-hooks web service/api ended a-c A:a\nb lifecycle-hooks web service/api standing a-c B:c\n"},
		{"what is no list says nothing of the list", []told{ecs(1, "a", "CreateService", api(volumesRole("A"), latticeRole("L")), ""),
			ecs(2, "b", "UpdateService", api(`"volumeConfigurations":null,"vpcLatticeConfigurations":""`), deployed(latticeRole("L")))},
			"a ebs-volumes web service/api standing a-a @A\nl vpc-lattice web service/api standing a-b @L\n"},
		{"a service ends with its task sets", []told{
			ecs(1, "a", "CreateService", api(volumesRole("A")), ""), ecs(2, "b", "CreateTaskSet", taskSet(balancerRole("A")), ""), ecs(3, "c", "DeleteService", api(), "")},
			"a ebs-volumes web service/api ended a-c @A\na load-balancers web task-set/api/ts-1 ended b-c @A\n"},
		{"a task set ends by itself", []told{
			ecs(1, "a", "CreateService", api(balancerRole("A")), ""), ecs(2, "b", "CreateTaskSet", taskSet(balancerRole("A")), ""),
			ecs(3, "c", "CreateTaskSet", api(), `{"taskSet":{"id":"ts-2",`+balancerRole("A")+`}}`),
			ecs(4, "d", "UpdateTaskSet", taskSet(`"scale":{}`), ""), ecs(5, "e", "DeleteTaskSet", taskSet(), "")},
			"a load-balancers web service/api standing a-a @A\na load-balancers web task-set/api/ts-1 ended b-e @A\na load-balancers web task-set/api/ts-2 standing c-c @A\n"},
		{"an end tells what was there", []told{ecs(1, "a", "DeleteService", api(latticeRole("request")), deployed(volumesRole("A")))},
			"a ebs-volumes web service/api ended a-a @A\n"},
		{"an Express service can be deleted as a service", []told{
			ecs(1, "a", "CreateExpressGatewayService", `{"serviceName":"api","cluster":"web","infrastructureRoleArn":"X"}`, ""), ecs(2, "b", "DeleteService", api(), "")},
			"x express-mode web service/api ended a-b X:a\n"},
		{"a capacity provider", []told{
			ecs(1, "a", "CreateCapacityProvider", `{"name":"cp","managedInstancesProvider":{"infrastructureRoleArn":"M"}}`, ""),
			ecs(1, "b", "CreateCapacityProvider", `{"name":"other","managedInstancesProvider":{"infrastructureRoleArn":"M"}}`, ""),
			ecs(2, "c", "DeleteCapacityProvider", `{"capacityProvider":"arn:aws:ecs:us-east-1:111122223333:capacity-provider/cp"}`, "")},
			"m managed-instances  capacity-provider/cp ended a-c M:a\nm managed-instances  capacity-provider/other standing b-b M:b\n"},
		{"tasks by themselves never stand", []told{
			ecs(1, "a", "RunTask", `{"cluster":"web","taskDefinition":"job:1",`+volumesRole("A")+`}`, ""),
			ecs(2, "b", "StartTask", `{"cluster":"arn:aws:ecs:us-east-1:111122223333:cluster/web","taskDefinition":"arn:aws:ecs:us-east-1:111122223333:task-definition/job:2",`+volumesRole("A")+`}`, ""),
			ecs(3, "c", "RunTask", `{"taskDefinition":"job",`+volumesRole("A")+`}`, ""), ecs(4, "d", "RunTask", `{"taskDefinition":"job"}`, "")},
			"a ebs-volumes default task-definition/job passing c-c @A\na ebs-volumes web task-definition/job passing a-b @A\n"},
		{"what failed tells nothing", []told{ecs(1, "a", "CreateService", api(volumesRole("A")), "").failed("ClientException")}, ""},
		{"accounts, Regions and clusters are apart", []told{
			ecs(1, "a", "CreateService", api(volumesRole("A")), ""), ecs(2, "b", "DeleteService", api(), "").in("eu-west-1"),
			ecs(2, "c", "DeleteService", api(), "").of("444455556666"), ecs(2, "d", "DeleteService", `{"service":"api"}`, "")},
			"a ebs-volumes web service/api standing a-a @A\n"},
		{"the same service in two accounts", []told{ecs(1, "a", "CreateService", api(volumesRole("A")), ""), ecs(2, "b", "DeleteService", api(), "").of("444455556666")},
			"a ebs-volumes web service/api standing a-a @A\n"},
		{"the same again", []told{ecs(1, "a", "CreateService", api(volumesRole("A")), "").of("444455556666"), ecs(2, "b", "DeleteService", api(), "")},
			"a ebs-volumes web service/api standing a-a @A\n"},
		{"a role by name is of the account of the event", []told{ecs(1, "a", "CreateService", api(`"role":"Old"`), "").of("444455556666")},
			"444455556666/old legacy-service-role web service/api standing a-a Old:a\n"},
		{"a role may be of another account", []told{ecs(1, "a", "CreateService", api(volumesRole("A")), "").of("444455556666")},
			"a ebs-volumes web service/api standing a-a @A\n"},
		{"a name takes no ARN away", []told{ecs(1, "a", "CreateService", api(volumesRole("A")), ""), ecs(2, "b", "UpdateService", api(strings.ReplaceAll(volumesRole("A"), "arn:aws:iam::111122223333:role/", "")), "")},
			"a ebs-volumes web service/api standing a-b @A\n"},
		{"an ARN without an account is no ARN", []told{ecs(1, "a", "CreateService", api(`"role":"arn:aws:iam:::role/Old"`), "")},
			"old legacy-service-role web service/api standing a-a Old:a\n"},
		{"the ARN is the one named last", []told{
			ecs(1, "a", "CreateService", api(`"role":"/ecs/Old"`), `{"service":{"roleArn":"arn:aws:iam::111122223333:role/ecs/Old"}}`),
			ecs(2, "b", "UpdateService", api(), `{"service":{"roleArn":"arn:aws:iam::111122223333:role/ecs/old"}}`)},
			"old legacy-service-role web service/api standing a-b @ecs/old\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, walkStory(t, test.story, showReferences)); diff != "" {
				t.Errorf("references (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStandingInOneSecond: times are told to the second. What begins in it comes after what ends in it, and otherwise the
// event ID says what comes first.
func TestStandingInOneSecond(t *testing.T) {
	for _, ids := range []string{"xy", "yx"} {
		ends, begins := ids[:1], ids[1:]
		story := []told{
			ecs(1, "a", "CreateService", api(volumesRole("A")), ""),
			ecs(2, ends, "DeleteService", api(), deployed(latticeRole("A"))), ecs(2, begins, "CreateService", api(volumesRole("A")), ""),
		}
		want := "a ebs-volumes web service/api standing " + begins + "-" + begins + " @A\n" +
			"a vpc-lattice web service/api ended " + ends + "-" + ends + " @A\n"
		if diff := cmp.Diff(want, walkStory(t, story, showReferences)); diff != "" {
			t.Errorf("deleted and created, %s (-want +got):\n%s", ids, diff)
		}
		story = []told{ecs(2, ends, "UpdateService", api(volumesRole("A")), ""), ecs(2, begins, "UpdateService", api(volumesRole("B")), "")}
		want = "a ebs-volumes web service/api ended x-y @A\nb ebs-volumes web service/api standing y-y @B\n"
		if ids == "yx" {
			want = "a ebs-volumes web service/api standing y-y @A\nb ebs-volumes web service/api ended x-y @B\n"
		}
		if diff := cmp.Diff(want, walkStory(t, story, showReferences)); diff != "" {
			t.Errorf("updated twice, %s (-want +got):\n%s", ids, diff)
		}
	}
}

// showRemaining writes what remains in a Region on a line.
func showRemaining(s standing, _ volumeLedger) string {
	var b strings.Builder
	for _, account := range slices.Sorted(maps.Keys(s.remaining)) {
		for _, r := range s.remaining[account] {
			fmt.Fprintf(&b, "%s/%s %d %v %d %v %d\n", account, r.Region, r.ClusterCount, r.Clusters, r.ServiceCount, r.Services, r.ContainerInstances)
		}
	}
	return strings.ReplaceAll(b.String(), "111122223333/", "")
}

func TestRemaining(t *testing.T) {
	const web, instance = `{"cluster":"web"}`, `{"cluster":"web","containerInstance":"i/1"}`
	cluster := func(at int, id, name string) told {
		return ecs(at, id, name, `{"clusterName":"web","cluster":"web"}`, "")
	}
	var many []told
	for i := range 25 {
		many = append(many, ecs(1, fmt.Sprint(i), "CreateCluster", fmt.Sprintf(`{"clusterName":"c%02d"}`, 24-i), ""),
			ecs(1, fmt.Sprint("s", i), "CreateService", fmt.Sprintf(`{"serviceName":"s%02d"}`, i), ""))
	}
	for _, test := range []struct {
		name  string
		story []told
		want  string
	}{
		{"all three", []told{cluster(1, "a", "CreateCluster"), ecs(2, "b", "CreateService", api(), ""), ecs(3, "c", "RegisterContainerInstance", instance, "")},
			"us-east-1 1 [web] 1 [web/api] 1\n"},
		{"all undone", []told{cluster(1, "a", "CreateCluster"), ecs(2, "b", "UpdateService", api(), ""), ecs(3, "c", "RegisterContainerInstance", instance, ""),
			ecs(4, "d", "DeregisterContainerInstance", instance, ""), ecs(5, "e", "DeleteService", api(), ""), cluster(6, "f", "DeleteCluster")}, ""},
		{"an instance that left", []told{ecs(1, "a", "RegisterContainerInstance", `{"cluster":"web"}`, `{"containerInstance":{"containerInstanceArn":"i/1"}}`),
			ecs(2, "b", "RegisterContainerInstance", instance, `{"containerInstance":{"containerInstanceArn":"i/2"}}`), ecs(3, "c", "DeregisterContainerInstance", instance, "")},
			"us-east-1 0 [] 0 [] 1\n"},
		{"a service at 0 is still there", []told{ecs(1, "a", "UpdateService", api(`"desiredCount":0`), "")}, "us-east-1 0 [] 1 [web/api] 0\n"},
		{"an Express service is a service", []told{ecs(1, "a", "UpdateExpressGatewayService", `{"serviceArn":"arn:aws:ecs:us-east-1:111122223333:service/web/x"}`, "")},
			"us-east-1 0 [] 1 [web/x] 0\n"},
		{"a task set is no service, and its end is not that of one", []told{
			ecs(1, "a", "CreateTaskSet", api(`"taskSet":"t"`), ""), ecs(1, "b", "CreateService", `{"serviceName":"other"}`, ""),
			ecs(2, "c", "DeleteTaskSet", `{"service":"other","taskSet":"t"}`, "")}, "us-east-1 0 [] 1 [default/other] 0\n"},
		{"a cluster takes what was in it along, but not what came later", []told{
			ecs(2, "a", "CreateService", api(), ""), ecs(2, "b", "RegisterContainerInstance", instance, ""), cluster(2, "c", "DeleteCluster"),
			ecs(3, "d", "CreateService", `{"cluster":"web","serviceName":"later"}`, ""), cluster(4, "e", "CreateCluster")}, "us-east-1 1 [web] 1 [web/later] 0\n"},
		{"the last event counts", []told{ecs(1, "a", "CreateService", api(), ""), cluster(2, "b", "DeleteCluster"), ecs(3, "c", "UpdateService", api(), "")},
			"us-east-1 0 [] 1 [web/api] 0\n"},
		{"in one second the begin comes last", []told{
			cluster(1, "a", "CreateCluster"), cluster(1, "b", "DeleteCluster"), ecs(2, "c", "CreateService", api(), ""), ecs(2, "d", "DeleteService", api(), ""),
			ecs(2, "e", "RegisterContainerInstance", instance, ""), ecs(2, "f", "DeregisterContainerInstance", instance, "")}, "us-east-1 1 [web] 1 [web/api] 1\n"},
		{"a DeleteCluster is of its account", []told{ecs(1, "a", "CreateService", api(), ""), cluster(2, "b", "DeleteCluster").of("444455556666")}, "us-east-1 0 [] 1 [web/api] 0\n"},
		{"the same again", []told{ecs(1, "a", "CreateService", api(), "").of("444455556666"), cluster(2, "b", "DeleteCluster")}, "444455556666/us-east-1 0 [] 1 [web/api] 0\n"},
		{"a DeleteCluster is of its Region and account", []told{
			ecs(1, "a", "CreateService", api(), ""), cluster(2, "b", "DeleteCluster").in("eu-west-1"), cluster(2, "c", "DeleteCluster").of("444455556666"),
			ecs(3, "d", "CreateCluster", web, "").in("eu-west-1"), ecs(3, "e", "CreateCluster", "", "").of("444455556666").in("ap-southeast-2")},
			"eu-west-1 1 [web] 0 [] 0\nus-east-1 0 [] 1 [web/api] 0\n444455556666/ap-southeast-2 1 [default] 0 [] 0\n"},
		{"only so many are named", many, "us-east-1 25 " + fmt.Sprint(numbered("c%02d", 20)) + " 25 " + fmt.Sprint(numbered("default/s%02d", 20)) + " 0\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, walkStory(t, test.story, showRemaining)); diff != "" {
				t.Errorf("remaining (-want +got):\n%s", diff)
			}
		})
	}
}

func numbered(format string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(format, i))
	}
	return list
}
