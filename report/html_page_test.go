package report

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/internal/browser"
)

// domSkeleton is every element of a page with the names of its attributes, as the browser understood it, but for what the
// page's own script adds in its time.
const domSkeleton = `Array.from(document.querySelectorAll(':not(button, .tools, .tools *)'), e => e.localName + ' ' + e.getAttributeNames().join(' '))`

// unfolded opens all that can be unfolded.
const unfolded = `Array.from(document.querySelectorAll('details'), part => part.open = true).length`

// overflowing is how much wider than the window the page is, and what sticks out without a box of its own to scroll in.
const overflowing = `(() => {
	const page = document.documentElement;
	if (page.scrollWidth <= page.clientWidth) return '';
	const wide = Array.from(document.querySelectorAll('body *')).filter(e => !e.parentElement.closest('.scroll') && e.getBoundingClientRect().right > page.clientWidth + 1);
	return (page.scrollWidth - page.clientWidth) + ' pixels: ' + wide.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join('; ');
})()`

// Whatever an attacker puts into every string, no script runs, nothing is added to the page and its layout holds.
func testHTMLHostile(t *testing.T, b *browser.Browser) {
	filled := func(s string) *analyzer.Usage {
		u := troubledUsage()
		u.Input.Objects.Failures = []analyzer.Failure{{Object: "x", Reason: "x", Detail: "x"}}
		u.Input.Pruned = []analyzer.Pruned{{Prefix: "x", Reason: "x"}}
		fillStrings(reflect.ValueOf(u).Elem(), s)
		return u
	}
	skeletonOf := func(p *browser.Page) string {
		t.Helper()
		ask[int](t, p, unfolded)
		return strings.Join(ask[[]string](t, p, domSkeleton), "\n")
	}
	harmless := map[string]string{}
	for _, s := range bait {
		same := tame(s)
		same = same[:min(len(same), 1<<12)]
		if harmless[same] == "" {
			p := opened(t, b, filled(same), browser.View{Width: 768, Height: 1024})
			harmless[same] = skeletonOf(p)
			p.Close()
		}
		p := opened(t, b, filled(s), browser.View{Width: 768, Height: 1024})
		if got := skeletonOf(p); got != harmless[same] {
			t.Errorf("%.60q: %d elements, not %d, or other attributes", s, strings.Count(got, "\n"), strings.Count(harmless[same], "\n"))
		}
		if pwned := ask[string](t, p, `String(window.__pwned)`); pwned != "undefined" {
			t.Errorf("%.60q: a script ran", s)
		}
		if links := ask[[]string](t, p, `Array.from(document.querySelectorAll('a'), a => a.getAttribute('href')).filter(h => !/^#[a-z]+(-\d+)?$/.test(h))`); len(links) > 0 {
			t.Errorf("%.60q: links to %q", s, links)
		}
		for _, width := range []int64{360, 768, 1440} {
			if err := p.Resize(width, 900); err != nil {
				t.Fatal(err)
			}
			if problem := ask[string](t, p, overflowing); problem != "" {
				t.Errorf("%.60q: at a width of %d the page sticks out by %s", s, width, problem)
			}
		}
		p.Close()
	}
}

// axe-core (https://github.com/dequelabs/axe-core) finds no fault that keeps anybody from reading the page.
func testHTMLAccessible(t *testing.T, b *browser.Browser) {
	scripts, err := filepath.Glob("../bin/axe-core-*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("axe-core: not in bin: run make test, which installs it (%v)", err)
	}
	axe, err := os.ReadFile(scripts[len(scripts)-1])
	if err != nil {
		t.Fatal(err)
	}
	const run = `axe.run(document, {resultTypes: ['violations']}).then(result => result.violations
		.filter(v => v.impact === 'serious' || v.impact === 'critical')
		.map(v => v.id + ' (' + v.impact + '): ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + n.any.map(c => c.message).join(' ')).join('; ')))`
	for _, test := range []struct {
		usage *analyzer.Usage
		view  browser.View
	}{
		{typicalUsage(), browser.View{}}, {typicalUsage(), browser.View{Dark: true}}, {troubledUsage(), browser.View{Width: 360, Height: 800}},
		{troubledUsage(), browser.View{Dark: true}}, {failuresUsage(), browser.View{}}, {emptyUsage(), browser.View{Dark: true}},
	} {
		p := opened(t, b, test.usage, test.view)
		ask[int](t, p, enhanced)
		ask[bool](t, p, string(axe)+"\n;true")
		for _, violation := range ask[[]string](t, p, run) {
			t.Errorf("%d roles, %+v: %s", len(test.usage.Roles), test.view, violation)
		}
		p.Close()
	}
}

// largeUsage is that of 200 accounts with two roles each, in 20 Regions over 400 days.
func largeUsage() *analyzer.Usage {
	const accounts, regions, days = 200, 20, 400
	u := emptyUsage()
	u.Observed = analyzer.Observed{FirstEvent: fixtureFirst, LastEvent: fixtureFirst.AddDate(0, 0, days-1)}
	u.Coverage = nil
	for i := range regions {
		u.Observed.Regions = append(u.Observed.Regions, fmt.Sprintf("eu-region-%d", i+1))
	}
	spread := func(f *analyzer.FeatureUsage, seed int) {
		f.Assumed, f.Calls, f.FailedCalls, f.FirstSeen, f.LastSeen, f.ActiveDays = 4*days, 40*days, 13, u.Observed.FirstEvent, u.Observed.LastEvent, days
		f.Daily, f.Regions = nil, nil
		for day := range days {
			f.Daily = append(f.Daily, analyzer.DayUsage{
				Day: fixtureFirst.AddDate(0, 0, day).Format(time.DateOnly), Assumed: int64(day*seed%9 + 1), Calls: int64(day*seed%101 + 1), FailedCalls: int64(day % 31 / 30),
			})
		}
		for _, region := range u.Observed.Regions {
			f.Regions = append(f.Regions, analyzer.RegionUsage{Region: region, Assumed: 80, Calls: 800, FailedCalls: 1, FirstSeen: f.FirstSeen, LastSeen: f.LastSeen})
		}
		for i := range 5 {
			f.Evidence = append(f.Evidence, event(i, fixtureFirst))
		}
	}
	for i := range accounts {
		account := fmt.Sprintf("%012d", 111122220000+int64(i)*77)
		u.Observed.Accounts = append(u.Observed.Accounts, account)
		linked, own := serviceLinkedRole(account), troubledUsage().Roles[0]
		own.ARN, own.AccountID = "arn:aws:iam::"+account+":role/ecsInfrastructureRole", account
		for _, role := range []*analyzer.Role{&linked, &own} {
			for j := range role.Features {
				spread(&role.Features[j], i+j+1)
			}
			role.Daily, role.Regions = role.Features[0].Daily, role.Features[0].Regions
			u.Roles = append(u.Roles, *role)
		}
		for _, region := range u.Observed.Regions {
			u.Coverage = append(u.Coverage, plausible(account, region))
		}
		finding := typicalUsage().Findings[i%2]
		finding.RoleARN = own.ARN
		u.Findings = append(u.Findings, finding)
	}
	return u
}

func TestHTMLOfManyRolesIsSmall(t *testing.T) {
	u := largeUsage()
	text := htmlOf(t, u)
	t.Logf("%d roles: %d bytes", len(u.Roles), len(text))
	if len(text) > 5_000_000 {
		t.Errorf("%d roles make %d bytes", len(u.Roles), len(text))
	}
	for _, want := range []string{"This report is on 400 roles.", "and 3,500 more, in the report as JSON; accounts and Regions with gaps are listed first", " and 16 more</p>"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if n := strings.Count(text, `<section class="role"`); n != len(u.Roles) {
		t.Errorf("%d sections of %d roles", n, len(u.Roles))
	}
}

func testHTMLLarge(t *testing.T, b *browser.Browser) {
	p := opened(t, b, largeUsage(), browser.View{})
	eventually(t, p, `performance.getEntriesByType('navigation')[0].loadEventEnd > 0`)
	t.Log(ask[string](t, p, `(() => { const t = performance.getEntriesByType('navigation')[0]; return 'DOM after ' + Math.round(t.domContentLoadedEventEnd) + ' ms, load after ' + Math.round(t.loadEventEnd) + ' ms' })()`))
	if n := ask[int](t, p, `document.querySelectorAll('section.role').length`); n != 400 {
		t.Errorf("%d sections", n)
	}
}
