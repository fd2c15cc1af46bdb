package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// schema compiles one of our schemas.
func schema(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func rendered(t *testing.T, u *analyzer.Usage) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := JSON(&out, u); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func parsed(t *testing.T, text []byte) any {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestJSONFollowsSchema(t *testing.T) {
	s := schema(t, UsageSchema)
	for _, fixture := range textFixtures() {
		if err := s.Validate(parsed(t, rendered(t, fixture.usage))); err != nil {
			t.Errorf("%s: %v", fixture.name, err)
		}
	}
	least := &analyzer.Usage{Schema: analyzer.Schema, Tool: emptyUsage().Tool}
	if err := s.Validate(parsed(t, rendered(t, least))); err != nil {
		t.Errorf("usage of zero values: %v", err)
	}
}

func TestJSONGolden(t *testing.T) {
	golden(t, "clean.json", rendered(t, cleanUsage()))
}

func TestJSONLosesNothing(t *testing.T) {
	for _, fixture := range textFixtures() {
		var got analyzer.Usage
		if err := json.Unmarshal(rendered(t, fixture.usage), &got); err != nil {
			t.Fatal(err)
		}
		// Bytes that are no UTF-8 can't be in JSON.
		valid := cmp.Comparer(func(a, b string) bool { return replaced(a) == replaced(b) })
		if diff := cmp.Diff(*fixture.usage, got, cmpopts.EquateEmpty(), valid); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fixture.name, diff)
		}
	}
}

// replaced is s with U+FFFD for every byte that is no UTF-8.
func replaced(s string) string { return strings.Map(func(r rune) rune { return r }, s) }

func TestJSONHasNoNull(t *testing.T) {
	u := &analyzer.Usage{
		Roles: []analyzer.Role{{
			Features: []analyzer.FeatureUsage{{}}, OtherCallers: []analyzer.OtherCaller{{}},
			References: []analyzer.Reference{{}}, Remaining: []analyzer.Remaining{{}},
		}},
		Coverage: []analyzer.Coverage{{}},
		Findings: []analyzer.Finding{{}},
	}
	if text := rendered(t, u); bytes.Contains(text, []byte("null")) {
		t.Errorf("null in %s", text)
	}
	if u.Coverage[0].Gaps != nil || u.Roles[0].Volumes.Open != nil || u.Roles[0].References[0].Evidence != nil || u.Input.Objects.Failed != nil || u.Roles[0].Regions != nil ||
		u.Roles[0].Features[0].Actions != nil || u.Findings[0].Evidence != nil {
		t.Error("the usage was changed")
	}
}

func TestJSONForm(t *testing.T) {
	u := emptyUsage()
	u.Findings = []analyzer.Finding{{Title: "<a> & \u202e\u009b\x7f\U000e0001é\x1b"}}
	text := string(rendered(t, u))
	if !strings.HasPrefix(text, "{\n  \"schema\": ") || !strings.HasSuffix(text, "\n}\n") {
		t.Errorf("not indented by two spaces or without a newline at the end:\n%s", text)
	}
	if want := `"<a> & \u202e\u009b\u007f\udb40\udc01é\u001b"`; !strings.Contains(text, want) {
		t.Errorf("no %s in:\n%s", want, text)
	}
}

// failingWriter takes a number of bytes, then no more.
type failingWriter struct{ room int }

var errFull = errors.New("full")

func (w *failingWriter) Write(p []byte) (int, error) {
	if len(p) > w.room {
		return w.room, errFull
	}
	w.room -= len(p)
	return len(p), nil
}

func TestErrorsOfWriting(t *testing.T) {
	c := embeddedCatalog(t)
	for name, write := range map[string]func(*failingWriter) error{
		"JSON":          func(w *failingWriter) error { return JSON(w, typicalUsage()) },
		"Text":          func(w *failingWriter) error { return Text(w, typicalUsage(), TextOptions{}) },
		"CheckJSON":     func(w *failingWriter) error { return CheckJSON(w, notSafeCheck()) },
		"CheckText":     func(w *failingWriter) error { return CheckText(w, notSafeCheck(), TextOptions{}) },
		"CheckMarkdown": func(w *failingWriter) error { return CheckMarkdown(w, notSafeCheck()) },
		"FeaturesJSON":  func(w *failingWriter) error { return FeaturesJSON(w, c) },
		"FeaturesText":  func(w *failingWriter) error { return FeaturesText(w, c, TextOptions{}) },
	} {
		for _, room := range []int{0, 100, 4096} {
			if err := write(&failingWriter{room}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes: error %v", name, room, err)
			}
		}
	}
}

// change makes a document wrong in one place.
type change struct {
	name string
	make func(document map[string]any)
}

// at walks down a document: keys of objects, positions in lists.
func at(document any, path ...any) map[string]any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			document = document.(map[string]any)[step]
		case int:
			document = document.([]any)[step]
		}
	}
	return document.(map[string]any)
}

func set(value any, key string, path ...any) func(map[string]any) {
	return func(document map[string]any) { at(document, path...)[key] = value }
}

func without(key string, path ...any) func(map[string]any) {
	return func(document map[string]any) { delete(at(document, path...), key) }
}

func TestUsageSchemaRejects(t *testing.T) {
	s := schema(t, UsageSchema)
	changes := []change{
		{"no findings", without("findings")},
		{"no lateDays", without("lateDays", "window")},
		{"no failed calls", without("failedCalls", "roles", 1, "features", 0)},
		{"no evidence", without("evidence", "findings", 0)},
		{"no reason", without("reason", "input", "objects", "failures", 0)},
		{"new key at the top", set(1, "extra")},
		{"new key of a role", set("", "trust", "roles", 0)},
		{"new key of a feature's day", set(0, "uses", "roles", 1, "features", 0, "daily", 0)},
		{"new key of evidence", set("", "account", "findings", 0, "evidence", 0)},
		{"other version", set("roletrail/usage/v2", "schema")},
		{"unknown kind", set("lambda", "kind", "roles", 0)},
		{"unknown severity", set("critical", "severity", "findings", 0)},
		{"unknown finding", set("unknown", "id", "findings", 0)},
		{"unknown integrity", set("perhaps", "integrity", "coverage", 0)},
		{"unknown state of coverage", set("fine", "state", "coverage", 0)},
		{"unknown read events", set("some", "readEvents", "coverage", 0)},
		{"unknown gap", set("late", "reason", "coverage", 0, "gaps", 0)},
		{"gap without a reason", without("reason", "coverage", 0, "gaps", 0)},
		{"gap of no files", set(0, "files", "coverage", 1, "gaps", 1)},
		{"gap at a time", set("2026-09-03T00:00:00Z", "from", "coverage", 0, "gaps", 0)},
		{"no gaps", without("gaps", "coverage", 0)},
		{"no lives", without("lives", "roles", 1)},
		{"life of a number", set(1, "id", "roles", 1, "lives", 0)},
		{"no count of changes", without("changeCount", "roles", 1)},
		{"change by nobody", set("", "actor", "roles", 1, "changes", 0)},
		{"change that perhaps succeeded", set("perhaps", "succeeded", "roles", 1, "changes", 0)},
		{"change without a file", without("object", "roles", 1, "changes", 0)},
		{"101 changes", func(document map[string]any) {
			role := at(document, "roles", 1)
			role["changes"] = slices.Repeat(role["changes"].([]any)[:1], 101)
		}},
		{"unknown state of a reference", set("open", "state", "roles", 1, "references", 0)},
		{"reference of no kind", set("checkout", "resource", "roles", 1, "references", 0)},
		{"reference without evidence", set([]any{}, "evidence", "roles", 1, "references", 0)},
		{"empty cluster", set("", "cluster", "roles", 1, "references", 0)},
		{"no count of open volumes", without("openCount", "roles", 1, "volumes")},
		{"volume without failures", without("deleteFailures", "roles", 1, "volumes", "open", 0)},
		{"volume without an id", set("", "volumeId", "roles", 1, "volumes", "open", 0)},
		{"volumes as a list", set([]any{}, "volumes", "roles", 1)},
		{"unknown state of a permission", set("maybe", "state", "roles", 1, "permissions", 0)},
		{"permission used at no time", without("lastUsed", "roles", 1, "permissions", 0)},
		{"permission not seen at a time", set("2026-08-14T00:03:11Z", "lastUsed", "roles", 1, "permissions", 1)},
		{"action without a service", set("CreateVolume", "action", "roles", 1, "permissions", 0)},
		{"21 clusters", func(document map[string]any) {
			clusters := make([]any, 21)
			for i := range clusters {
				clusters[i] = strings.Repeat("c", i+1)
			}
			at(document, "roles", 0, "remaining", 0)["clusters"] = clusters
		}},
		{"no count of instances", without("containerInstances", "roles", 0, "remaining", 0)},
		{"unknown way of resolving", set("guess", "resolvedBy", "roles", 1, "features", 0)},
		{"null list", set(nil, "roles")},
		{"null map", set(nil, "skipped", "input", "objects")},
		{"null time", set(nil, "firstSeen", "roles", 0)},
		{"empty time", set("", "since", "window")},
		{"empty title", set("", "title", "findings", 0)},
		{"empty optional name", set("", "name", "roles", 0)},
		{"time with an offset", set("2026-08-14T00:03:11+02:00", "firstEvent", "observed")},
		{"date for a time", set("2026-08-14", "firstEvent", "observed")},
		{"month 13", set("2026-13-14", "day", "roles", 0, "daily", 0)},
		{"time for a day", set("2026-08-14T00:00:00Z", "day", "roles", 0, "daily", 0)},
		{"catalog without a date", set("soon", "date", "tool", "catalog")},
		{"negative number", set(-1, "assumed", "roles", 0)},
		{"fraction", set(1.5, "calls", "roles", 0)},
		{"number as a string", set("1", "read", "input", "bytes")},
		{"reason with a space", set(map[string]any{"not good": 1}, "failed", "input", "objects")},
		{"reason without objects", set(map[string]any{"empty": 0}, "failed", "input", "objects")},
		{"link without https", set("javascript:alert(1)", "link", "findings", 0)},
		{"6 session names", set([]any{"a", "b", "c", "d", "e", "f"}, "sessionNames", "roles", 1, "features", 0)},
		{"session name twice", set([]any{"a", "a"}, "sessionNames", "roles", 1, "features", 0)},
		{"empty shared list", set([]any{}, "sharedWith", "roles", 0, "features", 0, "actions", 0)},
		{"101 failures", func(document map[string]any) {
			objects := at(document, "input", "objects")
			objects["failures"] = slices.Repeat(objects["failures"].([]any)[:1], 101)
		}},
		{"6 pieces of evidence", func(document map[string]any) {
			finding := at(document, "findings", 0)
			finding["evidence"] = slices.Repeat(finding["evidence"].([]any)[:1], 6)
		}},
	}
	u := typicalUsage()
	u.Input.Objects.Failures = failuresUsage().Input.Objects.Failures
	u.Roles[1].Lives, u.Roles[1].Changes = troubledUsage().Roles[0].Lives, troubledUsage().Roles[0].Changes
	u.Coverage = gappyCoverage()
	text := rendered(t, u)
	rejects(t, s, func() map[string]any { return parsed(t, text).(map[string]any) }, changes)
}

// rejects holds that a document is right before each change and wrong after it.
func rejects(t *testing.T, s *jsonschema.Schema, document func() map[string]any, changes []change) {
	t.Helper()
	if err := s.Validate(document()); err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		changed := document()
		c.make(changed)
		if s.Validate(changed) == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
}

// Every key that a Usage can have must be in the schema, or strictness would reject what is right.
func TestUsageSchemaKnowsAllKeys(t *testing.T) {
	seen := time.Date(2026, 11, 14, 11, 12, 2, 123_000_000, time.UTC)
	evidence := []analyzer.Evidence{{EventID: "e", EventTime: seen, Object: "o"}}
	regions := []analyzer.RegionUsage{{Region: "us-east-1", FirstSeen: seen, LastSeen: seen}}
	u := emptyUsage()
	u.Window = analyzer.Window{Since: seen, Until: seen, LateDays: 3}
	u.Input.Objects.Skipped = map[string]int64{"digest": 1}
	u.Input.Objects.Failed = map[string]int64{"empty": 1}
	u.Input.Objects.Failures = []analyzer.Failure{{Object: "o", Reason: "empty", Detail: "d"}}
	u.Input.Pruned = []analyzer.Pruned{{Prefix: "p", Reason: "outsideWindow"}}
	u.Roles = []analyzer.Role{{
		ARN: "a", Name: "n", AccountID: "1", Kind: analyzer.KindOther, FirstSeen: seen, LastSeen: seen, Regions: regions,
		Daily: []analyzer.DayUsage{{Day: "2026-11-14"}},
		Features: []analyzer.FeatureUsage{{
			ID: "other-x.amazonaws.com.cn-session", Title: "t", SessionNames: []string{"s"}, Policy: "p", ResolvedBy: "nothing",
			FirstSeen: seen, LastSeen: seen, Regions: regions, Daily: []analyzer.DayUsage{{Day: "2026-11-14"}}, Evidence: evidence,
			Actions: []analyzer.ActionUsage{{Service: "s", Action: "a", SharedWith: []string{"f"}, FirstSeen: seen, LastSeen: seen}},
		}},
		OtherCallers: []analyzer.OtherCaller{{Principal: "p", SessionNames: []string{"s"}, FirstSeen: seen, LastSeen: seen}},
		Lives:        []analyzer.Life{{ID: "AROA", CreatedAt: seen, DeletedAt: seen}, {DeletedAt: seen}},
		Changes: []analyzer.Change{{
			Time: seen, Action: "DeleteRole", Actor: "a", Detail: "d", ErrorCode: "AccessDenied", EventID: "e", Object: "o",
		}, {Time: seen, Action: "DeleteRole", Actor: "a", Succeeded: true, Object: "o"}},
		References: []analyzer.Reference{{
			Feature: "ebs-volumes", Region: "us-east-1", Cluster: "c", Resource: "task-set/s/1", State: analyzer.StateEnding, Since: seen, LastSeen: seen,
			Evidence: evidence,
		}, {Feature: "managed-instances", Resource: "capacity-provider/p", State: analyzer.StateEnded, Since: seen, LastSeen: seen, Evidence: evidence}},
		Volumes: analyzer.Volumes{Open: []analyzer.OpenVolume{
			{VolumeID: "vol-1", Region: "us-east-1", Task: "t", CreatedAt: seen, AttachedAt: seen, DeleteFailures: 1}, {VolumeID: "vol-2", CreatedAt: seen},
		}},
		Permissions: []analyzer.Permission{
			{Feature: "ebs-volumes", Policy: "p", Action: "ec2:Describe*", State: analyzer.PermissionUsed, LastUsed: seen},
			{Feature: "ebs-volumes", Policy: "p", Action: "ec2:CreateTags", State: analyzer.PermissionNotObservable},
			{Feature: "ebs-volumes", Policy: "p", Action: "ec2:CreateVolume", State: analyzer.PermissionNotSeen},
		},
		Remaining: []analyzer.Remaining{{Region: "us-east-1", Clusters: []string{"c"}, Services: []string{"c/s"}}},
	}}
	for _, id := range []string{
		analyzer.FindingImpostorSession, analyzer.FindingLookalikeSession, analyzer.FindingForeignCaller, analyzer.FindingUnknownECSSession,
		analyzer.FindingDeniedAction, analyzer.FindingOrphanCalls, analyzer.FindingRoleEndangered, analyzer.FindingStuckVolume,
		analyzer.FindingUnusedPolicy, analyzer.FindingCoverageGap, analyzer.FindingTrailChanged,
	} {
		u.Findings = append(u.Findings, analyzer.Finding{
			ID: id, Severity: analyzer.SeverityLow, Title: "t", Detail: "d", Advice: "a", Link: "https://x", Evidence: evidence,
		})
	}
	u.Coverage = gappyCoverage()
	u.Coverage[0].Gaps[0].Files = 1
	if err := schema(t, UsageSchema).Validate(parsed(t, rendered(t, u))); err != nil {
		t.Error(err)
	}
}

// lambdaCatalog is a catalog with a feature of another service, and with all that a feature may lack.
func lambdaCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := embeddedCatalog(t).Extend("lambda.yaml", []byte(`version: "2"
date: 2026-11-22
features:
  - id: lambda-execution
    title: Lambda functions
    kind: other
    principal: lambda.amazonaws.com
    sessionNames:
      - {name: "awslambda_*", confidence: seen, source: real samples}
`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFeaturesJSON(t *testing.T) {
	s := schema(t, FeaturesSchema)
	document := func() map[string]any {
		var out bytes.Buffer
		if err := FeaturesJSON(&out, lambdaCatalog(t)); err != nil {
			t.Fatal(err)
		}
		return parsed(t, out.Bytes()).(map[string]any)
	}
	var ids []string
	for _, f := range document()["features"].([]any) {
		ids = append(ids, f.(map[string]any)["id"].(string))
	}
	for _, want := range []string{"ebs-volumes", "awsvpc-eni", "lambda-execution", "other-lambda-session"} {
		if !slices.Contains(ids, want) {
			t.Errorf("no feature %s among %s", want, ids)
		}
	}
	keys := slices.Sorted(maps.Keys(document()))
	if want := []string{"catalog", "features", "policies", "schema"}; !slices.Equal(keys, want) {
		t.Errorf("keys %s, want %s", keys, want)
	}
	rejects(t, s, document, []change{
		{"other version", set("roletrail/features/v2", "schema")},
		{"no date", without("date", "catalog")},
		{"no session names", without("sessionNames", "features", 0)},
		{"null calls", set(nil, "calls", "features", 0)},
		{"new key", set("", "region", "features", 0)},
		{"unknown kind", set("task", "kind", "features", 0)},
		{"unknown confidence", set("certain", "confidence", "features", 0, "sessionNames", 0)},
		{"catchAll as a string", set("false", "catchAll", "features", 0)},
		{"page without https", set("docs.aws.amazon.com", "page", "features", 0)},
		{"policy without an ARN", set("policy", "arn", "policies", 0)},
		{"version without v", set("5", "version", "policies", 0)},
		{"action without a service", set("CreateVolume", "action", "policies", 0, "actions", 0)},
		{"no mark", without("cleanup", "policies", 0, "actions", 0)},
	})
}
