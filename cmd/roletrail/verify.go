package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/ingest/digest"
	"roletrail/ingest/record"
	"roletrail/report"
)

// verifyFlags are those of verify alone.
type verifyFlags struct {
	analysisFlags
	outputFlags
	keys       keyFlags
	bucket     string
	signatures string
	details    bool
}

func newVerifyCommand(env environment) *cobra.Command {
	f := verifyFlags{
		analysisFlags: newAnalysisFlags(),
		outputFlags:   outputFlags{formats: []format{textFormat, jsonFormat, csvFormat}},
	}
	cmd := &cobra.Command{
		Use:   "verify [SOURCE...]",
		Short: "Prove by CloudTrail's digests that log files are whole",
		Long: `Read CloudTrail digest files and log files, and tell whether these are all log
files that CloudTrail delivered, unaltered. A trail has digests if its log file
validation is enabled. A SOURCE is as with "roletrail report"; all accounts,
Regions and trails in it are verified in one run.

The public keys that digests are signed with come from CloudTrail, with the
permission cloudtrail:ListPublicKeys, or from a file that an earlier run saved.
In S3 a digest has its signature beside it. A plain copy has lost it: the next
digest repeats it, and only the last one of a chain cannot be checked.

  roletrail verify --since 30d
  roletrail verify --since 30d s3://bucket/AWSLogs
  roletrail verify --save-public-keys keys.json --save-signatures copy s3://logs
  roletrail verify --public-keys keys.json ./copy
  roletrail verify -o chains.csv -o all.json ./copy

CSV has a line for each account, Region and trail, and one more for its
backfill; problems and log files that no digest lists are in JSON alone.
`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runVerify(cmd.Context(), env, &f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.addSelectionTo(flags, selectionTexts{
		since:   "verify digests of the time from this `TIME` on: RFC 3339, a UTC date, or an age such as 90d",
		until:   "verify digests of the time before this `TIME`; a date means its end",
		account: "read only files of this account `ID` from S3; may be repeated",
		region:  "read only files of this `REGION` from S3; may be repeated",
	})
	flags.StringVar(&f.keys.read, "public-keys", "", "take the public keys from this `FILE` instead of asking CloudTrail")
	flags.StringVar(&f.keys.save, "save-public-keys", "", "write the public keys that CloudTrail told to this `FILE`")
	flags.StringVar(&f.bucket, "bucket", "", "local copies are of the bucket of this `NAME`; without it, of the one that their digests name")
	flags.StringVar(&f.signatures, "save-signatures", "", "write the signatures of digests in S3 into this `FOLDER`, to be laid over a copy of the bucket")
	f.addReadingTo(flags)
	f.outputFlags.addTo(flags)
	flags.BoolVar(&f.details, "details", false, "show all chains, proven times and names in full, and up to 100 problems")
	endHelp(cmd, verifyExitCodeHelp)
	return cmd
}

func runVerify(ctx context.Context, env environment, f *verifyFlags, sources []string) error {
	if err := f.checkAll(sources); err != nil {
		return err
	}
	targets, err := f.targets(env)
	if err != nil {
		return err
	}
	result, err := f.verify(ctx, env, sources)
	if err != nil {
		return err
	}
	state := verifyState(result)
	err = writeAll(targets, func(t *target) error {
		return t.write(func(w io.Writer) error { return f.render(w, t, result, state) })
	})
	// That nobody reads on must not make a bad verdict look like a good one.
	if err != nil && !errors.Is(err, errClosed) {
		return err
	}
	return &exit{code: state.code}
}

// checkAll finds what is wrong with the flags.
func (f *verifyFlags) checkAll(sources []string) error {
	if err := f.check(sources); err != nil {
		return err
	}
	isLocal := func(name string) bool { return !strings.HasPrefix(name, s3Scheme) }
	if f.bucket != "" && !slices.ContainsFunc(sources, isLocal) {
		return usage("leave it out: objects of S3 name their bucket themselves", "--bucket %s: there is no local copy", f.bucket)
	}
	if f.signatures != "" {
		if err := checkSignatures(f.signatures, sources); err != nil {
			return err
		}
	}
	return f.keys.check()
}

// verify reads the digests and the log files, and returns what the digests say.
func (f *verifyFlags) verify(ctx context.Context, env environment, sources []string) (*report.Verification, error) {
	since, until, err := f.window(env.now(), sources)
	if err != nil {
		return nil, err
	}
	in, err := f.open(ctx, env, sources, since, until)
	if err != nil {
		return nil, err
	}
	defer in.close()
	keys, err := f.keys.open(env, &f.analysisFlags, in)
	if err != nil {
		return nil, err
	}
	defer keys.close()

	// A quarter of the memory is for the audit, half for buffers; the limit makes the garbage collector work harder rather
	// than let the process grow.
	debug.SetMemoryLimit(max(int64(f.memory), 64<<20))
	audit := digest.New(digest.Options{
		Keys: keys.source, Deliveries: f.deliveries(since, until), Window: digest.Interval{From: since, Until: until},
		Bucket: f.bucket, Memory: int64(f.memory) / 4,
	})
	defer audit.Close()
	var verifier ingest.Verifier = audit
	if f.signatures != "" {
		saver, err := newSignatureSaver(audit, f.signatures, in.log)
		if err != nil {
			return nil, err
		}
		defer saver.close()
		verifier = saver
	}

	fields, _ := record.NewFields(nil)
	options := ingest.Options{
		Fields: fields, Limit: int64(f.inflatedLimit), Memory: int64(f.memory) / 2, Fetchers: in.fetchers, Progress: in.progress,
		Verifier: verifier,
	}
	stop := f.showProgress(env, in, progressText)
	summary, err := ingest.Run(ctx, in.source, options, noCollectors(ingest.DefaultExtractors()))
	var result *digest.Result
	if err == nil {
		result, err = audit.Result(ctx)
	}
	stop()
	if err != nil {
		return nil, in.runError(ctx, err)
	}
	if summary.Read == 0 && len(result.Chains) == 0 {
		return nil, nothingRead(summary)
	}
	if err := keys.save(f.keys.save, in.log); err != nil {
		return nil, err
	}
	v := verification(summary, result)
	v.Window = report.VerificationWindow{Since: since, Until: until}
	v.Judge()
	return v, nil
}

// noCollector takes up no record. That a log file can be split into records is found out before.
type noCollector struct{}

func (noCollector) Begin(*ingest.Object)        {}
func (noCollector) Record(*record.Record) error { return nil }
func (noCollector) Commit(record.Elements)      {}
func (noCollector) Discard()                    {}

func noCollectors(n int) []ingest.Collector {
	collectors := make([]ingest.Collector, n)
	for i := range collectors {
		collectors[i] = noCollector{}
	}
	return collectors
}

// gradeNames are the grades in the terms of the report.
var gradeNames = map[digest.Grade]string{
	digest.Invalid: report.GradeInvalid, digest.Unchecked: report.GradeUnchecked, digest.Proven: report.GradeProven,
}

// verification tells what was found in the terms of the report.
func verification(s *ingest.Summary, r *digest.Result) *report.Verification {
	v := &report.Verification{
		Schema: report.VerificationVersion, Tool: report.VerificationTool{Name: programName, Version: buildVersion()}, Input: verifiedInput(s),
	}
	for i := range r.Chains {
		c := &r.Chains[i]
		chain := report.VerifiedChain{
			AccountID: c.AccountID, Region: c.Region, Trail: c.Trail, Backfill: c.Backfill,
			Digests: report.VerifiedDigests(c.Digests), LogFiles: report.VerifiedLogFiles(c.LogFiles),
			ProvenHours: math.Round(c.Hours()*100) / 100,
		}
		for _, proven := range c.Proven {
			chain.Proven = append(chain.Proven, report.ProvenTime{From: proven.From.UTC(), Until: proven.Until.UTC()})
		}
		v.Chains = append(v.Chains, chain)
	}
	for _, p := range r.Places {
		v.Places = append(v.Places, report.VerifiedPlace{AccountID: p.AccountID, Region: p.Region, Extra: p.Extra, NotCovered: p.NotCovered})
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		v.Problems = append(v.Problems, report.VerificationProblem{
			Reason: string(p.Reason), Grade: gradeNames[p.Grade],
			AccountID: p.AccountID, Region: p.Region, Trail: p.Trail, Backfill: p.Backfill,
			Object: p.Name, Bucket: p.Location.Bucket, Key: p.Location.Key, From: utc(p.From), Until: utc(p.Until), Detail: p.Detail,
		})
	}
	kinds := slices.SortedFunc(maps.Keys(r.Counts), func(a, b digest.ProblemKind) int {
		return cmp.Or(cmp.Compare(a.Grade, b.Grade), cmp.Compare(a.Reason, b.Reason))
	})
	for _, kind := range kinds {
		v.ProblemCounts = append(v.ProblemCounts, report.ProblemCount{Reason: string(kind.Reason), Grade: gradeNames[kind.Grade], Count: r.Counts[kind]})
	}
	return v
}

// utc leaves the zero time as it is, which stands for an unknown one.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

func verifiedInput(s *ingest.Summary) report.VerificationInput {
	in := report.VerificationInput{
		Objects: analyzer.InputObjects{Listed: s.Listed, Read: s.Read, Skipped: s.Skipped, Failed: s.Failed},
		Bytes:   analyzer.InputBytes{Read: s.BytesRead, Inflated: s.BytesInflated},
	}
	for _, f := range s.Failures {
		in.Objects.Failures = append(in.Objects.Failures, analyzer.Failure{
			Object: f.Name, Reason: f.Reason, Detail: strings.ReplaceAll(f.Err.Error(), f.Name+": ", ""),
		})
	}
	for _, p := range s.Pruned {
		in.Pruned = append(in.Pruned, analyzer.Pruned(p))
	}
	return in
}

// verifyState tells how the run ends.
func verifyState(v *report.Verification) state {
	switch v.Verdict {
	case report.VerificationValid:
		return state{exitDone, "exit 0: all digests and log files are valid"}
	case report.VerificationInvalid:
		return state{exitInvalid, "exit 12: something is not as CloudTrail delivered it"}
	}
	return state{exitPartial, "exit 3: not all could be checked, so nothing is proven by what was not found"}
}

// render writes a verification in the format of its target.
func (f *verifyFlags) render(w io.Writer, t *target, v *report.Verification, s state) error {
	switch t.format {
	case jsonFormat.name:
		return report.VerificationJSON(w, v)
	case csvFormat.name:
		return report.VerificationCSV(w, v)
	}
	o := t.screen
	o.Details = f.details
	o.ExitState = s.line
	return report.VerificationText(w, v, o)
}
