package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"roletrail/analyzer"
	"roletrail/ingest"
)

// analysisFlags are the flags of every command that reads log files.
type analysisFlags struct {
	since, until  string
	lateDays      int
	accounts      []string
	regions       []string
	expectRegions []string
	roles         []string
	catalog       string
	memory        bytesValue
	inflatedLimit bytesValue
	concurrency   int
	progress      string
	quiet         bool
	logLevel      string
	failOn        string
	estimate      bool
	aws           awsFlags
}

func newAnalysisFlags() analysisFlags {
	return analysisFlags{memory: 256 << 20, inflatedLimit: ingest.DefaultLimit}
}

// selectionTexts are the helps of the flags that mean something else to each command.
type selectionTexts struct{ since, until, account, region string }

// addSelectionTo adds the flags that say which part of the logs is meant.
func (f *analysisFlags) addSelectionTo(flags *pflag.FlagSet, texts selectionTexts) {
	flags.StringVar(&f.since, "since", "", texts.since)
	flags.StringVar(&f.until, "until", "", texts.until)
	flags.IntVar(&f.lateDays, "late-days", 3, "also read log files that were delivered up to this many `DAYS` after --until")
	flags.StringArrayVar(&f.accounts, "account", nil, texts.account)
	flags.StringArrayVar(&f.regions, "region", nil, texts.region)
}

func (f *analysisFlags) addExpectRegionsTo(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.expectRegions, "expect-regions", nil, "take logs without any log file of this `REGION` for incomplete; may be repeated")
}

// addTo adds the flags that mean the same to all.
func (f *analysisFlags) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&f.catalog, "catalog", "", "add the features in this YAML `FILE` to the catalog, or replace those of the same id")
	f.addReadingTo(flags)
}

// addReadingTo adds the flags that say how to read, and as whom.
func (f *analysisFlags) addReadingTo(flags *pflag.FlagSet) {
	flags.StringVar(&f.progress, "progress", "auto", "`WHEN` to show progress on standard error: auto, always or never")
	flags.BoolVar(&f.quiet, "quiet", false, "write nothing but the report and errors")
	flags.StringVar(&f.logLevel, "log-level", "info", "write messages of this `LEVEL` and above: error, warn, info or debug")
	flags.IntVar(&f.concurrency, "concurrency", 0, "read `N` log files at once (default: 64 from S3, else enough to keep the processors busy)")
	flags.Var(&f.memory, "memory", "hold about this `SIZE` in memory, and the rest in a temporary file")
	flags.Var(&f.inflatedLimit, "max-inflated", "fail log files that inflate to more than this `SIZE`; newline-delimited ones may be of any size")
	f.aws.addTo(flags)
}

var (
	accountID = regexp.MustCompile(`^\d{12}$`)
	regionID  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-\d+$`)
)

// check finds what is wrong with the flags before anything is read of the sources.
func (f *analysisFlags) check(sources []string) error {
	for _, id := range f.accounts {
		if !accountID.MatchString(id) {
			return usage("an account ID has 12 digits; repeat --account for several", "--account: %q is no account ID", id)
		}
	}
	if err := checkRegions("--region", f.regions); err != nil {
		return err
	}
	if err := checkRegions("--expect-regions", f.expectRegions); err != nil {
		return err
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
	if _, known := logLevels[f.logLevel]; !known {
		return usage("use error, warn, info or debug", "--log-level: %q is no level", f.logLevel)
	}
	return f.aws.check(sources)
}

func checkRegions(flag string, regions []string) error {
	for _, region := range regions {
		if !regionID.MatchString(region) {
			return usage("write a Region as us-east-1, and repeat "+flag+" for several", "%s: %q is no Region", flag, region)
		}
	}
	return nil
}

// emptyFlag finds a flag whose value is empty, mostly because it comes from a variable that is not set. Taken for no
// filter, it would show more than was asked for.
func emptyFlag(flags *pflag.FlagSet) error {
	var found error
	flags.Visit(func(flag *pflag.Flag) {
		values := []string{flag.Value.String()}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if slices.Contains(values, "") {
			found = usage("leave the flag out, or look at where its value comes from", "--%s: the value is empty", flag.Name)
		}
	})
	return found
}

// flagError says what is wrong with a flag in the manner of all messages.
func flagError(cmd *cobra.Command, err error) error {
	help := fmt.Sprintf("run %q for the flags", cmd.CommandPath()+" --help")
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		dashes := "--"
		if e.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return usage(help, "%s%s: no such flag", dashes, e.GetSpecifiedName())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usage(help, "--%s: no value given", e.GetFlag().Name)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		flag := e.GetFlag()
		switch flag.Value.Type() {
		case "int":
			return usage("write a number without a unit", "--%s: %q is no whole number", flag.Name, e.GetValue())
		case "bool":
			return usage("leave the value out", "--%s: %q is neither true nor false", flag.Name, e.GetValue())
		case "size":
			return usage("write a size as 256MiB, 2GiB or a number of bytes", "--%s: %q is no size", flag.Name, e.GetValue())
		case "age":
			return usage("write it as 90d, 36h or 2w", "--%s: %q is no length of time", flag.Name, e.GetValue())
		case "payer":
			return usage("write --request-payer requester, or no value", "--%s: %q is no choice", flag.Name, e.GetValue())
		}
	}
	return usage(help, "%w", err)
}
