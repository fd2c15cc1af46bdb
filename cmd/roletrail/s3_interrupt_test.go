//go:build unix

package main

import (
	"net/http"
	"os"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"roletrail/internal/faultproxy"
)

// A run that waits for S3 and is interrupted ends soon, says what it did not read and writes no report.
func TestInterruptS3(t *testing.T) {
	const inTime = 5 * time.Second // generous: the machine may be busy
	for _, test := range []struct {
		why     string
		stalls  func(*http.Request) bool
		fault   faultproxy.Fault
		args    []string
		message string // a pattern
	}{
		{"listing", isListing, faultproxy.Stall, nil, `^roletrail: interrupted: nothing was read; no report was written\n$`},
		{"reading", isReading, faultproxy.Stall, nil, `^roletrail: interrupted: \d+ of \d+ files were not read(, nor those not listed yet)?; no report was written\n$`},
		{"reading a body", isReading, faultproxy.StallBody, nil, `^roletrail: interrupted: \d+ of \d+ files were not read(, nor those not listed yet)?; no report was written\n$`},
		{"estimating", isListing, faultproxy.Stall, []string{"--estimate"}, `^roletrail: interrupted: 0 files listed so far; no estimate was written\n$`},
	} {
		t.Run(test.why, func(t *testing.T) {
			server := serveDemo(t)
			stalled := make(chan struct{})
			var once sync.Once
			breakRequests(t, server, func(r *http.Request) faultproxy.Fault {
				if !test.stalls(r) {
					return faultproxy.None
				}
				once.Do(func() { close(stalled) })
				return test.fault
			})
			args := append([]string{"report", "s3://demo-trail"}, test.args...)
			p := program(t, args...)
			p.start(t)
			<-stalled
			begin := time.Now()
			if err := p.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			got := p.end(t)
			if took := time.Since(begin); took > inTime {
				t.Errorf("it took %v to end", took)
			}
			if got.code != exitInterrupted || got.stdout != "" || !regexp.MustCompile(test.message).MatchString(got.stderr) {
				t.Errorf("exit code %d, standard output %q, messages %q", got.code, got.stdout, got.stderr)
			}
		})
	}
}

// An interrupt need not wait for the last attempt.
func TestInterruptRetry(t *testing.T) {
	server := serveDemo(t)
	tried := make(chan struct{})
	var once sync.Once
	breakRequests(t, server, func(*http.Request) faultproxy.Fault {
		once.Do(func() { close(tried) })
		return faultproxy.Status503
	})
	p := program(t, "report", "s3://demo-trail")
	p.start(t)
	<-tried
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := p.end(t); got.code != exitInterrupted {
		t.Errorf("exit code %d, messages %q", got.code, got.stderr)
	}
}
