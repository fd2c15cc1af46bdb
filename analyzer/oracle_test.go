package analyzer_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/internal/reference"
	"roletrail/internal/trailgen"
)

// analyze runs the analyzer over files or folders.
func analyze(t testing.TB, o analyzer.Options, in ingest.Options, workers int, paths ...string) *analyzer.Usage {
	t.Helper()
	if o.Catalog == nil {
		o.Catalog = embedded(t)
	}
	o.TempDir = t.TempDir()
	a := analyzer.New(o)
	u, _, err := a.Usage(context.Background(), local.New(paths, local.Options{}), in, workers)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return u
}

// judge runs the reference over the log files of folders.
func judge(t testing.TB, o analyzer.Options, files []reference.File) *analyzer.Usage {
	t.Helper()
	if o.Catalog == nil {
		o.Catalog = embedded(t)
	}
	u, err := reference.Analyze(files, reference.Options{
		Catalog: o.Catalog, Since: o.Since, Until: o.Until, LateDays: o.LateDays, Accounts: o.Accounts, Regions: o.Regions, Roles: o.Roles, Limit: ingest.DefaultLimit,
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func embedded(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func filesOf(t testing.TB, root string) []reference.File {
	t.Helper()
	files, err := reference.Files(root)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// forgetListing takes out of a report what only a source can tell, for the reference is given files.
func forgetListing(u *analyzer.Usage) {
	for reason, n := range u.Input.Objects.Skipped {
		if reason != ingest.SkipNotCloudTrail {
			u.Input.Objects.Listed -= n
			delete(u.Input.Objects.Skipped, reason)
		}
	}
}

// agree holds the analyzer against the reference over one tree, under each of some options.
func agree(t *testing.T, root string, options ...analyzer.Options) {
	t.Helper()
	files := filesOf(t, root)
	for i, o := range options {
		want := judge(t, o, files)
		got := analyze(t, o, ingest.Options{}, 2, root)
		forgetListing(got)
		if diff := reference.Diff(got, want); diff != "" {
			t.Fatalf("%s, options %d: the reference (-) and the analyzer (+) disagree:\n%s", root, i, diff)
		}
	}
}

func TestShapes(t *testing.T) {
	for seed := range uint64(2) {
		root := t.TempDir()
		if err := trailgen.Shapes(root, seed); err != nil {
			t.Fatal(err)
		}
		agree(t, root, analyzer.Options{}, analyzer.Options{Roles: []string{"ecs*"}})
	}
}

func TestRandomTrails(t *testing.T) {
	n := uint64(100)
	if testing.Short() {
		n = 20
	}
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			if err := trailgen.Random(root, seed); err != nil {
				t.Fatal(err)
			}
			u := analyze(t, analyzer.Options{}, ingest.Options{}, 1, root)
			middle := u.Observed.FirstEvent.Add(u.Observed.LastEvent.Sub(u.Observed.FirstEvent) / 2).Truncate(time.Second)
			agree(t, root, analyzer.Options{},
				analyzer.Options{Since: middle}, analyzer.Options{Until: middle},
				analyzer.Options{Accounts: u.Observed.Accounts[:min(1, len(u.Observed.Accounts))]},
				analyzer.Options{Regions: u.Observed.Regions[:min(1, len(u.Observed.Regions))], Roles: []string{"*a*", "AWSServiceRoleForECS"}},
			)
		})
	}
}

func TestTrail(t *testing.T) {
	root := t.TempDir()
	for _, p := range trailgen.Presets() {
		if p.Name == "demo" {
			if err := trailgen.Demo(root); err != nil {
				t.Fatal(err)
			}
		}
	}
	agree(t, root, analyzer.Options{})
}

// TestRealTrails reads the public samples beside the checkout, where they are.
func TestRealTrails(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "data")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no real samples beside the checkout")
	}
	agree(t, root, analyzer.Options{}, analyzer.Options{Roles: []string{"*"}})
}
