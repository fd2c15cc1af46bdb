package catalog

import (
	"embed"
	"encoding/json"
	"fmt"
)

// documents are AWS's managed policies as IAM's GetPolicyVersion returns them, by policy name.
//
//go:embed policies/*.json
var documents embed.FS

// Statement is a statement of a managed policy (IAM User Guide, "IAM JSON policy elements: Statement").
type Statement struct {
	SID       string
	Actions   []string
	Resources []string
	Condition json.RawMessage // as AWS writes it; empty if there is none
}

// Statements returns what AWS's text of the policy allows. It reports false for a policy, or a version of one, whose
// text is not known: of a user's own catalog.
func (p *Policy) Statements() (statements []Statement, ok bool) {
	data, err := documents.ReadFile("policies/" + p.Name + ".json")
	if err != nil {
		return nil, false
	}
	version, statements, err := parseDocument(data)
	if err != nil || version != p.Version {
		return nil, false
	}
	return statements, true
}

func parseDocument(data []byte) (version string, statements []Statement, err error) {
	var policy struct {
		PolicyVersion struct {
			VersionID string `json:"VersionId"`
			Document  struct {
				Statement []struct {
					SID       string `json:"Sid"`
					Effect    string
					Action    oneOrMany
					Resource  oneOrMany
					Condition json.RawMessage
				}
			}
		}
	}
	if err := json.Unmarshal(data, &policy); err != nil {
		return "", nil, err
	}
	for _, s := range policy.PolicyVersion.Document.Statement {
		if s.Effect != "Allow" || len(s.Action) == 0 || len(s.Resource) == 0 {
			return "", nil, fmt.Errorf("statement %s: not of the form that can be reduced", s.SID)
		}
		statements = append(statements, Statement{s.SID, s.Action, s.Resource, s.Condition})
	}
	return policy.PolicyVersion.VersionID, statements, nil
}

// oneOrMany is a string or an array of strings, as IAM allows for most elements.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}
