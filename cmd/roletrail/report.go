package main

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/ingest/digest"
	"roletrail/report"
)

// reportFlags are those of report alone.
type reportFlags struct {
	analysisFlags
	outputFlags
	integrity integrityFlags
	details   bool
	stamp     bool
}

func newReportCommand(env environment) *cobra.Command {
	f := reportFlags{analysisFlags: newAnalysisFlags(), outputFlags: outputFlags{formats: []format{textFormat, jsonFormat, csvFormat, markdownFormat, htmlFormat, parquetFormat}}}
	cmd := &cobra.Command{
		Use:   "report [SOURCE...]",
		Short: "Report which features use which roles",
		Long: `Read CloudTrail log files and report which features use which roles.

A SOURCE is a log file, a folder of log files as CloudTrail lays them out, - for
standard input, or s3://bucket[/prefix]: a bucket that a trail delivers to, or
any part of it down to one object. Log files are judged by their content: gzip
or not; the Records envelope, a JSON array, newline-delimited events, one event,
events of EventBridge, or the output of LookupEvents.

Instead of a SOURCE, --trail names a trail, and CloudTrail says where it lies.
With neither, the account's only trail is read, and of it the last 90 days
unless --since says otherwise.

  roletrail report ./trail
  roletrail report --since 2026-10-01 --until 2026-10-31 s3://bucket/AWSLogs
  roletrail report --profile audit --trail management-events --since 30d
  roletrail report --role 'ecs*' -o usage.html -o usage.json ./trail
  roletrail report --estimate --since 1w s3://bucket

Credentials, Region and endpoint of AWS are found as the AWS CLI finds them.
--estimate lists what would be read, reads none of it, and tells the number and
size of the log files, the requests to AWS and the time to expect.
`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReport(cmd.Context(), env, &f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.addSelectionTo(flags, selectionTexts{
		since:   "show uses from this `TIME` on: RFC 3339, a UTC date, or an age such as 90d",
		until:   "show uses before this `TIME`; a date means its end",
		account: "show only uses in this account `ID`; may be repeated",
		region:  "show only uses in this `REGION`; may be repeated",
	})
	flags.StringArrayVar(&f.roles, "role", nil, "show only this `ROLE`: an ARN, a name, or a pattern with *; may be repeated")
	f.addExpectRegionsTo(flags)
	f.integrity.addTo(flags)
	flags.StringVar(&f.failOn, "fail-on", "", "exit with 14 if there is a finding of this `SEVERITY` or above: high, medium or low")
	flags.BoolVar(&f.estimate, "estimate", false, "only list, and tell how much there is to read and how long it may take")
	f.analysisFlags.addTo(flags)
	f.outputFlags.addTo(flags)
	flags.BoolVar(&f.stamp, "stamp", false, "tell in the report when this run began and ended")
	flags.BoolVar(&f.details, "details", false, "show every role with all its tables, however many there are")
	return cmd
}

func runReport(ctx context.Context, env environment, f *reportFlags, sources []string) error {
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
	if f.estimate {
		if len(f.files) > 0 {
			return usage("leave out --output", "--estimate: what it tells goes to standard output")
		}
		return f.runEstimate(ctx, env, sources, f.format)
	}
	started := env.now()
	tables := slices.ContainsFunc(targets, func(t target) bool { return t.format == csvFormat.name || t.format == parquetFormat.name })
	result, err := f.findUsage(ctx, env, sources, tables)
	if err != nil {
		return err
	}
	if f.stamp {
		result.Stamp = &analyzer.Stamp{StartedAt: started.UTC().Truncate(time.Second), EndedAt: env.now().UTC().Truncate(time.Second)}
	}
	state := exitState(result, f.failOn)
	err = writeAll(targets, func(t *target) error {
		return t.write(func(w io.Writer) error { return f.render(w, t, result, state) })
	})
	if err != nil {
		return err
	}
	if state.code == exitDone {
		return nil
	}
	return &exit{code: state.code}
}

// render writes the report in the format of a target.
func (f *reportFlags) render(w io.Writer, t *target, result *analyzer.Usage, state state) error {
	switch t.format {
	case jsonFormat.name:
		return report.JSON(w, result)
	case csvFormat.name:
		return report.UsageCSV(w, result)
	case parquetFormat.name:
		return report.UsageParquet(w, result)
	case markdownFormat.name:
		return report.Markdown(w, result, report.MarkdownOptions{ExitState: state.line})
	case htmlFormat.name:
		return report.HTML(w, result, report.HTMLOptions{ExitState: state.line})
	}
	o := t.screen
	o.Details = f.details || len(f.roles) > 0
	o.ExitState = state.line
	return report.Text(w, result, o)
}

// findUsage reads the log files and returns what they say of the use of roles, with regionDays by Region and day at once too.
func (f *reportFlags) findUsage(ctx context.Context, env environment, sources []string, regionDays bool) (*analyzer.Usage, error) {
	since, until, err := f.window(env.now(), sources)
	if err != nil {
		return nil, err
	}
	c, err := loadCatalog(f.catalog)
	if err != nil {
		return nil, err
	}
	in, err := f.open(ctx, env, sources, since, until)
	if err != nil {
		return nil, err
	}
	defer in.close()

	options := analyzer.Options{
		Catalog: c, Since: since, Until: until, LateDays: f.lateDays,
		Accounts: f.accounts, Regions: f.regions, Roles: f.roles, ExpectRegions: f.expectRegions,
		RegionDays: regionDays,
	}
	closing, err := f.integrity.audit(env, &f.analysisFlags, in, since, digest.Interval{From: since, Until: until}, f.deliveries(since, until), &options)
	if err != nil {
		return nil, err
	}
	defer closing()
	var result *analyzer.Usage
	err = f.analyze(ctx, env, in, options, func(a *analyzer.Analyzer, o ingest.Options, n int) (summary *ingest.Summary, err error) {
		result, summary, err = a.Usage(ctx, in.source, o, n)
		return summary, err
	}, nil)
	if err != nil {
		return nil, err
	}
	f.noteUnseen(in.log, result)
	return result, nil
}
