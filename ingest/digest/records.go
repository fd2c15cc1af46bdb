package digest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/cespare/xxhash/v2"
)

// listedFile is a log file that a digest lists.
type listedFile struct {
	at     Location
	known  bool // its hash is of the algorithm that is known
	hash   [sha256.Size]byte
	number uint32 // of the digest
}

// A listed file is kept as: its prefix, bucket and key, whether its hash is known, the hash, the number of its digest.
func appendListed(b []byte, f *LogFile, number uint32) []byte {
	b = binary.BigEndian.AppendUint64(b, prefix(f.S3Object))
	b = appendString(b, f.S3Bucket)
	b = appendString(b, f.S3Object)
	var hash [sha256.Size]byte
	n, err := hex.Decode(hash[:], []byte(f.HashValue[:min(len(f.HashValue), 2*len(hash))]))
	if f.HashAlgorithm == HashAlgorithm && err == nil && n == len(hash) && len(f.HashValue) == 2*len(hash) {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = append(b, hash[:]...)
	return binary.BigEndian.AppendUint32(b, number)
}

func readListed(b []byte) (f listedFile) {
	b = b[8:]
	f.at.Bucket, b = cutString(b)
	f.at.Key, b = cutString(b)
	f.known = b[0] == 1
	copy(f.hash[:], b[1:])
	f.number = binary.BigEndian.Uint32(b[1+len(f.hash):])
	return f
}

// prefix is what the records of a log file begin with: a hash of the part of its name that all copies of it have.
func prefix(name string) uint64 { return xxhash.Sum64String(plainBase(name)) }

// foundFile is a log file that is there.
type foundFile struct {
	name   string
	at     Location
	hash   [sha256.Size]byte
	unread string // why it has no hash, "" if it has one
}

// A found file is kept as: its prefix, name, bucket, key, why it was not read, the hash. A name that follows from bucket and
// key, and a key that is the name, are left out.
func appendFound(b []byte, f *foundFile) []byte {
	b = binary.BigEndian.AppendUint64(b, prefix(f.at.Key))
	name, key := f.name, f.at.Key
	if f.at.Bucket != "" && name == "s3://"+f.at.Bucket+"/"+key {
		name = ""
	} else if name == key {
		key = ""
	}
	b = appendString(b, name)
	b = appendString(b, f.at.Bucket)
	b = appendString(b, key)
	b = appendString(b, f.unread)
	return append(b, f.hash[:]...)
}

func readFound(b []byte) (f foundFile) {
	b = b[8:]
	f.name, b = cutString(b)
	f.at.Bucket, b = cutString(b)
	f.at.Key, b = cutString(b)
	f.unread, b = cutString(b)
	copy(f.hash[:], b)
	if f.name == "" {
		f.name = "s3://" + f.at.Bucket + "/" + f.at.Key
	}
	if f.at.Key == "" {
		f.at.Key = f.name
	}
	return f
}

// A digest is kept as: its numbers, its hash, whether it was read, and its strings.
func appendEntry(b []byte, e *entry) []byte {
	b = binary.BigEndian.AppendUint32(b, e.number)
	b = binary.BigEndian.AppendUint64(b, uint64(e.from))
	b = binary.BigEndian.AppendUint64(b, uint64(e.end))
	b = append(b, e.hash[:]...)
	if e.file == nil {
		b = append(b, 0)
	} else {
		b = append(b, 1)
	}
	for _, s := range e.strings() {
		b = appendString(b, *s)
	}
	return b
}

func readEntry(b []byte) *entry {
	e := &entry{number: binary.BigEndian.Uint32(b), from: int64(binary.BigEndian.Uint64(b[4:])), end: int64(binary.BigEndian.Uint64(b[12:]))}
	b = b[20+copy(e.hash[:], b[20:]):]
	if b[0] == 1 {
		e.file = new(File)
	}
	b = b[1:]
	for _, s := range e.strings() {
		*s, b = cutString(b)
	}
	return e
}

// strings are those that are kept of a digest: of its file, all but the times of its events.
func (e *entry) strings() []*string {
	all := []*string{
		&e.name, &e.at.Bucket, &e.at.Key, &e.signature.Value, &e.signature.Algorithm, &e.signature.BackfillGenerated, &e.failed, &e.detail,
	}
	if f := e.file; f != nil {
		all = append(all,
			&f.AWSAccountID, &f.DigestStartTime, &f.DigestEndTime, &f.DigestS3Bucket, &f.DigestS3Object, &f.DigestPublicKeyFingerprint,
			&f.DigestSignatureAlgorithm, &f.PreviousDigestS3Bucket, &f.PreviousDigestS3Object, &f.PreviousDigestHashValue,
			&f.PreviousDigestHashAlgorithm, &f.PreviousDigestSignature)
	}
	return all
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func cutString(b []byte) (s string, rest []byte) {
	length, n := binary.Uvarint(b)
	return string(b[n : n+int(length)]), b[n+int(length):]
}
