package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lambda is a catalog of another service, with a pattern.
const lambda = `version: "7"
date: 2026-10-01
features:
  - id: lambda-functions
    title: Lambda functions
    kind: other
    principal: lambda.amazonaws.com
    sessionNames:
      - {name: awslambda_*, confidence: seen, source: our logs}
`

func extend(t testing.TB, c *Catalog, file string) *Catalog {
	t.Helper()
	extended, err := c.Extend("my.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return extended
}

func ids(c *Catalog) []string {
	var list []string
	for _, f := range c.Features {
		list = append(list, f.ID)
	}
	return list
}

func TestExtendAddsFeatures(t *testing.T) {
	base := load(t)
	before := ids(base)
	c := extend(t, base, lambda)
	if diff := cmp.Diff(append(ids(base), "lambda-functions", "other-lambda-session"), ids(c)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, ids(base)); diff != "" {
		t.Errorf("the extended catalog itself changed: %s", diff)
	}
	if base.IsPrincipal("lambda.amazonaws.com") || !c.IsPrincipal("lambda.amazonaws.com") {
		t.Error("only the new catalog should know lambda.amazonaws.com")
	}
	if c.Version != "1+7" || c.Date != "2026-10-01" {
		t.Errorf("version %q, date %q", c.Version, c.Date)
	}
	want := Feature{ID: "other-lambda-session", Title: "Other sessions of lambda.amazonaws.com", Kind: Other,
		Principal: "lambda.amazonaws.com", CatchAll: true}
	if diff := cmp.Diff(want, feature(t, c, "other-lambda-session")); diff != "" {
		t.Error(diff)
	}
}

func TestExtendKeepsCatchAllLast(t *testing.T) {
	c := extend(t, load(t), `{version: "2", date: 2026-12-24, features: [
  {id: b, title: B, kind: service-linked, principal: b.amazonaws.com, calls: [{service: s.amazonaws.com, names: [Get*]}]},
  {id: new-role, title: New, kind: infrastructure, sessionNames: [{name: ECSNew, confidence: inferred, source: guess}]},
  {id: new-calls, title: New, kind: service-linked, calls: [{service: ecr.amazonaws.com, names: ["*"]}]},
  {id: b2, title: B, kind: other, principal: b.amazonaws.com, sessionNames: [{name: B, confidence: seen, source: x}]}]}`)
	got := ids(c)
	for _, want := range [][]string{
		{"legacy-service-role", "new-role", "other-ecs-session", "awsvpc-eni"},
		{"ecs-exec", "new-calls", "other-ecs-calls", "b", "b2", "other-b-calls", "other-b-session"},
	} {
		if !strings.Contains(strings.Join(got, " ")+" ", strings.Join(want, " ")+" ") {
			t.Errorf("want %q in a row in %q", want, got)
		}
	}
	if c.Version != "1+2" || c.Date != "2026-11-21" {
		t.Errorf("version %q, date %q: the older part dates the whole", c.Version, c.Date)
	}
}

func TestExtendReplaces(t *testing.T) {
	base := load(t)
	c := extend(t, base, `version: "2"
date: 2026-12-24
policies:
  AmazonECSServiceRolePolicy:
    arn: arn:aws-cn:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy
    version: v25
    date: 2026-12-01
    actions: [ec2:DetachNetworkInterface, ec2:CreateTags]
    cleanup: [ec2:DetachNetworkInterface]
    notObservable: [ec2:CreateTags]
features:
  - id: ebs-volumes
    title: Volumes
    kind: infrastructure
    sessionNames:
      - {name: VolumesOfTasks, confidence: inferred, source: x}
    policy: AmazonECSInfrastructureRolePolicyForVolumes # one of the catalog that is extended
`)
	if diff := cmp.Diff(ids(base), ids(c)); diff != "" {
		t.Error(diff)
	}
	f := feature(t, c, "ebs-volumes")
	if f.Title != "Volumes" || f.Page != "" || f.Policy != feature(t, base, "ebs-volumes").Policy {
		t.Errorf("got %+v", f)
	}
	if _, ok := c.ByName("ECSTaskVolumesForEBS"); ok {
		t.Error("a session name of the feature that was replaced is still there")
	}
	want := &Policy{Name: "AmazonECSServiceRolePolicy", Version: "v25", Date: "2026-12-01",
		ARN:     "arn:aws-cn:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy",
		Actions: []PolicyAction{{Action: "ec2:DetachNetworkInterface", Cleanup: true}, {Action: "ec2:CreateTags", NotObservable: true}}}
	if diff := cmp.Diff(want, feature(t, c, "ecs-exec").Policy); diff != "" {
		t.Error(diff)
	}
	if got := feature(t, base, "ecs-exec").Policy.Version; got != "v24" {
		t.Errorf("the policy of the extended catalog itself is %s now", got)
	}
}

// A file may bring no more than AWS's next version of a policy.
func TestExtendPoliciesAlone(t *testing.T) {
	c := extend(t, load(t), `{version: "2", date: 2026-12-24, policies: {AmazonEC2ContainerServiceRole: {
  arn: arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole, version: v3, date: 2026-12-01,
  actions: ['ec2:Describe*']}}}`)
	if diff := cmp.Diff(ids(load(t)), ids(c)); diff != "" {
		t.Error(diff)
	}
	if got := feature(t, c, "legacy-service-role").Policy.Version; got != "v3" {
		t.Errorf("version %s, want v3", got)
	}
}

// A feature may take over what the one it replaces claimed.
func TestExtendReplacesCalls(t *testing.T) {
	c := extend(t, load(t), `version: "2"
date: 2026-12-24
features:
  - {id: ecs-exec, title: Exec, kind: service-linked, calls: [{service: ssm.amazonaws.com, names: [StartSession]}]}
  - {id: exec-reads, title: Exec, kind: service-linked, calls: [{service: ssm.amazonaws.com, names: [Describe*, S*]}]}
`)
	for call, want := range map[string]string{"StartSession": "ecs-exec", "DescribeSessions": "exec-reads", "Stop": "exec-reads",
		"Resume": "other-ecs-calls"} {
		if got := c.Features[c.Linked("ecs.amazonaws.com", "ssm.amazonaws.com", call)].ID; got != want {
			t.Errorf("%s belongs to %s, want %s", call, got, want)
		}
	}
}

func TestExtendAcceptsForms(t *testing.T) {
	for name, file := range map[string]string{
		"byte order mark": "\ufeff" + lambda,
		"CRLF":            strings.ReplaceAll(lambda, "\n", "\r\n"),
		"document start":  "---\n" + lambda,
		"block scalars":   strings.Replace(lambda, "title: Lambda functions", "title: >-\n      Lambda\n      functions", 1),
		"JSON": `{"version":"7","date":"2026-10-01","features":[{"id":"lambda-functions","title":"Lambda functions","kind":"other",
			"principal":"lambda.amazonaws.com","sessionNames":[{"name":"awslambda_*","confidence":"seen","source":"our logs"}]}]}`,
	} {
		if diff := cmp.Diff(extend(t, load(t), lambda).Features, extend(t, load(t), file).Features); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Each mistake is told in one line with its place, below it is shown in the file.
func TestExtendMistakes(t *testing.T) {
	const (
		head     = "version: \"1\"\ndate: 2026-01-01\n" // lines 1 and 2
		features = head + "features:\n"                 // line 3
		session  = "    sessionNames: [{name: N, confidence: seen, source: S}]\n"
		x        = features + "  - id: x\n    title: X\n    kind: other\n" // lines 4 to 6
		linked   = features + "  - id: x\n    title: X\n    kind: service-linked\n"
		p        = head + "policies:\n  P:\n" // lines 3 and 4
		pHead    = p + "    arn: arn:aws:iam::aws:policy/P\n    version: v1\n    date: 2026-01-01\n"
	)
	for _, test := range []struct{ file, want string }{
		// the file
		{"", `my.yaml: no catalog: the file is empty`},
		{"# nothing\n", `my.yaml: no catalog: the file is empty`},
		{"\xff", `my.yaml: not UTF-8`},
		{strings.Repeat(" ", maxFile+1), `my.yaml: larger than 1048576 bytes`},
		{"catalog", `my.yaml:1:1: the catalog is not a mapping of version, date, policies, features`},
		{"- a\n", `my.yaml:1:1: the catalog is not a mapping of version, date, policies, features`},
		{head + "features: [\n", `my.yaml:3:11: sequence end token ']' not found`},
		{head + "date: 2026-01-01\n", `my.yaml:3:1: mapping key "date" already defined at [2:1]`},
		{head + "{version: \"1\", version: \"1\"}", `my.yaml:3:1: unexpected map key`},
		{"{version: \"1\", date: 2026-01-01, version: \"1\"}", `my.yaml:1:34: mapping key "version" already defined at [1:2]`},
		{"{version: \"1\", version}", `my.yaml:1:16: the catalog: key "version" is there twice`},
		{head + "---\n" + head, `my.yaml:3:1: more than one YAML document`},
		{head + "features: &a []\n", `my.yaml:3:11: anchors, aliases and merge keys are not supported here`},
		{head + "features: *a\n", `my.yaml:3:11: anchors, aliases and merge keys are not supported here`},
		{head + "<<: {}\n", `my.yaml:3:1: anchors, aliases and merge keys are not supported here`},
		{head + "features: !!seq []\n", `my.yaml:3:11: tags are not supported here`},
		{head + "? features\n: []\n", `my.yaml:3:1: keys introduced by ? are not supported here`},
		{"%YAML 1.2\n---\n" + head, `my.yaml:1:1: directives are not supported here`},
		{"a: " + strings.Repeat("[", 100), `my.yaml:1:20: nested too deeply`},
		{strings.Repeat("- ", 100), `my.yaml:1:33: nested too deeply`},
		{head + "fetures: []\n", `my.yaml:3:1: the catalog: unknown key "fetures", known are version, date, policies, features`},
		{"date: 2026-01-01\nfeatures: []\n", `my.yaml:1:1: the catalog: version is missing`},
		{"version: 1\n", `my.yaml:1:10: the catalog: version is not a string, put it in quotes`},
		{"version: \"1 2\"\n", `my.yaml:1:10: version "1 2" has a character other than letters, digits and ._-`},
		{"version: \"1\"\n", `my.yaml:1:1: the catalog: date is missing`},
		{"version: \"1\"\ndate: 21.11.2026\n", `my.yaml:2:7: the catalog: date "21.11.2026" is not of the form 2026-11-21`},
		{head, `my.yaml:1:1: the catalog: features is missing`},
		{head + "features: {}\n", `my.yaml:3:1: the catalog: features is not a list`},
		{head + "features: []\n", `my.yaml:3:1: the catalog: features is empty`},

		// features
		{features + "  - x\n", `my.yaml:4:5: feature 1 is not a mapping of id, title, kind, principal, sessionNames, policy, calls, page`},
		{features + "  - title: X\n", `my.yaml:4:5: feature 1: id is missing`},
		{features + "  - id:\n", `my.yaml:4:9: feature 1: id is empty`},
		{features + "  - id: X 1\n", `my.yaml:4:9: feature "X 1": id has a character other than a-z, 0-9, . and -`},
		{features + "  - id: x\n    titel: X\n", `my.yaml:5:5: feature "x": unknown key "titel", known are id, title, kind, principal, sessionNames, policy, calls, page`},
		{features + "  - id: x\n", `my.yaml:4:5: feature "x": title is missing`},
		{features + "  - id: x\n    title: ' '\n", `my.yaml:5:12: feature "x": title is empty`},
		{features + "  - id: x\n    title: [X]\n", `my.yaml:5:12: feature "x": title is a list, not a string`},
		{features + "  - id: x\n    title: X\n", `my.yaml:4:5: feature "x": kind is missing`},
		{features + "  - id: x\n    title: X\n    kind: linked\n", `my.yaml:6:11: feature "x": kind "linked" is not one of infrastructure, service-linked, other`},
		{x + session + "    principal: ecs\n", `my.yaml:8:16: feature "x": principal "ecs" is not of the form ecs.amazonaws.com`},
		{x + session + "    page: docs\n", `my.yaml:8:11: feature "x": page "docs" does not begin with https://`},
		{x + session + "    policy: P\n", `my.yaml:8:13: feature "x": there is no policy "P"`},
		{x, `my.yaml:4:9: feature "x": sessionNames is missing`},
		{linked, `my.yaml:4:9: feature "x": calls is missing`},
		{x + session + "    calls: [{service: a.b, names: [C]}]\n", `my.yaml:8:5: feature "x": a feature of kind other is told by its sessionNames, not by calls`},
		{linked + session, `my.yaml:7:5: feature "x": a feature of kind service-linked is told by its calls, not by sessionNames`},
		{x + session + "  - id: x\n    title: Y\n    kind: other\n" + session, `my.yaml:8:9: feature "x" is there twice, first in line 4`},
		{features + "  - id: other-x-session\n    title: X\n    kind: other\n", `my.yaml:4:9: feature "other-x-session": such ids are kept for what no other feature claims, here it would be "other-ecs-session"`},
		{features + "  - id: other-ecs-session\n    title: X\n    kind: infrastructure\n", `my.yaml:4:9: feature "other-ecs-session": its kind must be other`},
		{features + "  - id: other-ecs-session\n    title: X\n    kind: other\n" + session, `my.yaml:7:5: feature "other-ecs-session": it takes the sessions whose names nobody knows, so it has no sessionNames`},
		{x + session + "    principal: y.z\n  - id: other-y.z-session\n    title: X\n    kind: other\n    principal: y.z.amazonaws.com\n", `my.yaml:4:9: feature "x": the id "other-y.z-session" can't be both of y.z and of y.z.amazonaws.com`},
		{features + "  - id: ecs-exec\n    title: X\n    kind: other\n" + session, `my.yaml:4:9: feature "ecs-exec": the feature that it replaces is of kind service-linked, not other`},
		{features + "  - id: ebs-volumes\n    title: X\n    kind: other\n    principal: a.b\n" + session, `my.yaml:4:9: feature "ebs-volumes": the feature that it replaces is one of ecs.amazonaws.com, not of a.b`},

		// session names
		{x + "    sessionNames: []\n", `my.yaml:7:5: feature "x": sessionNames is empty`},
		{x + "    sessionNames: N\n", `my.yaml:7:5: feature "x": sessionNames is not a list`},
		{x + "    sessionNames: [N]\n", `my.yaml:7:20: feature "x": session name 1 is not a mapping of name, confidence, source`},
		{x + "    sessionNames:\n      - confidence: seen\n", `my.yaml:8:9: feature "x": session name 1: name is missing`},
		{x + "    sessionNames:\n      - name: \"\"\n", `my.yaml:8:15: feature "x": session name "" is empty`},
		{x + "    sessionNames:\n      - name: a b\n", `my.yaml:8:15: feature "x": session name "a b" has a character that session names can't have`},
		{x + "    sessionNames:\n      - name: \"**\"\n", `my.yaml:8:15: feature "x": session name "**" would match every session`},
		{x + "    sessionNames:\n      - name: " + strings.Repeat("a", 129) + "\n", `my.yaml:8:15: feature "x": session name "` + strings.Repeat("a", 129) + `" is longer than 128 characters`},
		{x + "    sessionNames:\n      - name: N\n", `my.yaml:8:9: feature "x": session name "N": confidence is missing`},
		{x + "    sessionNames:\n      - {name: N, confidence: sure}\n", `my.yaml:8:31: feature "x": session name "N": confidence "sure" is not one of documented, seen, inferred`},
		{x + "    sessionNames:\n      - {name: N, confidence: seen}\n", `my.yaml:8:9: feature "x": session name "N": source is missing`},
		{x + "    sessionNames:\n      - {name: N, confidence: seen, source: S}\n      - {name: N, confidence: seen, source: S}\n", `my.yaml:9:9: feature "x": session name "N" is there twice`},

		// calls
		{linked + "    calls: C\n", `my.yaml:7:5: feature "x": calls is not a list`},
		{linked + "    calls: [C]\n", `my.yaml:7:13: feature "x": calls 1 is not a mapping of service, names, sharedWith`},
		{linked + "    calls: [{names: [C]}]\n", `my.yaml:7:13: feature "x": calls 1: service is missing`},
		{linked + "    calls: [{service: ec2, names: [C]}]\n", `my.yaml:7:23: feature "x": calls 1: service "ec2" is not an eventSource such as ec2.amazonaws.com`},
		{linked + "    calls: [{service: a.b}]\n", `my.yaml:7:13: feature "x": calls 1: names is missing`},
		{linked + "    calls: [{service: a.b, names: [C*d]}]\n", `my.yaml:7:36: feature "x": calls 1: "C*d" is not an eventName, which may end in one *`},
		{linked + "    calls: [{service: a.b, names: [C, '']}]\n", `my.yaml:7:39: feature "x": calls 1: names holds an empty string`},
		{linked + "    calls: [{service: a.b, names: [C, C]}]\n", `my.yaml:7:39: feature "x": calls 1: names holds "C" twice`},
		{linked + "    calls:\n      - {service: a.b, names: [C]}\n      - {service: a.b, names: [C]}\n", `my.yaml:9:32: feature "x": call a.b C is there twice`},
		{linked + "    calls: [{service: a.b, names: [C], sharedWith: [y]}]\n", `my.yaml:7:53: feature "x": sharedWith names "y", which is no service-linked feature of ecs.amazonaws.com`},
		{linked + "    calls: [{service: a.b, names: [C], sharedWith: [ebs-volumes]}]\n", `my.yaml:7:53: feature "x": sharedWith names "ebs-volumes", which is no service-linked feature of ecs.amazonaws.com`},
		{linked + "    calls: [{service: a.b, names: [C], sharedWith: [x]}]\n", `my.yaml:7:53: feature "x": sharedWith names the feature itself`},

		// policies
		{head + "policies: []\n", `my.yaml:3:11: policies is not a mapping`},
		{head + "policies:\n  P: v1\n", `my.yaml:4:6: policy "P" is not a mapping of arn, version, date, actions, cleanup, notObservable`},
		{p + "    version: v1\n", `my.yaml:5:5: policy "P": arn is missing`},
		{p + "    arn: arn:aws:iam::aws:policy/Q\n", `my.yaml:5:10: policy "P": arn "arn:aws:iam::aws:policy/Q" is not the ARN of a policy of this name`},
		{p + "    arn: arn:aws:iam::aws:policy/P\n    version: 5\n", `my.yaml:6:14: policy "P": version is not a string, put it in quotes`},
		{p + "    arn: arn:aws:iam::aws:policy/P\n    version: \"5\"\n", `my.yaml:6:14: policy "P": version "5" is not of the form v1`},
		{p + "    arn: arn:aws:iam::aws:policy/P\n    version: v5\n", `my.yaml:5:5: policy "P": date is missing`},
		{pHead, `my.yaml:5:5: policy "P": actions is missing`},
		{pHead + "    actions: [CreateTags]\n", `my.yaml:8:15: policy "P": action "CreateTags" is not of the form service:Action`},
		{p[:len(p)-1] + " {actions: [a:B]}\n", `my.yaml:4:6: policy "P": arn is missing`},
		{pHead + "    actions: [{a: B}]\n", `my.yaml:8:15: policy "P": actions is not a string, put it in quotes`},
		{pHead + "    actions: [a:B, a:B]\n", `my.yaml:8:20: policy "P": actions holds "a:B" twice`},
		{pHead + "    actions: [a:B]\n    cleanup: [a:C]\n", `my.yaml:9:15: policy "P": cleanup names "a:C", which is not among its actions`},
		{pHead + "    actions: [a:B]\n    notObservable: [a:C]\n", `my.yaml:9:21: policy "P": notObservable names "a:C", which is not among its actions`},
		{pHead + "    actions: [a:B]\n" + "features:\n  - id: x\n    title: X\n    kind: other\n" + session, `my.yaml:4:3: policy "P" belongs to no feature`},
	} {
		_, err := load(t).Extend("my.yaml", []byte(test.file))
		if err == nil {
			t.Errorf("no error, want %s\n%s", test.want, test.file)
			continue
		}
		checkMistake(t, err, test.want)
	}
}

// checkMistake compares the key message of an error, and checks that the place is shown below it.
func checkMistake(t *testing.T, err error, want string) {
	t.Helper()
	message, excerpt, _ := strings.Cut(err.Error(), "\n")
	if message != want {
		t.Errorf("got  %s\nwant %s", message, want)
	}
	var mistake *Error
	if !errors.As(err, &mistake) {
		t.Fatalf("%T is not an *Error", err)
	}
	if mark := fmt.Sprintf(">%3d | ", mistake.Line); mistake.Line > 0 && (!strings.Contains(excerpt, mark) || !strings.Contains(excerpt, "^")) {
		t.Errorf("%s: the place is not shown:\n%s", message, excerpt)
	}
}

// An exact name may lie within another feature's prefix, for it beats it. All else that two features claim is rejected.
func TestExtendOverlaps(t *testing.T) {
	const file = `version: "1"
date: 2026-01-01
features:
  - {id: a, title: A, kind: service-linked, principal: p.q, calls: [{service: s.t, names: [%s]}]}
  - {id: b, title: B, kind: service-linked, principal: p.q, calls: [{service: s.t, names: [%s]}]}
  - {id: c, title: C, kind: service-linked, principal: p.r, calls: [{service: s.t, names: [%[1]s]}]}
`
	for _, test := range []struct{ a, b, want string }{
		{"Get", "List", ""},
		{"Get", "Get*", ""},
		{"Get*", "GetX", ""},
		{"Get*", "List*", ""},
		{"Get*, GetX*", "GetXY", ""}, // of one feature: the longest prefix decides what it is shared with
		{"Get", "Get", `my.yaml:5:92: feature "b": call s.t Get overlaps with Get of feature "a"`},
		{"Get*", "Get*", `my.yaml:5:92: feature "b": call s.t Get* overlaps with Get* of feature "a"`},
		{"Get*", "GetX*", `my.yaml:5:92: feature "b": call s.t GetX* overlaps with Get* of feature "a"`},
		{"GetX*", "Get*", `my.yaml:5:92: feature "b": call s.t Get* overlaps with GetX* of feature "a"`},
		{"GetX*", `"*"`, `my.yaml:5:92: feature "b": call s.t * overlaps with GetX* of feature "a"`},
	} {
		_, err := load(t).Extend("my.yaml", fmt.Appendf(nil, file, test.a, test.b))
		switch {
		case err == nil && test.want != "":
			t.Errorf("%s and %s: no error", test.a, test.b)
		case err != nil && test.want == "":
			t.Errorf("%s and %s: %v", test.a, test.b, err)
		case err != nil:
			checkMistake(t, err, test.want)
		}
	}
}

// Whatever a new feature takes from one of the catalog, the mistake is in the new file.
func TestExtendOverlapsEmbedded(t *testing.T) {
	const file = `version: "1"
date: 2026-01-01
features:
  - {id: aaa, title: A, kind: service-linked, calls: [{service: route53.amazonaws.com, names: [%s]}]}
`
	for name, want := range map[string]string{
		"Get*":              `my.yaml:4:96: feature "aaa": call route53.amazonaws.com Get* overlaps with Get* of feature "service-discovery"`,
		"G*":                `my.yaml:4:96: feature "aaa": call route53.amazonaws.com G* overlaps with Get* of feature "service-discovery"`,
		"GetHostedZone*":    `my.yaml:4:96: feature "aaa": call route53.amazonaws.com GetHostedZone* overlaps with Get* of feature "service-discovery"`,
		"CreateHealthCheck": `my.yaml:4:96: feature "aaa": call route53.amazonaws.com CreateHealthCheck overlaps with CreateHealthCheck of feature "service-discovery"`,
	} {
		_, err := load(t).Extend("my.yaml", fmt.Appendf(nil, file, name))
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		checkMistake(t, err, want)
	}
}

// An excerpt goes to a terminal.
func TestErrorExcerptIsPrintable(t *testing.T) {
	_, err := load(t).Extend("my.yaml", []byte("version: \"1\"\n# \x1b[31m\u202e\ndate: no\n"))
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\u202e") {
		t.Errorf("got %q", err)
	}
}
