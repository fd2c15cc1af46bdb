package main

import (
	"fmt"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"roletrail/ingest"
	"roletrail/ingest/digest"
	"roletrail/ingest/s3"
)

// signatureSaver is a verifier that also writes the signature of every digest into a folder, laid out as the bucket is: laid
// over a copy of the bucket, it gives back what the copy has lost.
type signatureSaver struct {
	ingest.Verifier
	root *os.Root
	log  *slog.Logger
}

// checkSignatures finds what is wrong with the folder for signatures, and makes it.
func checkSignatures(dir string, sources []string) error {
	const flag = "--save-signatures"
	var buckets []string
	for _, name := range sources {
		location, err := s3.ParseLocation(name)
		if !strings.HasPrefix(name, s3Scheme) {
			return usage("name the bucket as s3://bucket/prefix", "%s: %s is a local copy, which has no signatures to save", flag, name)
		}
		if err == nil && !slices.Contains(buckets, location.Bucket) {
			buckets = append(buckets, location.Bucket)
		}
	}
	if len(buckets) > 1 {
		return usage("verify one bucket at a time", "%s: %s have a folder each", flag, strings.Join(buckets, " and "))
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return usage("", "%s %s: %w", flag, dir, cause(err))
	}
	return nil
}

func newSignatureSaver(v ingest.Verifier, dir string, log *slog.Logger) (*signatureSaver, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, failure("", "--save-signatures %s: %w", dir, cause(err))
	}
	return &signatureSaver{v, root, log}, nil
}

// Digest implements [ingest.Verifier].
func (s *signatureSaver) Digest(o *ingest.Object, text []byte, signature ingest.Signature) error {
	if signature.Value != "" {
		if err := s.save(o, signature); err != nil {
			return err
		}
	}
	return s.Verifier.Digest(o, text, signature)
}

// save writes a signature. A key that leads out of the folder is none of CloudTrail's, and is told of.
func (s *signatureSaver) save(o *ingest.Object, signature ingest.Signature) error {
	name := o.Location.Key + ingest.SidecarEnding
	local, err := filepath.Localize(name)
	if err != nil {
		s.log.Warn(ingest.OneLine(o.Name) + ": its signature is not saved: the key is no path inside of a folder")
		return nil
	}
	fail := func(err error) error {
		return fmt.Errorf("%s: its signature cannot be saved: %w", ingest.OneLine(o.Name), err)
	}
	if err := s.root.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o777); err != nil {
		return fail(err)
	}
	file, err := s.root.Create(local)
	if err != nil {
		return fail(err)
	}
	if err := digest.WriteSidecar(file, signature); err != nil {
		file.Close()
		return fail(err)
	}
	if err := file.Close(); err != nil {
		return fail(err)
	}
	return nil
}

func (s *signatureSaver) close() { s.root.Close() }
