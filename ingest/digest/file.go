// Package digest verifies CloudTrail's digest files: what CloudTrail delivered, hour by hour, in a chain of signed lists of
// log files (AWS CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of CloudTrail log file
// integrity validation").
//
//	file.go      one digest file: its fields, what is signed, the signature
//	name.go      what the name of a digest file tells, and which names stand for one place
//	keys.go      public keys, from a file or anywhere else
//	sidecar.go   the signature of a digest file beside a local copy of it
//	audit.go     Audit takes up what is read
//	records.go   how log files are kept until then
//	signers.go   the public keys that an audit asks for
//	chain.go     the digests of one chain: which can be believed, and which are missing
//	settle.go    the log files: what was listed beside what was found
//	coverage.go  the log files that no digest lists
//	result.go    what came of it
//	sorter.go    records in order, in memory or, when there are many, on disk
package digest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"roletrail/ingest"
)

// Location is where an object is, as CloudTrail named it. The bucket of a local copy may be unknown ("").
type Location = ingest.Location

// The algorithms that CloudTrail uses, as digest files name them.
const (
	SignatureAlgorithm = "SHA256withRSA" // RSASSA-PKCS1-v1_5
	HashAlgorithm      = "SHA-256"
)

// File is a digest file. What is null in it is "" here.
type File struct {
	AWSAccountID                string    `json:"awsAccountId"`
	DigestStartTime             string    `json:"digestStartTime"` // RFC 3339, as it was written; see Start
	DigestEndTime               string    `json:"digestEndTime"`   // the same; it is signed as it is written
	DigestS3Bucket              string    `json:"digestS3Bucket"`
	DigestS3Object              string    `json:"digestS3Object"`
	DigestPublicKeyFingerprint  string    `json:"digestPublicKeyFingerprint"`
	DigestSignatureAlgorithm    string    `json:"digestSignatureAlgorithm"`
	NewestEventTime             string    `json:"newestEventTime,omitempty"`
	OldestEventTime             string    `json:"oldestEventTime,omitempty"`
	PreviousDigestS3Bucket      string    `json:"previousDigestS3Bucket,omitempty"`
	PreviousDigestS3Object      string    `json:"previousDigestS3Object,omitempty"` // "" in the first digest of a chain
	PreviousDigestHashValue     string    `json:"previousDigestHashValue,omitempty"`
	PreviousDigestHashAlgorithm string    `json:"previousDigestHashAlgorithm,omitempty"`
	PreviousDigestSignature     string    `json:"previousDigestSignature,omitempty"`
	LogFiles                    []LogFile `json:"logFiles"`
}

// LogFile is a log file that CloudTrail delivered in the time of a digest.
type LogFile struct {
	S3Bucket        string `json:"s3Bucket"`
	S3Object        string `json:"s3Object"`
	HashValue       string `json:"hashValue"` // of the text that the file inflates to
	HashAlgorithm   string `json:"hashAlgorithm"`
	NewestEventTime string `json:"newestEventTime,omitempty"`
	OldestEventTime string `json:"oldestEventTime,omitempty"`
}

// Parse reads a digest file that has been inflated. It accepts only what can be verified: the place, the time and the key
// of the digest must be there. It keeps nothing of text.
func Parse(text []byte) (*File, error) {
	f := new(File)
	if err := json.Unmarshal(text, f); err != nil {
		return nil, fmt.Errorf("no digest file: %w", err)
	}
	switch {
	case f.DigestS3Bucket == "" || f.DigestS3Object == "":
		return nil, errors.New("no digest file: it does not say where it belongs")
	case f.DigestPublicKeyFingerprint == "":
		return nil, errors.New("no digest file: it does not name the key that it is signed with")
	case (f.PreviousDigestS3Object == "") != (f.PreviousDigestS3Bucket == ""):
		return nil, errors.New("no digest file: it names half of the place of the digest before")
	}
	start, err := time.Parse(time.RFC3339, f.DigestStartTime)
	if err != nil {
		return nil, fmt.Errorf("no digest file: digestStartTime: %w", err)
	}
	end, err := time.Parse(time.RFC3339, f.DigestEndTime)
	if err != nil {
		return nil, fmt.Errorf("no digest file: digestEndTime: %w", err)
	}
	if !start.Before(end) {
		return nil, fmt.Errorf("no digest file: it begins at %s and ends at %s", f.DigestStartTime, f.DigestEndTime)
	}
	for i := range f.LogFiles {
		if f.LogFiles[i].S3Object == "" {
			return nil, fmt.Errorf("no digest file: the log file at position %d has no key", i)
		}
	}
	return f, nil
}

// Start is when the time of the digest begins. The zero time stands for one that Parse would refuse, as in End.
func (f *File) Start() time.Time { return parseTime(f.DigestStartTime) }

// End is when the time of the digest ends: the first moment that belongs to the next one.
func (f *File) End() time.Time { return parseTime(f.DigestEndTime) }

func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// Location is where the digest says that it lies.
func (f *File) Location() Location { return Location{Bucket: f.DigestS3Bucket, Key: f.DigestS3Object} }

// Previous is where the digest before lies; the zero Location in the first one of a chain.
func (f *File) Previous() Location {
	return Location{Bucket: f.PreviousDigestS3Bucket, Key: f.PreviousDigestS3Object}
}

// StringToSign is what CloudTrail signs of a digest that lies at a place and inflates to a text with a SHA-256 hash. What is
// not known of the place is taken from the digest itself.
func StringToSign(f *File, at Location, hash [sha256.Size]byte) []byte {
	if at.Bucket == "" {
		at.Bucket = f.DigestS3Bucket
	}
	if at.Key == "" {
		at.Key = f.DigestS3Object
	}
	previous := f.PreviousDigestSignature
	if previous == "" {
		previous = "null"
	}
	return fmt.Appendf(nil, "%s\n%s/%s\n%s\n%s", f.DigestEndTime, at.Bucket, at.Key, hex.EncodeToString(hash[:]), previous)
}

// VerifySignature returns nil if signature is that of the digest, at a place and with a hash as for [StringToSign], by the
// holder of key. Keys of less than 1024 bits are refused; CloudTrail's have 2048.
func (f *File) VerifySignature(key *rsa.PublicKey, at Location, hash [sha256.Size]byte, signature []byte) error {
	signed := sha256.Sum256(StringToSign(f, at, hash))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, signed[:], signature)
}
