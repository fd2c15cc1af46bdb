package main

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
)

// What is logged reads like every message, and is as harmless.
func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log := newLogger(&out, slog.LevelDebug)
	log.Debug("retry", "operation", "GetObject", "attempt", 2, "error", errors.New("service said: \"slow down\"."), "empty", "")
	log.With("bucket", "logs").WithGroup("region").Info("found", "name", "eu-west-1")
	log.Warn("a key \x1b[31mof an attacker\nroletrail: all is well", "key", "\u202egz.nosj")
	const want = `roletrail: retry operation=GetObject attempt=2 error="service said: \"slow down\"." empty=""
roletrail: found bucket=logs region.name=eu-west-1
roletrail: a key \x1b[31mof an attacker
  roletrail: all is well key=\u202egz.nosj
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
	for _, complaint := range checkMessages(out.String()) {
		t.Error(complaint)
	}
}

// Each level is written with those above it, and quiet runs tell of errors alone.
func TestLogLevel(t *testing.T) {
	for _, test := range []struct {
		flags analysisFlags
		want  string
	}{
		{analysisFlags{logLevel: "debug"}, "roletrail: debug\nroletrail: info\nroletrail: warn\n"},
		{analysisFlags{logLevel: "info"}, "roletrail: info\nroletrail: warn\n"},
		{analysisFlags{logLevel: "warn"}, "roletrail: warn\n"},
		{analysisFlags{logLevel: "error"}, ""},
		{analysisFlags{logLevel: "debug", quiet: true}, ""},
	} {
		var out bytes.Buffer
		log := newLogger(&out, test.flags.level())
		log.Debug("debug")
		log.Info("info")
		log.Warn("warn")
		if out.String() != test.want {
			t.Errorf("%+v: %q, want %q", test.flags, out.String(), test.want)
		}
	}
}
