package ingest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"testing"

	"roletrail/ingest"
)

// digestSource is a fake source whose digests are listed apart.
type digestSource struct {
	*fakeSource
	digests []entry
}

func (s digestSource) ListDigests(_ context.Context, l ingest.Listing) error {
	for _, e := range s.digests {
		switch {
		case e.skip != "":
			l.Skip(e.Name, e.skip)
		default:
			if err := l.Object(e.Object); err != nil {
				return err
			}
		}
	}
	return nil
}

// List skips what ListDigests tells of, as every source does.
func (s digestSource) List(ctx context.Context, l ingest.Listing) error {
	for _, e := range s.digests {
		l.Skip(e.Name, ingest.SkipDigest)
	}
	return s.fakeSource.List(ctx, l)
}

func (s digestSource) Open(ctx context.Context, o ingest.Object) (io.ReadCloser, error) {
	for _, e := range s.digests {
		if e.Name == o.Name {
			if e.openError != nil {
				return nil, e.openError
			}
			return signedContent{io.NopCloser(bytes.NewReader(e.content)), ingest.Signature{Value: "signature of " + e.Name}}, nil
		}
	}
	return s.fakeSource.Open(ctx, o)
}

type signedContent struct {
	io.ReadCloser
	signature ingest.Signature
}

func (c signedContent) Signature() ingest.Signature { return c.signature }

// verifier notes what it is told, and takes log files for altered.
type verifier struct {
	mu      sync.Mutex
	told    map[string]string
	settled bool
	altered map[string]bool
	err     error // of Settle
}

func (v *verifier) tell(name, what string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if before, again := v.told[name]; again {
		what = before + " and " + what
	}
	v.told[name] = what
	return nil
}

func (v *verifier) Digest(o *ingest.Object, text []byte, s ingest.Signature) error {
	if v.settled {
		return errors.New("a digest after all were settled")
	}
	return v.tell(o.Name, fmt.Sprintf("digest %s, %s", text, s.Value))
}

func (v *verifier) DigestUnread(o *ingest.Object, reason string) error {
	return v.tell(o.Name, "digest "+reason)
}

func (v *verifier) Settle(context.Context) error {
	v.settled = true
	return v.err
}

func (v *verifier) LogFile(o *ingest.Object, hash [sha256.Size]byte) error {
	if !v.settled {
		return errors.New("a log file before all digests were there")
	}
	v.tell(o.Name, fmt.Sprintf("%x", hash[:4]))
	if v.altered[o.Name] {
		return &ingest.ObjectError{Reason: ingest.FailAltered, Err: errors.New("not what was delivered")}
	}
	return nil
}

func (v *verifier) Unread(o *ingest.Object, reason string) { v.tell(o.Name, reason) }

func object(name string, content []byte) entry {
	return entry{Object: ingest.Object{Name: name, Size: int64(len(content)), Key: ingest.ParseKey(name)}, content: content}
}

func hashOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:8] }

func TestVerifier(t *testing.T) {
	small, large := envelope(500), envelope(2<<20)
	broken := strings.TrimSuffix(small, "]}")
	entries := []entry{
		object("plain.json", []byte(small)),
		object("packed.json.gz", gzipped(small)),
		object("large.json.gz", gzipped(large)),
		object("unsized.json", []byte(large)),
		object("two.json.gz", append(gzipped(small), gzipped("\n")...)),
		object("x_CloudTrail_two.json.gz", append(gzipped(small), gzipped(small)...)),
		object("altered.json.gz", gzipped(small)),
		object("altered-large.json", []byte(large)),
		object("altered-broken.json", []byte(broken)),
		object("broken.json", []byte(broken)),
		object("broken-large.json", []byte(strings.TrimSuffix(large, "]}"))),
		object("cut.json.gz", gzipped(small)[:30]),
		object("cut-large.json.gz", gzipped(large)[:len(gzipped(large))-9]),
		object("none.json", nil),
		object("other.json", []byte(`{"a":1}`)),
		{Object: ingest.Object{Name: "denied.json", Size: 3}, openError: errDisk},
		{Object: ingest.Object{Name: "fifo.json"}, fail: ingest.FailNotRegular},
		{Object: ingest.Object{Name: "notes.txt"}, skip: ingest.SkipNotLogFile},
	}
	entries[3].Size = -1
	r := newRig(2, entries...)
	v := &verifier{told: map[string]string{}, altered: map[string]bool{"altered.json.gz": true, "altered-large.json": true, "altered-broken.json": true}}
	r.options.Verifier, r.options.Memory = v, 1<<20
	digests := []entry{
		object("d/good.json.gz", gzipped("good")),
		object("d/plain.json", []byte("plain")),
		object("d/unsized.json.gz", gzipped("unsized")),
		object("d/cut.json.gz", gzipped("cut")[:15]),
		object("d/two.json.gz", append(gzipped("one"), gzipped("two")...)),
		{Object: ingest.Object{Name: "d/denied.json.gz", Size: 4}, openError: errDisk},
		{Object: ingest.Object{Name: "d/notes.txt"}, skip: ingest.SkipDigest},
	}
	digests[2].Size = -1
	s, err := r.runSource(t.Context(), t, digestSource{&r.source, digests})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"plain.json": hashOf(small), "packed.json.gz": hashOf(small), "large.json.gz": hashOf(large), "unsized.json": hashOf(large),
		"two.json.gz": hashOf(small + "\n"), "x_CloudTrail_two.json.gz": "trailingBytes",
		"altered.json.gz": hashOf(small), "altered-large.json": hashOf(large), "altered-broken.json": hashOf(broken),
		"broken.json": hashOf(broken), "broken-large.json": hashOf(strings.TrimSuffix(large, "]}")),
		"cut.json.gz": "badGzip", "cut-large.json.gz": "badGzip", "none.json": "empty", "other.json": hashOf(`{"a":1}`),
		"denied.json": "unreadable", "fifo.json": "notRegular",
		"d/good.json.gz": "digest good, signature of d/good.json.gz", "d/plain.json": "digest plain, signature of d/plain.json",
		"d/unsized.json.gz": "digest unsized, signature of d/unsized.json.gz",
		"d/cut.json.gz":     "digest badGzip", "d/two.json.gz": "digest trailingBytes", "d/denied.json.gz": "digest unreadable",
	}
	if !maps.Equal(v.told, want) {
		for name := range want {
			if v.told[name] != want[name] {
				t.Errorf("%s: told %q, want %q", name, v.told[name], want[name])
			}
		}
		t.Errorf("told %d things, want %d", len(v.told), len(want))
	}
	if s.Read != 5 || s.Skipped[ingest.SkipDigest] != 4 || s.Skipped[ingest.SkipNotCloudTrail] != 1 || s.Skipped[ingest.SkipNotLogFile] != 1 {
		t.Errorf("%d read, skipped %v", s.Read, s.Skipped)
	}
	failed := map[string]int64{"altered": 3, "badJSON": 2, "badGzip": 3, "trailingBytes": 2, "empty": 1, "unreadable": 2, "notRegular": 1}
	if !maps.Equal(s.Failed, failed) {
		t.Errorf("failed: %v, want %v", s.Failed, failed)
	}
	if done := r.progress.Done.Load(); done != s.Listed {
		t.Errorf("%d are done of %d", done, s.Listed)
	}
}

// A run whose digests cannot be judged ends before a log file is read.
func TestVerifierCannotSettle(t *testing.T) {
	r := newRig(1, object("a.json", []byte(envelope(1))))
	v := &verifier{told: map[string]string{}, err: errDisk}
	r.options.Verifier = v
	if _, err := r.run(t.Context(), t); !errors.Is(err, errDisk) || len(v.told) > 0 {
		t.Errorf("%v, told %v", err, v.told)
	}
}

// A fatal error of a digest ends the run, as that of a log file does.
func TestVerifierFatal(t *testing.T) {
	r := newRig(1, object("a.json", []byte(envelope(1))))
	v := &verifier{told: map[string]string{}}
	r.options.Verifier = v
	digests := []entry{{Object: ingest.Object{Name: "d.json", Size: 1}, openError: &ingest.FatalError{Err: errDisk}}}
	_, err := r.runSource(t.Context(), t, digestSource{&r.source, digests})
	if !errors.Is(err, errDisk) || len(v.told) > 0 {
		t.Errorf("%v, told %v", err, v.told)
	}
}
