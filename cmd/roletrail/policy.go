package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"roletrail/analyzer"
	"roletrail/ingest"
)

// policyFlags are those of policy alone.
type policyFlags struct {
	analysisFlags
	output string
}

func newPolicyCommand(env environment) *cobra.Command {
	f := policyFlags{analysisFlags: newAnalysisFlags()}
	cmd := &cobra.Command{
		Use:   "policy ROLE [SOURCE...]",
		Short: "Write the policy that a role needs for what was used",
		Long: `Read CloudTrail log files and write the IAM policy that a role needs for the
features that were seen to use it: the statements of their AWS managed policies,
reduced to the actions that were used, that take down what the features made, or
that no trail shows. ROLE is an ARN, or a name that only one account in these
logs has. A SOURCE is as with "roletrail report".

The policy is JSON on standard output, several one after the other if one would
be longer than IAM allows. On standard error stands what to know of it, which
AWS managed policies suffice as they are, and which are not needed.

  roletrail policy ecsInfrastructureRole ./trail > policy.json
  roletrail policy ecsRole --since 180d -o policy.json s3://bucket
`,
		ValidArgsFunction: completeRoleAndSources,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runPolicy(cmd.Context(), env, &f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.output, "output", "o", "", "write the policy to this `FILE` instead; - is standard output")
	f.addSelectionTo(flags, selectionTexts{
		since:   "read log files of events from this `TIME` on: RFC 3339, a UTC date, or an age such as 180d",
		until:   "read log files of events before this `TIME`; a date means its end",
		account: "read only log files of this account `ID` from S3; may be repeated",
		region:  "read only log files of this `REGION` from S3; may be repeated",
	})
	f.addTo(flags)
	endHelp(cmd, policyExitCodeHelp)
	return cmd
}

func runPolicy(ctx context.Context, env environment, f *policyFlags, args []string) error {
	role, sources, err := cutRole("policy", args)
	if err != nil {
		return err
	}
	if err := f.check(sources); err != nil {
		return err
	}
	if strings.Contains(role, ":role/aws-service-role/") { // so as not to read all logs for this
		return roleError(&analyzer.ServiceLinkedError{ARN: role})
	}
	t := target{name: f.output, out: env.stdout}
	if t.name == "-" {
		t.name = ""
	}
	if t.name != "" {
		if err := checkFile(t.name); err != nil {
			return usage("", "--output %s: %w", t.name, err)
		}
	}
	since, until, err := f.window(env.now(), sources)
	if err != nil {
		return err
	}
	c, err := loadCatalog(f.catalog)
	if err != nil {
		return err
	}
	in, err := f.open(ctx, env, sources, since, until)
	if err != nil {
		return err
	}
	defer in.close()

	options := analyzer.Options{Catalog: c, Until: until, LateDays: f.lateDays, Roles: []string{analyzer.SelectorOf(role)}}
	var policy *analyzer.Policy
	var summary *ingest.Summary
	err = f.analyze(ctx, env, in, options, func(a *analyzer.Analyzer, o ingest.Options, n int) (_ *ingest.Summary, err error) {
		policy, summary, err = a.Policy(ctx, in.source, o, n, role)
		return summary, err
	}, nil)
	if err != nil {
		return err
	}
	for _, reason := range f.scope(in, sources) {
		in.log.Warn(reason + ", and what was used elsewhere is not in the policy")
	}
	explain(in, policy)
	if len(policy.Documents) > 0 {
		if err := t.write(func(w io.Writer) error { return writeDocuments(w, policy.Documents) }); err != nil {
			return err
		}
	}
	if failed := sum(summary.Failed); failed > 0 {
		in.log.Warn(plural(int(failed), "file") + " could not be read, and what was used there is not in the policy" + failureLines(summary))
		return &exit{code: exitPartial}
	}
	return nil
}

// explain tells what to know of a policy.
func explain(in *input, p *analyzer.Policy) {
	if len(p.Documents) == 0 {
		in.log.Info(p.RoleARN + ": no feature was seen to use it, so that no policy is needed, and none was written")
	}
	for _, remark := range p.Remarks {
		in.log.Warn(remark)
	}
	for _, name := range p.Suffices {
		in.log.Info(name + ": suffices as it is for its feature")
	}
	for _, name := range p.NotNeeded {
		in.log.Info(name + ": not needed, its feature was not seen")
	}
}

// writeDocuments writes policies one after the other. What is not ASCII is escaped, for the names of actions may be what
// a log says.
func writeDocuments(w io.Writer, documents []json.RawMessage) error {
	var text bytes.Buffer
	for _, document := range documents {
		for _, r := range string(document) {
			switch {
			case r == '\n' || r >= ' ' && r <= '~':
				text.WriteRune(r)
			case r > 0xffff:
				high, low := utf16.EncodeRune(r)
				fmt.Fprintf(&text, `\u%04x\u%04x`, high, low)
			default:
				fmt.Fprintf(&text, `\u%04x`, r)
			}
		}
		text.WriteByte('\n')
	}
	_, err := w.Write(text.Bytes())
	return err
}
