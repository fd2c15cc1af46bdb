package s3

import (
	"net/http"
	"testing"
)

// The check values of the catalogue of CRC algorithms for "123456789", and of the standards for "abc".
func TestChecksum(t *testing.T) {
	for _, test := range []struct{ header, value, data string }{
		{"x-amz-checksum-crc64nvme", "rosUhgp5mIg=", "123456789"}, // ae8b14860a799888 is CRC-64/NVME
		{"x-amz-checksum-crc32", "y/Q5Jg==", "123456789"},         // cbf43926
		{"x-amz-checksum-crc32c", "4waSgw==", "123456789"},        // e3069283
		{"x-amz-checksum-sha1", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "abc"},
		{"x-amz-checksum-sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "abc"},
		{"x-amz-checksum-sha512",
			"3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==", "abc"},
		{"x-amz-checksum-md5", "kAFQmDzST7DWlj99KOF/cg==", "abc"},
	} {
		header := http.Header{}
		header.Set(test.header, test.value)
		sum := newChecksum(header)
		sum.add([]byte(test.data[:1]))
		if err := sum.compare(); err == nil {
			t.Errorf("%s: one byte has the checksum of all", test.header)
		}
		sum.add([]byte(test.data[1:]))
		if err := sum.compare(); err != nil {
			t.Errorf("%s: %v", test.header, err)
		}
	}
}

// A checksum over the checksums of parts, or of an algorithm that is not known here, is nothing to compare with.
func TestNoChecksum(t *testing.T) {
	for _, header := range []http.Header{
		{},
		{"X-Amz-Checksum-Sha256": {"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=-3"}},
		{"X-Amz-Checksum-Crc32": {"y/Q5Jg=="}, "X-Amz-Checksum-Type": {"COMPOSITE"}},
		{"X-Amz-Checksum-Xxhash3": {"AAAA"}, "X-Amz-Checksum-Type": {"FULL_OBJECT"}},
	} {
		sum := newChecksum(header)
		sum.add([]byte("other bytes"))
		if err := sum.compare(); err != nil {
			t.Errorf("%v: %v", header, err)
		}
	}
}
