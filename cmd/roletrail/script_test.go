package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the scripts in testdata/script, each of which shows one behaviour of the command line. Besides the
// commands of testscript they use:
//
//	roletrail ARG... [<FILE]        runs the program, which must exit with 0
//	exits CODE roletrail ARG...     runs it, and it must exit with CODE
//	digests FOLDER [WORD...]        writes a trail with signed digests; see writeDigests for the words
//	log FILE [KEY=VALUE...]         writes a log file; see entry for the keys, writeLog for FILE
//
// Runs start at 2026-11-14T12:00:00Z. Whatever a script asks for, checkResult holds for each of them.
func TestScripts(t *testing.T) {
	demo, err := filepath.Abs("../../testdata/demo")
	if err != nil {
		t.Fatal(err)
	}
	testscript.RunT(oneByOne{t}, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("DEMO", demo)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"roletrail": func(ts *testscript.TestScript, negated bool, args []string) {
				if negated {
					ts.Fatalf("say with which code it must exit: exits CODE roletrail ARG...")
				}
				runInScript(t, ts, exitDone, args)
			},
			"exits": func(ts *testscript.TestScript, negated bool, args []string) {
				if negated || len(args) < 2 || args[1] != "roletrail" {
					ts.Fatalf("usage: exits CODE roletrail ARG...")
				}
				code, err := strconv.Atoi(args[0])
				ts.Check(err)
				runInScript(t, ts, code, args[2:])
			},
			"digests": func(ts *testscript.TestScript, _ bool, args []string) { writeDigests(t, ts, args) },
			"log": func(ts *testscript.TestScript, negated bool, args []string) {
				if negated || len(args) == 0 {
					ts.Fatalf("usage: log FILE [KEY=VALUE...]")
				}
				file, err := unescape(args[0])
				ts.Check(err)
				e := newEntry()
				for _, assignment := range args[1:] {
					ts.Check(e.set(assignment))
				}
				// MkAbs drops the slash at the end, which says something.
				ts.Check(writeLog(ts.MkAbs(".")+"/"+file, e))
			},
		},
		UpdateScripts:      *update,
		RequireUniqueNames: true,
	})
}

// oneByOne runs scripts one after the other, for they share the working folder of this process.
type oneByOne struct{ *testing.T }

func (t oneByOne) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(oneByOne{t}) })
}

func (oneByOne) Parallel()     {}
func (oneByOne) Verbose() bool { return testing.Verbose() }

// runInScript runs the program where the script stands, with its environment.
func runInScript(t *testing.T, ts *testscript.TestScript, code int, args []string) {
	var stdin io.Reader = strings.NewReader("")
	if n := len(args) - 1; n >= 0 && strings.HasPrefix(args[n], "<") {
		stdin = strings.NewReader(ts.ReadFile(args[n][1:]))
		args = args[:n]
	}
	for i, arg := range args {
		unescaped, err := unescape(arg)
		ts.Check(err)
		args[i] = unescaped
	}
	back, err := os.Getwd()
	ts.Check(err)
	ts.Check(os.Chdir(ts.MkAbs(".")))
	tempDir := os.Getenv("TMPDIR")
	ts.Check(os.Setenv("TMPDIR", ts.Getenv("TMPDIR")))
	defer func() {
		ts.Check(os.Chdir(back))
		ts.Check(os.Setenv("TMPDIR", tempDir))
		debug.SetMemoryLimit(math.MaxInt64)
	}()

	got := runHere(stdin, ts.Getenv, args...)
	io.WriteString(ts.Stdout(), got.stdout)
	io.WriteString(ts.Stderr(), got.stderr)
	if got.code != code {
		ts.Fatalf("exit code is %d, want %d\n[stdout]\n%s[stderr]\n%s", got.code, code, got.stdout, got.stderr)
	}
	for _, complaint := range checkResult(got, args) {
		ts.Fatalf("%s", complaint)
	}
	for _, pattern := range []string{".roletrail-*", ts.Getenv("TMPDIR") + "/*"} {
		if left, err := filepath.Glob(pattern); err != nil || len(left) > 0 {
			ts.Fatalf("left behind: %v %v", left, err)
		}
	}
}
