package analyzer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"roletrail/ingest"
)

// CheckSchema names the version of the JSON contract of a check. Version 1 may gain keys, never lose or change them.
const CheckSchema = "roletrail/check/v1"

// Verdicts of a check, in the order in which they win.
const (
	NotSafe    = "NOT SAFE"
	CannotTell = "CANNOT TELL"
	NoUseSeen  = "NO USE SEEN"
)

// Check answers whether a role may be deleted, and for each feature whether its policy may be detached.
type Check struct {
	Schema string    `json:"schema"`
	Tool   Tool      `json:"tool"`
	Role   CheckRole `json:"role"`
	// Window is the time in which the role must not have been used: from Since (inclusive) until Until (exclusive).
	Window   CheckWindow `json:"window"`
	Verdict  string      `json:"verdict"`
	Verified bool        `json:"verified"` // the logs are proven to be complete in the window, and since the role was made if the verdict rests on that
	// Reasons holds every reason for NOT SAFE, then every one for CANNOT TELL, each by weight.
	Reasons    []Reason       `json:"reasons"`
	Warnings   []string       `json:"warnings"`
	LastUse    *LastUse       `json:"lastUse,omitempty"` // of the role, by whomever, in or before the window
	Features   []CheckFeature `json:"features"`          // of the role, in the order of its report
	LiveChecks []LiveCheck    `json:"liveChecks"`        // what the logs cannot tell
	Input      Input          `json:"input"`
	Coverage   []Coverage     `json:"coverage"` // of the role's account, in the window
}

// CheckRole names the role of a check.
type CheckRole struct {
	ARN       string `json:"arn"`
	Name      string `json:"name"`
	AccountID string `json:"accountId"`
	Kind      string `json:"kind"`
}

// CheckWindow is the idle window of a check.
type CheckWindow struct {
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// Reason is why a verdict is not a better one.
type Reason struct {
	ID       string     `json:"id"`
	Verdict  string     `json:"verdict"` // that it leads to
	Text     string     `json:"text"`
	Evidence []Evidence `json:"evidence"`
}

// Reason ids.
const (
	ReasonUse            = "use"
	ReasonOpenVolumes    = "openVolumes"
	ReasonStuckDeletes   = "stuckDeletes"
	ReasonStanding       = "standingReferences"
	ReasonEnding         = "endingReferences"
	ReasonGaps           = "gaps"
	ReasonLogsEndEarly   = "logsEndEarly"
	ReasonNoReadEvents   = "noReadEvents"
	ReasonUnread         = "unreadFiles"
	ReasonIntegrity      = "integrity"
	ReasonUnknownVolumes = "unknownVolumes"
	ReasonScope          = "scope"
	ReasonOlderState     = "olderState"
	ReasonOtherSessions  = "otherSessions"
)

// LastUse is the latest AssumeRole or call that the logs show.
type LastUse struct {
	Time     time.Time `json:"time"`
	Evidence Evidence  `json:"evidence"`
}

// CheckFeature answers whether the policy of one feature may be detached from the role.
type CheckFeature struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Policy    string    `json:"policy,omitempty"`
	PolicyARN string    `json:"policyArn,omitempty"`
	Verdict   string    `json:"verdict"`
	Reasons   []Reason  `json:"reasons"`
	LastUsed  time.Time `json:"lastUsed,omitzero"`
}

// LiveCheck is a question to AWS that the logs cannot answer, as a command of the AWS CLI.
type LiveCheck struct {
	Question string `json:"question"`
	Command  string `json:"command"`
}

// CheckOptions say what to check.
type CheckOptions struct {
	Role string // an ARN or a name
	// Until is the time that is asked about, and Idle how long before it the role must not have been used.
	Until time.Time
	Idle  time.Duration
	// OlderStateChecked says that somebody made sure by the live checks that no volume or service that is older than the
	// logs needs the role.
	OlderStateChecked bool
	// Scope says why the logs that are read cannot speak for the whole account, if that is so: one line each.
	Scope []string
}

// RoleError says that the role of a check cannot be told.
type RoleError struct {
	Role string
	ARNs []string // of several that bear the name
}

func (e *RoleError) Error() string {
	if len(e.ARNs) == 0 {
		return e.Role + ": no event names such a role"
	}
	return e.Role + ": a role of this name is in several accounts: " + strings.Join(e.ARNs, ", ")
}

// Check reads all log files of a source, like Usage, and judges the role. Of the analyzer's options, Until must be that of
// the check, Since zero, and Roles no more than SelectorOf the role.
func (a *Analyzer) Check(ctx context.Context, source ingest.Source, o ingest.Options, n int, c CheckOptions) (*Check, *ingest.Summary, error) {
	summary, err := a.collect(ctx, source, o, n)
	if err != nil {
		return nil, summary, err
	}
	r, err := a.walk(ctx, summary)
	if err != nil {
		return nil, summary, err
	}
	check, err := a.check(r, summary, c)
	return check, summary, err
}

func (a *Analyzer) check(r *walkResult, s *ingest.Summary, c CheckOptions) (*Check, error) {
	role, named, err := a.roleOf(r, c.Role)
	if err != nil {
		return nil, err
	}
	if len(c.Role) > len(role.role.ARN) { // it has the path, which no event tells
		role.role.ARN = c.Role
	}
	since, account := c.Until.Add(-c.Idle), role.role.AccountID
	j := &judge{
		CheckOptions: c, answer: role, since: since.UnixMilli(), until: c.Until.UnixMilli(),
		coverage: accountCoverage(coverageIn(s, r.files, r.seen, &a.options, r.integrity, &r.walker.trails, since, c.Until), account),
		logs:     r.seen.spans()[account], seen: r.seen, files: r.files.days[account], shapeless: r.usage.Input.Records.UnknownShape,
		integrity: r.integrity,
	}
	check := &Check{
		Schema: CheckSchema, Tool: r.usage.Tool,
		Role:     CheckRole{ARN: role.role.ARN, Name: role.role.Name, AccountID: role.role.AccountID, Kind: role.role.Kind},
		Window:   CheckWindow{Since: since, Until: c.Until},
		Warnings: j.warnings(named), Features: []CheckFeature{}, LiveChecks: j.liveChecks(),
		Input: r.usage.Input, Coverage: trimGaps(slices.Clone(j.coverage)),
	}
	if role.role.ARN != c.Role && strings.Contains(c.Role, ":") {
		check.Warnings = append(check.Warnings, "the logs write the ARN of the role as "+role.role.ARN)
	}
	doubts := j.doubts()
	check.Verified = j.proven()
	check.Reasons, check.Verdict = verdict(j.roleReasons(), doubts)
	if latest := role.any.latest; len(latest) > 0 {
		last := latest[len(latest)-1]
		check.LastUse = &LastUse{Time: fromMilliseconds(last.time), Evidence: evidence([]item{last})[0]}
	}
	for _, at := range role.shown {
		check.Features = append(check.Features, j.feature(at, doubts))
	}
	return check, nil
}

// SelectorOf returns what Options.Roles must hold for a Check or Policy of a role, an ARN or a name: its name, for not
// every record tells the path in the ARN.
func SelectorOf(role string) string { return roleName(role) }

// roleOf finds the role that is meant, whatever the path in its ARN: an account has one role of a name. It reports whether
// an event names it.
func (a *Analyzer) roleOf(r *walkResult, role string) (found *answer, named bool, err error) {
	isARN := strings.Contains(role, ":")
	spellings := map[roleKey]*answer{}
	for _, candidate := range r.answers {
		key := keyOf(candidate.role.ARN)
		if isARN && key != keyOf(role) || !isARN && key.name != lowerRole(role) {
			continue
		}
		if before := spellings[key]; before != nil {
			candidate = before.join(candidate)
		}
		spellings[key] = candidate
		found = candidate
	}
	switch {
	case len(spellings) > 1:
		var arns []string
		for _, candidate := range spellings {
			arns = append(arns, candidate.role.ARN)
		}
		slices.Sort(arns)
		return nil, false, &RoleError{role, arns}
	case found != nil:
		return found, true, nil
	case !isARN:
		return nil, false, &RoleError{role, nil}
	}
	return r.walker.answer(newRoleWalk(r.walker, role).result()), false, nil
}

// join puts two spellings of a role's ARN together: the longer one has the path. What is told by account and name is in
// both.
func (a *answer) join(b *answer) *answer {
	if cmp.Or(cmp.Compare(len(a.role.ARN), len(b.role.ARN)), strings.Compare(b.role.ARN, a.role.ARN)) < 0 {
		a, b = b, a
	}
	joined, result := *a, *a.roleResult
	for _, at := range b.shown {
		if !slices.Contains(result.shown, at) {
			result.shown = append(slices.Clip(result.shown), at)
		}
	}
	slices.Sort(result.shown)
	result.role.OtherCallers = slices.Concat(a.role.OtherCallers, b.role.OtherCallers)
	if b.role.Kind == KindInfrastructure {
		result.role.Kind = KindInfrastructure
	}
	joined.roleResult = &result
	return &joined
}

func accountCoverage(all []Coverage, account string) []Coverage {
	list := []Coverage{}
	for _, c := range all {
		if c.AccountID == account {
			list = append(list, c)
		}
	}
	return list
}

// times says how many there are of something.
func times(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
