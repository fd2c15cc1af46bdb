package analyzer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"roletrail/analyzer/catalog"
	"roletrail/ingest"
)

// maxPolicyLength is the length of a managed policy in characters, white space not counted (IAM User Guide, "IAM and AWS
// STS quotas").
const maxPolicyLength = 6144

// Policy is what a role needs for the features that were seen to use it.
type Policy struct {
	RoleARN string
	// Documents are IAM policies, in JSON: one, or several where one would be too long. There is none if no feature uses
	// the role.
	Documents []json.RawMessage
	Suffices  []string // managed policies that are needed, and enough for their features as they are
	NotNeeded []string // managed policies of features that were not seen
	Remarks   []string // what a person should know of the documents, one sentence each
}

// ServiceLinkedError says that a policy cannot be edited.
type ServiceLinkedError struct{ ARN string }

func (e *ServiceLinkedError) Error() string {
	return e.ARN + ": a service-linked role, whose policy cannot be edited"
}

// reviewSID names the statement of what no managed policy of a feature in use allows.
const reviewSID = "ReviewUsedOutsideManagedPolicies"

// Policy reads all log files of a source, like Usage, and makes the policy of a role, an ARN or a name, from what was
// used. The analyzer's options must have no more than SelectorOf the role for Roles.
func (a *Analyzer) Policy(ctx context.Context, source ingest.Source, o ingest.Options, n int, role string) (*Policy, *ingest.Summary, error) {
	summary, err := a.collect(ctx, source, o, n)
	if err != nil {
		return nil, summary, err
	}
	r, err := a.walk(ctx, summary)
	if err != nil {
		return nil, summary, err
	}
	found, named, err := a.roleOf(r, role)
	switch {
	case err != nil:
		return nil, summary, err
	case isLinked(found.role.ARN):
		return nil, summary, &ServiceLinkedError{found.role.ARN}
	case !named:
		return nil, summary, &RoleError{role, nil}
	}
	policy, err := found.policy()
	return policy, summary, err
}

// policyVersion is that of the policy language.
const policyVersion = "2012-10-17"

// statement is one of an IAM policy, in the order in which AWS writes its members.
type statement struct {
	SID       string          `json:"Sid,omitempty"`
	Effect    string          `json:"Effect"`
	Action    []string        `json:"Action"`
	Resource  []string        `json:"Resource"`
	Condition json.RawMessage `json:"Condition,omitempty"`
}

type document struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

// policy makes the policy of what was used.
func (a *answer) policy() (*Policy, error) {
	p := &Policy{RoleARN: a.role.ARN}
	var statements []statement
	var lacking []string // policies that do not allow all that one of their features called
	for at := range a.catalog.Features {
		f := &a.catalog.Features[at]
		if f.Policy == nil || f.Kind == catalog.ServiceLinked {
			continue
		}
		if !a.everSeen(at) {
			if slices.Contains(a.shown, at) {
				p.NotNeeded = append(p.NotNeeded, f.Policy.Name)
			}
			continue
		}
		kept, known := a.reduced(at)
		if !known {
			p.Remarks = append(p.Remarks, fmt.Sprintf("the text of %s %s is not known: its actions are in the policy for all resources, without conditions", f.Policy.Name, f.Policy.Version))
		}
		statements = append(statements, kept...)
		if outside := a.outside(at, f.Policy); len(outside) == 0 {
			p.Suffices = append(p.Suffices, f.Policy.Name)
		} else {
			lacking = append(lacking, f.Policy.Name)
		}
	}
	p.settle(lacking)
	if review := a.review(statements); len(review) > 0 {
		statements = append(statements, statement{SID: reviewSID, Effect: "Allow", Action: review, Resource: []string{"*"}})
		p.Remarks = append(p.Remarks, "the statement "+reviewSID+" allows what was called and no managed policy of these features allows: "+strings.Join(review, ", ")+"; narrow its resources by hand")
	}
	if strange := a.strangeCalls(); strange > 0 {
		p.Remarks = append(p.Remarks, fmt.Sprintf("%d calls have names that no action of IAM has, and are not in the policy", strange))
	}
	if !a.strange.empty() {
		p.Remarks = append(p.Remarks, "what others than the service did with the role is not in the policy")
	}
	statements, err := fitting(statements)
	if err != nil {
		return nil, err
	}
	p.Documents, err = documents(unique(statements))
	if len(p.Documents) > 1 {
		p.Remarks = append(p.Remarks, fmt.Sprintf("one policy would be longer than IAM allows: these are %d, attach them all", len(p.Documents)))
	}
	return p, err
}

// settle gives each policy, which may be of several features, one place: one that any of them needs is needed, and one that
// does not suffice for any of them does not suffice.
func (p *Policy) settle(lacking []string) {
	p.NotNeeded = slices.DeleteFunc(distinct(p.NotNeeded), func(name string) bool {
		return slices.Contains(p.Suffices, name) || slices.Contains(lacking, name)
	})
	p.Suffices = slices.DeleteFunc(distinct(p.Suffices), func(name string) bool { return slices.Contains(lacking, name) })
}

// distinct leaves of equal texts the first.
func distinct(texts []string) (list []string) {
	for _, text := range texts {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// reduced returns the statements of a feature's managed policy without the actions that are neither used, nor needed to
// take down what the feature made, nor ever visible in a trail. It reports false if AWS's text is not known.
func (a *answer) reduced(at int) (kept []statement, known bool) {
	policy := a.catalog.Features[at].Policy
	keep := map[string]bool{}
	for _, permission := range a.featurePermissions(at) {
		keep[permission.Action] = permission.State != PermissionNotSeen
	}
	for _, action := range policy.Actions {
		keep[action.Action] = keep[action.Action] || action.Cleanup
	}
	all, known := policy.Statements()
	if !known {
		all = []catalog.Statement{{SID: policy.Name, Resources: []string{"*"}}}
		for _, action := range policy.Actions {
			all[0].Actions = append(all[0].Actions, action.Action)
		}
	}
	for _, s := range all {
		var actions []string
		for _, action := range s.Actions {
			if keep[action] {
				actions = append(actions, action)
			}
		}
		if len(actions) > 0 {
			kept = append(kept, statement{s.SID, "Allow", actions, s.Resources, s.Condition})
		}
	}
	return kept, known
}

// outside returns the actions that a feature called and its managed policy does not allow.
func (a *answer) outside(at int, policy *catalog.Policy) (list []string) {
	for _, called := range a.calledActions(at) {
		if !slices.ContainsFunc(policy.Actions, func(p catalog.PolicyAction) bool { return grants(p.Action, called) }) {
			list = append(list, called)
		}
	}
	return list
}

// What a call may be named, and the action that it becomes, to get into a policy. Anything else must not: a * would allow
// everything, and a prefix that no service can have makes IAM refuse the policy.
var (
	ordinaryName   = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	ordinaryAction = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+\*?$`)
)

func (a action) isOrdinary() bool {
	return ordinaryName.MatchString(a.name) && ordinaryAction.MatchString(iamAction(a.service, a.name))
}

// calledActions returns the IAM actions that a feature called, ascending.
func (a *answer) calledActions(at int) (list []string) {
	if e := a.ever[at]; e != nil {
		for call := range e.calls {
			if call.isOrdinary() {
				list = append(list, iamAction(call.service, call.name))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// strangeCalls counts the calls that calledActions leaves out, by name.
func (a *answer) strangeCalls() (n int) {
	for _, e := range a.ever {
		for call := range e.calls {
			if !call.isOrdinary() {
				n++
			}
		}
	}
	return n
}

// review returns the actions that the service called and the statements do not allow.
func (a *answer) review(statements []statement) (list []string) {
	for at := range a.ever {
		for _, called := range a.calledActions(at) {
			if !allows(statements, called) {
				list = append(list, called)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func allows(statements []statement, action string) bool {
	return slices.ContainsFunc(statements, func(s statement) bool {
		return slices.ContainsFunc(s.Action, func(pattern string) bool { return grants(pattern, action) })
	})
}

// unique drops statements that are there already, and gives each a Sid of its own that IAM takes: letters and digits alone
// (IAM User Guide, "IAM JSON policy elements: Sid").
func unique(statements []statement) (list []statement) {
	taken := map[string]bool{"": true}
	for _, s := range statements {
		if slices.ContainsFunc(list, func(o statement) bool {
			return slices.Equal(o.Action, s.Action) && slices.Equal(o.Resource, s.Resource) && bytes.Equal(o.Condition, s.Condition)
		}) {
			continue
		}
		plain := notInSID.ReplaceAllString(s.SID, "")
		s.SID = plain
		for n := 2; taken[s.SID] && plain != ""; n++ {
			s.SID = fmt.Sprintf("%s%d", plain, n)
		}
		taken[s.SID] = true
		list = append(list, s)
	}
	return list
}

var notInSID = regexp.MustCompile(`[^A-Za-z0-9]+`)

// fitting divides the actions of statements that are too long for a policy on several ones.
func fitting(statements []statement) (list []statement, err error) {
	for _, s := range statements {
		text, err := json.Marshal(document{policyVersion, []statement{s}})
		if err != nil {
			return nil, err
		}
		if len(text) <= maxPolicyLength-len("000") || len(s.Action) == 1 { // leave room for a number in the Sid
			list = append(list, s)
			continue
		}
		half, rest := s, s
		half.Action, rest.Action = s.Action[:len(s.Action)/2], s.Action[len(s.Action)/2:]
		parts, err := fitting([]statement{half, rest})
		if err != nil {
			return nil, err
		}
		list = append(list, parts...)
	}
	return list, nil
}

// documents puts statements into as few policies as their lengths allow, in their order.
func documents(statements []statement) (list []json.RawMessage, err error) {
	var d document
	add := func() error {
		if len(d.Statement) == 0 {
			return nil
		}
		text, err := json.MarshalIndent(d, "", "    ")
		list = append(list, text)
		return err
	}
	for _, s := range statements {
		longer := document{policyVersion, append(slices.Clip(d.Statement), s)}
		text, err := json.Marshal(longer)
		if err != nil {
			return nil, err
		}
		if len(text) > maxPolicyLength && len(d.Statement) > 0 {
			if err := add(); err != nil {
				return nil, err
			}
			longer = document{policyVersion, []statement{s}}
		}
		d = longer
	}
	return list, add()
}
