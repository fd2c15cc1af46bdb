package analyzer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer/facts"
)

// onTrail is an event on the trail main.
func onTrail(at int, id, name string) told {
	return told{at: at, id: id, source: "cloudtrail", name: name, request: `{"name":"main"}`, account: "111122223333", region: "us-east-1"}
}

func (e told) requesting(parameters string) told { e.request = parameters; return e }

// trailStory shows the findings that a story makes in a report that speaks of 11:20.
func trailStory(t *testing.T, story []told) string {
	t.Helper()
	var records []string
	for _, e := range story {
		records = append(records, e.json())
	}
	return inAnyOrder(t, records, func(memory int64, files [][]string) string {
		var w trailWalk
		eachFact(t, memory, files, func(f *facts.Fact) {
			if f.Kind == facts.Trail {
				w.fact(f)
			}
		})
		w.end(time.Date(2026, 11, 14, 11, 20, 0, 0, time.UTC).UnixMilli())
		sortFindings(w.findings)
		var lines []string
		for _, f := range w.findings {
			var ids []string
			for _, e := range f.Evidence {
				ids = append(ids, e.EventID)
			}
			lines = append(lines, fmt.Sprintf("%s, %s: %s [%s]", f.Severity, f.Title, strings.ReplaceAll(f.Detail, "2026-11-14 11:", ""), strings.Join(ids, " ")))
			if f.ID != FindingTrailChanged || f.RoleARN != "" || f.Advice == "" || !strings.HasPrefix(f.Link, "https://docs.aws.amazon.com/") {
				t.Errorf("finding %+v", f)
			}
		}
		return strings.Join(lines, "\n")
	})
}

func TestTrailChanges(t *testing.T) {
	const stopped = `high, trail "main" of account 111122223333 was stopped (StopLogging): `
	for _, tt := range []struct {
		what  string
		story []told
		want  string
	}{
		{"stopped and started", []told{onTrail(10, "a", "StopLogging"), onTrail(70, "b", "StartLogging")}, stopped + "It logged nothing from 00:10Z to 01:10Z. [a]"},
		{"stopped for good", []told{onTrail(1, "b", "StartLogging"), onTrail(10, "a", "StopLogging")}, stopped + "It logged nothing from 00:10Z to 20:00Z. It was not seen to start again. [a]"},
		{"stopped after the time of the report", []told{onTrail(1300, "a", "StopLogging")}, stopped + "It logged nothing from 21:40Z to 21:40Z. It was not seen to start again. [a]"},
		{"stopped in vain", []told{onTrail(10, "a", "StopLogging").failed("AccessDenied")}, ""},
		{"started in vain", []told{onTrail(10, "a", "StopLogging"), onTrail(70, "b", "StartLogging").failed("AccessDenied")}, stopped + "It logged nothing from 00:10Z to 20:00Z. It was not seen to start again. [a]"},
		{"started only", []told{onTrail(10, "a", "StartLogging")}, ""},
		{"stopped and started in one second", []told{onTrail(10, "a", "StopLogging"), onTrail(10, "b", "StartLogging")}, stopped + "It logged nothing from 00:10Z to 00:10Z. [a]"},
		{"the same with other ids", []told{onTrail(10, "b", "StopLogging"), onTrail(10, "a", "StartLogging")}, stopped + "It logged nothing from 00:10Z to 00:10Z. [b]"},
		{"stopped while it was", []told{onTrail(10, "a", "StopLogging"), onTrail(30, "b", "StopLogging"), onTrail(70, "c", "StartLogging")}, stopped + "It logged nothing from 00:10Z to 01:10Z. [a b]"},
		{"stopped time and again", []told{
			onTrail(10, "a", "StopLogging"), onTrail(20, "b", "StartLogging"), onTrail(100, "c", "StopLogging"), onTrail(130, "d", "StartLogging"), onTrail(1190, "e", "StopLogging"),
		}, stopped + "It was stopped 3 times between 00:10Z and 20:00Z, and logged nothing for 50s in all. It was not seen to start again. [a c e]"},
		{"of many events the first and the last", []told{
			onTrail(1, "a", "UpdateTrail"), onTrail(2, "b", "UpdateTrail"), onTrail(3, "c", "UpdateTrail"), onTrail(4, "d", "UpdateTrail"), onTrail(5, "e", "UpdateTrail"), onTrail(6, "f", "UpdateTrail"),
		}, `medium, trail "main" of account 111122223333 was changed (UpdateTrail): From 00:01Z to 20:00Z, it may leave out Regions or global services, or write its log files elsewhere. [a b d e f]`},
		{"everything", []told{
			onTrail(10, "a", "UpdateTrail"), onTrail(20, "b", "PutEventSelectors").requesting(`{"trailName":"main"}`), onTrail(30, "c", "StopLogging"), onTrail(40, "d", "DeleteTrail"),
		}, `high, trail "main" of account 111122223333 was deleted (DeleteTrail): From 00:40Z to 20:00Z, it logged nothing unless it was made again. [d]
` + stopped + `It logged nothing from 00:30Z to 20:00Z. It was not seen to start again. [c]
medium, trail "main" of account 111122223333 was changed (UpdateTrail): From 00:10Z to 20:00Z, it may leave out Regions or global services, or write its log files elsewhere. [a]
medium, trail "main" of account 111122223333 was told which events to log (PutEventSelectors): From 00:20Z to 20:00Z, it may leave out events. Without read events it holds no AssumeRole. [b]`},
		{"a name and an ARN", []told{
			onTrail(10, "a", "StopLogging").requesting(`{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}`), onTrail(70, "b", "StartLogging"),
		}, stopped + "It logged nothing from 00:10Z to 01:10Z. [a]"},
		{"another trail is started", []told{onTrail(10, "a", "StopLogging"), onTrail(70, "b", "StartLogging").requesting(`{"name":"other"}`)},
			stopped + "It logged nothing from 00:10Z to 20:00Z. It was not seen to start again. [a]"},
		{"one of the same name in another Region is started", []told{onTrail(10, "a", "StopLogging"), onTrail(70, "b", "StartLogging").in("eu-west-1")},
			stopped + "It logged nothing from 00:10Z to 20:00Z. It was not seen to start again. [a]"},
		{"all of one name are stopped", []told{
			onTrail(10, "a", "StopLogging"), onTrail(12, "b", "StopLogging").in("eu-west-1"), onTrail(70, "c", "StartLogging"), onTrail(80, "d", "StartLogging").in("eu-west-1"),
		}, stopped + "It was stopped 2 times between 00:10Z and 01:20Z, and logged nothing for 2m8s in all. [a b]"},
		{"another account", []told{onTrail(10, "a", "StopLogging"), onTrail(70, "b", "StartLogging").of("444455556666"), onTrail(70, "c", "DeleteTrail").of("444455556666")},
			stopped + `It logged nothing from 00:10Z to 20:00Z. It was not seen to start again. [a]
high, trail "main" of account 444455556666 was deleted (DeleteTrail): From 01:10Z to 20:00Z, it logged nothing unless it was made again. [c]`},
		{"a trail of unknown name", []told{onTrail(10, "a", "DeleteTrail").requesting(""), onTrail(11, "b", "DeleteTrail").requesting(`{"name":{"name":"x"}}`)},
			`high, a trail of unknown name of account 111122223333 was deleted (DeleteTrail): From 00:10Z to 20:00Z, it logged nothing unless it was made again. [a b]`},
	} {
		if got := trailStory(t, tt.story); got != tt.want {
			t.Errorf("%s:\n%s", tt.what, cmp.Diff(tt.want, got))
		}
	}
}
