package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"roletrail/analyzer"
	"roletrail/internal/browser"
)

// A report is opened from disk in a real browser, as a person does.
func TestHTMLInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b, err := browser.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, test := range []struct {
		name string
		test func(t *testing.T, b *browser.Browser)
	}{
		{"renders", testHTMLRenders}, {"policy", testHTMLPolicyIsInForce}, {"sorts", testHTMLSorts}, {"filters", testHTMLFilters},
		{"unfolds", testHTMLUnfolds}, {"copies", testHTMLCopies}, {"without script", testHTMLWithoutScript}, {"keyboard", testHTMLByKeyboard},
		{"prints", testHTMLPrints}, {"hostile", testHTMLHostile}, {"accessible", testHTMLAccessible}, {"large", testHTMLLarge},
	} {
		t.Run(test.name, func(t *testing.T) { test.test(t, b) })
	}
}

// opened is a report in the browser. What goes wrong in it fails the test.
func opened(t *testing.T, b *browser.Browser, u *analyzer.Usage, view browser.View) *browser.Page {
	t.Helper()
	path := filepath.Join(t.TempDir(), "usage report.html")
	if err := os.WriteFile(path, []byte(htmlOf(t, u)), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := b.Open(path, view)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, problem := range p.Problems() {
			t.Error(problem)
		}
		p.Close()
	})
	return p
}

// ask evaluates a script in the page.
func ask[T any](t *testing.T, p *browser.Page, script string) T {
	t.Helper()
	value, err := browser.Evaluate[T](p, script)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return value
}

// act does something in the page.
func act(t *testing.T, p *browser.Page, action chromedp.Action[chromedp.Void]) {
	t.Helper()
	if _, err := browser.Run(p, action); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until a script says true, or fails when it takes too long.
func eventually(t *testing.T, p *browser.Page, script string) {
	t.Helper()
	if _, err := browser.Run(p, chromedp.Poll[bool](script)); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

// enhanced opens everything and shows every table to the script of the page, which waits until a table is near.
const enhanced = `(async () => {
	for (const part of document.querySelectorAll('details')) part.open = true;
	for (const scroll of document.querySelectorAll('.scroll')) {
		scroll.scrollIntoView();
		await new Promise(done => setTimeout(done));
	}
	await new Promise(done => setTimeout(done, 100));
	scrollTo(0, 0);
	return document.querySelectorAll('thead button').length;
})()`

func testHTMLRenders(t *testing.T, b *browser.Browser) {
	rendered := map[string]bool{}
	for _, fixture := range textFixtures() {
		if name, _, _ := strings.Cut(fixture.name, "-"); rendered[name] {
			continue // the same usage in another form
		} else {
			rendered[name] = true
		}
		p := opened(t, b, fixture.usage, browser.View{})
		ask[int](t, p, enhanced)
		if title := ask[string](t, p, `document.title`); !strings.HasPrefix(title, "Use of IAM roles: ") {
			t.Errorf("%s: title %q", fixture.name, title)
		}
		if mode := ask[string](t, p, `document.compatMode`); mode != "CSS1Compat" {
			t.Errorf("%s: mode %s", fixture.name, mode)
		}
		if n := ask[int](t, p, `document.querySelectorAll('section.role').length`); n != len(fixture.usage.Roles) {
			t.Errorf("%s: %d sections of %d roles", fixture.name, n, len(fixture.usage.Roles))
		}
		if n := ask[int](t, p, `document.querySelectorAll('details.finding').length`); n != len(fixture.usage.Findings) {
			t.Errorf("%s: %d of %d findings", fixture.name, n, len(fixture.usage.Findings))
		}
		// What the browser parses is what was written: nothing closes by itself, no id is there twice, no link leads nowhere.
		if lost := ask[[]string](t, p, `Array.from(document.querySelectorAll('a[href^="#"]'), a => a.hash.slice(1)).filter(id => !document.getElementById(id))`); len(lost) > 0 {
			t.Errorf("%s: links to %q lead nowhere", fixture.name, lost)
		}
		if twice := ask[[]string](t, p, `Array.from(document.querySelectorAll('[id]'), e => e.id).filter((id, i, all) => all.indexOf(id) !== i)`); len(twice) > 0 {
			t.Errorf("%s: ids %q are there twice", fixture.name, twice)
		}
		p.Close()
	}
}

// Neither a script nor a style that somebody brings into the page takes effect.
func testHTMLPolicyIsInForce(t *testing.T, b *browser.Browser) {
	path := filepath.Join(t.TempDir(), "usage.html")
	if err := os.WriteFile(path, []byte(htmlOf(t, typicalUsage())), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := b.Open(path, browser.View{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	got := ask[string](t, p, `(async () => {
		const refused = [];
		document.addEventListener('securitypolicyviolation', e => refused.push(e.effectiveDirective));
		const add = (tag, properties) => document.body.append(Object.assign(document.createElement(tag), properties));
		add('script', {textContent: 'window.__pwned = 1'});
		add('style', {textContent: 'body { color: rgb(1, 2, 3) }'});
		add('img', {src: 'data:image/gif;base64,R0lGODlhAQABAAAAACw='});
		add('iframe', {srcdoc: '<p>'});
		const div = document.createElement('div');
		div.innerHTML = '<b onclick="window.__pwned = 1" style="color: rgb(1, 2, 3)">x</b>';
		document.body.append(div);
		div.firstChild.click();
		const form = Object.assign(document.createElement('form'), {action: 'https://evil.example/'});
		document.body.append(form);
		form.submit();
		await fetch('https://evil.example/').catch(() => {});
		await new Promise(done => setTimeout(done, 200));
		const color = element => getComputedStyle(element).color === 'rgb(1, 2, 3)';
		return [...new Set(refused)].sort().join(' ') + ' pwned=' + window.__pwned + ' styled=' + (color(document.body) || color(div.firstChild));
	})()`)
	const want = "connect-src form-action img-src script-src-attr script-src-elem style-src-attr style-src-elem pwned=undefined styled=false"
	if got != want {
		t.Errorf("refused: %s, want %s", got, want)
	}
	for _, problem := range p.Problems() {
		if strings.HasPrefix(problem, "request ") && !strings.Contains(problem, "about:srcdoc") && !strings.Contains(problem, "data:") {
			t.Errorf("in spite of the policy: %s", problem)
		}
	}
}

// columnOf is the text of a column of the table of roles, of the rows that are shown.
func columnOf(t *testing.T, p *browser.Page, index int) []string {
	t.Helper()
	return ask[[]string](t, p, fmt.Sprintf(`Array.from(document.querySelectorAll('#roles tbody tr:not([hidden])'), row => row.cells[%d].textContent)`, index))
}

func testHTMLSorts(t *testing.T, b *browser.Browser) {
	p := opened(t, b, manyUsage(), browser.View{})
	before := columnOf(t, p, 0)
	button := func(index int) string { return fmt.Sprintf("#roles thead th:nth-child(%d) button", index+1) }
	act(t, p, chromedp.ScrollIntoView("#roles"))
	eventually(t, p, `document.querySelector('#roles thead button') !== null`)
	for _, test := range []struct {
		column int
		less   func(a, b string) bool
	}{
		{0, func(a, b string) bool { return a < b }},
		{3, func(a, b string) bool { return number(t, a) < number(t, b) }},
		{8, func(a, b string) bool { return a < b }},
	} {
		for _, direction := range []string{"ascending", "descending"} {
			act(t, p, chromedp.Click(button(test.column)))
			if got := ask[string](t, p, `document.querySelector('#roles th[aria-sort]').cellIndex + document.querySelector('#roles th[aria-sort]').getAttribute('aria-sort')`); got != fmt.Sprint(test.column, direction) {
				t.Errorf("column %d: sorted is said to be %s", test.column, got)
			}
			cells := columnOf(t, p, test.column)
			if len(cells) != len(before) {
				t.Fatalf("%d rows of %d", len(cells), len(before))
			}
			for i := 1; i < len(cells); i++ {
				if direction == "ascending" && test.less(cells[i], cells[i-1]) || direction == "descending" && test.less(cells[i-1], cells[i]) {
					t.Errorf("column %d %s: %q", test.column, direction, cells)
					break
				}
			}
		}
	}
}

func testHTMLFilters(t *testing.T, b *browser.Browser) {
	p := opened(t, b, manyUsage(), browser.View{})
	act(t, p, chromedp.ScrollIntoView("#roles"))
	eventually(t, p, `document.querySelector('#roles input[type=search]') !== null`)
	all := len(columnOf(t, p, 0))
	act(t, p, chromedp.SendKeys("#roles input", "HOOKS 444455556666"))
	if rows := columnOf(t, p, 0); len(rows) != 1 || rows[0] != "ecs-hooks" {
		t.Errorf("rows %q", rows)
	}
	if said := ask[string](t, p, `document.querySelector('#roles .tools').textContent + '|' + document.getElementById('said').textContent`); said != fmt.Sprintf("1 of %d|1 of %[1]d", all) {
		t.Errorf("said %q", said)
	}
	ask[bool](t, p, `document.querySelector('#roles input').value = '', true`)
	act(t, p, chromedp.SendKeys("#roles input", " "))
	if rows := columnOf(t, p, 0); len(rows) != all {
		t.Errorf("%d of %d rows without a filter", len(rows), all)
	}

	act(t, p, chromedp.SendKeys("#findings input", "medium"))
	if shown := ask[[]string](t, p, `Array.from(document.querySelectorAll('.finding:not([hidden]) .badge'), e => e.textContent)`); len(shown) != 1 || shown[0] != "medium" {
		t.Errorf("findings %q", shown)
	}
}

func testHTMLUnfolds(t *testing.T, b *browser.Browser) {
	p := opened(t, b, typicalUsage(), browser.View{})
	open := func() int { return ask[int](t, p, `document.querySelectorAll('details[open]').length`) }
	if n := open(); n != 0 {
		t.Fatalf("%d parts are unfolded from the beginning", n)
	}
	act(t, p, chromedp.Click("#finding-1 summary"))
	act(t, p, chromedp.Query("#finding-1 tbody tr", chromedp.NodeVisible))
	if n := open(); n != 1 {
		t.Errorf("%d parts are unfolded by one click", n)
	}
	// A link from the section of the role unfolds the finding that it leads to.
	act(t, p, chromedp.Click(`.found a[href="#finding-2"]`))
	eventually(t, p, `document.getElementById('finding-2').open`)
	act(t, p, chromedp.Click("#finding-1 summary"))
	for _, all := range []struct {
		label string
		open  int
	}{{"Unfold all", len(typicalUsage().Findings)}, {"Fold all", 0}} {
		eventually(t, p, fmt.Sprintf(`document.querySelector('#findings .tools button').textContent === %q`, all.label))
		act(t, p, chromedp.Click("#findings .tools button"))
		if n := open(); n != all.open {
			t.Errorf("%d parts are unfolded after %s", n, all.label)
		}
	}
}

func testHTMLCopies(t *testing.T, b *browser.Browser) {
	u := typicalUsage()
	p := opened(t, b, u, browser.View{})
	if problem := ask[string](t, p, `(async () => {
		document.getElementById('finding-1').open = true;
		await new Promise(done => setTimeout(done, 200));
		return document.querySelector('#finding-1 .copier') ? '' : 'no button';
	})()`); problem != "" {
		t.Fatal(problem)
	}
	// Headless, a page may write to the clipboard but not read it: what is written is caught on its way.
	for _, refuse := range []bool{false, true} {
		ask[bool](t, p, fmt.Sprintf(`(() => {
			window.copied = '';
			const take = async text => { if (%v) throw new Error('refused'); window.copied = text; };
			Object.defineProperty(navigator, 'clipboard', {configurable: true, value: {writeText: take}});
			document.execCommand = () => { window.copied = String(getSelection()); return true; };
			return true;
		})()`, refuse))
		for selector, want := range map[string]string{
			"#finding-1 tbody th .copier": u.Findings[0].Evidence[0].EventID,
			"#finding-1 tbody td .copier": u.Findings[0].Evidence[0].Object,
			"#finding-1 p.follow .copier": "roletrail events --finding impostor-session --role '" + u.Findings[0].RoleARN + "' SOURCE...",
		} {
			act(t, p, chromedp.Click(selector))
			eventually(t, p, `window.copied !== ''`)
			if got := ask[string](t, p, `window.copied`); got != want {
				t.Errorf("refused %v: copied %q, want %q", refuse, got, want)
			}
			ask[bool](t, p, `window.copied = '', true`)
		}
	}
}

// Without its script the page has every row, and nothing that does not work.
func testHTMLWithoutScript(t *testing.T, b *browser.Browser) {
	counts := func(p *browser.Page) string {
		html, err := browser.Run(p, chromedp.OuterHTML("html"))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(strings.Count(html, "<tr"), " rows, ", strings.Count(html, "<details"), " details, ", strings.Count(html, "<button"), " buttons, ", strings.Count(html, "<input"), " fields")
	}
	u := typicalUsage()
	without := opened(t, b, u, browser.View{NoScript: true})
	text := htmlOf(t, u)
	want := fmt.Sprint(strings.Count(text, "<tr"), " rows, ", strings.Count(text, "<details"), " details, 0 buttons, 0 fields")
	if got := counts(without); got != want {
		t.Errorf("without script: %s, want %s", got, want)
	}
	act(t, without, chromedp.Click("#finding-1 summary"))
	act(t, without, chromedp.Query("#finding-1 tbody tr", chromedp.NodeVisible))
}

// Whatever a mouse can do, keys can.
func testHTMLByKeyboard(t *testing.T, b *browser.Browser) {
	p := opened(t, b, typicalUsage(), browser.View{})
	focused := `(document.activeElement.className || document.activeElement.tagName) + ':' + document.activeElement.textContent.slice(0, 20)`
	act(t, p, chromedp.KeyEvent("\t"))
	if got := ask[string](t, p, focused); got != "skip:Skip to the report" {
		t.Errorf("the first key leads to %q", got)
	}
	act(t, p, chromedp.KeyEvent("\r"))
	eventually(t, p, `document.activeElement.id === 'main'`)
	act(t, p, chromedp.Focus("#finding-1 summary"))
	act(t, p, chromedp.KeyEvent("\r"))
	eventually(t, p, `document.getElementById('finding-1').open`)
	act(t, p, chromedp.ScrollIntoView("#roles"))
	eventually(t, p, `document.querySelector('#roles thead button') !== null`)
	act(t, p, chromedp.Focus("#roles thead button"))
	act(t, p, chromedp.KeyEvent(" "))
	eventually(t, p, `document.querySelector('#roles th').getAttribute('aria-sort') === 'ascending'`)
	if outline := ask[string](t, p, `getComputedStyle(document.activeElement).outlineStyle`); outline != "solid" {
		t.Errorf("what has the focus has an outline %q", outline)
	}
}

// On paper everything is unfolded, with the script and without.
func testHTMLPrints(t *testing.T, b *browser.Browser) {
	u := typicalUsage()
	var sizes []int
	for _, view := range []browser.View{{}, {NoScript: true}} {
		p := opened(t, b, u, view)
		pdf, err := browser.Run(p, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, bytes.Count(pdf, []byte("/Type /Page\n")))
	}
	folded := opened(t, b, u, browser.View{})
	ask[int](t, folded, `document.styleSheets[0].insertRule('details:not([open])::details-content { display: none !important }', document.styleSheets[0].cssRules.length)`)
	ask[bool](t, folded, `addEventListener('beforeprint', () => { for (const part of document.querySelectorAll('details')) part.open = false; }), true`)
	pdf, err := browser.Run(folded, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatal(err)
	}
	least := bytes.Count(pdf, []byte("/Type /Page\n"))
	if sizes[0] != sizes[1] || sizes[0] <= least {
		t.Errorf("%d pages with the script, %d without, %d if all were folded", sizes[0], sizes[1], least)
	}
}
