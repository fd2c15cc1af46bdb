// Package layers holds the packages of the module to their layers: cmd -> report -> analyzer -> ingest, imports point
// one way, and tools of the tests stay out of the program.
package layers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "roletrail/"

// layer says which packages of the module those of a pattern may import, outside of tests. A pattern is a folder, or a
// folder and all below it ("report/...").
type layer struct {
	packages string
	imports  []string
}

// layers is searched from the top: the first pattern that a package matches is its layer. A package without a layer is
// an error, so that who adds one decides where it stands.
var layers = []layer{
	{"cmd/trailgen", []string{"internal/trailgen"}},
	{"cmd/...", []string{"report/...", "analyzer/...", "ingest/..."}},
	{"report/...", []string{"report/...", "analyzer/..."}},
	{"analyzer/...", []string{"analyzer/...", "ingest", "ingest/record"}}, // the sources are given to it
	{"ingest/inflate", nil},
	{"ingest/record", nil},
	{"ingest", []string{"ingest/inflate", "ingest/record"}}, // the sources know the pipeline, it does not know them
	{"ingest/...", []string{"ingest/..."}},

	// The reference may share the words of a report with the analyzer, never the code that finds and counts.
	{"internal/reference", []string{"analyzer", "analyzer/catalog", "ingest"}},
	{"internal/trailgen", nil},
	{"internal/s3server", nil},
	{"internal/faultproxy", nil},
	{"internal/s3bench", nil},
	{"internal/cloudtrail", nil},
	{"internal/awscli", nil},
	{"internal/tamper", []string{"internal/trailgen", "internal/s3server", "internal/cloudtrail", "internal/awscli"}},
	{"internal/browser", nil},
	{"internal/screenshots", []string{"internal/browser"}},
	{"internal/duckdb", nil},
	{"internal/layers", nil},
}

// reserved says who alone may import some packages from outside of the module.
var reserved = []struct {
	packages  string
	importers []string
}{
	{"github.com/aws/...", []string{"ingest/s3/..."}},
	// The analyzer does no I/O but the spill of its facts, and ingest/digest none but that of its records; report and the
	// decoders do none.
	{"os/...", []string{"cmd/...", "analyzer/facts", "ingest/digest", "ingest/local/...", "ingest/s3/...", "internal/..."}},
	{"net/url", []string{"analyzer", "ingest/s3/...", "internal/..."}}, // which only parses
	{"net/...", []string{"ingest/s3/...", "internal/s3server", "internal/faultproxy", "internal/s3bench", "internal/cloudtrail"}},
}

// testOnly are the packages that must not become part of the program.
var testOnly = []string{"testing/...", module + "internal/...", module + "ingest/sourcetest"}

// listed is what go list tells of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

func TestLayers(t *testing.T) {
	all := list(t, "./...")
	if !slices.ContainsFunc(all, func(p listed) bool { return p.ImportPath == module+"analyzer" }) {
		t.Fatal("go list does not name the analyzer, so nothing is proven")
	}
	for _, fault := range faults(all) {
		t.Error(fault)
	}
	for _, p := range list(t, "./cmd/roletrail") {
		if matchesAny(p.ImportPath, testOnly) {
			t.Errorf("%s: is for tests, but is part of the program", p.ImportPath)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		importer, imported, fault string
	}{
		{"roletrail/cmd/roletrail", "roletrail/ingest/local", ""},
		{"roletrail/cmd/trailgen", "roletrail/internal/trailgen", ""},
		{"roletrail/analyzer", "roletrail/analyzer/facts", ""},
		{"roletrail/ingest/s3", "github.com/aws/aws-sdk-go-v2/service/s3", ""},
		{"roletrail/ingest/local", "os", ""},
		{"example.com/some/library", "net/http", ""},
		{"roletrail/ingest", "roletrail/analyzer", "roletrail/ingest: must not import roletrail/analyzer"},
		{"roletrail/analyzer", "roletrail/report", "roletrail/analyzer: must not import roletrail/report"},
		{"roletrail/analyzer", "roletrail/ingest/local", "roletrail/analyzer: must not import roletrail/ingest/local"},
		{"roletrail/analyzer/catalog", "roletrail/internal/trailgen", "roletrail/analyzer/catalog: must not import roletrail/internal/trailgen"},
		{"roletrail/internal/reference", "roletrail/ingest/record", "roletrail/internal/reference: must not import roletrail/ingest/record"},
		{"roletrail/analyzer", "os", "roletrail/analyzer: must not import os"},
		{"roletrail/report", "net/http", "roletrail/report: must not import net/http"},
		{"roletrail/ingest/local", "github.com/aws/aws-sdk-go-v2/aws", "roletrail/ingest/local: must not import github.com/aws/aws-sdk-go-v2/aws"},
		{"roletrail/reporter", "fmt", "roletrail/reporter: has no layer"},
	} {
		got := strings.Join(faults([]listed{{ImportPath: test.importer, Imports: []string{test.imported}}}), "; ")
		if got != test.fault {
			t.Errorf("%s imports %s: got %q, want %q", test.importer, test.imported, got, test.fault)
		}
	}
}

// faults returns what the imports of packages do against the layers.
func faults(packages []listed) (found []string) {
	for _, p := range packages {
		folder, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours {
			continue
		}
		at := slices.IndexFunc(layers, func(l layer) bool { return matches(folder, l.packages) })
		if at < 0 {
			found = append(found, p.ImportPath+": has no layer")
			continue
		}
		for _, imported := range p.Imports {
			target, inside := strings.CutPrefix(imported, module)
			if inside && !matchesAny(target, layers[at].imports) || !inside && isReserved(imported, folder) {
				found = append(found, fmt.Sprintf("%s: must not import %s", p.ImportPath, imported))
			}
		}
	}
	return found
}

// isReserved tells whether a package from outside is reserved for others than the importer.
func isReserved(imported, importer string) bool {
	for _, r := range reserved {
		if matches(imported, r.packages) {
			return !matchesAny(importer, r.importers)
		}
	}
	return false
}

func matches(path, pattern string) bool {
	folder, below := strings.CutSuffix(pattern, "/...")
	return path == folder || below && strings.HasPrefix(path, folder+"/")
}

func matchesAny(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(path, pattern) })
}

// list returns packages and everything that they depend on, tests apart.
func list(t *testing.T, pattern string) (packages []listed) {
	t.Helper()
	watch(t)
	command := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports", pattern)
	command.Dir = root
	output, err := command.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("go list: %v\n%s", err, failed.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
}

var root = filepath.Join("..", "..")

// watch looks at every folder with Go code. The go command keeps the result of a test until a file or folder changes that
// the test itself looked at; what go list reads, it does not see.
func watch(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
