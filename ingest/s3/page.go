package s3

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"roletrail/ingest"
	"roletrail/ingest/s3/connect"
)

// entry is a line of a listing.
type entry struct {
	name   string // s3://bucket/key; that of a folder ends in a slash
	size   int64  // bytes of the object
	folder bool   // what several keys begin with, in a listing by folders
}

// query says what to list. Names are those of entries.
type query struct {
	prefix  string // what names begin with
	after   string // the name to begin after, "" for the first
	folders bool   // roll up what lies in folders
	first   bool   // ask for one entry at a time, for only the first is of interest
}

// pages lists what a query asks for, page after page, in the order of names: the order of their bytes. The order is
// what pruning relies on, so that it is an error if it is not kept. A page may be empty.
func (p *point) pages(ctx context.Context, q query) iter.Seq2[[]entry, error] {
	return func(yield func([]entry, error) bool) {
		input, decoder, last := p.input(q), &decoder{root: p.root}, q.after
		for {
			_, err := p.bucket.Client.ListObjectsV2(ctx, input, decoder.install)
			page := decoder.page
			switch ended := ctx.Err(); {
			case ended != nil:
				err = ended
			case err != nil:
				err = listError(p.bucket.Name, q.prefix, err)
			case page.next != "" && page.next == aws.ToString(input.ContinuationToken):
				err = fmt.Errorf("%s: the listing has no end: S3 gives the same page again and again", ingest.OneLine(q.prefix))
			default:
				last, err = q.check(page.entries, last)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page.entries, nil) || page.next == "" {
				return
			}
			input.StartAfter, input.ContinuationToken = nil, &page.next
		}
	}
}

func (p *point) input(q query) *s3.ListObjectsV2Input {
	input := &s3.ListObjectsV2Input{
		Bucket:       &p.bucket.Name,
		Prefix:       aws.String(p.key(q.prefix)),
		EncodingType: types.EncodingTypeUrl, // a key may hold characters that XML cannot
	}
	if q.after != "" {
		input.StartAfter = aws.String(p.key(q.after))
	}
	if q.folders {
		input.Delimiter = aws.String("/")
	}
	if q.first {
		input.MaxKeys = aws.Int32(1)
	} else if p.pageSize > 0 {
		input.MaxKeys = &p.pageSize
	}
	return input
}

// check holds entries to what was asked for and to the order, the last entry before them being last.
func (q query) check(entries []entry, last string) (newLast string, err error) {
	for _, e := range entries {
		if e.name <= last {
			return "", fmt.Errorf("%s: is listed after %s, which is not the order of keys that S3 promises",
				ingest.OneLine(e.name), ingest.OneLine(last))
		}
		if !strings.HasPrefix(e.name, q.prefix) || e.folder && e.name == q.prefix {
			return "", fmt.Errorf("%s: is listed although only what lies in %s was asked for",
				ingest.OneLine(e.name), ingest.OneLine(q.prefix))
		}
		last = e.name
	}
	return last, nil
}

// listingError says what the failure of a request means for the run.
type listingError struct {
	message string
	cause   error
}

func (e *listingError) Error() string { return e.message }
func (e *listingError) Unwrap() error { return e.cause }

func listError(bucket, prefix string, err error) error {
	resource := bucket
	if !strings.HasPrefix(bucket, "arn:") {
		resource = "arn:aws:s3:::" + bucket
	}
	fault := connect.Judge(err, "s3:ListBucket", resource)
	if fault.Code == "NoSuchBucket" {
		return &ingest.NoSuchSourceError{Err: &listingError{scheme + bucket + ": no such bucket\nhint: see aws s3 ls", err}}
	}
	return &listingError{ingest.OneLine(prefix) + ": " + fault.Detail, err}
}
