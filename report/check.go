package report

import (
	_ "embed" // for the schema
	"io"
	"slices"

	"roletrail/analyzer"
)

// CheckSchema is the JSON Schema (draft 2020-12) of what CheckJSON writes, the contract roletrail/check/v1.
//
//go:embed check.schema.json
var CheckSchema string

// CheckJSON writes c as its public contract says (CheckSchema), in the manner of JSON. An error is one of writing to w.
func CheckJSON(w io.Writer, c *analyzer.Check) error {
	return writeJSON(w, c)
}

// CheckText writes c for a person at a terminal, in the manner of Text: the verdict, what was asked, every reason, a verdict
// for each feature, what the answer rests on, and what to ask AWS itself. The commands for that are to be copied; one that
// is wider than the page is broken where a shell lets it be, but not inside quotes. An error is one of writing to w.
func CheckText(w io.Writer, c *analyzer.Check, o TextOptions) error {
	p := newPage(w, o)
	p.verdict(c)
	p.checkReasons(c.Reasons)
	p.checkedFeatures(c)
	p.warnings(c.Warnings)
	p.checkedLogs(c)
	p.liveChecks(c.LiveChecks)
	p.exitState(o)
	return p.flush()
}

// verdicts are all verdicts, strongest first, with how they look and what they say of a role.
var verdicts = []struct {
	verdict string
	name    printable
	style   style
	before  printable // the name of the role, in a sentence with the verdict
	after   printable
	meaning printable
}{
	{
		analyzer.NotSafe, "NOT SAFE", badgeHigh, "to delete ", "",
		"Something still needs the role, or used it in the idle window. Do not delete it.",
	},
	{
		analyzer.CannotTell, "CANNOT TELL", badgeMedium, "whether ", " may be deleted",
		"The logs that were read do not suffice for an answer. That they show no use does not mean that there was none: " +
			"do not delete the role on the strength of this.",
	},
	{
		analyzer.NoUseSeen, "NO USE SEEN", badgeLow, "of ", "",
		"The logs show no use in the idle window, and nothing that still needs the role.",
	},
}

// Whether the logs behind the verdict NO USE SEEN are proven to be complete.
const (
	verifiedMeaning   printable = " Digests prove that these logs are complete."
	unverifiedMeaning printable = " Nothing proves that these logs are complete: make the live checks before you delete it."
)

// checkVerdict is the place of a verdict in verdicts, or -1.
func checkVerdict(verdict string) int {
	for i := range verdicts {
		if verdicts[i].verdict == verdict {
			return i
		}
	}
	return -1
}

// meaning says in a sentence or two what the verdict on a role is.
func meaning(c *analyzer.Check) printable {
	at := checkVerdict(c.Verdict)
	switch {
	case at < 0:
		return ""
	case c.Verdict == analyzer.NoUseSeen && c.Verified:
		return verdicts[at].meaning + verifiedMeaning
	case c.Verdict == analyzer.NoUseSeen:
		return verdicts[at].meaning + unverifiedMeaning
	default:
		return verdicts[at].meaning
	}
}

// verdictSpan is a verdict in its colours.
func (p *page) verdictSpan(verdict string) span {
	if at := checkVerdict(verdict); at >= 0 {
		return span{" " + verdicts[at].name + " ", verdicts[at].style}
	}
	return span{" " + p.shorten(p.name(verdict), verdictWidth) + " ", bold}
}

// verdictWidth is the width of the widest verdict.
const verdictWidth = len("CANNOT TELL")

// verdict writes the answer, and what was asked.
func (p *page) verdict(c *analyzer.Check) {
	badge := p.verdictSpan(c.Verdict)
	title := p.checkedRole(c)
	if at := checkVerdict(c.Verdict); at >= 0 {
		title = verdicts[at].before + title + verdicts[at].after
	}
	p.badged(badge, width(badge.text)+tableIndent, title)
	p.blank()
	p.paragraph(tableIndent, meaning(c), plain)
	p.blank()
	kind := kindNames[c.Role.Kind]
	if c.Role.AccountID != "" {
		kind += ", account " + p.name(c.Role.AccountID)
	}
	p.labelled(tableIndent, "Role", headerLabel, p.name(c.Role.ARN), plain)
	p.paragraph(tableIndent+headerLabel, kind, plain)
	p.labelled(tableIndent, "Asked for", headerLabel, second(c.Window.Until), plain)
	p.labelled(tableIndent, "Idle", headerLabel, idleWindow(c.Window), plain)
	if n := int64(len(c.Warnings)); n > 0 {
		p.labelled(tableIndent, "Warnings", headerLabel, count(n)+", see below", alarm)
	}
}

func (c cleaner) checkedRole(check *analyzer.Check) printable {
	if check.Role.Name != "" {
		return c.name(check.Role.Name)
	}
	return c.name(check.Role.ARN)
}

// idleWindow tells the time in which the role must not have been used.
func idleWindow(w analyzer.CheckWindow) printable {
	return second(w.Since) + " until " + second(w.Until) + ", " + length(w.Since, w.Until)
}

// reasonIndent is where the text of a reason begins, beside the verdict that it leads to.
const reasonIndent = 1 + verdictWidth + 2 + 1

// checkReasons writes all reasons in their order.
func (p *page) checkReasons(reasons []analyzer.Reason) {
	if len(reasons) == 0 {
		return
	}
	p.section("Reasons", verdictCounts(reasons))
	for i := range reasons {
		p.blank()
		p.checkReason(&reasons[i])
	}
}

func (p *page) checkReason(r *analyzer.Reason) {
	p.badged(p.verdictSpan(r.Verdict), reasonIndent, p.text(r.Text))
	p.paragraph(reasonIndent, p.name(r.ID), dim)
	p.evidence(reasonIndent, r.Evidence)
}

// verdictCounts says how many reasons lead to each verdict.
func verdictCounts(reasons []analyzer.Reason) printable {
	var parts []printable
	for _, v := range verdicts {
		n := int64(0)
		for _, r := range reasons {
			if r.Verdict == v.verdict {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, count(n)+" "+v.name)
		}
	}
	return joined(parts, 0)
}

// decisive are the ids of the reasons that lead to the verdict on a feature, each once.
func decisive(f *analyzer.CheckFeature) []string {
	var ids []string
	for _, r := range f.Reasons {
		if r.Verdict == f.Verdict && !slices.Contains(ids, r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// never is said of what was not seen at all.
const never = printable("never")

func lastUsed(f *analyzer.CheckFeature) printable {
	if f.LastUsed.IsZero() {
		return never
	}
	return day(f.LastUsed)
}

// featureQuestion is what the verdicts on the features answer. The policy of a service-linked role can't be detached.
func featureQuestion(c *analyzer.Check) printable {
	if c.Role.Kind == analyzer.KindServiceLinked {
		return "does it need the role?"
	}
	return "may the policy be detached?"
}

// checkedFeatures are the features with the policies that can be detached from the role.
func checkedFeatures(c *analyzer.Check) []analyzer.CheckFeature {
	features := slices.Clone(c.Features)
	if c.Role.Kind == analyzer.KindServiceLinked {
		for i := range features {
			features[i].Policy = ""
		}
	}
	return features
}

// minWhy is the least number of columns that the reasons of a feature need beside it: the longest id and a comma.
const minWhy = len("standingReferences,")

// checkedFeatures writes a verdict for each feature: whether its policy may be detached.
func (p *page) checkedFeatures(c *analyzer.Check) {
	features := checkedFeatures(c)
	if len(features) == 0 {
		return
	}
	p.section("Features", featureQuestion(c))
	p.blank()
	id := width(featureHead)
	for i := range features {
		id = max(id, width(p.name(features[i].ID)))
	}
	// A badge brings a blank at either side.
	inset := tableIndent + id + 1 + verdictWidth + 2 + 1 + seenWidth + tableGap
	if inset+minWhy > p.width {
		for i := range features {
			p.listedVerdict(&features[i])
		}
		return
	}
	p.line(tableIndent, span{padRight(featureHead, id) + "  " + padRight("Verdict", verdictWidth) + "  " +
		padRight("Last used", seenWidth+tableGap) + "Because of", bold})
	for i := range features {
		f := &features[i]
		verdict := p.verdictSpan(f.Verdict)
		spans := []span{
			{padRight(p.name(f.ID), id) + " ", plain}, verdict, {blanks(verdictWidth + 3 - width(verdict.text)), plain},
			{padRight(lastUsed(f), seenWidth+tableGap), plain},
		}
		why := p.wrap(joined(p.names(decisive(f), p.width-inset-1, unnamed), 0), p.width-inset)
		if len(why) > 0 {
			spans, why = append(spans, span{why[0], plain}), why[1:]
		}
		p.line(tableIndent, spans...)
		for _, line := range why {
			p.line(inset, span{line, plain})
		}
		p.checkedPolicy(f)
	}
}

// listedVerdict is the verdict on a feature for pages too narrow for the columns.
func (p *page) listedVerdict(f *analyzer.CheckFeature) {
	p.paragraph(tableIndent, p.name(f.ID), bold)
	p.line(tableIndent+1, p.verdictSpan(f.Verdict))
	p.paragraph(2*tableIndent, "last used: "+lastUsed(f), plain)
	if ids := decisive(f); len(ids) > 0 {
		p.paragraph(2*tableIndent, "because of "+joined(p.names(ids, p.width-2*tableIndent, unnamed), 0), plain)
	}
	p.checkedPolicy(f)
}

// checkedPolicy names the policy of a feature; with details also why it may not be detached.
func (p *page) checkedPolicy(f *analyzer.CheckFeature) {
	if f.Policy != "" {
		p.hanging(2*tableIndent, p.name(f.Policy), dim)
	}
	if !p.details {
		return
	}
	for i := range f.Reasons {
		r := &f.Reasons[i]
		p.hanging(2*tableIndent, p.name(r.Verdict)+", "+p.name(r.ID)+": "+p.text(r.Text), plain)
		p.evidence(3*tableIndent, r.Evidence)
	}
}

func (p *page) warnings(warnings []string) {
	if len(warnings) == 0 {
		return
	}
	p.section("Warnings", "")
	p.blank()
	for _, warning := range warnings {
		p.labelled(tableIndent, "!", 2, p.text(warning), alarm)
	}
}

// checkedLogs says what the answer rests on.
func (p *page) checkedLogs(c *analyzer.Check) {
	p.section("Logs", "")
	p.blank()
	if c.LastUse == nil {
		p.labelled(tableIndent, "Last use", headerLabel, "none in these logs", plain)
	} else {
		p.labelled(tableIndent, "Last use", headerLabel, second(c.LastUse.Time)+"  "+p.eventID(c.LastUse.Evidence), plain)
		p.objectLine(tableIndent+headerLabel, c.LastUse.Evidence.Object, dim)
	}
	p.labelled(tableIndent, "Read", headerLabel, readText(c.Input.Objects), plain)
	p.notRead(c.Input)
	p.coverage(c.Coverage)
	p.labelled(tableIndent, "Made by", headerLabel, p.madeBy(c.Tool), plain)
}

// madeBy names the program and the catalog of an answer.
func (c cleaner) madeBy(tool analyzer.Tool) printable {
	return c.name(tool.Name) + " " + c.name(tool.Version) + " with catalog " + c.name(tool.Catalog.Version) + " of " + c.name(tool.Catalog.Date)
}

func (p *page) liveChecks(checks []analyzer.LiveCheck) {
	if len(checks) == 0 {
		return
	}
	p.section("Live checks", "what the logs cannot tell")
	for _, check := range checks {
		p.blank()
		p.paragraph(tableIndent, p.text(check.Question), bold)
		p.command(tableIndent, check.Command)
	}
}
