package s3

import (
	"context"
	"net/http"
	"strings"

	"roletrail/ingest"
)

// ListDigests lists the folders of digests alone, found and pruned as List does. Where there is no layout of folders to tell
// them by, all keys are listed.
func (s *Source) ListDigests(ctx context.Context, listing ingest.Listing) error {
	return s.list(ctx, listing, true)
}

// signed is what the answer to GetObject tells beside the bytes. A digest file carries its signature as metadata (AWS
// CloudTrail User Guide, "CloudTrail digest file structure").
type signed struct{ header http.Header }

// Signature implements [ingest.Signed].
func (s signed) Signature() ingest.Signature {
	return ingest.Signature{
		Value:             s.header.Get("X-Amz-Meta-Signature"),
		Algorithm:         s.header.Get("X-Amz-Meta-Signature-Algorithm"),
		BackfillGenerated: s.header.Get("X-Amz-Meta-Backfill-Generation-Timestamp"),
	}
}

// location is where an object is. A bucket that was named by the alias or the ARN of an access point has another name in
// digests, which is not known.
func location(bucket, key string) ingest.Location {
	if strings.HasPrefix(bucket, "arn:") || strings.HasSuffix(bucket, "-s3alias") {
		bucket = ""
	}
	return ingest.Location{Bucket: bucket, Key: key}
}
