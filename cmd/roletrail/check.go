package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/ingest/digest"
	"roletrail/report"
)

// checkFlags are those of check alone.
type checkFlags struct {
	analysisFlags
	outputFlags
	integrity         integrityFlags
	idle              ageValue
	olderStateChecked bool
	feature           string
	details           bool
}

func newCheckCommand(env environment) *cobra.Command {
	f := checkFlags{
		analysisFlags: newAnalysisFlags(),
		outputFlags:   outputFlags{formats: []format{textFormat, jsonFormat, markdownFormat}},
	}
	cmd := &cobra.Command{
		Use:   "check ROLE [SOURCE...]",
		Short: "Tell whether a role, or the policy of a feature, may go",
		Long: `Read CloudTrail log files and tell whether a role may be deleted, and for each
feature whether its policy may be detached. ROLE is an ARN, or a name that only
one account in these logs has. A SOURCE is as with "roletrail report".

The verdict is the first of these that has a reason, and all reasons are told:

  NOT SAFE     the role was used in the idle window, by whomever, or something
               that stands or just ended needs it: volumes, services, task
               sets, capacity providers
  CANNOT TELL  the logs do not suffice: they have gaps, end early, lack read
               events, are not all of the account's, or what is older than
               they are may still need the role
  NO USE SEEN  none of these

With --verify, CloudTrail's digests can prove that the logs are complete: then
the exit code of NO USE SEEN is 0. Ask about a time for which there are digests,
an hour or more before the last one, by --until.

What logs cannot tell is printed as commands of the AWS CLI. Who has run them,
and found no volume or service that needs the role, says so with
--older-state-checked.

  roletrail check ecsInfrastructureRole s3://bucket
  roletrail check arn:aws:iam::111122223333:role/ecsRole --idle 180d ./trail
  roletrail check ecsRole --feature vpc-lattice ./trail
  roletrail check ecsRole --older-state-checked -o check.md ./trail
`,
		ValidArgsFunction: completeRoleAndSources,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCheck(cmd.Context(), env, &f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.idle = ageValue{90 * 24 * time.Hour, "90d"}
	flags.Var(&f.idle, "idle", "the role must not have been used for this `TIME`, such as 90d, 36h or 2w")
	flags.BoolVar(&f.olderStateChecked, "older-state-checked", false, "the live checks showed that no volume or service older than the logs needs the role")
	flags.StringVar(&f.feature, "feature", "", "tell whether the policy of the feature of this `ID` may be detached")
	f.addExpectRegionsTo(flags)
	f.integrity.addTo(flags)
	f.outputFlags.addTo(flags)
	flags.BoolVar(&f.details, "details", false, "show all evidence, and the reasons of every feature")
	f.addSelectionTo(flags, selectionTexts{
		since:   "read log files of events from this `TIME` on: RFC 3339, a UTC date, or an age such as 180d",
		until:   "ask about this `TIME` (default: now); a date means its end",
		account: "read only log files of this account `ID` from S3; may be repeated",
		region:  "read only log files of this `REGION` from S3, which cannot suffice; may be repeated",
	})
	f.analysisFlags.addTo(flags)
	if err := cmd.RegisterFlagCompletionFunc("feature", completeFeature); err != nil {
		panic(err) // the flag is added above
	}
	endHelp(cmd, checkExitCodeHelp)
	return cmd
}

func runCheck(ctx context.Context, env environment, f *checkFlags, args []string) error {
	role, sources, err := cutRole("check", args)
	if err != nil {
		return err
	}
	if err := f.check(sources); err != nil {
		return err
	}
	if err := f.integrity.check(); err != nil {
		return err
	}
	targets, err := f.targets(env)
	if err != nil {
		return err
	}
	result, err := f.judge(ctx, env, role, sources)
	if err != nil {
		return err
	}
	state := f.state(result)
	for _, t := range targets {
		err := t.write(func(w io.Writer) error { return f.render(w, &t, result, state) })
		// That nobody reads on must not make a bad verdict look like a good one.
		if err != nil && !errors.Is(err, errClosed) {
			return err
		}
	}
	return &exit{code: state.code}
}

// judge reads the log files and returns the verdict on the role.
func (f *checkFlags) judge(ctx context.Context, env environment, role string, sources []string) (*analyzer.Check, error) {
	since, window, err := f.times(env.now(), sources)
	if err != nil {
		return nil, err
	}
	c, err := loadCatalog(f.catalog)
	if err != nil {
		return nil, err
	}
	if _, known := c.Feature(f.feature); f.feature != "" && !known {
		return nil, usage("`roletrail features` shows the ids", "--feature %s: no feature of the catalog", f.feature)
	}
	in, err := f.open(ctx, env, sources, since, window.Until)
	if err != nil {
		return nil, err
	}
	defer in.close()

	ask := analyzer.CheckOptions{
		Role: role, Until: window.Until, Idle: f.idle.length, OlderStateChecked: f.olderStateChecked,
		Scope: f.scope(in, sources),
	}
	if since.After(window.Since) {
		ask.Scope = append(ask.Scope, "--since "+f.since+" begins after the idle window does")
	}
	options := analyzer.Options{
		Catalog: c, Until: window.Until, LateDays: f.lateDays, Roles: []string{analyzer.SelectorOf(role)}, ExpectRegions: f.expectRegions,
	}
	closing, err := f.integrity.audit(env, &f.analysisFlags, in, window.Since, digest.Interval{From: since, Until: window.Until}, f.deliveries(since, window.Until), &options)
	if err != nil {
		return nil, err
	}
	defer closing()
	var result *analyzer.Check
	err = f.analyze(ctx, env, in, options, func(a *analyzer.Analyzer, o ingest.Options, n int) (summary *ingest.Summary, err error) {
		result, summary, err = a.Check(ctx, in.source, o, n, ask)
		return summary, err
	}, nil)
	if err != nil {
		return nil, err
	}
	if account := result.Role.AccountID; len(f.accounts) > 0 && !slices.Contains(f.accounts, account) {
		limit(result, "--account "+strings.Join(f.accounts, ", ")+" leaves out account "+account+", which the role belongs to")
	}
	return result, f.narrow(result)
}

// times returns the time of the first events to read, zero for all, and the idle window.
func (f *checkFlags) times(now time.Time, sources []string) (since time.Time, window analyzer.CheckWindow, err error) {
	since, until, err := parseWindow(f.since, f.until, now)
	if err != nil {
		return since, window, err
	}
	if until.IsZero() {
		until = now.UTC().Truncate(time.Second)
	}
	window = analyzer.CheckWindow{Since: until.Add(-f.idle.length), Until: until}
	switch {
	case !since.IsZero() && !since.Before(until):
		return since, window, usage("leave it out, or name a time before that which is asked about", "--since %s: in the future", f.since)
	case since.IsZero() && len(sources) == 0 && f.aws.trail == "":
		since = window.Since
	}
	return since, window, nil
}

// narrow leaves of the features of a check the one that was asked for.
func (f *checkFlags) narrow(c *analyzer.Check) error {
	if f.feature == "" {
		return nil
	}
	var ids []string
	for i := range c.Features {
		if c.Features[i].ID == f.feature {
			c.Features = c.Features[i : i+1]
			return nil
		}
		ids = append(ids, c.Features[i].ID)
	}
	hint := "it has none"
	if len(ids) > 0 {
		hint = "it has " + strings.Join(ids, ", ")
	}
	return usage(hint, "--feature %s: no feature of %s", f.feature, c.Role.ARN)
}

// state tells how the run ends.
func (f *checkFlags) state(c *analyzer.Check) state {
	verdict, of := c.Verdict, ""
	if f.feature != "" {
		verdict, of = c.Features[0].Verdict, f.feature+": "
	}
	code, logs := exitNotSafe, ""
	switch {
	case verdict == analyzer.NoUseSeen && c.Verified:
		code, logs = exitDone, ", in logs that are proven to be complete"
	case verdict == analyzer.NoUseSeen:
		code, logs = exitUnverified, ", in logs that nothing proves to be complete"
	case verdict == analyzer.CannotTell:
		code = exitCannotTell
	}
	return state{code, fmt.Sprintf("exit %d: %s%s%s", code, of, verdict, logs)}
}

// render writes a check in the format of its target.
func (f *checkFlags) render(w io.Writer, t *target, c *analyzer.Check, s state) error {
	switch t.format {
	case jsonFormat.name:
		return report.CheckJSON(w, c)
	case markdownFormat.name:
		return report.CheckMarkdown(w, c)
	}
	o := t.screen
	o.Details = f.details || f.feature != ""
	o.ExitState = s.line
	return report.CheckText(w, c, o)
}
