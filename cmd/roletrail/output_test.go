package main

import (
	"context"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// brokenOutput is a standard output that takes no more than some bytes.
type brokenOutput struct {
	room int
	err  error
}

func (w *brokenOutput) Write(p []byte) (int, error) {
	n := min(len(p), w.room)
	if w.room -= n; n < len(p) {
		return n, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: w.err}
	}
	return n, nil
}

// A standard output that takes no more is an error of the run, unless nobody reads it any more.
func TestBrokenOutput(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz")
	mustLog(t, "trail/b.json.gz", "form=bad-checksum") // which alone means exit code 3
	for _, args := range []string{"report trail", "report --format json trail", "report -o report.txt -o - trail", "policy --quiet ecsInfrastructureRole trail", "features", "features --format json", "completion zsh"} {
		for _, room := range []int{0, 100} {
			for err, want := range map[error]result{
				syscall.ENOSPC: {code: exitError, stderr: "roletrail: standard output: no space left on device\n"},
				syscall.EIO:    {code: exitError, stderr: "roletrail: standard output: input/output error\n"},
				syscall.EPIPE:  {code: exitDone},
			} {
				var stderr strings.Builder
				code := run(context.Background(), strings.Fields(args), environment{
					stdout: &brokenOutput{room, err}, stderr: &stderr, getenv: func(string) string { return "" }, now: clock,
				})
				if code != want.code || stderr.String() != want.stderr {
					t.Errorf("%s, %v after %d bytes: exit code %d, messages %q", args, err, room, code, stderr.String())
				}
			}
		}
	}
}

// That nobody reads a bad verdict to its end does not make it a good one.
func TestBrokenOutputOfVerdict(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz")
	for _, args := range []string{"check ecsInfrastructureRole trail", "check ecsInfrastructureRole trail -o - -o check.json"} {
		for err, want := range map[error]int{syscall.EPIPE: exitNotSafe, syscall.ENOSPC: exitError} {
			var stderr strings.Builder
			code := run(context.Background(), strings.Fields(args), environment{
				stdout: &brokenOutput{100, err}, stderr: &stderr, getenv: func(string) string { return "" }, now: clock,
			})
			if code != want || (stderr.String() == "") != (want == exitNotSafe) {
				t.Errorf("%s, %v: exit code %d, messages %q", args, err, code, stderr.String())
			}
		}
	}
	if _, err := os.Stat("check.json"); err != nil {
		t.Error(err)
	}
}

// A connection to S3 that breaks like a pipe is not standard output.
func TestBrokenConnection(t *testing.T) {
	broken := &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)}
	var stderr strings.Builder
	code := exitCode(failure("", "s3://bucket: no answer: %w", broken), &stderr)
	if want := "roletrail: s3://bucket: no answer: write tcp: write: broken pipe\n"; code != exitError || stderr.String() != want {
		t.Errorf("exit code %d, messages %q", code, stderr.String())
	}
}
