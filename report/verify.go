package report

import (
	_ "embed" // for the schema
	"io"
	"slices"
	"time"

	"roletrail/analyzer"
)

// VerificationSchema is the JSON Schema (draft 2020-12) of what VerificationJSON writes, the contract roletrail/verify/v1.
//
//go:embed verify.schema.json
var VerificationSchema string

// VerificationVersion is the value of Verification.Schema.
const VerificationVersion = "roletrail/verify/v1"

// Verification is what CloudTrail's digests say of the log files that were read. It is filled by whoever ran the verifier.
// Numbers are always there, and unknown strings and times are absent.
type Verification struct {
	Schema string             `json:"schema"` // VerificationVersion
	Tool   VerificationTool   `json:"tool"`
	Window VerificationWindow `json:"window"`
	Input  VerificationInput  `json:"input"`
	// Chains are by account, Region, trail, backfill last.
	Chains []VerifiedChain `json:"chains"`
	// Places are by account, Region: all that digests or log files are of.
	Places []VerifiedPlace `json:"places"`
	// Problems are the first 100 by time, object, key.
	Problems []VerificationProblem `json:"problems"`
	// ProblemCounts are all problems, by grade (invalid, unchecked, proven), reason.
	ProblemCounts []ProblemCount `json:"problemCounts"`
	Verdict       string         `json:"verdict"` // see Judge
}

// VerificationTool is the program that verified.
type VerificationTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// VerificationWindow is what was asked about: digests whose times overlap it. A zero time leaves that end open.
type VerificationWindow struct {
	Since time.Time `json:"since,omitzero"` // inclusive
	Until time.Time `json:"until,omitzero"` // exclusive
}

// VerificationInput is what there was to read. Digest files are skipped by the reason digest, as in every report.
type VerificationInput struct {
	Objects analyzer.InputObjects `json:"objects"`
	Pruned  []analyzer.Pruned     `json:"pruned"` // by prefix, reason
	Bytes   analyzer.InputBytes   `json:"bytes"`
}

// VerifiedChain is the digests of one account, Region and trail. Those of the backfill, for log files that CloudTrail
// delivered late, are a chain of their own.
type VerifiedChain struct {
	AccountID string           `json:"accountId,omitempty"`
	Region    string           `json:"region,omitempty"`
	Trail     string           `json:"trail,omitempty"`
	Backfill  bool             `json:"backfill"`
	Digests   VerifiedDigests  `json:"digests"`
	LogFiles  VerifiedLogFiles `json:"logFiles"`
	// Proven are the times for which there is a valid digest whose log files are all valid, in order. The hours are their sum,
	// to two decimals.
	Proven      []ProvenTime `json:"proven"`
	ProvenHours float64      `json:"provenHours"`
}

// VerifiedDigests counts the digests of a chain by what became of them.
type VerifiedDigests struct {
	Valid      int64 `json:"valid"` // signed, or vouched for by the next one, and where they belong
	Invalid    int64 `json:"invalid"`
	Missing    int64 `json:"missing"`
	NotChecked int64 `json:"notChecked"`
}

// VerifiedLogFiles counts the log files that the digests of a chain list, but for those of invalid digests.
type VerifiedLogFiles struct {
	Valid      int64 `json:"valid"`
	Altered    int64 `json:"altered"`
	Missing    int64 `json:"missing"`
	Moved      int64 `json:"moved"`      // a file with the same hash lies elsewhere
	Unread     int64 `json:"unread"`     // could not be read to their end
	NotChecked int64 `json:"notChecked"` // as their digest tells, but that is not checked itself
	Outside    int64 `json:"outside"`    // delivered outside of the times that were asked for, and not read
}

// ProvenTime is a time from From up to, but without, Until.
type ProvenTime struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// VerifiedPlace counts the log files of an account and Region that no digest lists which can be believed.
type VerifiedPlace struct {
	AccountID  string `json:"accountId,omitempty"`
	Region     string `json:"region,omitempty"`
	Extra      int64  `json:"extra"`      // of a time of which all digests are there, and valid
	NotCovered int64  `json:"notCovered"` // the others
}

// Grades of problems.
const (
	GradeInvalid   = "invalid"   // something is not as CloudTrail delivered it
	GradeUnchecked = "unchecked" // it could not be found out
	GradeProven    = "proven"    // it was found out in another way: the digest that follows vouches for it
)

// VerificationProblem is something wrong with a digest or a log file.
type VerificationProblem struct {
	Reason    string `json:"reason"` // one word
	Grade     string `json:"grade"`
	AccountID string `json:"accountId,omitempty"`
	Region    string `json:"region,omitempty"`
	Trail     string `json:"trail,omitempty"`
	Backfill  bool   `json:"backfill"`
	Object    string `json:"object,omitempty"` // as its source shows it; absent if it is not there
	Bucket    string `json:"bucket,omitempty"` // where the object is or, if it is not where it belongs, where that is
	Key       string `json:"key,omitempty"`
	// From and Until are the time of the digest that it is, or that lists the log file; for a chain that was restarted, the
	// time between.
	From   time.Time `json:"from,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	Detail string    `json:"detail,omitempty"`
}

// ProblemCount is how many problems there are of one kind. A gap of several hours without digests is one.
type ProblemCount struct {
	Reason string `json:"reason"`
	Grade  string `json:"grade"`
	Count  int64  `json:"count"`
}

// Verdicts of a verification.
const (
	VerificationValid         = "valid"
	VerificationNotAllChecked = "notAllChecked"
	VerificationInvalid       = "invalid"
)

// Judge sets the verdict: the first of these that applies.
//
//   - invalid: there is a problem of the grade invalid.
//   - notAllChecked: there is one of the grade unchecked; a digest or a log file was not checked, or not read; a log file is
//     listed by no digest; or there is no digest at all.
//   - valid.
//
// A valid trail may have times that are not proven, for which nothing is there: neither digests, nor log files, nor a digest
// that names one of them.
func (v *Verification) Judge() {
	switch {
	case v.problemsOf(GradeInvalid) > 0:
		v.Verdict = VerificationInvalid
	case v.problemsOf(GradeUnchecked) > 0 || v.notChecked() || total(v.Input.Objects.Failed) > 0 || v.unlisted() > 0 || v.digests() == 0:
		v.Verdict = VerificationNotAllChecked
	default:
		v.Verdict = VerificationValid
	}
}

func (v *Verification) problemsOf(grade string) (n int64) {
	for _, c := range v.ProblemCounts {
		if c.Grade == grade {
			n += c.Count
		}
	}
	return n
}

func (v *Verification) notChecked() bool {
	return slices.ContainsFunc(v.Chains, func(c VerifiedChain) bool { return c.Digests.NotChecked+c.LogFiles.NotChecked+c.LogFiles.Unread > 0 })
}

// unlisted is the number of log files that no digest lists.
func (v *Verification) unlisted() (n int64) {
	for _, p := range v.Places {
		n += p.Extra + p.NotCovered
	}
	return n
}

// digests is the number of digests that are there, or that others name.
func (v *Verification) digests() (n int64) {
	for _, c := range v.Chains {
		n += c.Digests.Valid + c.Digests.Invalid + c.Digests.Missing + c.Digests.NotChecked
	}
	return n
}

// askedHours is the length of the window, 0 if it is open.
func (v *Verification) askedHours() float64 {
	if v.Window.Since.IsZero() || v.Window.Until.IsZero() {
		return 0
	}
	return v.Window.Until.Sub(v.Window.Since).Hours()
}

// VerificationJSON writes v as its public contract says (VerificationSchema), in the manner of JSON. An error is one of
// writing to w.
func VerificationJSON(w io.Writer, v *Verification) error {
	return writeJSON(w, v)
}
