package trailgen

import (
	"slices"
	"time"
)

// otherAccount is a second account of AWS's examples.
const otherAccount = "444455556666"

// Shapes writes a small tree that holds, at once, every use of a role that is known, every form of log file, every kind
// of damage, every odd value and every trap of counting. Two analyzers that agree on it agree on a lot.
func Shapes(dir string, seed uint64) error {
	t := &tree{Builder: newBuilder(newRandom(seed), Account, "us-east-1"), dir: dir, at: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}
	t.err = writeReadme(dir)
	for _, write := range []func(*tree){
		shapesOfUse, shapesOfScenes, shapesOfForms, shapesOfDamage, shapesOfValues, shapesOfDuplicates, shapesOfOpeners, shapesOfAccounts, shapesOfNames,
	} {
		write(t)
		t.pass(time.Hour)
	}
	return t.err
}

// shapesOfUse are all features with all their session names and calls, in two Regions.
func shapesOfUse(t *tree) {
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		t.Region = region
		for _, f := range Features() {
			for _, session := range f.Sessions {
				t.Fresh()
				t.log(Form{}, t.use(f.Role, session, f.Calls)...)
				t.pass(11 * time.Minute)
			}
		}
		for _, session := range linkedSessions {
			for _, f := range LinkedFeatures() {
				t.Fresh()
				t.log(Form{}, t.use(ServiceLinkedRole(Account), session, f.Calls)...)
			}
		}
	}
	t.Region = "us-east-1"
	var events []Object
	for _, r := range References() {
		t.Fresh()
		t.Name("roleArn", r.Role.ARN)
		events = append(events, t.Event(t.at, UserCaller(Account, "alice", "192.0.2.12"), r.Call))
	}
	for _, f := range Features() {
		t.Name("roleName", f.Role.Name())
		t.Name("policyArn", "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers")
		for _, call := range RoleChanges() {
			events = append(events, t.Event(t.at, UserCaller(Account, "alice", "192.0.2.12"), call))
		}
	}
	for _, call := range TrailChanges() {
		events = append(events, t.Event(t.at, UserCaller(Account, "alice", "192.0.2.12"), call))
	}
	t.log(Form{}, events...)
}

// shapesOfScenes are the scenes of large trails, each several times.
func shapesOfScenes(t *tree) {
	for _, scene := range scenes {
		for range 4 {
			t.log(Form{}, scene.make(t.stage(Account, "us-east-1"))...)
			t.pass(5 * time.Minute)
		}
	}
	for _, session := range LookAlikes {
		t.log(Form{}, t.AssumeRole(t.at, UserCaller(Account, "mallory", "203.0.113.66"), InfrastructureRole, session))
	}
}

// shapesOfForms are the forms of log files, under CloudTrail's names and under others.
func shapesOfForms(t *tree) {
	for i, f := range Forms() {
		t.log(f.Form, t.sample()...)
		t.copy(name("forms", i, f.Name), f.Form, t.sample()...)
		t.copy(name("forms/single", i, f.Name), f.Form, t.sample()[0])
		t.copy(name("forms/none", i, f.Name), f.Form)
	}
}

// shapesOfDamage are files that must fail, files that are no log files and log files that hold nothing.
func shapesOfDamage(t *tree) {
	for i, f := range DamagedForms() {
		t.log(f.Form, t.sample()...)
		t.copy(name("damaged", i, f.Name), f.Form, t.sample()...)
	}
	for i, other := range slices.Concat(OtherFiles(), EmptyLogs()) {
		t.text(name("other", i, other.Name), Form{Plain: true}, other.Text)
		t.text(name("other", i, other.Name)+".gz", Form{TrailingNewline: true}, other.Text)
		t.text(name("other/bom", i, other.Name), Form{Plain: true, ByteOrderMark: true}, other.Text)
	}
	record := string(t.sample()[0].JSON())
	for i, text := range []string{
		" \n\t", "\ufeff", "\ufeff\ufeff{}", "{", "}", "[", "nul", "{]", record + "}", record + "x", "x" + record,
		`{"Records":[` + record + `,]}`, `{"Records":[` + record + `]`, `{"Records":[null]}`, `{"Records":[[]]}`, `{"Records":["` + ECS + `"]}`,
		`[` + record + `,null]`, `[1,` + record + `]`, record + "\n5\n", record + "\n\n\n" + record, record + "\x00",
		`{"Events":[{"CloudTrailEvent":"[]"}]}`, `{"Events":[{"CloudTrailEvent":"{"}]}`, `{"Events":[{}]}`, `{"CloudTrailEvent":"x"}`,
		`{"Records":[{}]}`, `{"Records":[{"eventName":"AssumeRole"}]}`, `{"Records":[` + record + `,{}]}`, `{"Records":[` + record + `,{"detail":{}}]}`,
		`{"Records":[],"Records":[` + record + `]}`, `{"Records":[` + record + `],"Records":[]}`, `{"Records":[` + record + `],"Records":7}`,
		`{"\u0052ecords":[` + record + `]}`, `{"other":{"Records":[1,2]},"Records":[` + record + `],"more":[{"Records":[{}]}]}`,
		`{"records":[` + record + `]}`, `{"Records":[` + record + `]}{"Records":[` + record + `]}`, `{"detail":` + record + `}`, `{"detail":` + record + `,"eventName":"own"}`,
	} {
		t.text(name("other/texts", i, "text"), Form{Plain: true}, text)
	}
}

// shapesOfValues are all odd values, in an AssumeRole and in calls by sessions of both kinds of role. An AssumeRole
// and its call are bent together, so that what joins them stays or breaks on both sides.
func shapesOfValues(t *tree) {
	for i, bend := range bends {
		t.Fresh()
		events := t.use(LoadBalancerRole, "ECSNetworkingWithELB", balancerCalls[2:3])
		events = append(events, t.use(ServiceLinkedRole(Account), "ecs-service-scheduler", targetCalls[:1])...)
		events = append(events,
			t.AssumeRoleDenied(t.at, ServiceCaller(ECS), InfrastructureRole),
			t.AssumeRole(t.at, UserCaller(Account, "alice", "192.0.2.12"), LoadBalancerRole, "ECSNetworkingWithELB"),
			t.noise(t.at, true),
		)
		for j := range events {
			events[j] = bend.apply(events[j])
		}
		t.copy(name("values", i, bend.name), Form{Plain: true}, events...)
		t.log(Form{Container: Array}, events...) // once more under another name: duplicates where there is an event id
		t.pass(time.Minute)
	}
}

// shapesOfDuplicates are events that were delivered more than once, the same or not.
func shapesOfDuplicates(t *tree) {
	events := t.use(InfrastructureRole, "ECSServiceConnectForTLS", tlsCalls)
	t.log(Form{}, events...)
	t.log(Form{Order: Reversed}, events...)
	t.copy("duplicates/same.json.gz", Form{}, append(events, events...)...)
	for i, event := range events {
		t.copy(name("duplicates", i, "updated"), Form{Plain: true}, updated(event), event.With("errorCode", "AccessDenied"), event.With("eventTime", "2026-11-02T00:00:00Z"))
		t.copy(name("duplicates", i, "elsewhere"), Form{Plain: true}, event.With("recipientAccountId", otherAccount), event.Without("recipientAccountId"), event.Without("eventID"))
	}
}

// shapesOfOpeners are sessions of one role, name and second that several opened.
func shapesOfOpeners(t *tree) {
	openers := []Caller{
		ServiceCaller(ECS), UserCaller(Account, "mallory", "203.0.113.66"), ServiceCaller("lambda.amazonaws.com"), ServiceCaller("ecs-compute.amazonaws.com"),
		RootCaller(Account, "192.0.2.1", t.at), AccountCaller(otherAccount, "AIDAEXAMPLEEXAMPLE123", "192.0.2.2"),
		Session{Role: HookRole, Name: "chained", Created: t.at, SourceIPAddress: "192.0.2.3"}.Caller(),
	}
	for _, session := range []string{"ECSTaskVolumesForEBS", "ecs-service-scheduler", "ECSUnheardOf", "debug"} {
		for i, first := range openers {
			for _, second := range openers[i:] {
				role := pick(t.random, Features()).Role
				t.pass(time.Minute)
				events := []Object{t.AssumeRole(t.at, first, role, session), t.AssumeRole(t.at, second, role, session)}
				inside := Session{Role: role, Name: session, Created: t.at, InvokedBy: ECS}
				outside := Session{Role: role, Name: session, Created: t.at, SourceIPAddress: "192.0.2.9"}
				for _, by := range []Caller{inside.Caller(), outside.Caller()} {
					events = append(events, t.Event(t.at, by, named(volumeCalls, "CreateVolume")), t.Event(t.at, by, named(volumeCalls, "DeleteVolume").Denied(inside.ARN())))
				}
				t.log(Form{Order: Shuffled}, events...)
			}
		}
	}
}

// shapesOfAccounts are AssumeRole events between accounts, with both records, with one, and with too many.
func shapesOfAccounts(t *tree) {
	role := InfrastructureRole.In(otherAccount)
	for i, session := range []string{"ECSTaskVolumesForEBS", "deploy", "deploy", "deploy", "deploy"} {
		t.pass(time.Minute)
		mine, theirs := t.AssumeRoleAcross(t.at, otherAccount, role, session)
		third := mine.With("eventID", t.random.uuid()).With("userIdentity.arn", "arn:aws:iam::"+Account+":user/second")
		for j, event := range [][]Object{{mine, theirs}, {mine}, {theirs}, {mine, third, theirs}, {mine, theirs, theirs.With("eventID", t.random.uuid())}}[i] {
			t.logIn(LogFile{Account: []string{Account, otherAccount, otherAccount}[j], Region: "us-east-1", Organization: "o-exampleorgid"}, Form{}, event)
		}
	}
}

// shapesOfNames are log files in odd places: what is no log file by its folder, and names that a report must quote.
func shapesOfNames(t *tree) {
	for _, folder := range []string{"CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"} {
		t.copy("AWSLogs/"+Account+"/"+folder+"/us-east-1/2026/11/01/"+Account+"_"+folder+"_us-east-1_20261101T1000Z_0123456789abcdef.json.gz", Form{}, t.sample()...)
	}
	for _, path := range []string{
		"names/with space & <tags> \"quotes\".json", "names/ünïcode – 日本.json", "names/right\u202etxt.json", "names/=cmd|' /C calc'!A0.json", "names/.hidden.json",
		"names/UPPER.JSON", "names/notes.txt", "names/no-ending", "names/double.json.json.gz", "names/gz-inside.json", "names/" + otherAccount + "_CloudTrail_us_east_1_copy.json",
		"names/AWSLogs/" + otherAccount + "/CloudTrail/a.json", "names/AWSLogs/12345/CloudTrail/b.json", "names/o-abc/" + otherAccount + "/CloudTrail/c.json",
	} {
		events := t.sample()
		for i := range events {
			events[i] = events[i].Without("recipientAccountId")
		}
		t.copy(path, Form{}, events...)
	}
}
