package analyzer_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"roletrail/internal/trailgen"
)

// grammarOf returns what is wrong with a policy by the grammar of identity-based policies (IAM User Guide, "Grammar of the
// IAM JSON policy language", "IAM JSON policy elements: Sid" and "Condition operators", "IAM and AWS STS quotas").
func grammarOf(text []byte) (complaints []string) {
	complain := func(format string, a ...any) { complaints = append(complaints, fmt.Sprintf(format, a...)) }
	if n := len([]rune(strings.Join(strings.Fields(string(text)), ""))); n > 6144 {
		complain("%d characters", n)
	}
	parsed, err := trailgen.Parse(text)
	policy, ok := parsed.(trailgen.Object)
	if err != nil || !ok {
		return append(complaints, fmt.Sprintf("no JSON object: %v", err))
	}
	complaints = append(complaints, membersOf(policy, "Version", "Id", "Statement")...)
	if v := policy.Text("Version"); v != "2012-10-17" {
		complain("Version %q", v)
	}
	statements, ok := policy.Get("Statement").(trailgen.List)
	if !ok || len(statements) == 0 {
		complain("no list of statements")
	}
	sids := map[string]bool{}
	for i, s := range statements {
		statement, ok := s.(trailgen.Object)
		if !ok {
			complain("statement %d is no object", i)
			continue
		}
		complaints = append(complaints, membersOf(statement, "Sid", "Effect", "Action", "Resource", "Condition")...)
		sid, hasSID := statement.Get("Sid").(string)
		if hasSID && (!sidForm.MatchString(sid) || sids[sid]) || !hasSID && statement.Get("Sid") != nil {
			complain("Sid %q", sid)
		}
		sids[sid] = hasSID
		if effect := statement.Text("Effect"); effect != "Allow" {
			complain("%s: Effect %q", sid, effect)
		}
		for element, form := range map[string]*regexp.Regexp{"Action": actionForm, "Resource": resourceForm} {
			if bad := stringsOf(statement.Get(element), form); bad != "" {
				complain("%s: %s %s", sid, element, bad)
			}
		}
		if condition := statement.Get("Condition"); condition != nil {
			complaints = append(complaints, conditionOf(sid, condition)...)
		}
	}
	return complaints
}

var (
	sidForm      = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	actionForm   = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]*[*?]?$`)
	resourceForm = regexp.MustCompile(`^(\*|arn:[a-z*-]+:[a-z0-9-]+:[a-z0-9*-]*:([0-9]{12}|\*|aws)?:.+)$`)
	keyForm      = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9_.-]+(/.+)?$`) // behind the slash may be any key of a tag
	operatorForm = regexp.MustCompile(`^(ForAllValues:|ForAnyValue:)?(String(Not)?Equals(IgnoreCase)?|String(Not)?Like|Numeric(Not)?Equals|(Numeric|Date)(LessThan|GreaterThan)(Equals)?|Date(Not)?Equals|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?$|^Null$`)
)

// membersOf complains of members that an object must not have, or not twice.
func membersOf(o trailgen.Object, known ...string) (complaints []string) {
	seen := map[string]bool{}
	for _, m := range o {
		if !slices.Contains(known, m.Key) || seen[m.Key] {
			complaints = append(complaints, "member "+m.Key)
		}
		seen[m.Key] = true
	}
	return complaints
}

// stringsOf returns what is wrong with a string or a list of some of a form.
func stringsOf(value any, form *regexp.Regexp) string {
	list, ok := value.(trailgen.List)
	if !ok {
		list = trailgen.List{value}
	}
	seen := map[any]bool{}
	for _, v := range list {
		if text, ok := v.(string); !ok || !form.MatchString(text) || seen[v] {
			return fmt.Sprintf("%q", v)
		}
		seen[v] = true
	}
	if len(list) == 0 {
		return "is empty"
	}
	return ""
}

func conditionOf(sid string, condition any) (complaints []string) {
	operators, ok := condition.(trailgen.Object)
	if !ok || len(operators) == 0 {
		return []string{sid + ": Condition is no object"}
	}
	for _, operator := range operators {
		if !operatorForm.MatchString(operator.Key) {
			complaints = append(complaints, sid+": no operator "+operator.Key)
		}
		keys, ok := operator.Value.(trailgen.Object)
		if !ok || len(keys) == 0 {
			complaints = append(complaints, sid+": "+operator.Key+" has no keys")
		}
		for _, key := range keys {
			if !keyForm.MatchString(key.Key) {
				complaints = append(complaints, sid+": no key "+key.Key)
			}
			if bad := stringsOf(key.Value, anyForm); bad != "" {
				complaints = append(complaints, sid+": "+key.Key+" "+bad)
			}
		}
	}
	return complaints
}

var anyForm = regexp.MustCompile(`.`)
