package s3

import (
	"errors"
	"fmt"
	"strings"
)

// scheme begins the name of everything in S3, as the AWS CLI writes it.
const scheme = "s3://"

// Location is a bucket, or a part of one.
type Location struct {
	Bucket string // the name of a bucket, or the alias or ARN of an access point
	Prefix string // of the keys, as it was given: it may end in the middle of a name; "" is all of the bucket
}

// ParseLocation reads s3://bucket[/prefix]. As in the AWS CLI nothing is unescaped, and the bucket may be the ARN of an
// access point. An error names url, and has a hint on a line of its own.
func ParseLocation(url string) (Location, error) {
	rest, found := strings.CutPrefix(url, scheme)
	if !found {
		return Location{}, fmt.Errorf("%s: no location in S3\nhint: one looks like s3://bucket/prefix", url)
	}
	bucket, prefix := cutBucket(rest)
	if err := checkBucket(bucket); err != nil {
		return Location{}, fmt.Errorf("%s: %w", url, err)
	}
	return Location{bucket, prefix}, nil
}

// String is the location as ParseLocation reads it.
func (l Location) String() string {
	if l.Prefix == "" {
		return scheme + l.Bucket
	}
	return scheme + l.Bucket + "/" + l.Prefix
}

// splitName cuts the name of an object, s3://bucket/key.
func splitName(name string) (bucket, key string) {
	return cutBucket(strings.TrimPrefix(name, scheme))
}

// cutBucket cuts bucket/key. In the ARN of an access point the first slash may stand before its name:
//
//	arn:<partition>:s3:<Region>:<account>:accesspoint/<name>
//	arn:<partition>:s3:<Region>:<account>:accesspoint:<name>
//
// (Amazon S3 User Guide, "Referencing access points"; the AWS CLI reads both.)
func cutBucket(s string) (bucket, key string) {
	end := 0
	if strings.HasPrefix(s, "arn:") {
		if resource := strings.Index(s, ":accesspoint/"); resource >= 0 && !strings.Contains(s[:resource], "/") {
			end = resource + len(":accesspoint/")
		}
	}
	slash := strings.IndexByte(s[end:], '/')
	if slash < 0 {
		return s, ""
	}
	return s[:end+slash], s[end+slash+1:]
}

// checkBucket looks at what a bucket is called, for that becomes a part of a host name or of a path. It takes every name
// that S3 ever allowed (Amazon S3 User Guide, "General purpose bucket naming rules"), and any ARN of an access point.
func checkBucket(name string) error {
	switch {
	case name == "":
		return errors.New("no bucket is named\nhint: a location in S3 looks like s3://bucket/prefix")
	case strings.HasPrefix(name, "arn:"):
		parts := strings.SplitN(name, ":", 6)
		if len(parts) < 6 || !isAccessPoint(parts[5]) || strings.ContainsFunc(name, func(c rune) bool {
			return !isBucketLetter(c) && c != ':' && c != '/'
		}) {
			return fmt.Errorf("%s is not the ARN of an access point\n"+
				"hint: name a bucket by its name alone, as in s3://bucket/prefix", name)
		}
	case len(name) < 3 || len(name) > 255 || name[0] == '.' || name[0] == '-' ||
		strings.ContainsFunc(name, func(c rune) bool { return !isBucketLetter(c) }):
		return fmt.Errorf("%s is no name of a bucket\n"+
			"hint: it has 3 to 63 lower-case letters, digits, dots and hyphens", name)
	}
	return nil
}

// isAccessPoint reports whether the last part of an ARN names an access point.
func isAccessPoint(resource string) bool {
	name, found := strings.CutPrefix(resource, "accesspoint")
	return found && len(name) > 1 && (name[0] == '/' || name[0] == ':') && !strings.ContainsAny(name[1:], ":/")
}

func isBucketLetter(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_'
}
