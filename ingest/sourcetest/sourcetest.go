// Package sourcetest holds the tests that every [ingest.Source] must pass.
package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"roletrail/ingest"
)

// NewSource makes a source of all that tree holds: content by name, the names with slashes between folders. What a test
// needs to clean up goes to t. The names of the source's objects end in those of the tree.
type NewSource func(t *testing.T, tree map[string][]byte) ingest.Source

// Run tests the sources that newSource makes.
func Run(t *testing.T, newSource NewSource) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, NewSource)
	}{
		{"each object is told once, with its key", testTelling},
		{"the bytes are those stored", testContent},
		{"the order does not change", testOrder},
		{"an empty source lists nothing", testEmpty},
		{"the listing can end the run", testListingEnds},
		{"a context that has ended stops everything", testContextEnded},
		{"a context that ends stops the listing", testContextEnds},
		{"an object that is not there is named", testMissing},
		{"digests are listed apart", testDigests},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newSource) })
	}
}

const trail = "AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/"

// sampleTree has the layout of a bucket and names that are hard on encodings.
func sampleTree() map[string][]byte {
	tree := map[string][]byte{
		trail + "111111111111_CloudTrail_us-east-1_20240301T0005Z_AbCdEfGhIjKlMnOp.json.gz": []byte("\x1f\x8b\x08\x00 any bytes \xff\x00"),
		trail + "111111111111_CloudTrail_us-east-1_20240301T0010Z_0123456789abcdef.json.gz": []byte("\r\nsecond\x1a"),
		"AWSLogs/111111111111/CloudTrail/us-gov-west-1/2024/02/29/renamed.json":             []byte(`{"Records":[]}`),
		"AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/empty.json":      {},
		trail + "large.json":               bytes.Repeat([]byte("0123456789abcdef"), 1<<16),
		trail + "two words +%2F&=?#~.json": []byte("odd name"),
		trail + "Zürich 'quoted' 東京.json":  []byte("letters of many alphabets"),
	}
	for i := range 50 {
		tree[fmt.Sprintf("%scopy-%02d.json", trail, i)] = fmt.Appendf(nil, "copy %d", i)
	}
	return tree
}

// unreadTree holds what must never be handed over as a log file.
func unreadTree() map[string][]byte {
	return map[string][]byte{
		trail + "README.txt": []byte("no log file"),
		"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/01/digest.json.gz":         []byte("digest"),
		"AWSLogs/111111111111/CloudTrail-Insight/us-east-1/2024/03/01/insight.json.gz":       []byte("insight"),
		"AWSLogs/111111111111/CloudTrail-NetworkActivity/us-east-1/2024/03/01/event.json.gz": []byte("network activity"),
		"AWSLogs/111111111111/CloudTrail-Aggregated/us-east-1/2024/03/01/sums.json.gz":       []byte("aggregated"),
	}
}

func list(t *testing.T, source ingest.Source) *Recorder {
	t.Helper()
	recorder := &Recorder{T: t}
	if err := source.List(t.Context(), recorder); err != nil {
		t.Fatal(err)
	}
	return recorder
}

// nameInTree is the name in tree that the name of an object stands for.
func nameInTree(tree map[string][]byte, object string) string {
	for name := range tree {
		if object == name || strings.HasSuffix(object, "/"+name) {
			return name
		}
	}
	return ""
}

func testTelling(t *testing.T, newSource NewSource) {
	tree := sampleTree()
	all := sampleTree()
	for name, content := range unreadTree() {
		all[name] = content
	}
	recorder := list(t, newSource(t, all))
	found := make(map[string]bool)
	for _, object := range recorder.Objects {
		name := nameInTree(tree, object.Name)
		if name == "" {
			t.Errorf("%s is no log file", object.Name)
			continue
		}
		if found[name] {
			t.Errorf("%s was told twice", object.Name)
		}
		found[name] = true
		if object.Size != -1 && object.Size != int64(len(tree[name])) {
			t.Errorf("%s has %d bytes, want %d", object.Name, object.Size, len(tree[name]))
		}
		if key := ingest.ParseKey(object.Name); object.Key != key {
			t.Errorf("%s: key is %+v, want %+v", object.Name, object.Key, key)
		}
	}
	for name := range tree {
		if !found[name] {
			t.Errorf("%s was not told", name)
		}
	}
	sorted := slices.Sorted(slices.Values(recorder.Told))
	if told := slices.Compact(slices.Clone(sorted)); len(told) != len(sorted) {
		t.Errorf("told twice, in %q", sorted)
	}
	for _, line := range recorder.Told {
		if strings.HasPrefix(line, "fail ") {
			t.Errorf("nothing fails here, but: %s", line)
		}
	}
}

func testContent(t *testing.T, newSource NewSource) {
	tree := sampleTree()
	source := newSource(t, tree)
	objects := list(t, source).Objects
	var group sync.WaitGroup
	for reader := range 4 {
		group.Go(func() {
			// Every reader takes the objects in another order.
			for i := range objects {
				object := objects[(i*(reader+1)+reader)%len(objects)]
				content, err := read(t.Context(), source, object)
				if err != nil {
					t.Errorf("%s: %v", object.Name, err)
				} else if !bytes.Equal(content, tree[nameInTree(tree, object.Name)]) {
					t.Errorf("%s: read %d bytes that differ from the %d stored", object.Name, len(content), object.Size)
				}
			}
		})
	}
	group.Wait()
}

func read(ctx context.Context, source ingest.Source, object ingest.Object) ([]byte, error) {
	content, err := source.Open(ctx, object)
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(content)
	return all, errors.Join(err, content.Close())
}

func testOrder(t *testing.T, newSource NewSource) {
	source := newSource(t, sampleTree())
	first, second := list(t, source).Told, list(t, source).Told
	if !slices.Equal(first, second) {
		t.Errorf("the second listing is\n%q, the first was\n%q", second, first)
	}
}

func testEmpty(t *testing.T, newSource NewSource) {
	if told := list(t, newSource(t, nil)).Told; len(told) != 0 {
		t.Errorf("told %q", told)
	}
}

func testListingEnds(t *testing.T, newSource NewSource) {
	ended := errors.New("ended")
	recorder := &Recorder{T: t, OnObject: func(ingest.Object) error { return ended }}
	if err := newSource(t, sampleTree()).List(t.Context(), recorder); !errors.Is(err, ended) {
		t.Errorf("error is %v, want that of the listing", err)
	}
	if len(recorder.Objects) != 1 {
		t.Errorf("told %d objects, want 1", len(recorder.Objects))
	}
}

func testContextEnded(t *testing.T, newSource NewSource) {
	source := newSource(t, sampleTree())
	object := list(t, source).Objects[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	recorder := &Recorder{T: t}
	if err := source.List(ctx, recorder); !errors.Is(err, context.Canceled) {
		t.Errorf("error of List is %v, want %v", err, context.Canceled)
	}
	if len(recorder.Objects) != 0 {
		t.Errorf("told %d objects", len(recorder.Objects))
	}
	content, err := source.Open(ctx, object)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error of Open is %v, want %v", err, context.Canceled)
	}
	if content != nil {
		t.Error("Open gave an object and an error")
	}
}

func testContextEnds(t *testing.T, newSource NewSource) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	recorder := &Recorder{T: t}
	recorder.OnObject = func(ingest.Object) error {
		if len(recorder.Objects) == 2 {
			cancel()
		}
		return nil
	}
	if err := newSource(t, sampleTree()).List(ctx, recorder); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	if len(recorder.Objects) != 2 {
		t.Errorf("told %d objects, want 2", len(recorder.Objects))
	}
}

// testMissing asks for an object that is gone, or never was.
func testMissing(t *testing.T, newSource NewSource) {
	source := newSource(t, sampleTree())
	object := list(t, source).Objects[0]
	object.Name = strings.TrimSuffix(object.Name, ".json.gz") + ".gone.json.gz"
	_, err := read(t.Context(), source, object)
	if err == nil || !strings.Contains(err.Error(), object.Name) {
		t.Errorf("error is %v, want one that names %s", err, object.Name)
	}
}
