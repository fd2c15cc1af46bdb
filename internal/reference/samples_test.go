package reference

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/ingest"
)

// samples is where public samples of real logs lie, beside the checkout, if at all.
const samples = "../../../shared/data"

// sampleFiles reads every file of a set, whatever its name.
func sampleFiles(t *testing.T, set string) []File {
	t.Helper()
	if _, err := os.Stat(samples); err != nil {
		t.Skipf("the samples are not there: %v", err)
	}
	var files []File
	err := filepath.WalkDir(filepath.Join(samples, set), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files = append(files, File{filepath.ToSlash(path), data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSampleCounts holds the reference to the numbers in the README of the samples, which another reader counted.
func TestSampleCounts(t *testing.T) {
	type counts struct {
		Read, Skipped                           int64
		Failed                                  map[string]int64
		Records, Unique, AssumeRole, FailedOnes int64
	}
	none := map[string]int64{}
	for set, want := range map[string]counts{
		"invictus-ir_aws_dataset":                           {55, 0, none, 2900, 2900, 49, 13},
		"opensearch_catalog/samples-large.repaired.json.gz": {1, 0, none, 840, 840, 65, 0},
		"opensearch_catalog/samples-large.invalid.json.gz":  {0, 0, map[string]int64{ingest.FailJSON: 1}, 0, 0, 0, 0},
		"stratus-red-team":                                  {35, 0, none, 310, 310, 12, 4},
		"traildiscover":                                     {336, 0, none, 315, 314, 1, 1},
		"otrf":                                              {1, 0, none, 103, 103, 5, 0},
		"plaso":                                             {1, 0, none, 6, 6, 0, 0},
		"trailscraper":                                      {1, 0, none, 2, 2, 1, 0},
		"versions":                                          {16, 0, none, 21, 19, 2, 0},
		"cloudgrep":                                         {2, 0, map[string]int64{ingest.FailJSON: 1}, 2, 2, 0, 0},
	} {
		t.Run(set, func(t *testing.T) {
			var input analyzer.Input
			records := readAll(sampleFiles(t, set), 0, &input).records()
			got := counts{Read: input.Objects.Read, Skipped: input.Objects.Skipped[ingest.SkipNotCloudTrail],
				Failed: input.Objects.Failed, Records: int64(len(records))}
			events := map[string]bool{}
			for _, r := range records {
				if !r.wellShaped {
					t.Errorf("%s, record %d: unknown shape", r.object, r.index)
				}
				events[r.text("eventID")] = true
				if r.text("eventName") == "AssumeRole" {
					got.AssumeRole++
					if r.text("errorCode") != "" {
						got.FailedOnes++
					}
				}
			}
			delete(events, "")
			got.Unique = int64(len(events))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSamplesByService has a catalog for the services in the samples find what the README says.
func TestSamplesByService(t *testing.T) {
	const file = "testdata/services.yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	services, err := new(catalog.Catalog).Extend(file, data)
	if err != nil {
		t.Fatal(err)
	}
	for set, test := range map[string]struct{ byService, byFeature map[string]int64 }{
		"invictus-ir_aws_dataset": {
			map[string]int64{"rds": 10, "rolesanywhere": 6, "ec2": 4, "inspector2": 4, "lambda": 2},
			map[string]int64{"ec2-instances": 4, "lambda-functions": 2},
		},
		"opensearch_catalog/samples-large.repaired.json.gz": {
			map[string]int64{"config": 50, "lambda": 11, "appsync": 3, "autoscaling": 1},
			map[string]int64{"config-recorder": 46, "config-handlers": 4, "lambda-functions": 8, "other-lambda-session": 3, "appsync-traces": 3},
		},
	} {
		t.Run(set, func(t *testing.T) {
			u := analyze(t, Options{Catalog: services}, sampleFiles(t, set)...)
			byService, byFeature := map[string]int64{}, map[string]int64{}
			for _, role := range u.Roles {
				left := role.Assumed
				for _, f := range role.Features {
					if f.Assumed > 0 {
						byFeature[f.ID] += f.Assumed
						byService[strings.Split(strings.TrimPrefix(f.ID, "other-"), "-")[0]] += f.Assumed
						left -= f.Assumed
					}
				}
				if left > 0 { // of a service-linked role, whose path is .../aws-service-role/<service>.amazonaws.com/<name>
					path := strings.Split(role.ARN, "/")
					byService[strings.TrimSuffix(path[len(path)-2], ".amazonaws.com")] += left
				}
			}
			if diff := cmp.Diff(test.byService, byService); diff != "" {
				t.Errorf("AssumeRole by service (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.byFeature, byFeature); diff != "" {
				t.Errorf("AssumeRole by feature (-want +got):\n%s", diff)
			}
		})
	}
}
