package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roletrail/analyzer"
)

// checkWidth holds that no line is wider than the page, unless it holds but one word that is wider by itself.
func checkWidth(t rapid.TB, text string, o TextOptions) {
	t.Helper()
	limit := o.Width
	if limit == 0 {
		limit = defaultWidth
	}
	limit = max(limit, minWidth)
	for line := range strings.SplitSeq(sgr.ReplaceAllString(text, ""), "\n") {
		if strings.TrimRight(line, " ") != line {
			t.Fatalf("blanks at the end of a line: %q", line)
		}
		if n := width(printable(line)); n > limit && width(printable(strings.TrimSpace(line))) <= limit {
			t.Fatalf("a line of %d columns, not %d, that could be indented less: %q", n, limit, line)
		} else if n > limit && !oneName(line) {
			t.Fatalf("a line of %d columns, not %d: %q", n, limit, line)
		}
	}
}

// commandWord matches a line that holds one word of a command, which blanks in quotes do not end.
var commandWord = regexp.MustCompile(`^(?:[^ '"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+( \\)?$`)

// oneName says whether a line holds nothing but one ARN, object, address or word of a command. Blanks inside a name can't be told from those
// between names here, so names in tests have none where they are wider than a page.
func oneName(line string) bool {
	line = strings.TrimSpace(line)
	return !strings.Contains(line, " ") || commandWord.MatchString(line)
}

// Generators of usages that need not make sense, only be of the right types: a report must bear anything.

var (
	words = rapid.SampledFrom([]string{
		"", "a", "us-east-1", "ECSTaskVolumesForEBS", "111122223333", "ebs-volumes", "other-ecs-session", "Load balancers in blue/green deployments",
		"ec2.amazonaws.com", "DescribeTargetHealth", "no", "役割の名前", " x ", "\u202e\x1b[2J", strings.Repeat("long", 40), strings.Repeat("wörter und ", 9),
	})
	anyString = rapid.OneOf(words, rapid.StringN(0, 40, -1))
	anyName   = rapid.OneOf(
		rapid.StringMatching(`arn:aws:iam::[0-9]{12}:role/[a-zA-Z0-9/_-]{1,150}`), rapid.StringMatching(`[a-z]{1,9}(/[a-zA-Z0-9_]{1,60}){0,4}`),
		rapid.SampledFrom([]string{"", "-", "a/b", "/", strings.Repeat("/", 100), strings.Repeat("x_", 90)}),
	)
	anyCount = rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 100_000), rapid.Int64Range(0, 1<<40))
	anyTime  = rapid.Custom(func(t *rapid.T) time.Time {
		switch rapid.IntRange(0, 5).Draw(t, "time") {
		case 0:
			return time.Time{}
		case 1:
			return time.Unix(rapid.Int64Range(-62_135_596_800, 253_402_300_799).Draw(t, "any"), 0)
		default:
			return fixtureFirst.Add(time.Duration(rapid.Int64Range(0, int64(93*24*time.Hour)).Draw(t, "ns")))
		}
	})
	anyKind     = rapid.SampledFrom([]string{analyzer.KindInfrastructure, analyzer.KindServiceLinked, analyzer.KindOther})
	anySeverity = rapid.SampledFrom([]string{analyzer.SeverityHigh, analyzer.SeverityMedium, analyzer.SeverityLow, analyzer.SeverityInfo, "none"})
)

func anyUsage(t *rapid.T) *analyzer.Usage {
	names := rapid.SliceOfN(anyString, 0, 12)
	evidence := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.Evidence {
		return analyzer.Evidence{EventID: anyString.Draw(t, "event"), EventTime: anyTime.Draw(t, "at"), Object: anyName.Draw(t, "object")}
	}), 0, 5)
	regions := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.RegionUsage {
		return analyzer.RegionUsage{
			Region: anyString.Draw(t, "region"), Assumed: anyCount.Draw(t, "assumed"), Denied: anyCount.Draw(t, "denied"),
			Calls: anyCount.Draw(t, "calls"), FailedCalls: anyCount.Draw(t, "failed"), FirstSeen: anyTime.Draw(t, "first"), LastSeen: anyTime.Draw(t, "last"),
		}
	}), 0, 10)
	daily := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.DayUsage {
		return analyzer.DayUsage{
			Day:     rapid.OneOf(anyString, rapid.StringMatching(`2026-(0[89]|1[01])-[0-3][0-9]`)).Draw(t, "day"),
			Assumed: anyCount.Draw(t, "assumed"), Denied: anyCount.Draw(t, "denied"), Calls: anyCount.Draw(t, "calls"),
		}
	}), 0, 5)
	actions := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.ActionUsage {
		return analyzer.ActionUsage{
			Service: anyString.Draw(t, "service"), Action: anyString.Draw(t, "action"), Calls: anyCount.Draw(t, "calls"),
			Failed: anyCount.Draw(t, "failed"), LastSeen: anyTime.Draw(t, "last"),
		}
	}), 0, 4)
	features := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.FeatureUsage {
		return analyzer.FeatureUsage{
			ID: anyString.Draw(t, "id"), Title: anyString.Draw(t, "title"), SessionNames: names.Draw(t, "names"), SessionNameCount: anyCount.Draw(t, "count"),
			Policy: anyString.Draw(t, "policy"), ResolvedBy: rapid.SampledFrom([]string{"", "sessionNames", "references", "nothing"}).Draw(t, "resolved"),
			Assumed: anyCount.Draw(t, "assumed"), Denied: anyCount.Draw(t, "denied"), Calls: anyCount.Draw(t, "calls"), FailedCalls: anyCount.Draw(t, "failed"),
			FirstSeen: anyTime.Draw(t, "first"), LastSeen: anyTime.Draw(t, "last"), ActiveDays: rapid.IntRange(0, 5000).Draw(t, "days"),
			Regions: regions.Draw(t, "regions"), Daily: daily.Draw(t, "daily"), Actions: actions.Draw(t, "actions"), Evidence: evidence.Draw(t, "evidence"),
		}
	}), 0, 6)
	callers := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.OtherCaller {
		return analyzer.OtherCaller{
			Principal: anyName.Draw(t, "principal"), SessionNames: names.Draw(t, "names"), SessionNameCount: anyCount.Draw(t, "count"),
			Assumed: anyCount.Draw(t, "assumed"), Denied: anyCount.Draw(t, "denied"), FirstSeen: anyTime.Draw(t, "first"), LastSeen: anyTime.Draw(t, "last"),
		}
	}), 0, 3)
	role := rapid.Custom(func(t *rapid.T) analyzer.Role {
		return analyzer.Role{
			ARN: anyName.Draw(t, "arn"), Name: anyString.Draw(t, "name"), AccountID: anyString.Draw(t, "account"), Kind: anyKind.Draw(t, "kind"),
			Assumed: anyCount.Draw(t, "assumed"), Denied: anyCount.Draw(t, "denied"), Calls: anyCount.Draw(t, "calls"), FailedCalls: anyCount.Draw(t, "failed"),
			FirstSeen: anyTime.Draw(t, "first"), LastSeen: anyTime.Draw(t, "last"), ActiveDays: rapid.IntRange(0, 5000).Draw(t, "days"),
			Regions: regions.Draw(t, "regions"), Features: features.Draw(t, "features"), OtherCallers: callers.Draw(t, "callers"),
			Lives: drawn[[]analyzer.Life](t, "lives"), Changes: drawn[[]analyzer.Change](t, "changes"), ChangeCount: anyCount.Draw(t, "changes"),
			References: drawn[[]analyzer.Reference](t, "references"), Volumes: drawn[analyzer.Volumes](t, "volumes"),
			Permissions: drawn[[]analyzer.Permission](t, "permissions"), Remaining: drawn[[]analyzer.Remaining](t, "remaining"),
		}
	})
	finding := rapid.Custom(func(t *rapid.T) analyzer.Finding {
		return analyzer.Finding{
			ID: anyString.Draw(t, "id"), Severity: anySeverity.Draw(t, "severity"), RoleARN: anyName.Draw(t, "role"), Title: anyString.Draw(t, "title"),
			Detail: rapid.OneOf(anyString, anyName).Draw(t, "detail"), Advice: anyString.Draw(t, "advice"),
			Link: rapid.SampledFrom([]string{"", "https://docs.aws.amazon.com/" + strings.Repeat("page/", 20)}).Draw(t, "link"), Evidence: evidence.Draw(t, "evidence"),
		}
	})
	reasons := rapid.MapOfN(rapid.OneOf(anyString, rapid.StringMatching(`[a-z]{1,10}`)), anyCount, 0, 4)
	u := emptyUsage()
	u.Tool.Version = anyString.Draw(t, "version")
	u.Window = analyzer.Window{Since: anyTime.Draw(t, "since"), Until: anyTime.Draw(t, "until"), LateDays: rapid.IntRange(0, 9).Draw(t, "late")}
	u.Observed = analyzer.Observed{
		FirstEvent: anyTime.Draw(t, "first"), LastEvent: anyTime.Draw(t, "last"), Accounts: names.Draw(t, "accounts"), Regions: names.Draw(t, "regions"),
	}
	u.Input.Objects = analyzer.InputObjects{Listed: anyCount.Draw(t, "listed"), Skipped: reasons.Draw(t, "skipped"), Failed: reasons.Draw(t, "failed")}
	u.Input.Objects.Failures = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.Failure {
		return analyzer.Failure{Object: anyName.Draw(t, "object"), Reason: anyString.Draw(t, "reason"), Detail: anyString.Draw(t, "detail")}
	}), 0, 6).Draw(t, "failures")
	u.Input.Pruned = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.Pruned {
		return analyzer.Pruned{Prefix: anyName.Draw(t, "prefix"), Reason: anyString.Draw(t, "reason")}
	}), 0, 5).Draw(t, "pruned")
	u.Input.Bytes = analyzer.InputBytes{Read: anyCount.Draw(t, "bytes"), Inflated: anyCount.Draw(t, "inflated")}
	u.Input.Records = analyzer.InputRecords{Total: anyCount.Draw(t, "total"), OutsideWindow: anyCount.Draw(t, "outside"), UnknownShape: anyCount.Draw(t, "shape")}
	u.Roles = rapid.SliceOfN(role, 0, rapid.SampledFrom([]int{2, 14}).Draw(t, "roles at most")).Draw(t, "roles")
	u.Findings = rapid.SliceOfN(finding, 0, 3).Draw(t, "findings")
	u.Coverage = drawn[[]analyzer.Coverage](t, "coverage")
	return u
}

func TestTextFitsPage(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := TextOptions{
			Width: rapid.OneOf(rapid.Just(0), rapid.IntRange(20, 240)).Draw(r, "width"), Color: rapid.Bool().Draw(r, "color"),
			ASCII: rapid.Bool().Draw(r, "ascii"), Details: rapid.Bool().Draw(r, "details"),
			ExitState: rapid.SampledFrom([]string{"", "exit 0: done"}).Draw(r, "exit"),
		}
		var out bytes.Buffer
		if err := Text(&out, anyUsage(r), o); err != nil {
			r.Fatal(err)
		}
		checkWidth(r, out.String(), o)
		checkPrintable(r, out.String(), o)
	})
}

func TestFixturesFitPage(t *testing.T) {
	for _, fixture := range textFixtures() {
		for _, columns := range []int{1, 40, 60, 79, 80, 81, 100, 120, 140, 200} {
			for _, details := range []bool{false, true} {
				o := fixture.options
				o.Width, o.Details = columns, details
				var out bytes.Buffer
				if err := Text(&out, fixture.usage, o); err != nil {
					t.Fatal(err)
				}
				checkWidth(t, out.String(), o)
				checkPrintable(t, out.String(), o)
			}
		}
	}
}

func TestCheckTextFitsPage(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := TextOptions{
			Width: rapid.OneOf(rapid.Just(0), rapid.IntRange(20, 240)).Draw(r, "width"), Color: rapid.Bool().Draw(r, "color"),
			ASCII: rapid.Bool().Draw(r, "ascii"), Details: rapid.Bool().Draw(r, "details"),
		}
		c := drawn[analyzer.Check](r, "check")
		for i := range c.LiveChecks {
			c.LiveChecks[i].Command = rapid.StringMatching(`[a-z-]{1,20}( ([a-z0-9:/-]{1,90}|'[^']{0,30}'|"\$[a-z]")){0,9}`).Draw(r, "command")
		}
		var out bytes.Buffer
		if err := CheckText(&out, &c, o); err != nil {
			r.Fatal(err)
		}
		checkWidth(r, out.String(), o)
		checkPrintable(r, out.String(), o)
	})
}

func TestCheckFixturesFitPage(t *testing.T) {
	for _, fixture := range checkFixtures() {
		for _, columns := range []int{1, 40, 60, 79, 80, 81, 100, 120, 140, 200} {
			for _, details := range []bool{false, true} {
				o := fixture.options
				o.Width, o.Details = columns, details
				text := checkText(t, fixture.check, o)
				checkWidth(t, text, o)
				checkPrintable(t, text, o)
			}
		}
	}
}

func TestFeaturesTextFitsPage(t *testing.T) {
	c := lambdaCatalog(t)
	for columns := 40; columns < 200; columns++ {
		o := TextOptions{Width: columns, Details: columns%2 == 0, ASCII: columns%3 == 0, Color: columns%5 == 0}
		var out bytes.Buffer
		if err := FeaturesText(&out, c, o); err != nil {
			t.Fatal(err)
		}
		checkWidth(t, out.String(), o)
		checkPrintable(t, out.String(), o)
	}
}
