package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/report"
)

// reportFlags are those of report alone.
type reportFlags struct {
	analysisFlags
	format  string
	outputs []string
	details bool
	ascii   bool
}

func newReportCommand(env environment) *cobra.Command {
	f := reportFlags{analysisFlags: analysisFlags{memory: 256 << 20, inflatedLimit: ingest.DefaultLimit}}
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
  roletrail report --role 'ecs*' -o usage.json ./trail
  roletrail report --estimate --since 1w s3://bucket

Credentials, Region and endpoint of AWS are found as the AWS CLI finds them.
--estimate lists what would be read, reads none of it, and tells the number and
size of the log files, the requests to AWS and the time to expect.
`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReport(cmd.Context(), env, &f, args)
		},
	}
	f.addTo(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", "`FORMAT` of the report on standard output: text or json")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write the report to this `FILE` instead, in the format of its ending, .txt or .json; - is standard output; may be repeated")
	flags.BoolVar(&f.details, "details", false, "show every role with all its tables, however many there are")
	flags.BoolVar(&f.ascii, "ascii", false, "write the text report in ASCII alone")
	return cmd
}

func runReport(ctx context.Context, env environment, f *reportFlags, sources []string) error {
	if err := f.check(sources); err != nil {
		return err
	}
	targets, err := reportTargets(env, f)
	if err != nil {
		return err
	}
	if f.estimate {
		return f.runEstimate(ctx, env, sources, f.format)
	}
	result, err := f.analyze(ctx, env, sources)
	if err != nil {
		return err
	}
	state := exitState(result, f.failOn)
	for _, t := range targets {
		if err := t.write(result, f, state); err != nil {
			return err
		}
	}
	if state.code == exitDone {
		return nil
	}
	return &exit{code: state.code}
}

// target is where a report goes.
type target struct {
	name   string // a file; "" is standard output
	format string
	out    io.Writer
	screen report.TextOptions
}

// reportTargets finds out where to write what, before anything is read.
func reportTargets(env environment, f *reportFlags) ([]target, error) {
	if f.format != "text" && f.format != "json" {
		return nil, usage("use text or json", "--format: %q is no format", f.format)
	}
	if f.estimate && len(f.outputs) > 0 {
		return nil, usage("leave out --output", "--estimate: what it tells goes to standard output")
	}
	if len(f.outputs) == 0 {
		return []target{{format: f.format, out: env.stdout, screen: screen(env, f.ascii)}}, nil
	}
	var targets []target
	for _, name := range f.outputs {
		t := target{name: name, format: f.format, screen: report.TextOptions{ASCII: f.ascii}}
		switch {
		case name == "-":
			t = target{format: f.format, out: env.stdout, screen: screen(env, f.ascii)}
		case strings.HasSuffix(name, ".json"):
			t.format = "json"
		case strings.HasSuffix(name, ".txt"):
			t.format = "text"
		default:
			return nil, usage("end the name in .txt or .json", "--output %s: the ending tells no format", name)
		}
		if t.name != "" {
			if err := checkFile(name); err != nil {
				return nil, usage("", "--output %s: %w", name, err)
			}
		}
		targets = append(targets, t)
	}
	return targets, nil
}

func (t *target) write(u *analyzer.Usage, f *reportFlags, s state) error {
	render := func(w io.Writer) error {
		if t.format == "json" {
			return report.JSON(w, u)
		}
		o := t.screen
		o.Details = f.details || len(f.roles) > 0
		o.ExitState = s.line
		return report.Text(w, u, o)
	}
	if t.name == "" {
		return writeOut(t.out, render)
	}
	if err := writeFile(t.name, render); err != nil {
		return failure("", "%s: %w", t.name, err)
	}
	return nil
}
