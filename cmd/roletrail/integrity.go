package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/ingest/digest"
)

// integrityFlags let a command verify CloudTrail's digests in the pass that reads the log files.
type integrityFlags struct {
	verify bool
	keys   keyFlags
	bucket string
}

func (f *integrityFlags) addTo(flags *pflag.FlagSet) {
	flags.BoolVar(&f.verify, "verify", false, "verify CloudTrail's digests too, which can prove that the logs are complete")
	flags.StringVar(&f.keys.read, "public-keys", "", "with --verify, take the public keys from this `FILE` instead of asking CloudTrail")
	flags.StringVar(&f.bucket, "bucket", "", "with --verify, local copies are of the bucket of this `NAME`; without it, of the one that their digests name")
}

// check finds what is wrong with the flags.
func (f *integrityFlags) check() error {
	for _, flag := range []struct{ name, value string }{{"public-keys", f.keys.read}, {"bucket", f.bucket}} {
		if flag.value != "" && !f.verify {
			return usage("add --verify", "--%s %s: digests are not verified", flag.name, flag.value)
		}
	}
	return nil
}

// lateFiles is how long after a window digests are judged that may list log files with its events.
const lateFiles = time.Hour

// audit has what is read of in verified, and tells the analyzer how to ask for the result about the time from asked on. The
// caller has to close it.
func (f *integrityFlags) audit(env environment, a *analysisFlags, in *input, asked time.Time, judged digest.Interval, read ingest.Deliveries, o *analyzer.Options) (closing func(), err error) {
	if !f.verify {
		return func() {}, nil
	}
	keys, err := f.keys.open(env, a, in)
	if err != nil {
		return nil, err
	}
	if !judged.Until.IsZero() {
		judged.Until = judged.Until.Add(lateFiles)
	}
	audit := digest.New(digest.Options{Keys: keys.source, Deliveries: read, Window: judged, Bucket: f.bucket, Memory: int64(a.memory) / 4})
	in.verifier = audit
	o.Integrity = func(ctx context.Context) ([]analyzer.Integrity, error) {
		result, err := audit.Result(ctx)
		if err != nil {
			return nil, err
		}
		return integrity(result, asked), nil
	}
	return func() {
		audit.Close()
		keys.close()
	}, nil
}

// maxExamples is how many problems of an account and Region a finding names.
const maxExamples = 5

// integrity tells what digests prove in the terms of the analyzer: by account and Region, of all trails together that delivered
// from a time on.
func integrity(r *digest.Result, asked time.Time) []analyzer.Integrity {
	places := map[ingest.Place]*analyzer.Integrity{}
	at := func(account, region string) *analyzer.Integrity {
		place := ingest.Place{AccountID: account, Region: region}
		if places[place] == nil {
			places[place] = &analyzer.Integrity{AccountID: account, Region: region, NotCovered: ingest.Days{}}
		}
		return places[place]
	}
	chains := map[*analyzer.Integrity][]*digest.Chain{}
	for i := range r.Chains {
		c := &r.Chains[i]
		one := at(c.AccountID, c.Region)
		one.Altered += c.Digests.Invalid + c.LogFiles.Altered
		one.Missing += c.Digests.Missing + c.LogFiles.Missing + c.LogFiles.Moved
		if c.Cut {
			one.Missing-- // it only leaves the time before unproven
		}
		if !c.Backfill {
			chains[one] = append(chains[one], c)
		}
	}
	for i := range r.Places {
		p := &r.Places[i]
		one := at(p.AccountID, p.Region)
		one.NotCovered.Merge(p.Days)
		one.Undated += p.Undated
	}
	broken := r.Counts[digest.ProblemKind{Reason: digest.ChainBroken, Grade: digest.Invalid}] // in no chain's counts
	for i := range r.Problems {
		p := &r.Problems[i]
		if p.Reason == digest.ChainBroken && p.Grade == digest.Invalid {
			at(p.AccountID, p.Region).Altered++
			broken--
		}
		if one := at(p.AccountID, p.Region); p.Grade == digest.Invalid && len(one.Examples) < maxExamples {
			object := p.Name
			if object == "" {
				object = p.Location.Bucket + "/" + p.Location.Key
			}
			one.Examples = append(one.Examples, analyzer.IntegrityProblem{Reason: string(p.Reason), Object: object, At: utc(p.From)})
		}
	}
	if broken > 0 { // of very many problems, those that are not named may be anywhere
		at("", "").Altered += broken
	}
	var list []analyzer.Integrity
	for _, one := range places {
		one.Proven = provenByAll(chains[one], asked)
		if one.Altered+one.Missing == 0 {
			one.Examples = nil
		}
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b analyzer.Integrity) int {
		return slices.Compare([]string{a.AccountID, a.Region}, []string{b.AccountID, b.Region})
	})
	return list
}

// provenByAll are the times that one of several trails proves and none leaves open: what lies in such a hole may be in no
// other. A trail leaves nothing open before its first digest, if that follows no other, nor behind its last one if it had
// ended before the time that is asked about: it was not there.
func provenByAll(chains []*digest.Chain, asked time.Time) []analyzer.TimeSpan {
	var edges []time.Time
	for _, c := range chains {
		for _, i := range c.Proven {
			edges = append(edges, i.From, i.Until)
		}
	}
	slices.SortFunc(edges, time.Time.Compare)
	var list []analyzer.TimeSpan
	for i := 1; i < len(edges); i++ {
		from, until := edges[i-1], edges[i]
		if !from.Before(until) || !provenBy(chains, asked, from, until) {
			continue
		}
		if last := len(list) - 1; last >= 0 && list[last].Until.Equal(from) {
			list[last].Until = until.UTC()
			continue
		}
		list = append(list, analyzer.TimeSpan{From: from.UTC(), Until: until.UTC()})
	}
	return list
}

// provenBy tells the same of a time in which no proven one begins or ends.
func provenBy(chains []*digest.Chain, asked, from, until time.Time) (proven bool) {
	for _, c := range chains {
		switch {
		case slices.ContainsFunc(c.Proven, func(i digest.Interval) bool { return !i.From.After(from) && !i.Until.Before(until) }):
			proven = true
		case !absent(c, asked, from, until):
			return false
		}
	}
	return proven
}

// absent reports whether a trail had not begun at a time, or had ended. Where digests or log files are missing, or cannot
// be believed, nothing is known of that.
func absent(c *digest.Chain, asked, from, until time.Time) bool {
	if c.Cut || c.Digests != (digest.Counts{Valid: c.Digests.Valid}) || c.LogFiles != (digest.LogFileCounts{Valid: c.LogFiles.Valid, Outside: c.LogFiles.Outside}) {
		return false
	}
	if len(c.Proven) == 0 {
		return c.Digests.Valid == 0
	}
	end := c.Proven[len(c.Proven)-1].Until
	return !c.Proven[0].From.Before(until) || !end.After(from) && !end.After(asked)
}
