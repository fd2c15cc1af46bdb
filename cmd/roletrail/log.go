package main

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
)

// logLevels are the choices of --log-level.
var logLevels = map[string]slog.Level{"error": slog.LevelError, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug}

// level is that from which on messages are written. What is quiet tells of nothing but errors.
func (f *analysisFlags) level() slog.Level {
	if f.quiet {
		return slog.LevelError
	}
	return logLevels[f.logLevel]
}

// newLogger returns a logger that writes in the manner of all messages. Errors are not its business: run prints the one
// that ends the program.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(&noteHandler{w: w, level: level})
}

// noteHandler writes each record as a note: its message, then its attributes.
type noteHandler struct {
	w      io.Writer
	level  slog.Level
	attrs  string // of the logger, as written
	prefix string // of the keys of attributes
}

func (h *noteHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h *noteHandler) Handle(_ context.Context, r slog.Record) error {
	text := strings.Builder{}
	text.WriteString(r.Message + h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		text.WriteString(h.attr(a))
		return true
	})
	note := strings.Builder{}
	printNote(&note, text.String())
	_, err := io.WriteString(h.w, note.String())
	return err
}

func (h *noteHandler) attr(a slog.Attr) string {
	value := a.Value.Resolve().String()
	if value == "" || strings.ContainsAny(value, " \t\r\n\"=") || strings.HasSuffix(value, ".") {
		value = strconv.Quote(value)
	}
	return " " + h.prefix + a.Key + "=" + value
}

func (h *noteHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	for _, a := range attrs {
		with.attrs += h.attr(a)
	}
	return &with
}

func (h *noteHandler) WithGroup(name string) slog.Handler {
	with := *h
	with.prefix += name + "."
	return &with
}

// oneAtATime is a writer for several goroutines.
type oneAtATime struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneAtATime) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}
