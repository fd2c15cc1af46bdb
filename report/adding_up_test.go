package report

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roletrail/analyzer"
)

var (
	referenceCounts = regexp.MustCompile(`([0-9,]+) (?:(?:standing|ending) for|ended$)`)
	policyCounts    = regexp.MustCompile(`([0-9,]+) of ([0-9,]+) actions? used(?:, ([0-9,]+) that these logs cannot show)?(?:, ([0-9,]+) not seen|, not seen: (.*))?$`)
)

func number(t rapid.TB, text string) int {
	t.Helper()
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// pageOf is what write writes on a page so wide that nothing is wrapped.
func pageOf(details bool, write func(p *page)) []string {
	var out bytes.Buffer
	p := newPage(&out, TextOptions{Width: 1 << 20, Details: details})
	write(p)
	_ = p.flush()
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
}

func TestReferencesAddUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var list []analyzer.Reference
		for _, state := range []string{analyzer.StateStanding, analyzer.StateEnding, analyzer.StateEnded} {
			for _, feature := range []string{"ebs-volumes", "load-balancers", "vpc-lattice"} {
				for range rapid.IntRange(0, 5).Draw(r, "number") {
					list = append(list, analyzer.Reference{Feature: feature, State: state, Resource: "service/" + rapid.StringMatching(`[a-z]{1,9}`).Draw(r, "name")})
				}
			}
		}
		for _, details := range []bool{false, true} {
			sum := 0
			for _, line := range pageOf(details, func(p *page) { p.references(list) }) {
				if counts := referenceCounts.FindStringSubmatch(line); counts != nil {
					sum += number(r, counts[1])
				}
			}
			if sum != len(list) {
				r.Fatalf("%d references are told of %d", sum, len(list))
			}
		}
	})
}

func TestPoliciesAddUp(t *testing.T) {
	states := []string{analyzer.PermissionUsed, analyzer.PermissionNotSeen, analyzer.PermissionNotObservable}
	rapid.Check(t, func(r *rapid.T) {
		role := &analyzer.Role{}
		for _, feature := range []string{"ebs-volumes", "load-balancers", "vpc-lattice"} {
			for range rapid.IntRange(0, 9).Draw(r, "number") {
				role.Permissions = append(role.Permissions, analyzer.Permission{
					Feature: feature, Policy: "For-" + feature, Action: "ec2:" + rapid.StringMatching(`[A-Z][a-z]{1,9}`).Draw(r, "action"),
					State: rapid.SampledFrom(states).Draw(r, "state"),
				})
			}
		}
		sum := 0
		for _, line := range pageOf(true, func(p *page) { p.permissions(p.policies(role)) }) {
			counts := policyCounts.FindStringSubmatch(line)
			if counts == nil {
				continue
			}
			if parts := number(r, counts[1]) + number(r, counts[3]) + number(r, counts[4]); parts != number(r, counts[2]) {
				r.Fatalf("%q does not add up", line)
			}
			sum += number(r, counts[2])
		}
		if sum != len(role.Permissions) {
			r.Fatalf("%d permissions are told of %d", sum, len(role.Permissions))
		}
		// Without details, policies of features without use are left out, and nothing else.
		for _, line := range pageOf(false, func(p *page) { p.permissions(p.policies(role)) }) {
			counts := policyCounts.FindStringSubmatch(line)
			if counts == nil {
				continue
			}
			named := 0
			if counts[5] != "" {
				named = 1 + strings.Count(counts[5], ", ")
			}
			parts := number(r, counts[1]) + number(r, counts[3]) + number(r, counts[4]) + named
			if parts != number(r, counts[2]) || number(r, counts[1]) == 0 {
				r.Fatalf("%q does not add up", line)
			}
		}
	})
}

// However many there are, the number of what is not named is told.
func TestNothingIsLeftOutSilently(t *testing.T) {
	role := &analyzer.Role{ChangeCount: 250}
	for range 100 {
		role.Changes = append(role.Changes, roleChange(3, "TagRole", ""))
		role.Lives = append(role.Lives, analyzer.Life{CreatedAt: fixtureFirst, DeletedAt: fixtureLast})
		role.Volumes.Open = append(role.Volumes.Open, openVolume("vol-1", 1, 1))
		role.References = append(role.References, standing("ebs-volumes", "us-east-1", "x", 3))
	}
	role.Volumes.OpenCount = 120
	for _, test := range []struct {
		name    string
		details bool
		write   func(p *page)
		want    string
	}{
		{"changes", false, func(p *page) { p.changes(role) }, "250, the latest:"},
		{"changes", true, func(p *page) { p.changes(role) }, "250, the latest:"},
		{"lives", false, func(p *page) { p.lives(role.Lives) }, "97 earlier ones"},
		{"references", false, func(p *page) { p.references(role.References) }, "100 standing for ebs-volumes: service/x in prod us-east-1, service/x in prod us-east-1, service/x in prod us-east-1 and 97 more"},
		{"volumes", false, func(p *page) { p.volumes(&role.Volumes) }, "120 open (at least 100 could not be detached or deleted)"},
		{"stuck volumes", false, func(p *page) { p.openVolumes(&role.Volumes) }, "and 92 more"},
		{"open volumes", true, func(p *page) { p.openVolumes(&role.Volumes) }, "and 20 more"},
	} {
		if text := strings.Join(pageOf(test.details, test.write), "\n"); !strings.Contains(text, test.want) {
			t.Errorf("%s, details %v: no %q in\n%.2000s", test.name, test.details, test.want, text)
		}
	}
}

func TestCoverageText(t *testing.T) {
	complete := func(c analyzer.Coverage) analyzer.Coverage {
		c.State = analyzer.CoverageComplete
		return c
	}
	gap := func(c analyzer.Coverage, gaps ...analyzer.Gap) analyzer.Coverage {
		c.State, c.Gaps = analyzer.CoverageGaps, gaps
		return c
	}
	a, b, other := plausible("111122223333", "eu-west-1"), plausible("111122223333", "us-east-1"), plausible("444455556666", "us-east-1")
	var many []analyzer.Gap
	for range 100 {
		many = append(many, analyzer.Gap{Reason: analyzer.GapNoFiles, From: "2026-09-03", Until: "2026-09-03"})
	}
	for _, test := range []struct {
		name string
		list []analyzer.Coverage
		want []string
	}{
		{"none", nil, []string{"none: no log file that was read is known to be of any account"}},
		{"plausible", []analyzer.Coverage{a}, []string{"1 account, 1 Region, no gap found; not verified"}},
		{"complete in part", []analyzer.Coverage{complete(a), b}, []string{"1 account, 2 Regions, no gap found; not verified"}},
		{"complete", []analyzer.Coverage{complete(a), complete(other)}, []string{"2 accounts, 2 Regions, complete, proven by digests"}},
		{"a gap", []analyzer.Coverage{a, gap(b, analyzer.Gap{Reason: analyzer.GapSilentRegion})}, []string{
			"1 account, 2 Regions, GAPS in the logs", "no log file from us-east-1",
		}},
		{"a gap in one of two accounts", []analyzer.Coverage{a, b, gap(other, analyzer.Gap{Reason: analyzer.GapUnread, Files: 7})}, []string{
			"2 accounts, 2 Regions, GAPS in the logs of 1 account", "444455556666: log files that could not be read: 7 of us-east-1",
		}},
		{"more gaps than are told", []analyzer.Coverage{gap(a, many...)}, []string{
			"1 account, 1 Region, GAPS in the logs", "no log file on 2026-09-03, 2026-09-03, 2026-09-03 and 97 more",
			"and perhaps more: only the first 100 of a Region are told",
		}},
	} {
		got := pageOf(false, func(p *page) { p.coverage(test.list) })
		for i, line := range got {
			got[i] = strings.TrimSpace(strings.TrimPrefix(line, "  Coverage"))
		}
		if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
