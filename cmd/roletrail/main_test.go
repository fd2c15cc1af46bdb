package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The tests look at the program in two ways. Most call run in this process, where arguments, streams, environment and
// clock are parameters. Where signals, pipes, permissions or a terminal matter, the test starts itself again as the
// program: in that process main runs, and nothing else.

var update = flag.Bool("update", false, "replace what is expected in goldens and scripts by what is got")

const (
	asProgram = "ROLETRAIL_TEST_PROGRAM" // set in a process that is the program
	asNobody  = "ROLETRAIL_TEST_NOBODY"  // set too where it has no rights but those of others
	nobody    = 65534
)

func TestMain(m *testing.M) {
	version = "test"
	if os.Getenv(asProgram) == "" {
		forgetAWS()
		goleak.VerifyTestMain(m)
		return
	}
	if os.Getenv(asNobody) != "" {
		dropRights()
	}
	main()
}

// forgetAWS keeps from the tests, and from the processes that they start, what this machine knows of AWS. A test sets what
// it needs.
func forgetAWS() {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			os.Unsetenv(name)
		}
	}
	os.Setenv("AWS_CONFIG_FILE", os.DevNull)
	os.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true") // or a run without credentials would ask the network for some
}

// dropRights makes root nobody. Others have their rights checked anyway.
func dropRights() {
	if os.Geteuid() != 0 {
		return
	}
	for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)} {
		if err != nil {
			panic(err)
		}
	}
}

// clock is the time at which runs in this process start.
func clock() time.Time { return time.Date(2026, 11, 14, 12, 0, 0, 0, time.UTC) }

// result is how a run ended.
type result struct {
	code           int
	stdout, stderr string
}

// runHere runs the program in this process.
func runHere(stdin io.Reader, getenv func(string) string, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), args, environment{stdin: stdin, stdout: &stdout, stderr: &stderr, getenv: getenv, now: clock})
	return result{code, stdout.String(), stderr.String()}
}

// runPlainly runs the program in this process, with no input and in an empty environment.
func runPlainly(args ...string) result {
	return runHere(strings.NewReader(""), func(string) string { return "" }, args...)
}
