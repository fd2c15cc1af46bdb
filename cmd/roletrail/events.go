package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/ingest"
	"roletrail/report"
)

// eventsFlags are those of events alone.
type eventsFlags struct {
	analysisFlags
	outputFlags
	filter eventFilterFlags
	raw    bool
	margin bool
}

func newEventsCommand(env environment) *cobra.Command {
	f := eventsFlags{analysisFlags: newAnalysisFlags(), outputFlags: outputFlags{formats: []format{ndjsonFormat, csvFormat, parquetFormat}, folders: true}}
	cmd := &cobra.Command{
		Use:   "events [SOURCE...]",
		Short: "Write the relevant events themselves, as evidence",
		Long: `Read CloudTrail log files and write the relevant events, one a line or row, in the
order of time: what the numbers of "roletrail report" rest on. A SOURCE is what it
is there.

  roletrail events --role ecsInfrastructureRole --feature ebs-volumes ./trail
  roletrail events --finding denied-action --raw -o denied.ndjson ./trail
  roletrail events --since 30d -o events/ s3://bucket

Of each event it tells its kind: assume and call are what the numbers of a role
count; reference is an ECS event that names roles, or on something that does;
change is an IAM write on a role; other is all else, such as sessions that someone
else opened. An event that counts as two things, such as a call of AssumeRole by a
session of ECS, is told as both.

--since, --until, --account, --region and --role choose what they choose in a
report, and the flags behind them choose among that. Of a flag that is repeated,
one has to hold, and of different flags all.

An --output that ends in / is a folder, new or empty, for a Parquet data set with
the partitions account and month.
`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.filter.setFailed(cmd.Flags())
			return runEvents(cmd.Context(), env, &f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.addSelectionTo(flags, selectionTexts{
		since:   "write events from this `TIME` on: RFC 3339, a UTC date, or an age such as 90d",
		until:   "write events before this `TIME`; a date means its end",
		account: "write only events of this account `ID`; may be repeated",
		region:  "write only events in this `REGION`; may be repeated",
	})
	flags.StringArrayVar(&f.roles, "role", nil, "write only events of this `ROLE`: an ARN, a name, or a pattern with *; may be repeated; ? is no known role")
	f.filter.addTo(flags)
	flags.BoolVar(&f.margin, "margin", false, "write references, changes and volumes outside the window, the accounts and the Regions too, as far as they were read: a report rests on all of them")
	flags.BoolVar(&f.raw, "raw", false, "write the event itself too, without credentials; in NDJSON only")
	f.outputFlags.addTo(flags)
	f.analysisFlags.addTo(flags)
	for flag, complete := range map[string]func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective){
		"feature": completeFeature, "kind": completeOneOf(eventKinds), "finding": completeOneOf(analyzer.FindingsOfEvents()), "state": completeOneOf(volumeStates),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // the flag is added above
		}
	}
	endHelp(cmd, eventsExitCodeHelp)
	return cmd
}

// eventFilterFlags choose among the events of a report.
type eventFilterFlags struct {
	analyzer.EventFilter
	failed bool
}

var (
	eventKinds   = []string{analyzer.EventAssume, analyzer.EventCall, analyzer.EventReference, analyzer.EventChange, analyzer.EventOther}
	volumeStates = []string{analyzer.EventVolumeOpen, analyzer.EventVolumeDeleted, analyzer.EventVolumeKept, analyzer.EventVolumeUnknownAge}
)

func (f *eventFilterFlags) addTo(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.Features, "feature", nil, "write only events of the feature of this `ID`; may be repeated; ? is no feature")
	flags.StringArrayVar(&f.Kinds, "kind", nil, "write only events of this `KIND`: "+oneOf(eventKinds)+"; may be repeated")
	flags.StringArrayVar(&f.Sources, "source", nil, "write only events of this `SERVICE`, such as ec2.amazonaws.com; may be repeated")
	flags.StringArrayVar(&f.Actions, "action", nil, "write only events of this `NAME`, such as CreateVolume; may be repeated")
	flags.StringArrayVar(&f.Days, "day", nil, "write only events of this UTC `DATE`; may be repeated")
	flags.BoolVar(&f.failed, "failed", false, "write only events that failed, or with --failed=false only those that did not")
	flags.StringArrayVar(&f.Findings, "finding", nil, "write only events that the finding of this `ID` rests on; may be repeated")
	flags.StringArrayVar(&f.Principals, "principal", nil, "write only events by this `PRINCIPAL`, as a report names it; may be repeated")
	flags.StringArrayVar(&f.Resources, "resource", nil, "write only events on this `RESOURCE`, such as the ID of a volume; may be repeated")
	flags.StringArrayVar(&f.States, "state", nil, "write only events on volumes that are in this `STATE` now: "+oneOf(volumeStates)+"; may be repeated")
}

// setFailed tells --failed=false from no --failed.
func (f *eventFilterFlags) setFailed(flags *pflag.FlagSet) {
	if flags.Changed("failed") {
		f.Failed = &f.failed
	}
}

// check finds what can choose nothing.
func (f *eventFilterFlags) check(c *catalog.Catalog) error {
	for _, id := range f.Features {
		if _, known := c.Feature(id); !known {
			return usage("`roletrail features` shows the ids", "--feature %s: no feature of the catalog", id)
		}
	}
	for _, choice := range []struct {
		flag   string
		given  []string
		choice []string
	}{
		{"kind", f.Kinds, eventKinds}, {"finding", f.Findings, analyzer.FindingsOfEvents()}, {"state", f.States, volumeStates},
	} {
		for _, s := range choice.given {
			if !slices.Contains(choice.choice, s) {
				return usage("use "+oneOf(choice.choice), "--%s: %q is no choice", choice.flag, s)
			}
		}
	}
	for _, day := range f.Days {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return usage("write a day as 2026-11-22, and repeat --day for several", "--day: %q is no date", day)
		}
	}
	return nil
}

// none is the ROLE of events that name none that is known, and the feature of events that are of none.
const none = "?"

// chooseNone takes none out of the roles and out of the features, which would not know it.
func (f *eventsFlags) chooseNone() error {
	for _, choice := range []struct {
		flag, others string
		given        *[]string
		chosen       *bool
	}{
		{"role", "roles", &f.roles, &f.filter.NoRole}, {"feature", "features", &f.filter.Features, &f.filter.NoFeature},
	} {
		if !slices.Contains(*choice.given, none) {
			continue
		}
		if len(*choice.given) > 1 {
			return usage("run it once for each", "--%s ?: cannot be asked for beside other %s", choice.flag, choice.others)
		}
		*choice.given, *choice.chosen = nil, true
	}
	return nil
}

func runEvents(ctx context.Context, env environment, f *eventsFlags, sources []string) error {
	if err := f.check(sources); err != nil {
		return err
	}
	if err := f.chooseNone(); err != nil {
		return err
	}
	c, err := loadCatalog(f.catalog)
	if err != nil {
		return err
	}
	if err := f.filter.check(c); err != nil {
		return err
	}
	targets, err := f.targets(env)
	if err != nil {
		return err
	}
	if f.raw && slices.ContainsFunc(targets, func(t target) bool { return t.format != ndjsonFormat.name }) {
		return usage("write to standard output, or to a file that ends in "+ndjsonFormat.ending, "--raw: only NDJSON holds the events themselves")
	}
	since, until, err := f.window(env.now(), sources)
	if err != nil {
		return err
	}
	in, err := f.open(ctx, env, sources, since, until)
	if err != nil {
		return err
	}
	defer in.close()

	options := analyzer.Options{
		Catalog: c, Since: since, Until: until, LateDays: f.lateDays, Accounts: f.accounts, Regions: f.regions, Roles: f.roles,
	}
	var log *analyzer.EventLog
	var summary *ingest.Summary
	run := func(a *analyzer.Analyzer, o ingest.Options, n int) (_ *ingest.Summary, err error) {
		log, summary, err = a.Events(ctx, in.source, o, n, analyzer.EvidenceOptions{Raw: f.raw, Margin: f.margin})
		return summary, err
	}
	write := func() error {
		f.noteUnseen(in.log, log.Usage)
		return writeAll(targets, func(t *target) error { return f.write(ctx, log, t) })
	}
	if err := f.analyze(ctx, env, in, options, run, write); err != nil {
		return err
	}
	if failed := sum(summary.Failed); failed > 0 {
		in.log.Warn(plural(int(failed), "file") + " could not be read, so events are missing" + failureLines(summary))
		return &exit{code: exitPartial}
	}
	return nil
}

// write writes the events to where they go.
func (f *eventsFlags) write(ctx context.Context, log *analyzer.EventLog, t *target) error {
	copyTo := func(w report.EventWriter) error {
		err := log.Each(ctx, &f.filter.EventFilter, t.format == datasetFormat.name, w.Write)
		if closing := w.Close(); err == nil {
			err = closing
		}
		return err
	}
	var err error
	if t.format == datasetFormat.name {
		err = t.writeFolder(func(create func(string) (io.WriteCloser, error)) error {
			return copyTo(report.NewEventDataset(buildVersion(), func(partition string) (io.WriteCloser, error) {
				return create(partition + "/part-0" + parquetFormat.ending)
			}))
		})
	} else {
		err = t.write(func(w io.Writer) error { return copyTo(eventWriter(t.format, w)) })
	}
	if errors.Is(err, context.Canceled) {
		return &exit{code: exitInterrupted, err: fmt.Errorf("interrupted: %s is not whole", cmp.Or(t.name, "standard output"))}
	}
	return err
}

func eventWriter(format string, w io.Writer) report.EventWriter {
	switch format {
	case csvFormat.name:
		return report.NewEventCSV(w)
	case parquetFormat.name:
		return report.NewEventParquet(w, report.EventParquetOptions{Version: buildVersion()})
	}
	return report.NewEventNDJSON(w)
}

// oneOf lists choices in a sentence.
func oneOf(choices []string) string {
	last := len(choices) - 1
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}
