package reference

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// trust is what a trust policy says of a service.
type trust int

const (
	unreadable trust = iota
	untrusted
	trusted
	trustedUnderConditions
)

// maxTrustDocument is the length in bytes beyond which a trust policy is not read. IAM's own limit is a small part of it.
const maxTrustDocument = 1 << 16

// trustDocument gives the trust policy that a change sets: "CreateRole: requestParameters.assumeRolePolicyDocument, else
// responseElements.role.assumeRolePolicyDocument; UpdateAssumeRolePolicy: requestParameters.policyDocument."
func trustDocument(e *event) string {
	if e.name == "UpdateAssumeRolePolicy" {
		return e.first("requestParameters.policyDocument")
	}
	return e.first("requestParameters.assumeRolePolicyDocument", "responseElements.role.assumeRolePolicyDocument")
}

// trustIn reads a trust policy. "If it does not parse as a JSON object: URL-unescape (+ stays) and parse again; else not
// readable. Statement: object or array of objects. Trusted iff a statement allows the service; with a non-empty Condition
// object in all such statements: under conditions. A statement with Principal * (string) or NotPrincipal or NotAction and
// Effect Allow, when none trusts: not readable (unclear)."
func trustIn(document, service string) trust {
	statements, ok := statementsOf(document)
	if !ok {
		return unreadable
	}
	verdict := untrusted
	unclear := false
	for _, s := range statements {
		switch {
		case allows(s, service) && isConditional(s):
			verdict = max(verdict, trustedUnderConditions)
		case allows(s, service):
			return trusted
		}
		unclear = unclear || s["Effect"] == "Allow" && (s["Principal"] == "*" || has(s, "NotPrincipal") || has(s, "NotAction"))
	}
	if verdict == untrusted && unclear {
		return unreadable
	}
	return verdict
}

// statementsOf gives the statements of a policy.
func statementsOf(document string) ([]map[string]any, bool) {
	if len(document) > maxTrustDocument {
		return nil, false
	}
	policy, ok := objectIn(document)
	if !ok {
		unescaped, err := url.PathUnescape(document)
		if policy, ok = objectIn(unescaped); err != nil || !ok {
			return nil, false
		}
	}
	if one, ok := policy["Statement"].(map[string]any); ok {
		return []map[string]any{one}, true
	}
	list, ok := policy["Statement"].([]any)
	var statements []map[string]any
	for _, element := range list {
		statement, isObject := element.(map[string]any)
		ok = ok && isObject
		statements = append(statements, statement)
	}
	return statements, ok
}

func objectIn(text string) (map[string]any, bool) {
	if !json.Valid([]byte(text)) {
		return nil, false
	}
	object, ok := decode[any]([]byte(text)).(map[string]any)
	return object, ok
}

// allows: "a statement with Effect Allow, Action (string or array) containing (case-insensitive) sts:AssumeRole or sts:* or
// *", or another pattern that matches it, "and Principal.Service (string or array) containing the service exactly".
func allows(statement map[string]any, service string) bool {
	principals, _ := statement["Principal"].(map[string]any)
	return statement["Effect"] == "Allow" && slices.Contains(textsIn(principals["Service"]), service) &&
		slices.ContainsFunc(textsIn(statement["Action"]), func(action string) bool {
			return glob(strings.ToLower(action), "sts:assumerole")
		})
}

func isConditional(statement map[string]any) bool {
	conditions, _ := statement["Condition"].(map[string]any)
	return len(conditions) > 0
}

func has(object map[string]any, key string) bool {
	_, found := object[key]
	return found
}

// textsIn gives the strings of a value that is "a string or an array".
func textsIn(value any) []string {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	var texts []string
	for _, element := range list {
		if text, ok := element.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// describe tells what a trust policy says of a service in the words of Change.Detail.
func (t trust) describe(service string) string {
	switch t {
	case trusted:
		return "trusts " + service
	case trustedUnderConditions:
		return "trusts " + service + " under conditions"
	case untrusted:
		return "does not trust " + service
	default:
		return "trust policy not readable"
	}
}
