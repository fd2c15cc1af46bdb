package digest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roletrail/ingest"
	"roletrail/ingest/digest"
	"roletrail/ingest/local"
	"roletrail/ingest/record"
	"roletrail/internal/tamper"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// treeSource is a tree of the matrix, as the source of S3 would tell it.
type treeSource struct{ tree *tamper.Tree }

func (s treeSource) list(listing ingest.Listing, digests bool) error {
	for _, at := range s.tree.Locations() {
		if at.Bucket != s.tree.Bucket {
			continue
		}
		o := ingest.Object{Name: at.URL(), Size: int64(len(s.tree.Objects[at].Content)), Key: ingest.ParseKey(at.URL()), Location: ingest.Location(at)}
		switch isDigest := ingest.SkipKind(at.Key) == ingest.SkipDigest; {
		case isDigest == digests:
			if err := listing.Object(o); err != nil {
				return err
			}
		case isDigest:
			listing.Skip(o.Name, ingest.SkipDigest)
		}
	}
	return nil
}

func (s treeSource) List(_ context.Context, listing ingest.Listing) error {
	return s.list(listing, false)
}
func (s treeSource) ListDigests(_ context.Context, listing ingest.Listing) error {
	return s.list(listing, true)
}

func (s treeSource) Open(_ context.Context, o ingest.Object) (io.ReadCloser, error) {
	object := s.tree.Objects[tamper.Location(o.Location)]
	return treeObject{io.NopCloser(bytes.NewReader(object.Content)), object.Metadata}, nil
}

type treeObject struct {
	io.ReadCloser
	metadata map[string]string
}

func (o treeObject) Signature() ingest.Signature {
	return ingest.Signature{Value: o.metadata["signature"], Algorithm: o.metadata["signature-algorithm"], BackfillGenerated: o.metadata["backfill-generation-timestamp"]}
}

func keysOf(tree *tamper.Tree) digest.KeyFile {
	var f digest.KeyFile
	for _, key := range tree.Keys {
		f.Keys = append(f.Keys, digest.PublicKey{Region: key.Region, Fingerprint: key.Fingerprint, Value: key.Value})
	}
	return f
}

// committed counts the log files whose records counted.
type committed struct{ files int }

func (*committed) Begin(*ingest.Object)        {}
func (*committed) Record(*record.Record) error { return nil }
func (c *committed) Commit(record.Elements)    { c.files++ }
func (*committed) Discard()                    {}

func verify(t *testing.T, source ingest.Source, o digest.Options) (*digest.Result, *ingest.Summary) {
	t.Helper()
	audit := digest.New(o)
	defer audit.Close()
	fields, _ := record.NewFields(nil)
	collector := &committed{}
	summary, err := ingest.Run(t.Context(), source, ingest.Options{Fields: fields, Verifier: audit}, []ingest.Collector{collector})
	if err != nil {
		t.Fatal(err)
	}
	result, err := audit.Result(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	accounted := summary.Read
	for _, of := range []map[string]int64{summary.Skipped, summary.Failed} {
		for _, n := range of {
			accounted += n
		}
	}
	if summary.Listed != accounted || int64(collector.files) != summary.Read {
		t.Errorf("%d objects listed, %d accounted for; %d read, %d committed", summary.Listed, accounted, summary.Read, collector.files)
	}
	return result, summary
}

// line is a problem as the matrix tells it.
func line(reason string, at tamper.Location, from, until time.Time) string {
	return fmt.Sprintf("%s %s %s-%s", reason, path.Base(at.Key), from.Format("15:04:05"), until.Format("15:04:05"))
}

func compareWithRow(t *testing.T, row tamper.Row, tree *tamper.Tree, result *digest.Result, withLocation bool) {
	t.Helper()
	must, may := row.Problems(tree)
	want := map[string]bool{}
	for _, p := range must {
		want[line(string(p.Reason), p.At, p.From, p.Until)] = true
	}
	allowed := map[string]bool{}
	for _, p := range may {
		allowed[line(string(p.Reason), p.At, p.From, p.Until)] = true
	}
	for _, p := range result.Problems {
		at := tamper.Location(p.Location)
		if withLocation {
			for _, q := range slices.Concat(must, may) {
				if q.At.Key == at.Key && q.At != at {
					t.Errorf("%s: in bucket %s, want %s", p.Reason, at.Bucket, q.At.Bucket)
				}
			}
		}
		l := line(string(p.Reason), at, p.From, p.Until)
		if want[l] {
			delete(want, l)
		} else if !allowed[l] {
			t.Errorf("told: %s (%s)", l, p.Detail)
		}
	}
	for l := range want {
		t.Errorf("not told: %s", l)
	}
	compareCounts(t, row, tree, result)
	for _, c := range result.Chains {
		if c.Region == tamper.OtherRegion && (c.Digests.Valid != tamper.Hours && !c.Backfill || c.Digests.Invalid+c.Digests.Missing+c.Digests.NotChecked > 0) {
			t.Errorf("the other Region: %+v", c)
		}
	}
}

func compareCounts(t *testing.T, row tamper.Row, tree *tamper.Tree, result *digest.Result) {
	t.Helper()
	var got tamper.Counts
	var proven []int
	for _, c := range result.Chains {
		if c.Region != tamper.Region {
			continue
		}
		got.DigestsValid += int(c.Digests.Valid)
		got.DigestsInvalid += int(c.Digests.Invalid)
		got.DigestsMissing += int(c.Digests.Missing)
		got.DigestsNotChecked += int(c.Digests.NotChecked)
		got.Valid += int(c.LogFiles.Valid)
		got.Altered += int(c.LogFiles.Altered)
		got.Missing += int(c.LogFiles.Missing)
		got.Moved += int(c.LogFiles.Moved)
		got.Unread += int(c.LogFiles.Unread)
		got.NotChecked += int(c.LogFiles.NotChecked)
		for _, i := range c.Proven {
			for at := i.From; !c.Backfill && at.Before(i.Until); at = at.Add(time.Hour) {
				proven = append(proven, int(at.Sub(tamper.Start)/time.Hour))
			}
		}
	}
	for _, p := range result.Places {
		if p.Region == tamper.Region {
			got.Extra, got.NotCovered = int(p.Extra), int(p.NotCovered)
		}
	}
	if want := row.Counts(tree); got != want {
		t.Errorf("counted\n%+v, want\n%+v", got, want)
	}
	if want := row.ProvenHours(tree); !slices.Equal(proven, want) {
		t.Errorf("proven: %v, want %v", proven, want)
	}
}

func TestMatrix(t *testing.T) {
	for _, row := range tamper.Rows {
		t.Run(row.Name, func(t *testing.T) {
			tree := tamper.New(t, row, "trail-logs")
			result, _ := verify(t, treeSource{tree}, digest.Options{Keys: keysOf(tree)})
			compareWithRow(t, row, tree, result, true)
		})
	}
}

// A local copy with the signatures beside the digests shows the same damage.
func TestMatrixLocal(t *testing.T) {
	for _, row := range tamper.Rows {
		if strings.Contains(row.Name, "another bucket") {
			continue // which bucket a copy is of does not show
		}
		t.Run(row.Name, func(t *testing.T) {
			tree := tamper.New(t, row, "trail-logs")
			dir := t.TempDir()
			tree.Write(t, dir, true)
			result, _ := verify(t, local.New([]string{path.Join(dir, tree.Bucket)}, local.Options{}), digest.Options{Keys: keysOf(tree)})
			if row.Name == "signature: not in the metadata" || row.Name == "signature: last one not in the metadata" {
				return
			}
			compareWithRow(t, row, tree, result, false)
		})
	}
}
