package analyzer_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/ingest"
	"roletrail/internal/reference"
)

// realSets are the public samples that lie beside the checkout on the machines of the project, with the numbers that
// their README gives: records, AssumeRole events, and broken files.
var realSets = map[string]struct{ records, assumeRole, broken int64 }{
	"invictus-ir_aws_dataset": {2900, 49, 0},
	"opensearch_catalog":      {840, 65, 1},
	"stratus-red-team":        {310, 12, 0},
	"traildiscover":           {315, 1, 0},
	"otrf":                    {103, 5, 0},
	"plaso":                   {6, 0, 0},
	"trailscraper":            {2, 1, 0},
	"versions":                {21, 2, 0},
	"cloudgrep":               {2, 0, 1},
}

// realFiles returns every file of a set, whatever its name, or skips where the samples are not there.
func realFiles(t *testing.T, set string) []string {
	t.Helper()
	root := filepath.Join("..", "..", "shared", "data")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no real samples beside the checkout")
	}
	var files []string
	err := filepath.WalkDir(filepath.Join(root, set), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// services is the embedded catalog and the services that the samples hold sessions of.
func services(t *testing.T) *catalog.Catalog {
	t.Helper()
	file := filepath.Join("..", "internal", "reference", "testdata", "services.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := embedded(t).Extend(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRealSets(t *testing.T) {
	for set, want := range realSets {
		t.Run(set, func(t *testing.T) {
			paths := realFiles(t, set)
			var files []reference.File
			for _, path := range paths {
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, reference.File{Name: filepath.ToSlash(path), Data: data})
			}
			for _, o := range []analyzer.Options{{Roles: []string{"*"}}, {Catalog: services(t)}, {}} {
				got := analyze(t, o, ingest.Options{}, 2, paths...)
				if diff := reference.Diff(got, judge(t, o, files)); diff != "" {
					t.Errorf("the reference (-) and the analyzer (+) disagree:\n%s", diff)
				}
				if o.Roles == nil {
					continue
				}
				if in := got.Input; in.Records.Total != want.records || in.Objects.Listed-in.Objects.Read != want.broken || in.Objects.Failed[ingest.FailJSON] != want.broken {
					t.Errorf("%d records, input %+v; want %d records, %d broken files", in.Records.Total, in.Objects, want.records, want.broken)
				}
				if n := assumeRoleEvents(got); n != want.assumeRole {
					t.Errorf("%d AssumeRole events, want %d", n, want.assumeRole)
				}
			}
		})
	}
}

// assumeRoleEvents counts all AssumeRole events that a report on all roles holds.
func assumeRoleEvents(u *analyzer.Usage) (n int64) {
	for _, r := range u.Roles {
		n += r.Assumed + r.Denied
		for _, o := range r.OtherCallers {
			n += o.Assumed + o.Denied
		}
	}
	return n
}

// TestRealServices: with a catalog of their services, the report shows the README's numbers by service principal, and by
// session name where it gives one.
func TestRealServices(t *testing.T) {
	c := services(t)
	for set, want := range map[string]map[string]int64{
		"invictus-ir_aws_dataset": {"rds": 10, "rolesanywhere": 6, "ec2": 4, "inspector2": 4, "lambda": 2},
		"opensearch_catalog":      {"config": 50, "lambda": 11, "appsync": 3, "autoscaling": 1},
	} {
		u := analyze(t, analyzer.Options{Catalog: c}, ingest.Options{}, 2, realFiles(t, set)...)
		got := map[string]int64{}
		for _, r := range u.Roles {
			left := r.Assumed
			for _, f := range r.Features {
				at, ok := c.Feature(f.ID)
				if !ok {
					t.Fatalf("feature %s is not in the catalog", f.ID)
				}
				got[strings.TrimSuffix(c.Features[at].Principal, ".amazonaws.com")] += f.Assumed
				left -= f.Assumed
				if f.ID == "config-recorder" && f.Assumed != 46 {
					t.Errorf("%d sessions named %q, want 46", f.Assumed, f.SessionNames)
				}
			}
			if _, path, ok := strings.Cut(r.ARN, "/aws-service-role/"); ok {
				service, _, _ := strings.Cut(path, ".")
				got[service] += left // those of a service-linked role count under the role itself
			}
		}
		maps.DeleteFunc(got, func(_ string, n int64) bool { return n == 0 })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, by service (-want +got):\n%s", set, diff)
		}
	}
}
