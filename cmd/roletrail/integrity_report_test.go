package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"roletrail/analyzer"
	"roletrail/ingest/digest"
	"roletrail/internal/tamper"
)

// naive tells minute by minute whether a time is proven by all trails of a place.
func naive(chains []*digest.Chain, asked, minute time.Time) (proven bool) {
	for _, c := range chains {
		inside, before, after := false, true, true
		for _, i := range c.Proven {
			inside = inside || !minute.Before(i.From) && minute.Before(i.Until)
			before = before && minute.Before(i.From)
			after = after && !minute.Before(i.Until) && !i.Until.After(asked)
		}
		clean := !c.Cut && c.Digests.Invalid+c.Digests.Missing+c.Digests.NotChecked == 0
		switch {
		case inside:
			proven = true
		case len(c.Proven) == 0 && c.Digests.Valid > 0, !clean, !before && !after:
			return false
		}
	}
	return proven
}

func TestProvenByAll(t *testing.T) {
	begin := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		const minutes = 40
		var chains []*digest.Chain
		for range rapid.IntRange(0, 3).Draw(t, "chains") {
			c := &digest.Chain{Cut: rapid.IntRange(0, 4).Draw(t, "cut") == 0}
			c.Digests.NotChecked = int64(max(0, rapid.IntRange(-4, 1).Draw(t, "not checked")))
			edges := rapid.SliceOfNDistinct(rapid.IntRange(0, minutes), 0, 6, rapid.ID[int]).Draw(t, "edges")
			slices.Sort(edges)
			for n := 0; n+1 < len(edges); n += 2 {
				c.Proven = append(c.Proven, digest.Interval{From: begin.Add(time.Duration(edges[n]) * time.Minute), Until: begin.Add(time.Duration(edges[n+1]) * time.Minute)})
			}
			c.Digests.Valid = int64(len(c.Proven) + rapid.IntRange(0, 1).Draw(t, "more"))
			chains = append(chains, c)
		}
		asked := begin.Add(time.Duration(rapid.IntRange(0, minutes).Draw(t, "asked")) * time.Minute)
		got := provenByAll(chains, asked)
		for i, s := range got {
			if !s.From.Before(s.Until) || i > 0 && !got[i-1].Until.Before(s.From) {
				t.Fatalf("not merged, or not in order: %v", got)
			}
		}
		for n := range minutes {
			minute := begin.Add(time.Duration(n) * time.Minute)
			inside := slices.ContainsFunc(got, func(s analyzer.TimeSpan) bool { return !minute.Before(s.From) && minute.Before(s.Until) })
			if want := naive(chains, asked, minute); inside != want {
				t.Fatalf("minute %d: proven %v, want %v, of %v", n, inside, want, got)
			}
		}
	})
}

// TestReportVerify: what digests prove stands in every format.
func TestReportVerify(t *testing.T) {
	s := signIdleTrail(t, reads, nil)
	run := func(args ...string) result {
		t.Helper()
		args = append([]string{"report", s.dir, "--since", "2026-10-22", "--until", idleUntil}, args...)
		got := runPlainly(args...)
		mustBeClean(t, got, args)
		if got.code != exitDone && got.code != exitPartial {
			t.Fatalf("exit code %d, messages %q", got.code, got.stderr)
		}
		return got
	}
	verify := func(args ...string) result { return run(append(args, "--verify", "--public-keys", s.keys)...) }

	plain := usageOf(t, run("--format", "json"))
	u := usageOf(t, verify("--format", "json"))
	const hours = 11*24 + 16.5 + 1 // and the hour for what is delivered late
	for i := range u.Coverage {
		c := &u.Coverage[i]
		if c.State != analyzer.CoverageComplete || c.Integrity != analyzer.IntegrityValid || c.VerifiedHours != hours || len(c.Verified) != 1 {
			t.Errorf("coverage %+v", *c)
		}
		if p := &plain.Coverage[i]; p.Integrity != analyzer.IntegrityNotChecked || p.Verified != nil || p.State == analyzer.CoverageComplete {
			t.Errorf("without --verify, coverage %+v", *p)
		}
	}
	if plain.Input.Objects.Listed != u.Input.Objects.Listed || !cmp.Equal(plain.Input.Objects.Skipped, u.Input.Objects.Skipped) || plain.Input.Records != u.Input.Records {
		t.Errorf("input %+v, without --verify %+v", u.Input, plain.Input)
	}
	for format, texts := range map[string][2]string{
		"text": {"complete, proven by digests", "3 regions"}, "markdown": {"complete", "valid"}, "html": {"complete", "valid"},
	} {
		out := verify("--format", format).stdout
		for _, text := range texts {
			if !strings.Contains(strings.ToLower(words(out)), text) {
				t.Errorf("%s: %q is not told", format, text)
			}
		}
		if without := run("--format", format).stdout; without == out {
			t.Errorf("%s: --verify tells nothing", format)
		}
	}

	name := filepath.Join(s.dir, filepath.FromSlash(s.logFiles()[5]))
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, altered(t, whole), 0o666); err != nil {
		t.Fatal(err)
	}
	bad := verify("--format", "json")
	u = usageOf(t, bad)
	if bad.code != exitPartial || u.Input.Objects.Failed["altered"] != 1 || !slices.ContainsFunc(u.Coverage, func(c analyzer.Coverage) bool {
		return c.Integrity == analyzer.IntegrityAltered && c.State == analyzer.CoverageGaps
	}) {
		t.Errorf("exit code %d, failed %v, coverage %+v", bad.code, u.Input.Objects.Failed, u.Coverage)
	}
	for _, format := range []string{"text", "markdown", "html"} {
		if out := verify("--format", format).stdout; !strings.Contains(words(out), "not as CloudTrail delivered them") {
			t.Errorf("%s: the finding is not told", format)
		}
	}
}

// Without --verify, digests and keys change nothing in any format but that they are listed.
func TestReportWithoutVerify(t *testing.T) {
	s := signIdleTrail(t, reads, nil)
	got := runPlainly("report", "--format", "json", s.dir)
	if n := strings.Count(got.stdout, `"integrity": "notChecked"`); n != 3 || strings.Contains(got.stdout, "verified") {
		t.Errorf("%d Regions of which integrity is not checked", n)
	}
	skipped := usageOf(t, got).Input.Objects.Skipped["digest"]
	files := 0
	err := filepath.WalkDir(s.dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.Contains(name, "CloudTrail-Digest") {
			files++
		}
		return err
	})
	if err != nil || skipped != int64(files) {
		t.Errorf("%d of %d digests and signatures are skipped, %v", skipped, files, err)
	}
}

// Every row of the matrix of damages: only a trail with which nothing is wrong is complete, and nothing else is blamed.
func TestReportVerifyRows(t *testing.T) {
	for _, r := range tamper.Rows {
		if onlyInS3(r) {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			tree := tamper.New(t, r, treeBucket)
			dir := t.TempDir()
			writeTree(t, tree, dir, true)
			args := []string{
				"report", "--format", "json", "--verify", "--public-keys", filepath.Join(dir, "keys.json"),
				"--since", tamper.Start.Format(time.RFC3339), "--until", tamper.End.Add(-time.Hour).Format(time.RFC3339), filepath.Join(dir, treeBucket),
			}
			got := runPlainly(args...)
			mustBeClean(t, got, args)
			for _, c := range usageOf(t, got).Coverage {
				whole := c.State == analyzer.CoverageComplete && c.Integrity == analyzer.IntegrityValid
				if c.Region == tamper.OtherRegion && (c.Integrity != analyzer.IntegrityValid || len(c.Gaps) > 0) {
					t.Errorf("the other Region: %+v", c)
				}
				// There all digests are signed, and only that one tells the hash of another is not checked.
				if c.Region == tamper.Region && whole && wantCode(r, tree) != exitDone && r.Name != "chain: hash algorithm unknown" {
					t.Errorf("exit code of verify %d, and yet: %+v", wantCode(r, tree), c)
				}
				if c.Region == tamper.Region && !whole && wantCode(r, tree) == exitDone {
					t.Errorf("exit code of verify 0, and yet: %+v", c)
				}
			}
		})
	}
}
