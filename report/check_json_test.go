package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roletrail/analyzer"
)

func checkJSON(t *testing.T, c *analyzer.Check) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := CheckJSON(&out, c); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCheckJSON(t *testing.T) {
	s := schema(t, CheckSchema)
	valid := cmp.Comparer(func(a, b string) bool { return replaced(a) == replaced(b) })
	for _, fixture := range checkFixtures() {
		text := checkJSON(t, fixture.check)
		if err := s.Validate(parsed(t, text)); err != nil {
			t.Errorf("%s: %v", fixture.name, err)
		}
		var got analyzer.Check
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*fixture.check, got, cmpopts.EquateEmpty(), valid); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fixture.name, diff)
		}
	}
	golden(t, "check-not-safe.json", checkJSON(t, notSafeCheck()))
	if text := checkJSON(t, &analyzer.Check{Features: []analyzer.CheckFeature{{}}, Reasons: []analyzer.Reason{{}}}); bytes.Contains(text, []byte("null")) {
		t.Errorf("null in %s", text)
	}
}

// Every key that a Check can have must be in the schema, or strictness would reject what is right.
func TestCheckSchemaKnowsAllKeys(t *testing.T) {
	seen := time.Date(2026, 11, 14, 11, 12, 2, 0, time.UTC)
	evidence := []analyzer.Evidence{{EventID: "e", EventTime: seen, Object: "o"}}
	for _, id := range []string{
		analyzer.ReasonUse, analyzer.ReasonOpenVolumes, analyzer.ReasonStuckDeletes, analyzer.ReasonStanding, analyzer.ReasonEnding, analyzer.ReasonGaps,
		analyzer.ReasonLogsEndEarly, analyzer.ReasonNoReadEvents, analyzer.ReasonUnread, analyzer.ReasonUnknownVolumes, analyzer.ReasonScope,
		analyzer.ReasonOlderState, analyzer.ReasonOtherSessions,
	} {
		c := cannotTellCheck()
		c.LastUse = &analyzer.LastUse{Time: seen, Evidence: evidence[0]}
		c.Reasons = []analyzer.Reason{{ID: id, Verdict: analyzer.NotSafe, Text: "t", Evidence: evidence}}
		c.Features = []analyzer.CheckFeature{{
			ID: "ebs-volumes", Title: "t", Policy: "p", PolicyARN: "arn:aws:iam::aws:policy/p", Verdict: analyzer.NoUseSeen, Reasons: c.Reasons, LastUsed: seen,
		}}
		if err := schema(t, CheckSchema).Validate(parsed(t, checkJSON(t, c))); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestCheckSchemaRejects(t *testing.T) {
	text := checkJSON(t, notSafeCheck())
	rejects(t, schema(t, CheckSchema), func() map[string]any { return parsed(t, text).(map[string]any) }, []change{
		{"other version", set("roletrail/check/v2", "schema")},
		{"new key", set("", "answer")},
		{"new key of the role", set("", "path", "role")},
		{"no verdict", without("verdict")},
		{"no window", without("window")},
		{"no end of the window", without("until", "window")},
		{"verdict of our own", set("SAFE", "verdict")},
		{"reason for no use", set("NO USE SEEN", "verdict", "reasons", 0)},
		{"unknown reason", set("other", "id", "reasons", 0)},
		{"reason without a text", set("", "text", "reasons", 0)},
		{"reason without evidence", without("evidence", "reasons", 0)},
		{"6 pieces of evidence", func(document map[string]any) {
			reason := at(document, "reasons", 0)
			reason["evidence"] = slices.Repeat(reason["evidence"].([]any)[:1], 6)
		}},
		{"null last use", set(nil, "lastUse")},
		{"last use without evidence", without("evidence", "lastUse")},
		{"verified as a string", set("true", "verified")},
		{"unknown kind", set("lambda", "kind", "role")},
		{"empty ARN", set("", "arn", "role")},
		{"feature without a verdict", without("verdict", "features", 0)},
		{"policy without its ARN", set("AmazonECS", "policyArn", "features", 0)},
		{"empty time", set("", "lastUsed", "features", 0)},
		{"empty command", set("", "command", "liveChecks", 0)},
		{"empty warning", set([]any{""}, "warnings")},
		{"no counters", without("objects", "input")},
		{"unknown state of coverage", set("fine", "state", "coverage", 0)},
	})
}

// What both documents hold is the same in both contracts.
func TestSchemasAgree(t *testing.T) {
	usage, check := parsed(t, []byte(UsageSchema)), parsed(t, []byte(CheckSchema))
	for _, path := range [][]any{{"properties", "tool"}, {"properties", "input"}} {
		if diff := cmp.Diff(at(usage, path...), at(check, path...)); diff != "" {
			t.Errorf("%v (-usage +check):\n%s", path, diff)
		}
	}
	shared := 0
	definitions := at(usage, "$defs")
	for name, definition := range at(check, "$defs") {
		if of, ok := definitions[name]; ok {
			shared++
			if diff := cmp.Diff(of, definition); diff != "" {
				t.Errorf("%s (-usage +check):\n%s", name, diff)
			}
		}
	}
	if shared < 8 {
		t.Errorf("only %d definitions are shared", shared)
	}
}
