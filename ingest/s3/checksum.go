package s3

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strings"

	"roletrail/ingest"
)

// crc64NVME is the polynomial of the NVM Express specification, which S3 uses, inverted.
const crc64NVME = 0x9a6c_9329_ac4b_c9b5

// checksums are the ones that S3 may have stored with an object, the most frequent first: it adds a CRC-64/NVME to what
// comes without any (Amazon S3 User Guide, "Checking object integrity for data at rest").
var checksums = func() [7]algorithm {
	nvme, castagnoli := crc64.MakeTable(crc64NVME), crc32.MakeTable(crc32.Castagnoli)
	return [...]algorithm{
		{"CRC64NVME", "X-Amz-Checksum-Crc64nvme", func() hash.Hash { return crc64.New(nvme) }},
		{"CRC32", "X-Amz-Checksum-Crc32", func() hash.Hash { return crc32.NewIEEE() }},
		{"CRC32C", "X-Amz-Checksum-Crc32c", func() hash.Hash { return crc32.New(castagnoli) }},
		{"SHA256", "X-Amz-Checksum-Sha256", sha256.New},
		{"SHA1", "X-Amz-Checksum-Sha1", sha1.New},
		{"SHA512", "X-Amz-Checksum-Sha512", sha512.New},
		{"MD5", "X-Amz-Checksum-Md5", md5.New},
	}
}()

type algorithm struct {
	name   string
	header string // in the form that package net/http gives it
	new    func() hash.Hash
}

// checksum compares the bytes of an object with what S3 says they add up to. The zero value has nothing to compare with.
type checksum struct {
	algorithm *algorithm
	hash      hash.Hash
	stored    string // base64
}

// newChecksum takes the checksum of a whole object from the header of the answer to GetObject. That of an object that was
// uploaded in parts may be one over the checksums of its parts: it says nothing of the whole.
func newChecksum(header http.Header) checksum {
	for i := range checksums {
		a := &checksums[i]
		if values := header[a.header]; len(values) > 0 {
			if isComposite(header, values[0]) {
				break
			}
			return checksum{a, a.new(), values[0]}
		}
	}
	return checksum{}
}

// isComposite tells a checksum over checksums by its type or by the number of parts that follows it. No hyphen is in the
// alphabet of base64.
func isComposite(header http.Header, value string) bool {
	kind := header["X-Amz-Checksum-Type"]
	return len(kind) > 0 && kind[0] == "COMPOSITE" || strings.Contains(value, "-")
}

func (c *checksum) add(data []byte) {
	if c.hash != nil {
		c.hash.Write(data)
	}
}

// compare returns an error if the bytes that were added are not those that were stored.
func (c *checksum) compare() error {
	if c.hash == nil {
		return nil
	}
	var sum [sha512.Size]byte
	if computed := base64.StdEncoding.EncodeToString(c.hash.Sum(sum[:0])); computed != c.stored {
		return &bodyError{ingest.FailChecksum, true, fmt.Errorf(
			"what arrived has the %s checksum %s, and S3 stored one of %.100q", c.algorithm.name, computed, c.stored)}
	}
	return nil
}
