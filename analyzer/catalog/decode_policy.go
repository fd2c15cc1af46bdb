package catalog

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// policyEntry is a policy as it was written.
type policyEntry struct {
	Policy
	at *token.Token
}

func (d *document) decodePolicies(node ast.Node) error {
	if node == nil {
		return nil
	}
	all, err := d.object(node, "policies")
	if err != nil {
		return err
	}
	for _, pair := range node.(*ast.MappingNode).Values {
		p, err := d.decodePolicy(pair.Key.GetToken(), all.values[pair.Key.GetToken().Value])
		if err != nil {
			return err
		}
		d.policies = append(d.policies, p)
	}
	return nil
}

func (d *document) decodePolicy(key *token.Token, node ast.Node) (policyEntry, error) {
	p := policyEntry{Policy: Policy{Name: key.Value}, at: key}
	name := fmt.Sprintf("policy %q", key.Value)
	o, err := d.object(node, name, "arn", "version", "date", "actions", "cleanup", "notObservable")
	if err != nil {
		return p, err
	}
	arn, err := o.text("arn")
	if err != nil {
		return p, err
	}
	if !strings.HasPrefix(arn.value, "arn:") || !strings.Contains(arn.value, ":policy/") || !strings.HasSuffix(arn.value, "/"+p.Name) {
		return p, d.errorf(arn.at, "%s: arn %q is not the ARN of a policy of this name", name, arn.value)
	}
	p.ARN = arn.value
	version, err := o.text("version")
	if err != nil {
		return p, err
	}
	if digits, ok := strings.CutPrefix(version.value, "v"); !ok || !consists(digits, digit, "") {
		return p, d.errorf(version.at, "%s: version %q is not of the form v1", name, version.value)
	}
	p.Version = version.value
	if p.Date, err = o.date(); err != nil {
		return p, err
	}
	p.Actions, err = o.actions()
	return p, err
}

// actions reads the actions of a policy with their marks.
func (o object) actions() ([]PolicyAction, error) {
	names, err := o.texts("actions")
	if err != nil {
		return nil, err
	}
	if names == nil {
		return nil, o.errorf(o.at, "%s: actions is missing", o.name)
	}
	actions := make([]PolicyAction, len(names))
	position := make(map[string]int, len(names))
	for i, action := range names {
		service, call, ok := strings.Cut(action.value, ":")
		if !ok || !consists(service, asciiAlphanumeric, "-") || !consists(call, asciiAlphanumeric, "*") {
			return nil, o.errorf(action.at, "%s: action %q is not of the form service:Action", o.name, action.value)
		}
		actions[i].Action, position[action.value] = action.value, i
	}
	mark := func(key string, set func(*PolicyAction)) error {
		marked, err := o.texts(key)
		if err != nil {
			return err
		}
		for _, action := range marked {
			i, ok := position[action.value]
			if !ok {
				return o.errorf(action.at, "%s: %s names %q, which is not among its actions", o.name, key, action.value)
			}
			set(&actions[i])
		}
		return nil
	}
	if err := mark("cleanup", func(a *PolicyAction) { a.Cleanup = true }); err != nil {
		return nil, err
	}
	return actions, mark("notObservable", func(a *PolicyAction) { a.NotObservable = true })
}
