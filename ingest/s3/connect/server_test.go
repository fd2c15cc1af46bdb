package connect

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"roletrail/ingest"
	"roletrail/internal/s3server"
)

// A server that was not written for these tests checks signatures, and knows conditions and errors, in its own way.
func TestRealServer(t *testing.T) {
	server := s3server.Start(t)
	server.Bucket(t, "trails")
	configure := func(secret string) Options {
		withoutCredentials(t)
		t.Setenv("AWS_ACCESS_KEY_ID", server.AccessKeyID)
		t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
		return Options{EndpointURL: server.URL}
	}
	bucket := bucketOf(t, open(t, configure(server.SecretAccessKey)), "trails")
	if bucket.Region != server.Region {
		t.Errorf("Region %s, want %s", bucket.Region, server.Region)
	}
	for _, key := range []string{
		"AWSLogs/o-exampleorg/a.json.gz", "a b+c=d&e?f#g%h%20i", "é/日本/\U0001F600", `*'();:@$,![]{}|^"<>` + "`~-_.",
	} {
		server.Put(t, "trails", key, []byte("content of "+key), "gzip")
		if content, err := get(t.Context(), bucket, key); err != nil || content != "content of "+key {
			t.Errorf("%s: got %q, %v", key, content, err)
		}
	}

	response, err := bucket.Get(t.Context(), "AWSLogs/o-exampleorg/a.json.gz", 0, "")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if rest, err := bucket.Get(t.Context(), "AWSLogs/o-exampleorg/a.json.gz", 5, response.Header.Get("Etag")); err != nil {
		t.Error(err)
	} else {
		if rest.StatusCode != 206 || rest.ContentLength != response.ContentLength-5 {
			t.Errorf("the rest: status %d, %d bytes", rest.StatusCode, rest.ContentLength)
		}
		rest.Body.Close()
	}
	_, err = bucket.Get(t.Context(), "AWSLogs/o-exampleorg/a.json.gz", 5, `"another"`)
	checkFault(t, err, "PreconditionFailed", ingest.FailUnreadable, false)

	_, err = get(t.Context(), bucket, "missing")
	checkFault(t, err, "NoSuchKey", ingest.FailDeleted, false)
	_, err = bucket.session.Bucket(t.Context(), "missing")
	checkFault(t, err, "NoSuchBucket", ingest.FailDeleted, false)

	stranger := bucketOf(t, open(t, configure("wrong")), "trails")
	_, err = get(t.Context(), stranger, "AWSLogs/o-exampleorg/a.json.gz")
	checkFault(t, err, "SignatureDoesNotMatch", ingest.FailAccessDenied, true)
	_, err = stranger.Client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &stranger.Name})
	checkFault(t, err, "SignatureDoesNotMatch", ingest.FailAccessDenied, true)
}
