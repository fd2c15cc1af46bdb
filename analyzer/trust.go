package analyzer

import (
	"encoding/json"
	"net/url"
	"strings"

	"roletrail/analyzer/catalog"
)

// trust is what a trust policy says of who may assume the role.
type trust struct {
	services map[string]bool // service principals that it names; true if it trusts them under conditions only
	unclear  bool            // it allows others too, and does not name them
}

// trusts reports whether the policy names a service principal. A nil policy names none.
func (t *trust) trusts(principal string) bool {
	if t == nil {
		return false
	}
	_, ok := t.services[principal]
	return ok
}

// describe says in the report whether the policy trusts a service, "" if there is no service to tell of.
func (t *trust) describe(principal string) string {
	switch {
	case principal == "":
		return ""
	case t.trusts(principal) && t.services[principal]:
		return "trusts " + principal + " under conditions"
	case t.trusts(principal):
		return "trusts " + principal
	case t == nil || t.unclear:
		return "trust policy not readable"
	}
	return "does not trust " + principal
}

// maxTrustPolicy is how many bytes a trust policy that is read may have. IAM allows 8,192 characters (IAM User Guide, "IAM
// and AWS STS quotas"), of up to six bytes each with URL escapes. Only calls that failed can hold more.
const maxTrustPolicy = 64 << 10

// readTrust reads a trust policy, in plain text or with the URL escapes in which IAM gives it back. It returns nil for
// what is no such policy: whoever can call IAM writes these texts.
func readTrust(document string) *trust {
	if len(document) > maxTrustPolicy {
		return nil
	}
	policy := parseObject([]byte(document))
	if policy == nil {
		plain, err := url.PathUnescape(document)
		if err != nil {
			return nil
		}
		policy = parseObject([]byte(plain))
	}
	statements := parseStatements(policy["Statement"])
	if statements == nil {
		return nil
	}
	t := &trust{services: map[string]bool{}}
	for _, s := range statements {
		t.add(s)
	}
	return t
}

// add takes up a statement. Only those that allow count.
func (t *trust) add(statement map[string]json.RawMessage) {
	if parseText(statement["Effect"]) != "Allow" {
		return
	}
	_, notPrincipal := statement["NotPrincipal"]
	_, notAction := statement["NotAction"]
	if notPrincipal || notAction || parseText(statement["Principal"]) == "*" {
		t.unclear = true
	}
	if !allowsAssumeRole(statement["Action"]) {
		return
	}
	underConditions := len(parseObject(statement["Condition"])) > 0
	for _, service := range parseTexts(parseObject(statement["Principal"])["Service"]) {
		before, named := t.services[service]
		t.services[service] = underConditions && (before || !named)
	}
}

// allowsAssumeRole reports whether an Action element includes sts:AssumeRole. IAM takes no notice of case there.
func allowsAssumeRole(actions json.RawMessage) bool {
	for _, action := range parseTexts(actions) {
		if catalog.Match(strings.ToLower(action), "sts:assumerole") {
			return true
		}
	}
	return false
}

// parseObject returns the members of a JSON object, nil for what is none. Of members of the same name the last counts.
func parseObject(text []byte) (members map[string]json.RawMessage) {
	if json.Unmarshal(text, &members) != nil {
		return nil
	}
	return members
}

// parseStatements returns the elements of a list of objects, or the one object that may stand in its place, and nil for
// what is neither.
func parseStatements(text json.RawMessage) (list []map[string]json.RawMessage) {
	if one := parseObject(text); one != nil {
		return append(list, one)
	}
	if json.Unmarshal(text, &list) != nil {
		return nil
	}
	for _, s := range list {
		if s == nil { // null
			return nil
		}
	}
	return list
}

// parseText returns what a JSON string says, "" for what is none.
func parseText(text json.RawMessage) (s string) {
	if json.Unmarshal(text, &s) != nil {
		return ""
	}
	return s
}

// parseTexts returns the strings of a list, or the one that may stand in its place.
func parseTexts(text json.RawMessage) (texts []string) {
	var list []json.RawMessage
	if json.Unmarshal(text, &list) != nil {
		list = []json.RawMessage{text}
	}
	for _, element := range list {
		if s := parseText(element); s != "" {
			texts = append(texts, s)
		}
	}
	return texts
}
