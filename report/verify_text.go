package report

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"time"

	"roletrail/analyzer"
)

// Limits on what the text names when no details are asked for.
const (
	shownChains   = 40 // of which, if there are more, only those with something to tell are named
	shownProblems = 10 // of one kind
)

// VerificationText writes v for a person at a terminal, in the manner of Text: the verdict, what was read, a table of chains,
// the problems by kind. An error is one of writing to w.
func VerificationText(w io.Writer, v *Verification, o TextOptions) error {
	p := newPage(w, o)
	p.verificationVerdict(v)
	p.blank()
	p.verifiedInput(v)
	p.chains(v)
	p.unlisted(v.Places)
	p.problems(v)
	if p.details {
		p.provenTimes(v.Chains)
	}
	p.exitState(o)
	return p.flush()
}

// verificationVerdict writes the answer in a word and in a sentence.
func (p *page) verificationVerdict(v *Verification) {
	badge, sentence := span{" NOT ALL CHECKED ", badgeMedium}, printable("Nothing was found to be wrong, but not all could be checked.")
	switch {
	case v.Verdict == VerificationValid:
		badge, sentence = span{" VALID ", badgeLow}, "All that was read is as CloudTrail delivered it."
	case v.Verdict == VerificationInvalid:
		badge, sentence = span{" INVALID ", badgeHigh}, "Something is not as CloudTrail delivered it."
	case v.digests() == 0:
		sentence = "No digest file was found: nothing could be checked."
	}
	p.badged(badge, width(badge.text)+tableIndent, sentence)
	if v.Verdict == VerificationValid && v.hasUnproven() {
		p.paragraph(tableIndent, "Not all of the time that was asked for is proven: there are no digests of the rest.", bold)
	}
}

// hasUnproven reports whether a chain proves less than what was asked for, by more than the clock may be wrong.
func (v *Verification) hasUnproven() bool {
	asked := v.askedHours()
	return asked > 0 && slices.ContainsFunc(v.Chains, func(c VerifiedChain) bool {
		return !c.Backfill && asked-c.ProvenHours > time.Minute.Hours()
	})
}

// verifiedInput says what was read, and what could not be.
func (p *page) verifiedInput(v *Verification) {
	field := func(label, text printable, look style) { p.labelled(tableIndent, label, headerLabel, text, look) }
	objects, bytes := v.Input.Objects, v.Input.Bytes
	digests := int64(0)
	for _, c := range v.Chains {
		digests += c.Digests.Valid + c.Digests.Invalid + c.Digests.NotChecked
	}
	field("Read", counted(objects.Read, "log file", "log files")+" and "+counted(digests, "digest", "digests")+", "+
		size(bytes.Read)+" as stored, "+size(bytes.Inflated)+" inflated", plain)
	if text := verifiedWindow(v.Window); text != "" {
		field("Window", text, plain)
	}
	for _, list := range []struct {
		label printable
		of    func(*VerifiedChain) string
	}{{"Accounts", (*VerifiedChain).account}, {"Regions", (*VerifiedChain).region}, {"Trails", (*VerifiedChain).trail}} {
		items := p.names(distinct(v.Chains, list.of), p.width-tableIndent-headerLabel, unnamed)
		text := joined(items, p.limit(headerItems))
		if len(items) > 2 {
			text = count(int64(len(items))) + ": " + text
		}
		if text != "" {
			field(list.label, text, plain)
		}
	}
	if text := provenText(v.Chains); text != "" {
		field("Proven", text, plain)
	}
	p.notVerified(v)
}

func (c *VerifiedChain) account() string { return c.AccountID }
func (c *VerifiedChain) region() string  { return c.Region }
func (c *VerifiedChain) trail() string   { return c.Trail }

// notVerified says what else was there. Files that could not be read are named unless they are among the problems.
func (p *page) notVerified(v *Verification) {
	objects := v.Input.Objects
	if failed := total(objects.Failed); failed > 0 {
		p.labelled(tableIndent, "Failed", headerLabel, counted(failed, "file", "files")+": "+p.reasons(objects.Failed), alarm)
		rest := slices.DeleteFunc(slices.Clone(objects.Failures), func(f analyzer.Failure) bool {
			return slices.ContainsFunc(v.Problems, func(problem VerificationProblem) bool { return problem.Object == f.Object })
		})
		shown := rest
		if limit := p.limit(headerFailures); limit > 0 && len(rest) > limit {
			shown = rest[:limit]
		}
		for _, failure := range shown {
			p.objectLine(tableIndent+headerLabel, failure.Object, plain)
			if failure.Detail != "" {
				p.paragraph(2*tableIndent+headerLabel, p.text(failure.Detail), dim)
			}
		}
		if more := len(rest) - len(shown); more > 0 {
			p.line(tableIndent+headerLabel, span{"and " + count(int64(more)) + " more", dim})
		}
	}
	skipped := maps.Clone(objects.Skipped)
	delete(skipped, "digest")
	if n := total(skipped); n > 0 {
		p.labelled(tableIndent, "Skipped", headerLabel, counted(n, "file", "files")+": "+p.reasons(skipped), plain)
	}
	if n := int64(len(v.Input.Pruned)); n > 0 {
		p.labelled(tableIndent, "Pruned", headerLabel, counted(n, "prefix was", "prefixes were")+" left out, all or in part: "+
			p.reasons(prunedReasons(v.Input.Pruned)), plain)
	}
}

func verifiedWindow(w VerificationWindow) printable {
	switch {
	case w.Since.IsZero() && w.Until.IsZero():
		return ""
	case w.Until.IsZero():
		return "from " + minute(w.Since) + " on"
	case w.Since.IsZero():
		return "until " + minute(w.Until)
	}
	return minute(w.Since) + " until " + minute(w.Until)
}

// provenText says when all chains, backfill apart, are proven; or between what times, if these differ.
func provenText(chains []VerifiedChain) printable {
	var first, last time.Time
	var all []ProvenTime
	same, any := true, false
	for _, c := range chains {
		if c.Backfill {
			continue
		}
		if !any {
			all = c.Proven
		}
		same = same && slices.EqualFunc(all, c.Proven, func(a, b ProvenTime) bool { return a.From.Equal(b.From) && a.Until.Equal(b.Until) })
		any = true
		for _, t := range c.Proven {
			if first.IsZero() || t.From.Before(first) {
				first = t.From
			}
			if t.Until.After(last) {
				last = t.Until
			}
		}
	}
	switch {
	case !any:
		return ""
	case last.IsZero():
		return "no hour"
	case same && len(all) == 1:
		return minute(first) + " until " + minute(last)
	}
	return "between " + minute(first) + " and " + minute(last) + ", not all of it"
}

// known is an identifier, or what stands for one that is not known.
func (p *page) known(name string) printable { return cmp.Or(p.name(name), unnamed) }

func spaced(words []printable) (text printable) {
	for i, word := range words {
		if i > 0 {
			text += " "
		}
		text += word
	}
	return text
}

// distinct are the different values, in order.
func distinct(chains []VerifiedChain, of func(*VerifiedChain) string) []string {
	var values []string
	for i := range chains {
		values = append(values, of(&chains[i]))
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// unlisted tells of log files that no digest lists.
func (p *page) unlisted(places []VerifiedPlace) {
	var rows []row
	for _, place := range places {
		if place.Extra+place.NotCovered == 0 {
			continue
		}
		rows = append(rows, row{p.known(place.AccountID) + " " + p.known(place.Region), []span{
			{count(place.Extra), plain}, {count(place.NotCovered), plain},
		}})
	}
	if len(rows) == 0 {
		return
	}
	p.section("Log files that no digest lists", "")
	p.rows("Account, Region", []printable{"though all digests are there", "others"}, rows, p.limit(shownChains))
}

// provenTimes lists the times that each chain proves.
func (p *page) provenTimes(chains []VerifiedChain) {
	p.section("Times proven", "")
	for i := range chains {
		c := &chains[i]
		if c.Backfill {
			continue
		}
		p.blank()
		p.paragraph(tableIndent, spaced([]printable{p.known(c.AccountID), p.known(c.Region), p.known(c.Trail)}), plain)
		for _, t := range c.Proven {
			p.line(2*tableIndent, span{second(t.From) + " until " + second(t.Until), plain})
		}
		if len(c.Proven) == 0 {
			p.line(2*tableIndent, span{"none", plain})
		}
	}
}
