package trailgen

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"path"
	"time"
)

// SignatureAlgorithm is the only one that CloudTrail signs digests by: PKCS #1 v1.5 over SHA-256.
const SignatureAlgorithm = "SHA256withRSA"

// DigestFile names a digest file in the layout of a CloudTrail bucket (AWS CloudTrail User Guide, "CloudTrail digest file
// structure"). Of LogFile, Delivered is the digest's end and Unique means nothing.
type DigestFile struct {
	LogFile
	Trail      string
	HomeRegion string
	Backfill   bool
}

// Key is the name of the digest file in its bucket.
func (f DigestFile) Key() string {
	name := f.Account + "_CloudTrail-Digest_" + f.Region + "_" + f.Trail + "_" + f.HomeRegion + "_" + f.Delivered.UTC().Format("20060102T150405Z")
	if f.Backfill {
		name += "_backfill"
	}
	return path.Join(f.folder("CloudTrail-Digest"), name+".json.gz")
}

// Pause is a time without logging. The digest before it ends with it, and the first one after it begins a new chain.
type Pause struct{ Stopped, Started time.Time }

// DigestOptions say which digests Sign writes. Key, Bucket, Start and End have no default.
type DigestOptions struct {
	Key         *rsa.PrivateKey
	Fingerprint string // default: Fingerprint of Key

	Bucket     string // where the trail delivers to
	Trail      string // name; default management
	HomeRegion string // of the trail; default us-east-1

	// Accounts and Regions are those with digests, each account in each Region, whether there are log files or not; then
	// Organization and Prefix say where. Default: each account and Region that has log files.
	Accounts, Regions    []string
	Organization, Prefix string

	// Start is where the first digest begins, whose previous one is null. Each spans an hour, but the last one before a
	// Pause or before End, which may be shorter. Log files that were delivered outside are in no digest.
	Start, End time.Time
	Pauses     []Pause // in order, not overlapping

	// Withhold tells of a log file, by its key, whether its hour's digest leaves it out, as happens when delivery was slow.
	// It is then listed by a backfill digest of that hour, in a chain of such. Nil withholds none.
	Withhold func(key string) bool

	// Bend may change a digest before it is signed, so that a wrong one can bear a right signature, and the next digest
	// its hash. Nil changes nothing.
	Bend func(digest Digest, text Object) Object

	Sidecars bool // write the signature into a file beside each digest, for copies that lose the metadata of objects
	Workers  int  // goroutines; default: GOMAXPROCS. Does not change the digests
}

// Digest is a digest file that was written.
type Digest struct {
	Key             string // in the bucket
	Account, Region string
	Backfill        bool
	Start, End      time.Time
	LogFiles        []string          // keys of those listed, in their order
	Metadata        map[string]string // of the S3 object: signature, signature-algorithm, for backfill its time
}

// Fingerprint returns what stands for the fingerprint of a key. How CloudTrail computes it is not documented; it has 32
// hexadecimal digits.
func Fingerprint(key *rsa.PublicKey) string {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(key))
	return hex.EncodeToString(sum[:16])
}

func (o DigestOptions) complete() (DigestOptions, error) {
	switch {
	case o.Key == nil:
		return o, errors.New("key: none to sign with")
	case o.Bucket == "":
		return o, errors.New("bucket: no name")
	case !o.End.After(o.Start):
		return o, errors.New("end: not after the start")
	case (len(o.Accounts) == 0) != (len(o.Regions) == 0):
		return o, errors.New("accounts and Regions: only one of them given")
	}
	at := o.Start
	for _, p := range o.Pauses {
		if p.Stopped.Before(at) || !p.Started.After(p.Stopped) || p.Started.After(o.End) {
			return o, errors.New("pauses: not in order, or outside of the time")
		}
		at = p.Started
	}
	o.Fingerprint = cmp.Or(o.Fingerprint, Fingerprint(&o.Key.PublicKey))
	o.Trail = cmp.Or(o.Trail, "management")
	o.HomeRegion = cmp.Or(o.HomeRegion, "us-east-1")
	return o, nil
}

// span is the time of one digest.
type span struct {
	start, end time.Time
	first      bool // of its chain
}

// spans returns the times of all digests that are not backfill.
func (o *DigestOptions) spans() (spans []span) {
	at := o.Start
	for _, p := range append(o.Pauses[:len(o.Pauses):len(o.Pauses)], Pause{o.End, time.Time{}}) {
		for first := true; at.Before(p.Stopped); first = false {
			end := at.Add(time.Hour)
			if end.After(p.Stopped) {
				end = p.Stopped
			}
			spans = append(spans, span{at, end, first})
			at = end
		}
		at = p.Started
	}
	return spans
}
