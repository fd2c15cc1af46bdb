package local

import (
	"context"
	"io"

	"roletrail/ingest"
	"roletrail/ingest/digest"
)

// ListDigests walks through all paths once more, for what lies in folders of digests and for files with names of digests:
// copies may have lost their folders. List skips the same from then on.
func (s *source) ListDigests(ctx context.Context, listing ingest.Listing) error {
	s.digestsListed.Store(true)
	digests := &digestListing{listing: listing}
	err := s.each(ctx, func(p *place) error {
		if err := s.list(ctx, p, digests); err != nil {
			return err
		}
		return digests.err
	})
	return err
}

// isDigest reports whether an object is a digest: by its folder, or by its own name.
func isDigest(name string) bool {
	return ingest.SkipKind(name) == ingest.SkipDigest || ingest.NamesDigest(name)
}

// digestListing passes on what is skipped as a digest: as an object, unless it is something beside the digests.
type digestListing struct {
	listing ingest.Listing
	err     error // of the run, after which nothing is passed on
}

// Skip implements [ingest.Listing].
func (l *digestListing) Skip(name, reason string) {
	switch {
	case reason != ingest.SkipDigest || l.err != nil:
	case ingest.DigestFile(name):
		l.err = l.listing.Object(ingest.Object{Name: name, Size: -1, Key: ingest.ParseKey(name)})
	default:
		l.listing.Skip(name, reason)
	}
}

// Object implements [ingest.Listing]: what is no digest is listed later, as the rest.
func (l *digestListing) Object(ingest.Object) error { return l.err }

// Fail implements [ingest.Listing].
func (*digestListing) Fail(string, string, error) {}

// Prune implements [ingest.Listing].
func (*digestListing) Prune(string, string) {}

// digestFile is an open digest file. Its metadata come from the sidecar, if there is one.
type digestFile struct {
	io.ReadCloser
	signature ingest.Signature
}

// withSidecar adds what lies beside a digest file. A sidecar that cannot be read is as good as none: then the digest is not
// checked by it.
func (s *source) withSidecar(ctx context.Context, content io.ReadCloser, name string) io.ReadCloser {
	file := &digestFile{ReadCloser: content}
	beside, err := s.open(ctx, name+ingest.SidecarEnding)
	if err != nil {
		return file
	}
	defer beside.Close()
	if signature, err := digest.ReadSidecar(beside); err == nil {
		file.signature = signature
	}
	return file
}

// Signature implements [ingest.Signed].
func (d *digestFile) Signature() ingest.Signature { return d.signature }
