// Trailgen writes synthetic CloudTrail trails: for tests, for the demo and for benchmarks.
//
//	go run ./cmd/trailgen -preset b -files 7000 -seed 1 -out DIR
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"roletrail/internal/trailgen"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit code: 0, 1 for an error while writing, 2 for wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("trailgen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { usage(flags) }
	var (
		preset   = flags.String("preset", "mixed", "the kind of tree")
		out      = flags.String("out", "", "the `folder` to write to (required)")
		seed     = flags.Uint64("seed", 1, "what everything is drawn from: the same seed gives the same bytes")
		files    = flags.Int("files", 0, "number of log files (default: the preset's)")
		events   = flags.Int("events", 0, "number of events in all, instead of a number of files (default: the preset's)")
		size     = flags.Int("events-per-file", 0, "about how many events a file holds (default: the preset's)")
		relevant = flags.Float64("relevant", 0, "share of relevant events, 0 to 1 (default: the preset's)")
		accounts = flags.String("accounts", "", "account `ids`, separated by commas (default: the preset's)")
		regions  = flags.String("regions", "", "`Regions`, separated by commas; the first records global services (default: the preset's)")
		start    = flags.String("start", "", "`day` of the first delivery, YYYY-MM-DD (default: 2026-10-15)")
		days     = flags.Int("days", 0, "days of the trail (default: 30)")
		org      = flags.String("organization", "", "organization `id` in the keys (default: the preset's)")
		prefix   = flags.String("prefix", "", "prefix of the keys")
		roles    = flags.Int("roles", 0, "infrastructure roles of each kind in an account (default: the preset's)")
		keys     = flags.String("public-keys", "", "sign the trail: write digests, and to this `file` the public key")
		plain    = flags.Bool("plain", false, "leave out impostors, duplicates and other odd events")
	)
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	fail := func(code int, err error) int {
		fmt.Fprintf(stderr, "trailgen: %v\n", err)
		return code
	}
	p, err := trailgen.PresetNamed(*preset)
	switch {
	case err != nil:
		return fail(2, err)
	case *out == "":
		return fail(2, errors.New("out: no folder given"))
	case flags.NArg() > 0:
		return fail(2, fmt.Errorf("%s: unexpected argument", flags.Arg(0)))
	case p.Options == nil:
		if err := fixed(flags); err != nil {
			return fail(2, err)
		}
		if err := p.Write(*out, *seed); err != nil {
			return fail(1, err)
		}
		return 0
	}
	options := *p.Options
	options.Seed, options.Prefix, options.Plain = *seed, *prefix, *plain
	if *files > 0 || *events > 0 {
		options.Files, options.Events = *files, *events
	}
	if *size > 0 {
		options.Sizes = trailgen.Of(*size)
	}
	options.Relevant = given(*relevant, options.Relevant)
	options.Organization = given(*org, options.Organization)
	options.Roles = given(*roles, options.Roles)
	if *accounts != "" {
		options.Accounts = strings.Split(*accounts, ",")
	}
	if *regions != "" {
		options.Regions = strings.Split(*regions, ",")
	}
	options.Start = time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC)
	if *start != "" {
		if options.Start, err = time.Parse(time.DateOnly, *start); err != nil {
			return fail(2, fmt.Errorf("start: %w", err))
		}
	}
	options.End = options.Start.AddDate(0, 0, given(*days, 30))
	summary, err := trailgen.Write(*out, options)
	if err != nil {
		return fail(1, err)
	}
	if *keys != "" {
		if err := trailgen.SignTrail(*out, *keys, options); err != nil {
			return fail(1, err)
		}
	}
	fmt.Fprintf(stdout, "%s: %d files, %d events, %d bytes gzipped, %d inflated, %s to %s\n", *out, summary.Files, summary.Events,
		summary.Bytes, summary.Inflated, summary.FirstEvent.Format(time.RFC3339), summary.LastEvent.Format(time.RFC3339))
	return 0
}

// given returns what was asked for, or else the preset's value.
func given[T comparable](asked, preset T) T {
	var zero T
	if asked == zero {
		return preset
	}
	return asked
}

// fixed refuses flags that mean nothing to trees of a fixed content.
func fixed(flags *flag.FlagSet) (err error) {
	flags.Visit(func(f *flag.Flag) {
		if f.Name != "preset" && f.Name != "out" && f.Name != "seed" {
			err = fmt.Errorf("%s: means nothing to this preset", f.Name)
		}
	})
	return err
}

func usage(flags *flag.FlagSet) {
	w := flags.Output()
	fmt.Fprint(w, "usage: trailgen -preset NAME -out FOLDER [flags]\n\nWrites a synthetic CloudTrail trail. Presets:\n\n")
	for _, p := range trailgen.Presets() {
		fmt.Fprintf(w, "  %-8s %s\n", p.Name, p.Help)
	}
	fmt.Fprint(w, "\nFlags:\n\n")
	flags.PrintDefaults()
}
