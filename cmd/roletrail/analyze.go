package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
	"roletrail/ingest"
	"roletrail/report"
)

// garbagePercent lets the heap grow to four times what is in use before it is collected, if the memory limit allows. By default
// that happens 7 times in a trail of 7,000 files and 13 times in one of 50,000 small ones, with this 2 and 5 times, which saves
// about 2% of the CPU time and takes 3 to 9 MiB.
const garbagePercent = 300

// analyze reads the log files of in and has the analyzer answer, by run, which calls one of its methods. If that went well,
// it calls write, unless that is nil, before it closes the analyzer.
func (f *analysisFlags) analyze(
	ctx context.Context, env environment, in *input, o analyzer.Options,
	run func(*analyzer.Analyzer, ingest.Options, int) (*ingest.Summary, error), write func() error,
) error {
	// Half of the memory is for facts, half for buffers; the limit makes the garbage collector work harder rather than
	// let the process grow.
	debug.SetMemoryLimit(max(int64(f.memory), 64<<20))
	debug.SetGCPercent(garbagePercent)
	o.Tool = analyzer.Tool{Name: programName, Version: buildVersion()}
	o.Memory = int64(f.memory) / 2
	if in.verifier != nil {
		o.Memory /= 2 // the other half is for what digests list
	}
	a := analyzer.New(o)
	defer a.Close()

	options := ingest.Options{Limit: int64(f.inflatedLimit), Memory: int64(f.memory) / 2, Fetchers: in.fetchers, Progress: in.progress, Verifier: in.verifier}
	stop := f.showProgress(env, in, progressText)
	summary, err := run(a, options, ingest.DefaultExtractors())
	stop()
	unknown := roleError(err)
	switch {
	case err != nil && unknown == nil:
		return in.runError(ctx, err)
	case summary.Read == 0:
		return nothingRead(summary)
	case unknown != nil:
		return unknown
	case write != nil:
		return write()
	}
	return nil
}

// shownFailures is how many log files that could not be read a message names.
const shownFailures = 10

// nothingRead is the error of a run that read no log file.
func nothingRead(s *ingest.Summary) error {
	hint := ""
	switch {
	case len(s.Failures) > 0: // which say themselves what is wrong
	case pruned(s, ingest.PruneBeforeWindow, ingest.PruneAfterWindow):
		hint = "log files outside the window were not looked at; widen --since and --until"
	case pruned(s, ingest.PruneAccount, ingest.PruneRegion):
		hint = "other accounts and Regions were not looked at; leave out --account and --region"
	default:
		hint = "name a folder or files that hold CloudTrail logs (*.json.gz or *.json)"
	}
	lines := "no log file could be read" + failureLines(s)
	for _, reason := range slices.Sorted(maps.Keys(s.Skipped)) {
		lines += fmt.Sprintf("\n%s skipped: %s", plural(int(s.Skipped[reason]), "file"), reason)
	}
	return failure(hint, "%s", lines)
}

// failureLines names log files that could not be read, each on a line of a message.
func failureLines(s *ingest.Summary) string {
	var lines strings.Builder
	shown := s.Failures[:min(len(s.Failures), shownFailures)]
	for _, fail := range shown {
		detail := strings.TrimPrefix(fail.Err.Error(), fail.Name+": ")
		// A line break in a name is made visible here, while it is not yet one of the message.
		fmt.Fprintf(&lines, "\n%s: %s: %s", report.Printable(fail.Name), fail.Reason, report.Printable(detail))
	}
	if more := sum(s.Failed) - int64(len(shown)); more > 0 {
		fmt.Fprintf(&lines, "\nand %s more", plural(int(more), "file"))
	}
	return lines.String()
}

// sum adds up counts of files by reason.
func sum(counts map[string]int64) (total int64) {
	for _, n := range counts {
		total += n
	}
	return total
}

// pruned reports whether some part of the source was not listed for one of the reasons.
func pruned(s *ingest.Summary, reasons ...string) bool {
	return slices.ContainsFunc(s.Pruned, func(p ingest.Pruned) bool { return slices.Contains(reasons, p.Reason) })
}

// spaceHint says what can be done when the temporary file cannot be written.
func spaceHint(err error) string {
	var spill *facts.SpillError
	if errors.As(err, &spill) {
		return "raise --memory, or set TMPDIR to a folder with more room"
	}
	return ""
}

// noteUnseen tells of filters that match nothing at all that was read: a misspelt one looks like no use.
func (f *analysisFlags) noteUnseen(log *slog.Logger, u *analyzer.Usage) {
	for _, id := range f.accounts {
		if !slices.Contains(u.Observed.Accounts, id) {
			log.Warn(fmt.Sprintf("--account %s: no log file that was read holds an event of this account", id))
		}
	}
	for _, region := range f.regions {
		if !slices.Contains(u.Observed.Regions, region) {
			log.Warn(fmt.Sprintf("--region %s: no log file that was read holds an event of this Region", region))
		}
	}
	if len(f.roles) > 0 && len(u.Roles) == 0 {
		log.Warn(fmt.Sprintf("--role %s: no event that was read names such a role", strings.Join(f.roles, ", ")))
	}
}

func loadCatalog(file string) (*catalog.Catalog, error) {
	c, err := catalog.Embedded()
	if err != nil || file == "" {
		return c, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("", "--catalog %s: %w", file, cause(err))
	}
	if c, err = c.Extend(file, data); err != nil {
		return nil, usage("", "%w", err)
	}
	return c, nil
}
