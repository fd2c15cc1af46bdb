package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/internal/duckdb"
)

// TestDemo holds the reports on the demo trail, whose one damaged file makes them partial.
func TestDemo(t *testing.T) {
	goldens, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../../testdata") // objects are named by the paths that were given
	for _, test := range []struct {
		golden string
		args   []string
	}{
		{"demo.txt", []string{"report", "demo"}},
		{"demo.json", []string{"report", "--format", "json", "demo"}},
		{"demo.csv", []string{"report", "--format", "csv", "demo"}},
		{"demo.md", []string{"report", "--format", "markdown", "demo"}},
		{"demo.html", []string{"report", "--format", "html", "demo"}},
		{"demo-changes.csv", []string{"events", "--format", "csv", "--quiet", "--kind", "reference", "--kind", "change", "demo"}},
		{"demo-impostor.ndjson", []string{"events", "--raw", "--quiet", "--finding", "impostor-session", "demo"}},
	} {
		t.Run(test.golden, func(t *testing.T) {
			got := runPlainly(test.args...)
			if got.code != exitPartial || got.stderr != "" {
				t.Errorf("exit code %d, messages %q", got.code, got.stderr)
			}
			for _, complaint := range checkResult(got, test.args) {
				t.Error(complaint)
			}
			golden := filepath.Join(goldens, test.golden)
			if *update {
				if err := os.WriteFile(golden, []byte(got.stdout), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.stdout, "\n")); difference != "" {
				t.Errorf("the report is not as in %s (- want, + got):\n%s\nif it is better, run go test ./cmd/roletrail -update", test.golden, difference)
			}
		})
	}
}

// TestDemoParquet: the table of uses in Parquet holds what it does in CSV, which is a golden.
func TestDemoParquet(t *testing.T) {
	folder := t.TempDir()
	csv, parquet := filepath.Join(folder, "usage.csv"), filepath.Join(folder, "usage.parquet")
	if got := runPlainly("report", "-o", csv, "-o", parquet, "../../testdata/demo"); got.code != exitPartial {
		t.Fatalf("exit code %d, messages %q", got.code, got.stderr)
	}
	read := func(file string) []map[string]any {
		return duckdb.Query(t, "SELECT * REPLACE (CAST(first_seen AS VARCHAR) AS first_seen, CAST(last_seen AS VARCHAR) AS last_seen, CAST(account AS VARCHAR) AS account) FROM "+file)
	}
	inParquet := read("'" + parquet + "'")
	inCSV := read("read_csv('" + csv + "', types = {first_seen: 'TIMESTAMPTZ', last_seen: 'TIMESTAMPTZ', account: 'VARCHAR'})")
	if len(inCSV) < 100 {
		t.Errorf("%d rows", len(inCSV))
	}
	if difference := cmp.Diff(inCSV, inParquet); difference != "" {
		t.Errorf("- CSV, + Parquet:\n%s", difference)
	}
}
