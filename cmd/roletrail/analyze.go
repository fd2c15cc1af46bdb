package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/report"
)

// analyze reads the log files and returns what they say.
func (f *analysisFlags) analyze(ctx context.Context, env environment, paths []string) (*analyzer.Usage, error) {
	since, until, err := parseWindow(f.since, f.until, env.now())
	if err != nil {
		return nil, err
	}
	c, err := loadCatalog(f.catalog)
	if err != nil {
		return nil, err
	}
	deliveries := ingest.Deliveries{}
	if !since.IsZero() {
		deliveries.From = since.Add(-time.Hour)
	}
	if !until.IsZero() {
		deliveries.Until = until.AddDate(0, 0, f.lateDays)
	}
	source := local.New(paths, local.Options{Deliveries: deliveries, Stdin: env.stdin})

	// Half of the memory is for facts, half for buffers; the limit makes the garbage collector work harder rather than
	// let the process grow.
	debug.SetMemoryLimit(max(int64(f.memory), 64<<20))
	a := analyzer.New(analyzer.Options{
		Catalog: c, Tool: analyzer.Tool{Name: "roletrail", Version: buildVersion()},
		Since: since, Until: until, LateDays: f.lateDays,
		Accounts: f.accounts, Regions: f.regions, Roles: f.roles,
		Memory: int64(f.memory) / 2,
	})
	defer a.Close()

	options := ingest.Options{Limit: int64(f.inflatedLimit), Memory: int64(f.memory) / 2, Fetchers: f.concurrency, Progress: new(ingest.Progress)}
	stop := showProgress(env, f.progress, f.quiet, options.Progress)
	result, summary, err := a.Usage(ctx, source, options, ingest.DefaultExtractors())
	stop()
	switch {
	case ctx.Err() != nil:
		return nil, &exit{code: exitInterrupted, err: interrupted(options.Progress)}
	case errors.As(err, new(*ingest.NoSuchSourceError)):
		return nil, usage("", "%w", err)
	case err != nil:
		return nil, failure(spaceHint(err), "%w", err)
	case summary.Read == 0:
		return nil, nothingRead(summary)
	}
	if !f.quiet {
		f.noteUnseen(env.stderr, result)
	}
	return result, nil
}

// interrupted says what was not read.
func interrupted(p *ingest.Progress) error {
	done, listed := p.Done.Load(), p.Listed.Load()
	more := ""
	if !p.AllListed.Load() {
		more = ", nor those not listed yet"
	}
	were := "were"
	if listed-done == 1 {
		were = "was"
	}
	return fmt.Errorf("interrupted: %d of %s %s not read%s; no report was written", listed-done, plural(int(listed), "file"), were, more)
}

// shownFailures is how many log files that could not be read an error names.
const shownFailures = 10

// nothingRead is the error of a run that read no log file.
func nothingRead(s *ingest.Summary) error {
	hint := ""
	switch {
	case len(s.Failures) > 0: // which say themselves what is wrong
	case len(s.Pruned) > 0:
		hint = "log files outside the window were not looked at; widen --since and --until"
	default:
		hint = "name a folder or files that hold CloudTrail logs (*.json.gz or *.json)"
	}
	var lines strings.Builder
	fmt.Fprint(&lines, "no log file could be read")
	failed := int64(0)
	for _, n := range s.Failed {
		failed += n
	}
	shown := s.Failures[:min(len(s.Failures), shownFailures)]
	for _, fail := range shown {
		detail := strings.TrimPrefix(fail.Err.Error(), fail.Name+": ")
		// A line break in a name is made visible here, while it is not yet one of the message.
		fmt.Fprintf(&lines, "\n%s: %s: %s", report.Printable(fail.Name), fail.Reason, report.Printable(detail))
	}
	if more := failed - int64(len(shown)); more > 0 {
		fmt.Fprintf(&lines, "\nand %s more", plural(int(more), "file"))
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(&lines, "\n%s skipped: %s", plural(int(s.Skipped[reason]), "file"), reason)
	}
	return failure(hint, "%s", lines.String())
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
func (f *analysisFlags) noteUnseen(w io.Writer, u *analyzer.Usage) {
	for _, id := range f.accounts {
		if !slices.Contains(u.Observed.Accounts, id) {
			printNote(w, fmt.Sprintf("--account %s: no log file that was read holds an event of this account", id))
		}
	}
	for _, region := range f.regions {
		if !slices.Contains(u.Observed.Regions, region) {
			printNote(w, fmt.Sprintf("--region %s: no log file that was read holds an event of this Region", region))
		}
	}
	if len(f.roles) > 0 && len(u.Roles) == 0 {
		printNote(w, fmt.Sprintf("--role %s: no event that was read names such a role", strings.Join(f.roles, ", ")))
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
