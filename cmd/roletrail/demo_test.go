package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDemo holds the reports on the demo trail, whose one damaged file makes them partial.
func TestDemo(t *testing.T) {
	goldens, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../../testdata") // objects are named by the paths that were given
	for _, test := range []struct{ format, golden string }{{"text", "demo.txt"}, {"json", "demo.json"}} {
		t.Run(test.format, func(t *testing.T) {
			args := []string{"report", "--format", test.format, "demo"}
			got := runPlainly(args...)
			if got.code != exitPartial || got.stderr != "" {
				t.Errorf("exit code %d, messages %q", got.code, got.stderr)
			}
			for _, complaint := range checkResult(got, args) {
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
