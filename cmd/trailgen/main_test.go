package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args           string // OUT stands for an empty folder
		code           int
		stdout, stderr string // what each must contain; "" for nothing at all
	}{
		{"-preset b -files 3 -seed 9 -out OUT", 0, "3 files, ", ""},
		{"-preset dense -events 50 -out OUT", 0, " 50 events, ", ""},
		{"-files 2 -events-per-file 10 -relevant 0.5 -accounts 111122223333,444455556666 -regions eu-west-1 -start 2026-11-01 -days 2 -organization o-exampleorgid -prefix p -roles 2 -plain -out OUT", 0, "2 files, ", ""},
		{"-preset shapes -seed 2 -out OUT", 0, "", ""},
		{"-preset random -out OUT", 0, "", ""},
		{"-h", 0, "", "dense"},
		{"-preset b", 2, "", "out: no folder given"},
		{"-preset e -out OUT", 2, "", "preset e: unknown, not one of mixed a b"},
		{"-preset demo -files 7 -out OUT", 2, "", "files: means nothing to this preset"},
		{"-start yesterday -out OUT", 2, "", "start: "},
		{"-files many -out OUT", 2, "", "invalid value"},
		{"-out OUT more", 2, "", "more: unexpected argument"},
		{"-relevant 2 -out OUT", 1, "", "relevant: "},
		{"-preset shapes -out /dev/null/x", 1, "", "/dev/null"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(strings.Fields(strings.ReplaceAll(c.args, "OUT", t.TempDir())), &stdout, &stderr)
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d", c.args, code, c.code)
		}
		for _, o := range []struct{ name, got, want string }{{"stdout", stdout.String(), c.stdout}, {"stderr", stderr.String(), c.stderr}} {
			if o.want == "" && o.got != "" || !strings.Contains(o.got, o.want) {
				t.Errorf("%s: %s is %q, want %q", c.args, o.name, o.got, o.want)
			}
		}
	}
}

func TestFlagsReachTheTrail(t *testing.T) {
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	args := strings.Fields("-files 4 -events-per-file 5 -accounts 444455556666 -regions eu-west-1 -start 2026-11-01 -days 2 -organization o-exampleorgid -prefix p -out " + dir)
	if code := run(args, &stdout, &stderr); code != 0 {
		t.Fatal(stderr.String())
	}
	found, err := filepath.Glob(dir + "/p/AWSLogs/o-exampleorgid/444455556666/CloudTrail/eu-west-1/2026/11/0[12]/*.json.gz")
	if err != nil || len(found) != 4 {
		t.Errorf("log files: %v, %v", found, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "README.md")); err != nil {
		t.Error(err)
	}
}
