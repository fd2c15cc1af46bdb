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
	"roletrail/ingest"
	"roletrail/ingest/local"
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
	case errors.Is(err, os.ErrNotExist) && summary.Listed == 0:
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
		more = " and those not listed yet"
	}
	return fmt.Errorf("interrupted after %d of %d files; %d were not read%s, and no report was written", done, listed, listed-done, more)
}

// nothingRead is the error of a run that found no log file.
func nothingRead(s *ingest.Summary) error {
	var lines strings.Builder
	fmt.Fprint(&lines, "no log file could be read")
	for _, reason := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(&lines, "\n%d skipped: %s", s.Skipped[reason], reason)
	}
	for _, fail := range s.Failures[:min(len(s.Failures), 10)] {
		fmt.Fprintf(&lines, "\n%s: %s: %v", fail.Name, fail.Reason, fail.Err)
	}
	if len(s.Pruned) > 0 {
		fmt.Fprintf(&lines, "\nlog files outside the window were not looked at")
	}
	return failure("name a folder or files that hold CloudTrail logs (*.json.gz or *.json)", "%s", lines.String())
}

// spaceHint says what can be done when the temporary file cannot be written.
func spaceHint(err error) string {
	if strings.Contains(err.Error(), "temporary file for facts") {
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
		return nil, usage("", "--catalog: %w", err)
	}
	if c, err = c.Extend(file, data); err != nil {
		return nil, usage("", "%w", err)
	}
	return c, nil
}
