package main

import (
	"bytes"
	_ "embed" // for the schema
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"

	"roletrail/report"
)

// checkResult returns what is wrong with a run, whatever it was meant to do:
//   - nothing that a terminal would obey, and nothing that hides, is on standard output and standard error;
//   - messages look alike, and a run that failed has one;
//   - a run that failed writes no report, and JSON is as its schema says.
func checkResult(r result, args []string) (complaints []string) {
	complain := func(format string, a ...any) { complaints = append(complaints, fmt.Sprintf(format, a...)) }
	for name, text := range map[string]string{"standard output": strings.ReplaceAll(r.stdout, "\r\n", "\n"), "standard error": r.stderr} {
		if strings.HasPrefix(text, "PAR1") { // Parquet, which is for no terminal
			continue
		}
		if at := strings.IndexFunc(text, unsafeRune); at >= 0 {
			complain("%s holds %q", name, text[at:min(at+20, len(text))])
		}
	}
	if len(args) == 0 || args[0] != cobra.ShellCompRequestCmd { // which speaks to a shell
		for _, complaint := range checkMessages(r.stderr) {
			complain("%s", complaint)
		}
	}
	switch r.code {
	case exitDone, exitPartial, exitFinding, exitNotSafe, exitCannotTell, exitUnverified, exitInvalid:
	default:
		if r.stdout != "" {
			complain("exit code %d, and yet there is something on standard output: %q", r.code, r.stdout)
		}
		if r.stderr == "" {
			complain("exit code %d, and no message", r.code)
		}
	}
	if len(args) > 0 && args[0] == "policy" && !slices.Contains(args, "--help") {
		for _, complaint := range checkPolicies(r.stdout) {
			complain("%s", complaint)
		}
	} else if len(args) > 0 && args[0] == "events" && strings.HasPrefix(r.stdout, "{") {
		for line := range strings.Lines(r.stdout) {
			if err := checkJSON([]byte(line)); err != nil {
				complain("standard output: %v: %s", err, line)
			}
		}
	} else if strings.HasPrefix(r.stdout, "{") {
		if err := checkJSON([]byte(r.stdout)); err != nil {
			complain("standard output: %v", err)
		}
	}
	for _, arg := range args {
		if data, err := os.ReadFile(arg); err == nil && strings.HasSuffix(arg, ".json") && bytes.Contains(data, []byte(`"schema": "roletrail/`)) {
			if err := checkJSON(data); err != nil {
				complain("%s: %v", arg, err)
			}
		}
	}
	return complaints
}

// unsafeRune reports whether a terminal would do more with r than to draw it. Tabs stand in the scripts for shells.
func unsafeRune(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Bidi_Control) || r == unicode.ReplacementChar)
}

var (
	messageLine = regexp.MustCompile(`^roletrail: \S`)
	detailLine  = regexp.MustCompile(`^  `)
	hintLine    = regexp.MustCompile(`^hint: [^A-Z\s]`)
)

// checkMessages returns what is wrong with the form of messages.
func checkMessages(stderr string) (complaints []string) {
	if stderr != "" && !strings.HasSuffix(stderr, "\n") {
		complaints = append(complaints, "standard error does not end in a newline")
	}
	for i, line := range strings.Split(strings.TrimSuffix(stderr, "\n"), "\n") {
		switch {
		case stderr == "":
		case i == 0 && !messageLine.MatchString(line), !messageLine.MatchString(line) && !detailLine.MatchString(line) && !hintLine.MatchString(line):
			complaints = append(complaints, fmt.Sprintf("no line of a message: %q", line))
		case strings.HasSuffix(line, "."):
			complaints = append(complaints, fmt.Sprintf("a message ends in a full stop: %q", line))
		}
	}
	return complaints
}

//go:embed estimate.schema.json
var estimateSchema string

//go:embed public-keys.schema.json
var publicKeysSchema string

var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	compiled := map[string]*jsonschema.Schema{}
	for name, text := range map[string]string{"roletrail/usage/v1": report.UsageSchema, "roletrail/check/v1": report.CheckSchema, "roletrail/verify/v1": report.VerificationSchema, "roletrail/event/v1": report.EventSchema, "roletrail/features/v1": report.FeaturesSchema, "roletrail/estimate/v1": estimateSchema, "roletrail/public-keys/v1": publicKeysSchema} {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			return nil, err
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource(name, document); err != nil {
			return nil, err
		}
		if compiled[name], err = c.Compile(name); err != nil {
			return nil, err
		}
	}
	return compiled, nil
})

// actionName is an action of IAM, which may end in a *.
var actionName = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+\*?$`)

// checkPolicies returns what is wrong with policies that stand one after the other, each on lines of its own: their form,
// their length without white space (IAM User Guide, "IAM and AWS STS quotas"), and what they allow.
func checkPolicies(text string) (complaints []string) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	for decoder.More() {
		var policy struct {
			Version   string
			Statement []struct {
				Sid, Effect      string
				Action, Resource []string
				Condition        map[string]map[string]any
			}
		}
		begin := decoder.InputOffset()
		if err := decoder.Decode(&policy); err != nil {
			return append(complaints, fmt.Sprintf("a policy cannot be read: %v", err))
		}
		if length := len(strings.Join(strings.Fields(text[begin:decoder.InputOffset()]), "")); length > 6144 {
			complaints = append(complaints, fmt.Sprintf("a policy has %d characters", length))
		}
		if policy.Version != "2012-10-17" || len(policy.Statement) == 0 {
			complaints = append(complaints, fmt.Sprintf("no policy: %+v", policy))
		}
		for _, s := range policy.Statement {
			bad := func(action string) bool { return !actionName.MatchString(action) }
			if s.Effect != "Allow" || len(s.Action) == 0 || slices.ContainsFunc(s.Action, bad) || len(s.Resource) == 0 {
				complaints = append(complaints, fmt.Sprintf("no statement of a policy: %+v", s))
			}
		}
	}
	if text != "" && !strings.HasSuffix(text, "}\n") {
		complaints = append(complaints, "the policies do not end in a newline")
	}
	return complaints
}

// checkJSON validates a document by the schema that it names.
func checkJSON(data []byte) error {
	known, err := schemas()
	if err != nil {
		return err
	}
	var head struct{ Schema string }
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	schema := known[head.Schema]
	if schema == nil {
		return fmt.Errorf("schema %q is not known", head.Schema)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return schema.Validate(document)
}
