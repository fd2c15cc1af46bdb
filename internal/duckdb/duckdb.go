// Package duckdb lets tests ask DuckDB, as a reader of files that has nothing in common with our writer of them. Its program
// lies in the module's bin folder, where scripts/install-duckdb.sh puts it.
package duckdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Version of DuckDB. The Makefile names it too.
const Version = "1.5.6"

// program returns the path of DuckDB.
func program() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "bin", "duckdb-"+Version)
	if !exists(path) {
		return "", fmt.Errorf("%s: is missing; to install it: scripts/install-duckdb.sh %s %[1]s", path, Version)
	}
	return path, nil
}

// moduleRoot returns the folder of go.mod at or above the working folder, which for a test is its package's.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if exists(filepath.Join(folder, "go.mod")) {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("%s: go.mod is neither here nor above", start)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// Query returns the rows that DuckDB answers a query with, in a database of its own, in the time zone UTC. Rows are in the
// types of encoding/json with numbers as json.Number, NULL is nil. The test fails if DuckDB does or is missing; under
// -short, where Go alone must do, it is skipped.
func Query(t testing.TB, query string) []map[string]any {
	t.Helper()
	if testing.Short() {
		t.Skip("needs DuckDB, which -short does without")
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := ask(path, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return rows
}

func ask(path, query string) ([]map[string]any, error) {
	// Without an init file, so that nobody's settings matter.
	command := exec.Command(path, "-init", os.DevNull, "-no-stdin", "-batch", "-bail", "-json", "-c", "SET TimeZone = 'UTC'", "-c", query)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, stderr.Bytes())
	}
	var rows []map[string]any
	decoder := json.NewDecoder(&stdout)
	decoder.UseNumber()
	if err := decoder.Decode(&rows); err != nil {
		return nil, fmt.Errorf("what DuckDB wrote is not a list of rows: %w", err)
	}
	return rows, nil
}

// Text writes s as a string of DuckDB's SQL.
func Text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
