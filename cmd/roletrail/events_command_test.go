//go:build unix

package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"roletrail/analyzer"
)

// mustEvents returns the events in NDJSON.
func mustEvents(t *testing.T, ndjson string) (events []analyzer.Event) {
	t.Helper()
	for line := range strings.Lines(ndjson) {
		var e analyzer.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// runEventsHere runs events in this process, and returns what it writes to standard output.
func runEventsHere(t *testing.T, code int, args ...string) string {
	t.Helper()
	args = append([]string{"events"}, args...)
	got := runPlainly(args...)
	if got.code != code || code == exitDone && got.stderr != "" {
		t.Fatalf("%q: exit code %d, messages %q", args, got.code, got.stderr)
	}
	for _, complaint := range checkResult(got, args) {
		t.Errorf("%q: %s", args, complaint)
	}
	return got.stdout
}

// chosenEvents are "FILE POSITION" of events in NDJSON.
func chosenEvents(t *testing.T, ndjson string) (chosen []string) {
	t.Helper()
	for _, e := range mustEvents(t, ndjson) {
		chosen = append(chosen, fmt.Sprintf("%s %d", strings.TrimSuffix(strings.TrimPrefix(e.Object, "trail/"), ".json.gz"), e.Position))
	}
	return chosen
}

// Of a flag that is repeated one value has to hold, and of different flags all.
func TestEventFilters(t *testing.T) {
	inFolder(t)
	for path, assignments := range map[string][]string{
		"made":    {"calls=CreateVolume,AttachVolume", "volume=vol-0aaaaaaaaaaaaaaa1"},
		"elb":     {"role=ecsLoadBalancerRole", "session=ECSNetworkingWithELB", "calls=elasticloadbalancing:DescribeTargetHealth", "region=eu-west-1", "at=2026-11-02T10:00:00Z", "fails=AccessDenied"},
		"service": {"call=CreateService", "feature=ebs-volumes", "at=2026-11-03T10:00:00Z"},
		"policy":  {"call=DetachRolePolicy", "policyArn=arn:aws:iam::aws:policy/ReadOnlyAccess", "at=2026-11-04T10:00:00Z"},
		"mallory": {"by=mallory", "at=2026-11-05T10:00:00Z", "account=444455556666"},
		"logging": {"call=StopLogging", "at=2026-11-06T10:00:00Z"},
		"late":    {"calls=DeleteVolume", "volume=vol-0bbbbbbbbbbbbbbb2", "at=2026-11-06T23:59:30Z"},
	} {
		mustLog(t, "trail/"+path+".json.gz", assignments...)
	}
	all := []string{"made 0", "made 1", "made 2", "elb 0", "elb 1", "service 0", "policy 0", "mallory 0", "logging 0", "late 0", "late 1"}
	for _, test := range []struct{ flags, want string }{
		{"", strings.Join(all, ", ")},
		{"--feature load-balancers", "elb 0, elb 1"},
		{"--feature ?", "policy 0, mallory 0, logging 0"},
		{"--feature ? --kind change --role *", "policy 0"},
		{"--feature load-balancers --feature ebs-volumes", "made 0, made 1, made 2, elb 0, elb 1, service 0, late 0, late 1"},
		{"--kind assume", "made 0, elb 0, late 0"},
		{"--kind call", "made 1, made 2, elb 1, late 1"},
		{"--kind reference", "service 0"},
		{"--kind change", "policy 0"},
		{"--kind other", "mallory 0, logging 0"},
		{"--kind reference --kind change", "service 0, policy 0"},
		{"--source ec2.amazonaws.com", "made 1, made 2, late 1"},
		{"--source ec2", ""},
		{"--action CreateVolume", "made 1"},
		{"--action AssumeRole", "made 0, elb 0, mallory 0, late 0"},
		{"--action createvolume", ""}, // names of events are of one spelling
		{"--day 2026-11-01", "made 0, made 1, made 2"},
		{"--day 2026-11-07", "late 1"}, // begun in UTC, whatever the file
		{"--day 2026-11-01 --day 2026-11-07", "made 0, made 1, made 2, late 1"},
		{"--failed", "elb 1"},
		{"--failed=true", "elb 1"},
		{"--failed=false", strings.ReplaceAll(strings.Join(all, ", "), "elb 1, ", "")},
		{"--finding denied-action", "elb 1"},
		{"--finding impostor-session --finding trail-changed", "mallory 0, logging 0"},
		{"--principal ecs.amazonaws.com", "made 0, elb 0, late 0"},
		{"--principal arn:aws:iam::444455556666:user/mallory", "mallory 0"},
		{"--principal mallory", ""},
		{"--resource vol-0aaaaaaaaaaaaaaa1", "made 1, made 2"},
		{"--resource vol-0aaaaaaaaaaaaaaa1 --resource vol-0bbbbbbbbbbbbbbb2", "made 1, made 2, late 1"},
		{"--state open", "made 1, made 2"},
		{"--state deleted", "late 1"},
		{"--state kept", ""},
		{"--state unknownAge", ""},
		{"--role ecsloadbalancerrole", "elb 0, elb 1"},
		{"--role arn:aws:iam::444455556666:role/ecsInfrastructureRole", "mallory 0"},
		{"--role ecsLoad* --role arn:aws:iam::444455556666:role/*", "elb 0, elb 1, mallory 0"},
		{"--role ?", "logging 0"},
		{"--region eu-west-1", "elb 0, elb 1"},
		{"--account 444455556666", "mallory 0"},
		{"--since 2026-11-06 --until 2026-11-06", "logging 0, late 0"},
		{"--feature ebs-volumes --kind call --day 2026-11-01 --action AttachVolume", "made 2"},
		{"--feature ebs-volumes --failed", ""},
		{"--role ? --kind change", ""},
	} {
		args := append(strings.Fields(test.flags), "trail")
		if got := strings.Join(chosenEvents(t, runEventsHere(t, exitDone, args...)), ", "); got != test.want {
			t.Errorf("%s: %s; want %s", test.flags, got, test.want)
		}
	}
}

// A report takes references and changes outside the window into account, which --margin shows, as far as they were read.
// Uses outside the window are in no number, and never shown.
func TestEventsMargin(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/before.json.gz", "at=2026-10-20T10:00:00Z", "calls=DescribeVolumes")
	mustLog(t, "trail/reference.json.gz", "call=CreateService", "feature=ebs-volumes", "at=2026-10-21T10:00:00Z")
	mustLog(t, "trail/change.json.gz", "call=DetachRolePolicy", "policyArn=arn:aws:iam::aws:policy/ReadOnlyAccess", "at=2026-11-09T10:00:00Z")
	mustLog(t, "trail/within.json.gz")
	window := []string{"--since", "2026-11-01", "--until", "2026-11-02", "trail"}
	for flag, want := range map[string][]string{
		"--margin=false": {"within 0", "within 1"},
		"--margin":       {"reference 0", "within 0", "within 1", "change 0"},
	} {
		if got := chosenEvents(t, runEventsHere(t, exitDone, append([]string{flag}, window...)...)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", flag, got, want)
		}
	}
}

// What goes to standard output is the same as what goes to files, in each format.
func TestEventsToStandardOutput(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz", "repeat=3")
	runEventsHere(t, exitDone, "-o", "events.ndjson", "-o", "events.csv", "-o", "events.parquet", "trail")
	for _, f := range []format{ndjsonFormat, csvFormat, parquetFormat} {
		want, err := os.ReadFile("events" + f.ending)
		if err != nil {
			t.Fatal(err)
		}
		if got := runEventsHere(t, exitDone, "--format", f.name, "trail"); got != string(want) {
			t.Errorf("--format %s: %.200q, want %.200q", f, got, want)
		}
		if got := runEventsHere(t, exitDone, "--format", f.name, "-o", "beside.csv", "-o", "-", "trail"); got != string(want) {
			t.Errorf("--format %s -o -: %.200q, want %.200q", f, got, want)
		}
	}
	if got := len(mustEvents(t, runEventsHere(t, exitDone, "trail"))); got != 6 {
		t.Errorf("%d events, want 6", got)
	}
	rows, err := csv.NewReader(strings.NewReader(runEventsHere(t, exitDone, "--format", "csv", "trail"))).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Errorf("%d rows of CSV, want 7; %v", len(rows), err)
	}
}

// TestWrongEvents holds what a person reads who got a flag of events wrong. The SOURCE of these runs does not exist.
func TestWrongEvents(t *testing.T) {
	inFolder(t)
	const (
		help     = `run "roletrail events --help" for the flags`
		noValue  = "leave the flag out, or look at where its value comes from"
		features = "`roletrail features` shows the ids"
		kinds    = "use assume, call, reference, change or other"
		states   = "use open, deleted, kept or unknownAge"
		days     = "write a day as 2026-11-22, and repeat --day for several"
		onlyJSON = "--raw: only NDJSON holds the events themselves"
		rawHint  = "write to standard output, or to a file that ends in .ndjson"
	)
	findings := "use " + oneOf(analyzer.FindingsOfEvents())
	for _, test := range []struct{ args, message, hint string }{
		{"--feature lattice", "--feature lattice: no feature of the catalog", features},
		{"--feature ebs-volumes --feature EBS-volumes", "--feature EBS-volumes: no feature of the catalog", features},
		{"--kind use", `--kind: "use" is no choice`, kinds},
		{"--kind assume,call", `--kind: "assume,call" is no choice`, kinds},
		{"--finding nothing", `--finding: "nothing" is no choice`, findings},
		{"--state lost", `--state: "lost" is no choice`, states},
		{"--day yesterday", `--day: "yesterday" is no date`, days},
		{"--day 2026-02-30", `--day: "2026-02-30" is no date`, days},
		{"--day 2026-11", `--day: "2026-11" is no date`, days},
		{"--failed=maybe", `--failed: "maybe" is neither true nor false`, "leave the value out"},
		{"--role ? --role ecsRole", "--role ?: cannot be asked for beside other roles", "run it once for each"},
		{"--feature ebs-volumes --feature ?", "--feature ?: cannot be asked for beside other features", "run it once for each"},
		{"--format text", `--format: "text" is no format`, "use ndjson, csv or parquet"},
		{"--format json", `--format: "json" is no format`, "use ndjson, csv or parquet"},
		{"-o events.json", "--output events.json: the ending tells no format", "end the name in .ndjson, .csv or .parquet"},
		{"-o events", "--output events: the ending tells no format", "end the name in .ndjson, .csv or .parquet"},
		{"-o events/ -o events/", "--output events/: given twice", "name each file once"},
		{"-o - -o events.csv -o -", "--output -: given twice", "name each file once"},
		{"--raw --format csv", onlyJSON, rawHint},
		{"--raw --format parquet -o -", onlyJSON, rawHint},
		{"--raw -o events.ndjson -o events.csv", onlyJSON, rawHint},
		{"--raw -o events/", onlyJSON, rawHint},
		{"--account 1234", `--account: "1234" is no account ID`, "an account ID has 12 digits; repeat --account for several"},
		{"--since 2d --until 3d", "--since 2d: not before --until 3d", "the window begins at --since and ends at --until"},
		{"--feature _", "--feature: the value is empty", noValue},
		{"--kind _", "--kind: the value is empty", noValue},
		{"--source _", "--source: the value is empty", noValue},
		{"--action _", "--action: the value is empty", noValue},
		{"--day _", "--day: the value is empty", noValue},
		{"--finding _", "--finding: the value is empty", noValue},
		{"--principal _", "--principal: the value is empty", noValue},
		{"--resource _", "--resource: the value is empty", noValue},
		{"--state _", "--state: the value is empty", noValue},
		{"--role _", "--role: the value is empty", noValue},
		{"-o _", "--output: the value is empty", noValue},
		{"--fail-on high", "--fail-on: no such flag", help},
		{"--estimate", "--estimate: no such flag", help},
		{"--ascii", "--ascii: no such flag", help},
	} {
		args := append([]string{"events"}, strings.Fields(test.args+" nowhere")...)
		for i := range args {
			args[i] = strings.TrimPrefix(args[i], "_")
		}
		got := runPlainly(args...)
		if want := "roletrail: " + test.message + "\nhint: " + test.hint + "\n"; got.code != exitUsage || got.stderr != want {
			t.Errorf("%s: exit code %d, message\n%swant\n%s", test.args, got.code, got.stderr, want)
		}
		for _, complaint := range checkResult(got, args) {
			t.Errorf("%s: %s", test.args, complaint)
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// Every number of the table of uses can be followed: the flags of its cell list as many events.
func TestCellsOfDemo(t *testing.T) {
	t.Chdir("../../testdata")
	table := runPlainly("report", "--format", "csv", "demo").stdout
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type cell struct {
		flags []string
		want  int
	}
	var cells, chosen []cell // cells that count failures are rare, and all chosen
	for _, row := range rows[1:] {
		use := map[string]string{}
		for i, name := range rows[0] {
			use[name] = row[i]
		}
		place := []string{
			"--role", use["role_arn"], "--feature", cmp.Or(use["feature"], none), "--region", use["region"], "--day", use["day"],
		}
		for _, column := range []struct {
			name  string
			flags []string
		}{
			{"assumed", []string{"--kind", "assume", "--failed=false"}},
			{"denied", []string{"--kind", "assume", "--failed"}},
			{"calls", []string{"--kind", "call"}},
			{"failed_calls", []string{"--kind", "call", "--failed"}},
		} {
			want, err := strconv.Atoi(use[column.name])
			if err != nil {
				t.Fatal(err)
			}
			c := cell{slices.Concat(place, column.flags), want}
			if want > 0 && slices.Contains(c.flags, "--failed") {
				chosen = append(chosen, c)
			} else {
				cells = append(cells, c)
			}
		}
	}
	if len(cells) < 400 || len(chosen) == 0 {
		t.Fatalf("%d cells, and %d that count failures: no report to speak of", len(cells), len(chosen))
	}
	const some = 17 // prime to the four columns, so that all of them have their turn
	for i := 0; i < len(cells); i += some {
		chosen = append(chosen, cells[i])
	}
	counting := 0
	for _, c := range chosen {
		got := len(mustEvents(t, runEventsHere(t, exitPartial, append(c.flags, "demo")...)))
		if got != c.want {
			t.Errorf("%q: %d events, and the table says %d", c.flags, got, c.want)
		}
		counting += min(got, 1)
	}
	if counting < len(chosen)/4 {
		t.Errorf("only %d of %d cells count something", counting, len(chosen))
	}
}
