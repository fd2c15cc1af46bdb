package report

import (
	"slices"
	"time"
)

// problemTexts say what a reason means. One that is not among them is shown as it is.
var problemTexts = map[string]printable{
	"digestUnreadable": "digest that could not be read",
	"trailingBytes":    "bytes follow the one gzip member that CloudTrail writes",
	"signatureInvalid": "digest that is not what was signed",
	"digestAltered":    "digest with another hash than the next one tells",
	"digestMisplaced":  "digest that does not lie where it says that it lies",
	"algorithmUnknown": "signature or hash of an unknown algorithm",
	"keyMissing":       "digest whose public key cannot be had",
	"signatureMissing": "digest without a signature",
	"digestMissing":    "digest that is missing",
	"chainRestarted":   "chain of digests that begins anew: logging was stopped, and started again",
	"chainBroken":      "digest that names another than the one before it",
	"logFileAltered":   "log file with another hash than its digest tells",
	"logFileMissing":   "log file that is missing",
	"logFileMoved":     "log file that lies elsewhere",
	"logFileUnread":    "log file that could not be read to its end",
	"logFileExtra":     "log file that no digest lists, though all digests of its time are there",
}

// knownDetails are details that say no more than the text of their reason.
var knownDetails = []string{
	"it has another hash than its digest tells",
	"the next digest tells another hash of it",
	"its signature is not that of its content, its place and its key",
	"a digest lists it, but it is not there",
	"a file with its hash lies elsewhere",
	"no digest lists it, though all those of its time are there",
	"no signature is there",
	"it follows no other digest: logging was stopped, and started again",
}

// gradeBadges are the grades as badges, the worst first.
var gradeBadges = map[string]span{
	GradeInvalid:   {" INVALID ", badgeHigh},
	GradeUnchecked: {" NOT CHECKED ", badgeMedium},
	GradeProven:    {" PROVEN ", badgeInfo},
}

// problemIndent is where the text of a problem begins, beside its badge.
const problemIndent = 1 + len(" NOT CHECKED ") + 2

// problems writes what is wrong, by kind.
func (p *page) problems(v *Verification) {
	if len(v.ProblemCounts) == 0 {
		return
	}
	var remark []printable
	for _, grade := range []struct {
		name  string
		words printable
	}{{GradeInvalid, "invalid"}, {GradeUnchecked, "not checked"}, {GradeProven, "proven otherwise"}} {
		if n := v.problemsOf(grade.name); n > 0 {
			remark = append(remark, count(n)+" "+grade.words)
		}
	}
	p.section("Problems", joined(remark, 0))
	names := namesOf(v.Chains)
	for _, kind := range v.ProblemCounts {
		p.blank()
		p.kindOfProblem(kind, names, v.Problems)
	}
}

// kindOfProblem writes the problems of one kind. Those that were proven in another way are listed with details alone.
func (p *page) kindOfProblem(kind ProblemCount, names chainNames, all []VerificationProblem) {
	badge, known := gradeBadges[kind.Grade]
	if !known {
		badge = span{" " + p.shorten(p.name(kind.Grade), problemIndent-3) + " ", bold}
	}
	text, known := problemTexts[kind.Reason]
	if !known {
		text = p.name(kind.Reason)
	}
	if kind.Count > 1 {
		text = count(kind.Count) + " times: " + text
	}
	p.badged(badge, problemIndent, text)
	p.paragraph(problemIndent, p.name(kind.Reason), dim)
	if kind.Grade == GradeProven && !p.details {
		return
	}
	shown := int64(0)
	for i := range all {
		problem := &all[i]
		if problem.Reason != kind.Reason || problem.Grade != kind.Grade || !p.details && shown == shownProblems {
			continue
		}
		shown++
		p.problem(problem, names)
	}
	if more := kind.Count - shown; more > 0 {
		p.line(tableIndent, span{"and " + count(more) + " more", dim})
	}
}

// hour writes the time of a digest, with the date once if it is of one day.
func hour(from, until time.Time) printable {
	switch {
	case until.IsZero():
		return "unknown time"
	case day(from) == day(until):
		return second(from) + " until " + formatted(until, "15:04:05Z")
	}
	return second(from) + " until " + second(until)
}

func (p *page) problem(problem *VerificationProblem, names chainNames) {
	p.paragraph(tableIndent, hour(problem.From, problem.Until)+", "+
		p.chainName(names, problem.AccountID, problem.Region, problem.Trail, problem.Backfill), plain)
	const inset = 2 * tableIndent
	location := problem.Key
	if problem.Bucket != "" {
		location = "s3://" + problem.Bucket + "/" + problem.Key
	}
	if problem.Object != "" {
		p.objectLine(inset, problem.Object, plain)
	}
	if location != "" && location != problem.Object && (problem.Object == "" || p.details || problem.Reason == "logFileMoved") {
		if problem.Object != "" {
			p.line(inset, span{"of:", dim})
		}
		p.objectLine(inset, location, plain)
	}
	if problem.Detail != "" && !slices.Contains(knownDetails, problem.Detail) {
		p.paragraph(inset, p.text(problem.Detail), dim)
	}
}
