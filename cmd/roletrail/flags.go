package main

import (
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"roletrail/analyzer"
)

// analysisFlags are the flags of every command that reads log files.
type analysisFlags struct {
	since, until  string
	lateDays      int
	accounts      []string
	regions       []string
	roles         []string
	catalog       string
	memory        bytesValue
	inflatedLimit bytesValue
	concurrency   int
	progress      string
	quiet         bool
	failOn        string
}

func (f *analysisFlags) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.since, "since", "", "show uses from this `TIME` on: RFC 3339, a UTC date, or an age such as 90d")
	flags.StringVar(&f.until, "until", "", "show uses before this `TIME`; a date means its end")
	flags.IntVar(&f.lateDays, "late-days", 3, "also read log files that were delivered up to this many days after --until")
	flags.StringSliceVar(&f.accounts, "account", nil, "show only uses in this account `ID`; may be repeated")
	flags.StringSliceVar(&f.regions, "region", nil, "show only uses in this `REGION`; may be repeated")
	flags.StringSliceVar(&f.roles, "role", nil, "show only this `ROLE`: an ARN, a name, or a pattern with *; may be repeated")
	flags.StringVar(&f.catalog, "catalog", "", "add the features in this YAML `FILE` to the catalog, or replace those of the same id")
	flags.StringVar(&f.failOn, "fail-on", "", "exit with 14 if there is a finding of this `SEVERITY` or above: high, medium or low")
	flags.StringVar(&f.progress, "progress", "auto", "show progress on standard error: auto, always or never")
	flags.BoolVar(&f.quiet, "quiet", false, "write nothing but the report and errors")
	flags.IntVar(&f.concurrency, "concurrency", 0, "read this many log files at once (default: enough to keep the processors busy)")
	flags.Var(&f.memory, "memory", "hold about this much in memory, and the rest in a temporary file")
	flags.Var(&f.inflatedLimit, "max-inflated", "fail log files that inflate to more than this; newline-delimited ones may be of any size")
}

var accountID = regexp.MustCompile(`^\d{12}$`)

// check finds what is wrong with the flags before anything is read.
func (f *analysisFlags) check() error {
	for _, id := range f.accounts {
		if !accountID.MatchString(id) {
			return usage("an account ID has 12 digits", "--account: %q is no account ID", id)
		}
	}
	if slices.Contains(f.roles, "") {
		return usage("give an ARN, a name, or a pattern with *", "--role: empty")
	}
	if f.lateDays < 0 {
		return usage("", "--late-days: %d is negative", f.lateDays)
	}
	if f.concurrency < 0 {
		return usage("", "--concurrency: %d is negative", f.concurrency)
	}
	if f.failOn != "" && (analyzer.SeverityRank(f.failOn) < 0 || f.failOn == analyzer.SeverityInfo) {
		return usage("use high, medium or low", "--fail-on: %q is no severity", f.failOn)
	}
	if !slices.Contains([]string{"auto", "always", "never"}, f.progress) {
		return usage("use auto, always or never", "--progress: %q is no choice", f.progress)
	}
	return nil
}
