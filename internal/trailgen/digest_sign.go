package trailgen

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Sign writes the digests of the log files below a folder, which is a copy of a bucket, and returns them by account,
// Region and time, those of a Region's backfill behind the others. The log files must be whole.
func Sign(dir string, options DigestOptions) ([]Digest, error) {
	options, err := options.complete()
	if err != nil {
		return nil, err
	}
	if options.Workers <= 0 {
		options.Workers = runtime.GOMAXPROCS(0)
	}
	files, err := deliveredFiles(dir, options.Workers)
	if err != nil {
		return nil, err
	}
	lanes := options.lanes(files)
	written := make([][]Digest, len(lanes))
	var group errgroup.Group
	group.SetLimit(options.Workers)
	for i, lane := range lanes {
		group.Go(func() (err error) {
			s := signer{DigestOptions: &options, dir: dir, lane: lane}
			written[i], err = s.all()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(written...), nil
}

// digestLane is an account in a Region, with its log files in the order of their delivery.
type digestLane struct {
	name  LogFile // what names of its files have in common
	files []deliveredFile
}

// lanes returns the accounts and Regions to write digests for, in order.
func (o *DigestOptions) lanes(files []deliveredFile) (lanes []digestLane) {
	found := map[LogFile]int{}
	add := func(name LogFile) int {
		if _, known := found[name]; !known {
			found[name] = len(lanes)
			lanes = append(lanes, digestLane{name: name})
		}
		return found[name]
	}
	for _, account := range o.Accounts {
		for _, region := range o.Regions {
			add(LogFile{Prefix: o.Prefix, Organization: o.Organization, Account: account, Region: region})
		}
	}
	for _, file := range files {
		name := file.name
		name.Delivered, name.Unique = time.Time{}, ""
		i, known := found[name]
		if !known {
			if len(o.Accounts) > 0 {
				continue
			}
			i = add(name)
		}
		lanes[i].files = append(lanes[i].files, file)
	}
	slices.SortFunc(lanes, func(a, b digestLane) int { return cmp.Compare(a.name.folder(""), b.name.folder("")) })
	return lanes
}

// signer writes the digests of one lane.
type signer struct {
	*DigestOptions
	dir  string
	lane digestLane
}

// previous is what a digest says of the one before it.
type previous struct {
	key, hash, signature string
}

func (s *signer) all() (written []Digest, err error) {
	spans := s.spans()
	var last previous
	for _, span := range spans {
		if span.first {
			last = previous{}
		}
		digest := s.digest(span, false)
		if last, err = s.write(&digest, s.listed(span, false), last); err != nil {
			return nil, err
		}
		written = append(written, digest)
	}
	last = previous{}
	for _, span := range spans {
		files := s.listed(span, true)
		if len(files) == 0 {
			continue
		}
		digest := s.digest(span, true)
		if last, err = s.write(&digest, files, last); err != nil {
			return nil, err
		}
		written = append(written, digest)
	}
	return written, nil
}

// digest names the digest of a time.
func (s *signer) digest(span span, backfill bool) Digest {
	name := DigestFile{LogFile: s.lane.name, Trail: s.Trail, HomeRegion: s.HomeRegion, Backfill: backfill}
	name.Delivered = span.end
	return Digest{Key: name.Key(), Account: name.Account, Region: name.Region, Backfill: backfill, Start: span.start, End: span.end}
}

// listed returns the log files that the digest of a time lists.
func (s *signer) listed(span span, backfill bool) (files []deliveredFile) {
	from := func(at time.Time) int {
		i, _ := slices.BinarySearchFunc(s.lane.files, at, func(f deliveredFile, at time.Time) int { return f.name.Delivered.Compare(at) })
		return i
	}
	for _, file := range s.lane.files[from(span.start):from(span.end)] {
		if backfill == (s.Withhold != nil && s.Withhold(file.name.Key())) {
			files = append(files, file)
		}
	}
	return files
}

// write signs and writes a digest, and returns what the next one says of it.
func (s *signer) write(digest *Digest, files []deliveredFile, last previous) (previous, error) {
	for _, file := range files {
		digest.LogFiles = append(digest.LogFiles, file.name.Key())
	}
	object := s.object(digest, files, last)
	if s.Bend != nil {
		object = s.Bend(*digest, object)
	}
	text := object.JSON()
	hash := sha256.Sum256(text)
	signature, err := s.sign(object, hash)
	if err != nil {
		return previous{}, fmt.Errorf("%s: %w", digest.Key, err)
	}
	digest.Metadata = map[string]string{"signature": signature, "signature-algorithm": SignatureAlgorithm}
	if digest.Backfill { // how much later it comes is not documented
		digest.Metadata["backfill-generation-timestamp"] = digest.End.Add(26 * time.Hour).UTC().Format(time.RFC3339)
	}
	data, err := Form{}.Pack(text)
	if err != nil {
		return previous{}, err
	}
	name := filepath.Join(s.dir, filepath.FromSlash(digest.Key))
	if err := writeFile(name, data); err != nil {
		return previous{}, err
	}
	if s.Sidecars {
		if err := writeFile(name+".signature.json", Sidecar(digest.Metadata)); err != nil {
			return previous{}, err
		}
	}
	return previous{digest.Key, hex.EncodeToString(hash[:]), signature}, nil
}

// Sidecar returns the file that keeps a digest's signature beside a copy of it, from the metadata of the S3 object. Its
// name is the digest's with .signature.json behind.
func Sidecar(metadata map[string]string) []byte {
	return Object{
		{"schema", "roletrail/digest-signature/v1"},
		{"signature", metadata["signature"]},
		{"signatureAlgorithm", metadata["signature-algorithm"]},
	}.JSON()
}

// object is the digest as JSON, with the keys in the order of AWS's sample.
func (s *signer) object(digest *Digest, files []deliveredFile, last previous) Object {
	instant := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	orNull := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	var bucket, algorithm any
	if last.key != "" {
		bucket, algorithm = s.Bucket, "SHA-256"
	}
	var newest, oldest string
	logFiles := List{}
	for _, file := range files {
		newest = max(newest, file.newest)
		if oldest == "" || file.oldest != "" && file.oldest < oldest {
			oldest = file.oldest
		}
		logFiles = append(logFiles, Object{
			{"s3Bucket", s.Bucket}, {"s3Object", file.name.Key()}, {"hashValue", hex.EncodeToString(file.hash[:])}, {"hashAlgorithm", "SHA-256"},
			{"newestEventTime", orNull(file.newest)}, {"oldestEventTime", orNull(file.oldest)},
		})
	}
	return Object{
		{"awsAccountId", digest.Account},
		{"digestStartTime", instant(digest.Start)}, {"digestEndTime", instant(digest.End)},
		{"digestS3Bucket", s.Bucket}, {"digestS3Object", digest.Key},
		{"digestPublicKeyFingerprint", s.Fingerprint}, {"digestSignatureAlgorithm", SignatureAlgorithm},
		{"newestEventTime", orNull(newest)}, {"oldestEventTime", orNull(oldest)},
		{"previousDigestS3Bucket", bucket}, {"previousDigestS3Object", orNull(last.key)},
		{"previousDigestHashValue", orNull(last.hash)}, {"previousDigestHashAlgorithm", algorithm}, {"previousDigestSignature", orNull(last.signature)},
		{"logFiles", logFiles},
	}
}

// sign signs a digest by what it says of itself (AWS CloudTrail User Guide, "Custom implementations of CloudTrail log file
// integrity validation").
func (s *signer) sign(digest Object, hash [32]byte) (string, error) {
	text := digest.Text("digestEndTime") + "\n" + digest.Text("digestS3Bucket") + "/" + digest.Text("digestS3Object") + "\n" +
		hex.EncodeToString(hash[:]) + "\n" + cmp.Or(digest.Text("previousDigestSignature"), "null")
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, s.Key, crypto.SHA256, sum[:])
	return hex.EncodeToString(signature), err
}
