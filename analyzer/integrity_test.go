package analyzer_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/internal/reference"
)

// proof is what digests prove of a Region: the times from one ago until another, "-41d +2h -3d ...", all in pairs.
func proof(region, times string) analyzer.Integrity {
	i := analyzer.Integrity{AccountID: storyRole.Account(), Region: region, NotCovered: ingest.Days{}}
	words := strings.Fields(times)
	for n := 0; n < len(words); n += 2 {
		i.Proven = append(i.Proven, analyzer.TimeSpan{From: fromEnd(words[n]), Until: fromEnd(words[n+1])})
	}
	return i
}

// fromEnd is ago for times after the end too: +2h.
func fromEnd(text string) time.Time {
	if after, found := strings.CutPrefix(text, "+"); found {
		length, err := time.ParseDuration(after)
		if err != nil {
			panic(err)
		}
		return storyEnd.Add(length)
	}
	return ago(text)
}

// but is a proof with something against it.
func but(i analyzer.Integrity, change func(*analyzer.Integrity)) analyzer.Integrity {
	i.NotCovered = maps.Clone(i.NotCovered)
	change(&i)
	return i
}

func uncovered(whens ...string) func(*analyzer.Integrity) {
	return func(i *analyzer.Integrity) {
		for _, when := range whens {
			i.NotCovered.Add(ingest.DayOf(ago(when)))
		}
	}
}

func options(t *testing.T, proofs []analyzer.Integrity) analyzer.Options {
	t.Helper()
	return analyzer.Options{
		Catalog: embedded(t), TempDir: t.TempDir(),
		Integrity: func(context.Context) ([]analyzer.Integrity, error) { return proofs, nil },
	}
}

func verifiedCheck(t *testing.T, files []reference.File, ask analyzer.CheckOptions, proofs []analyzer.Integrity) *analyzer.Check {
	t.Helper()
	o := options(t, proofs)
	o.Until, o.Roles = ask.Until, []string{analyzer.SelectorOf(ask.Role)}
	a := analyzer.New(o)
	defer a.Close()
	check, _, err := a.Check(t.Context(), heldFiles(files), ingest.Options{}, 2, ask)
	if err != nil {
		t.Fatal(err)
	}
	return check
}

func verifiedUsage(t *testing.T, files []reference.File, o analyzer.Options) *analyzer.Usage {
	t.Helper()
	a := analyzer.New(o)
	defer a.Close()
	u, _, err := a.Usage(t.Context(), heldFiles(files), ingest.Options{}, 2)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// coverageLines writes coverage: a line for each Region.
func coverageLines(list []analyzer.Coverage) (lines []string) {
	for i := range list {
		c := &list[i]
		line := fmt.Sprintf("%s %s %s %gh", c.Region, c.State, c.Integrity, c.VerifiedHours)
		for _, g := range c.Gaps {
			line += " " + g.Reason
		}
		lines = append(lines, line)
	}
	return lines
}

const (
	idleStory = "-39d ana CreateRole\n"
	hours     = 30*24 + 1 // of the window, and one for what is delivered late
)

// TestIntegrityOfCheck: what digests prove, and what the logs hold, decide together whether coverage is complete.
func TestIntegrityOfCheck(t *testing.T) {
	whole := proof("us-east-1", "-41d +2h")
	proven := func(state, integrity string, hours float64) string {
		return fmt.Sprintf("us-east-1 %s %s %gh", state, integrity, hours)
	}
	complete := proven("complete", "valid", hours)
	data := func(file *reference.File) { // as a trail of data events alone records them
		file.Data = []byte(strings.ReplaceAll(string(file.Data), `"eventCategory":"Management"`, `"eventCategory":"Data"`))
	}
	for _, test := range []struct {
		name   string
		events string
		bend   func(*reference.File) // each file
		extra  []reference.File
		proofs []analyzer.Integrity
		ask    analyzer.CheckOptions

		want     string // verdict with reasons
		coverage []string
		verified bool
		warnings int
	}{
		{name: "all is proven", events: idleStory, proofs: []analyzer.Integrity{whole}, want: "NO USE SEEN", coverage: []string{complete}, verified: true},
		{
			name: "to the second", events: idleStory, proofs: []analyzer.Integrity{proof("us-east-1", "-39d +1h")},
			want: "NO USE SEEN", coverage: []string{complete}, verified: true,
		},
		{
			name: "no digest", events: idleStory, want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", 0)},
		},
		{
			name: "the first minute is not proven", events: idleStory, proofs: []analyzer.Integrity{proof("us-east-1", "-29d23h59m +2h")},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", 720.98)},
		},
		{
			name: "the last minute in which files may come is not proven", events: idleStory, proofs: []analyzer.Integrity{proof("us-east-1", "-41d +59m")},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", 720.98)}, warnings: 1,
		},
		{
			name: "the window alone is proven: what came late for it is not", events: idleStory, proofs: []analyzer.Integrity{proof("us-east-1", "-41d +0h")},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", 720)}, warnings: 1,
		},
		{
			name: "a minute in between is not proven", events: idleStory, proofs: []analyzer.Integrity{proof("us-east-1", "-41d -5d1m -5d +2h")},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", 720.98)}, warnings: 1,
		},
		{
			name: "log files that no digest lists, in the window", events: idleStory, proofs: []analyzer.Integrity{but(whole, uncovered("-5d"))},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", hours)},
		},
		{
			name: "and on its first and on its last day", events: idleStory, proofs: []analyzer.Integrity{but(whole, uncovered("-30d", "-0d"))},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", hours)},
		},
		{
			name: "and long before it, older than the role", events: idleStory, proofs: []analyzer.Integrity{but(whole, uncovered("-45d"))},
			want: "NO USE SEEN", coverage: []string{complete}, verified: true,
		},
		{
			name: "and before it, since the role was made", events: idleStory, proofs: []analyzer.Integrity{but(whole, uncovered("-35d"))},
			want: "NO USE SEEN", coverage: []string{complete}, warnings: 1,
		},
		{
			name: "log files of an unknown day that no digest lists", events: idleStory, proofs: []analyzer.Integrity{but(whole, func(i *analyzer.Integrity) { i.Undated = 1 })},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", hours)},
		},
		{
			name: "and of an unknown account", events: idleStory, proofs: []analyzer.Integrity{{Undated: 1}, whole},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "incomplete", hours)},
		},
		{
			name: "and of another account", events: idleStory, proofs: []analyzer.Integrity{whole, {AccountID: "444455556666", Region: "us-east-1", Undated: 1}},
			want: "NO USE SEEN", coverage: []string{complete}, verified: true,
		},
		{
			name: "one is altered", events: idleStory, proofs: []analyzer.Integrity{but(whole, func(i *analyzer.Integrity) { i.Altered = 1 })},
			want: "CANNOT TELL integrity", coverage: []string{proven("plausible", "altered", hours)},
		},
		{
			name: "one is missing", events: idleStory, proofs: []analyzer.Integrity{but(whole, func(i *analyzer.Integrity) { i.Missing = 1 })},
			want: "CANNOT TELL integrity", coverage: []string{proven("plausible", "incomplete", hours)},
		},
		{
			name: "one is missing of an unknown account", events: idleStory, proofs: []analyzer.Integrity{{Missing: 1}, whole},
			want: "CANNOT TELL integrity", coverage: []string{complete}, verified: true,
		},
		{
			name: "one is missing of another account", events: idleStory, proofs: []analyzer.Integrity{whole, {AccountID: "444455556666", Region: "us-east-1", Missing: 1}},
			want: "NO USE SEEN", coverage: []string{complete}, verified: true,
		},
		{
			name: "a quiet Region has digests", events: idleStory + "-35d in eu-west-1 ana s3:ListBuckets",
			proofs: []analyzer.Integrity{proof("eu-west-1", "-41d +2h"), whole},
			want:   "NO USE SEEN", coverage: []string{"eu-west-1 complete valid 721h", complete}, verified: true,
		},
		{
			name: "a quiet Region has none", events: idleStory + "-35d in eu-west-1 ana s3:ListBuckets", proofs: []analyzer.Integrity{whole},
			want: "NO USE SEEN", coverage: []string{"eu-west-1 plausible incomplete 0h", complete},
		},
		{
			name: "days without any file, on which nothing was delivered", events: idleStory + "-10d lost\n-9d lost", proofs: []analyzer.Integrity{whole},
			want: "NO USE SEEN", coverage: []string{complete}, verified: true,
		},
		{
			name: "days without any file, of which one is not proven", events: idleStory + "-10d lost\n-9d lost",
			proofs: []analyzer.Integrity{proof("us-east-1", "-41d -9d12h -8d23h +2h")},
			want:   "CANNOT TELL gaps", coverage: []string{proven("gaps", "incomplete", hours-13) + " noFiles"}, warnings: 1,
		},
		{
			name: "days without any file, on which nothing was delivered in one Region alone", events: idleStory + "-35d in eu-west-1 ana s3:ListBuckets\n-10d lost",
			proofs: []analyzer.Integrity{proof("eu-west-1", "-41d -20d"), whole},
			want:   "CANNOT TELL gaps", coverage: []string{"eu-west-1 gaps incomplete 240h noFiles", proven("gaps", "valid", hours)}, warnings: 1,
		},
		{
			name: "nothing happened in the last days", events: "reads -40d -4d us-east-1\n" + idleStory, proofs: []analyzer.Integrity{whole},
			want: "NO USE SEEN", coverage: []string{complete}, verified: true,
		},
		{
			name: "nothing is known of the last days", events: "reads -40d -4d us-east-1\n" + idleStory, proofs: []analyzer.Integrity{proof("us-east-1", "-41d -3d")},
			want: "CANNOT TELL gaps logsEndEarly", coverage: []string{proven("gaps", "incomplete", 27*24) + " noFiles"}, warnings: 1,
		},
		{
			name: "a trail of writes", events: "writes -40d -0d us-east-1\n" + idleStory, proofs: []analyzer.Integrity{whole},
			want: "CANNOT TELL noReadEvents", coverage: []string{proven("gaps", "valid", hours) + " noReadEvents"},
		},
		{
			name: "a trail that left reads out before the window began, with nothing else in it", events: "reads -40d -33d us-east-1\n" + idleStory + "-32d ana PutEventSelectors", proofs: []analyzer.Integrity{whole},
			want: "CANNOT TELL olderState", coverage: []string{proven("plausible", "valid", hours)},
		},
		{
			name: "and the live checks were made", events: "reads -40d -33d us-east-1\n" + idleStory + "-32d ana PutEventSelectors", proofs: []analyzer.Integrity{whole},
			ask:  analyzer.CheckOptions{OlderStateChecked: true},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "valid", hours)},
		},
		{
			name: "reads of data alone", events: idleStory, bend: data, proofs: []analyzer.Integrity{whole},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "valid", hours)},
		},
		{
			name: "the trail was told what to log", events: idleStory + "-10d ana PutEventSelectors", proofs: []analyzer.Integrity{whole},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "valid", hours)}, warnings: 1,
		},
		{
			name: "the trail was changed, hours before the window on its first day", events: idleStory + "-30d12h ana cloudtrail:UpdateTrail", proofs: []analyzer.Integrity{whole},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "valid", hours)},
		},
		{
			name: "the trail was changed days before the window", events: idleStory + "-33d ana cloudtrail:UpdateTrail", proofs: []analyzer.Integrity{whole},
			want: "NO USE SEEN", coverage: []string{complete}, verified: true,
		},
		{
			name: "the trail was stopped and started", events: idleStory + "-10d ana StopLogging\n-9d20h ana StartLogging", proofs: []analyzer.Integrity{whole},
			want: "CANNOT TELL gaps", coverage: []string{proven("plausible", "valid", hours)},
		},
		{
			name: "a trail of another account was changed", events: idleStory, proofs: []analyzer.Integrity{whole}, extra: []reference.File{{
				Name: "AWSLogs/444455556666/CloudTrail/us-east-1/2026/11/04/444455556666_CloudTrail_us-east-1_20261104T1805Z_0123456789abcdef.json",
				Data: []byte(`{"Records":[{"eventName":"UpdateTrail","eventSource":"cloudtrail.amazonaws.com","eventTime":"2026-11-04T18:00:00Z","eventID":"1","awsRegion":"us-east-1","recipientAccountId":"444455556666","requestParameters":{"name":"org"}}]}`),
			}},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "valid", hours)}, warnings: 1,
		},
		{
			name: "an event of the account in a file of another", events: idleStory, proofs: []analyzer.Integrity{whole}, extra: []reference.File{{
				Name: "AWSLogs/444455556666/CloudTrail/us-east-1/2026/11/04/444455556666_CloudTrail_us-east-1_20261104T1805Z_0123456789abcdef.json",
				Data: []byte(`{"Records":[{"eventName":"DeleteService","eventSource":"ecs.amazonaws.com","eventTime":"2026-11-04T18:00:00Z","eventID":"1","awsRegion":"us-east-1","recipientAccountId":"111122223333"}]}`),
			}},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "valid", hours)},
		},
		{
			name: "an event that is later than its file", events: idleStory, proofs: []analyzer.Integrity{but(whole, uncovered("-300d"))}, extra: []reference.File{{
				Name: "AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/10/111122223333_CloudTrail_us-east-1_20261010T1805Z_0123456789abcdef.json",
				Data: []byte(`{"Records":[{"eventName":"DeleteService","eventSource":"ecs.amazonaws.com","eventTime":"2026-11-04T18:00:00Z","eventID":"1","awsRegion":"us-east-1","recipientAccountId":"111122223333"}]}`),
			}},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "valid", hours)},
		},
		{
			name: "an event of the window that came after the digests of it", events: idleStory, proofs: []analyzer.Integrity{whole}, extra: []reference.File{{
				Name: "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/15/111122223333_CloudTrail_us-east-1_20261115T1805Z_0123456789abcdef.json",
				Data: []byte(`{"Records":[{"eventName":"DeleteService","eventSource":"ecs.amazonaws.com","eventTime":"2026-11-04T18:00:00Z","eventID":"1","awsRegion":"us-east-1","recipientAccountId":"111122223333"}]}`),
			}},
			want: "NO USE SEEN", coverage: []string{proven("plausible", "valid", hours)},
		},
		{
			name: "the role is older than what is proven", events: idleStory, proofs: []analyzer.Integrity{proof("us-east-1", "-38d +2h")},
			want: "NO USE SEEN", coverage: []string{complete}, warnings: 1,
		},
		{
			name: "and the live checks were made", events: idleStory, proofs: []analyzer.Integrity{proof("us-east-1", "-38d +2h")},
			ask:  analyzer.CheckOptions{OlderStateChecked: true},
			want: "NO USE SEEN", coverage: []string{complete}, verified: true,
		},
		{
			name: "the role is older than the logs", events: "-3d ana s3:ListBuckets", proofs: []analyzer.Integrity{whole},
			want: "CANNOT TELL olderState", coverage: []string{complete}, verified: true, warnings: 1,
		},
		{
			name: "the role was used", events: idleStory + "-3d ecs ECSTaskVolumesForEBS", proofs: []analyzer.Integrity{whole},
			want: "NOT SAFE use", coverage: []string{complete}, verified: true,
		},
		{
			name: "a file cannot be read", events: idleStory + "-36d damaged", proofs: []analyzer.Integrity{whole},
			want: "CANNOT TELL unreadFiles", coverage: []string{proven("gaps", "valid", hours) + " unread"},
		},
		{
			name: "only some Regions were read", events: idleStory, proofs: []analyzer.Integrity{whole}, ask: analyzer.CheckOptions{Scope: []string{"some"}},
			want: "CANNOT TELL scope", coverage: []string{complete}, verified: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := append(storyFiles(storyRole, test.events), test.extra...)
			if test.bend != nil {
				for i := range files {
					test.bend(&files[i])
				}
			}
			ask := test.ask
			ask.Role, ask.Until, ask.Idle = storyRole.ARN, storyEnd, 30*dayLength
			c := verifiedCheck(t, files, ask, test.proofs)
			if got := verdictOf(c.Verdict, c.Reasons); got != test.want {
				t.Errorf("%s, want %s\n%s", got, test.want, texts(c))
			}
			if diff := cmp.Diff(test.coverage, coverageLines(c.Coverage)); diff != "" {
				t.Errorf("coverage (-want +got):\n%s", diff)
			}
			if c.Verified != test.verified || len(c.Warnings) != test.warnings {
				t.Errorf("verified %v, want %v; %d warnings, want %d: %q", c.Verified, test.verified, len(c.Warnings), test.warnings, c.Warnings)
			}
			without, err := checkFiles(t, files, ask, nil)
			if err != nil {
				t.Fatal(err)
			}
			if without.Verified || slices.ContainsFunc(without.Coverage, func(c analyzer.Coverage) bool {
				return c.State == analyzer.CoverageComplete || c.Integrity != analyzer.IntegrityNotChecked || c.Verified != nil || c.VerifiedHours != 0
			}) {
				t.Errorf("without digests, verified %v, coverage %+v", without.Verified, without.Coverage)
			}
		})
	}
}
