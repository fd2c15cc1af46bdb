package connect

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"roletrail/ingest"
)

// A response to HEAD has no body, so that status and header are all there is.
func heads(status int, region string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if region != "" {
			w.Header().Set("X-Amz-Bucket-Region", region)
		}
		w.WriteHeader(status)
	}
}

func TestBucketFindsRegion(t *testing.T) {
	for _, test := range []struct {
		name       string
		head       http.HandlerFunc
		configured string
		want       string
	}{
		{"found", heads(200, "eu-west-1"), "us-west-2", "eu-west-1"},
		{"in another Region", heads(301, "eu-west-1"), "us-west-2", "eu-west-1"},
		{"signed for another Region", heads(400, "ap-east-1"), "us-west-2", "ap-east-1"},
		{"denied", heads(403, "eu-west-1"), "us-west-2", "eu-west-1"},
		{"denied, Region unknown", heads(403, ""), "us-west-2", "us-west-2"},
		{"signed wrongly, Region unknown", heads(400, ""), "us-west-2", "us-west-2"},
		{"server without Regions", heads(200, ""), "us-west-2", "us-west-2"},
		{"server without Regions, none configured", heads(200, ""), "", "us-east-1"},
		{"found, none configured", heads(200, "eu-west-1"), "", "eu-west-1"},
		{"slow down", inTurn(heads(503, ""), heads(200, "eu-west-1")), "", "eu-west-1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			withCredentials(t)
			t.Setenv("AWS_REGION", test.configured)
			s := newFakeS3(t)
			s.headBucket = test.head
			bucket := s.bucket(t, Options{})
			if bucket.Region != test.want {
				t.Errorf("Region %q, want %q", bucket.Region, test.want)
			}
			if _, err := getOnce(t.Context(), bucket, "key"); err != nil {
				t.Error(err)
			}
			if _, err := bucket.Client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket.Name}); err != nil {
				t.Error(err)
			}
			seen := s.seen()
			if len(seen) != 2 {
				t.Fatalf("%d requests, want 2", len(seen))
			}
			for _, r := range seen {
				checkSignature(t, r, test.want)
			}
		})
	}
}

func TestBucketDoesNotExist(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	s.headBucket = heads(404, "")
	session := s.session(t, Options{})
	_, err := session.Bucket(t.Context(), "trails")
	checkFault(t, err, "NoSuchBucket", ingest.FailDeleted, false)
	if n := session.Requests()["HeadBucket"]; n != 1 {
		t.Errorf("%d requests, want 1: it does not appear by asking again", n)
	}
}

func TestBucketWithoutAnswer(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	s.headBucket = heads(500, "")
	session := s.session(t, Options{Attempts: 3})
	_, err := session.Bucket(t.Context(), "trails")
	checkFault(t, err, "InternalServerError", ingest.FailUnavailable, false)
	if n := session.Requests()["HeadBucket"]; n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// The addresses are those of the Amazon S3 User Guide ("Virtual hosting of general purpose buckets", "Making requests to
// Amazon S3 over IPv6", "Referencing access points") and of "Amazon S3 endpoints and quotas". Get has to go where the
// SDK's client goes.
func TestBucketAddresses(t *testing.T) {
	type addressed struct{ host, path, region string }
	for _, test := range []struct {
		name   string
		bucket string
		env    []string
		want   addressed
	}{
		{"in the host", "trails", nil, addressed{"trails.s3.eu-west-1.amazonaws.com", "/a/b", "eu-west-1"}},
		{"in the path, for the sake of TLS", "my.trails", nil,
			addressed{"s3.eu-west-1.amazonaws.com", "/my.trails/a/b", "eu-west-1"}},
		{"FIPS", "trails", []string{"AWS_USE_FIPS_ENDPOINT=true"},
			addressed{"trails.s3-fips.eu-west-1.amazonaws.com", "/a/b", "eu-west-1"}},
		{"dual-stack", "trails", []string{"AWS_USE_DUALSTACK_ENDPOINT=true"},
			addressed{"trails.s3.dualstack.eu-west-1.amazonaws.com", "/a/b", "eu-west-1"}},
		{"access point", "arn:aws:s3:us-west-2:111122223333:accesspoint/logs", nil,
			addressed{"logs-111122223333.s3-accesspoint.us-west-2.amazonaws.com", "/a/b", "us-west-2"}},
		{"alias of an access point", "logs-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias", nil,
			addressed{"logs-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias.s3.eu-west-1.amazonaws.com", "/a/b", "eu-west-1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			withCredentials(t)
			for _, variable := range test.env {
				name, value, _ := strings.Cut(variable, "=")
				t.Setenv(name, value)
			}
			s := newFakeS3(t)
			session := open(t, Options{})
			s.takesAll(session)
			bucket := bucketOf(t, session, test.bucket)
			if _, err := getOnce(t.Context(), bucket, "a/b"); err != nil {
				t.Fatal(err)
			}
			key := "a/b"
			output, err := bucket.Client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket.Name, Key: &key})
			if err != nil {
				t.Fatal(err)
			}
			output.Body.Close()
			for i, r := range s.seen() {
				if got := (addressed{r.Host, r.URL.Path, bucket.Region}); got != test.want {
					t.Errorf("request %d: got %v, want %v", i, got, test.want)
				}
				checkSignature(t, r, test.want.region)
			}
		})
	}
}

// takesAll makes the connections of a session end at the fake, whatever the host, and without TLS.
func (s *fakeS3) takesAll(session *Session) {
	session.transport.base.DialTLSContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
}

// Their requests are not signed in the usual way.
func TestBucketOfUnknownKind(t *testing.T) {
	for _, name := range []string{"arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap", "trails--use1-az4--x-s3"} {
		withCredentials(t)
		s := newFakeS3(t)
		session := open(t, Options{})
		s.takesAll(session)
		_, err := session.Bucket(t.Context(), name)
		if want := name + ": multi-Region access points and directory buckets cannot be read"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestRequesterPays(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	for _, pays := range []bool{true, false} {
		bucket := s.bucket(t, Options{RequesterPays: pays})
		if _, err := getOnce(t.Context(), bucket, "key"); err != nil {
			t.Fatal(err)
		}
		if _, err := bucket.Client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket.Name}); err != nil {
			t.Fatal(err)
		}
		want := []string(nil)
		if pays {
			want = []string{"requester"}
		}
		for _, r := range s.requests {
			if got := r.Header["X-Amz-Request-Payer"]; !slices.Equal(got, want) {
				t.Errorf("%s %s: x-amz-request-payer is %q, want %q", r.Method, r.RequestURI, got, want)
			}
		}
		s.requests = nil
	}
}

func TestUnsigned(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	bucket := s.bucket(t, Options{Unsigned: true})
	if content, err := getOnce(t.Context(), bucket, "key"); err != nil || content != "content" {
		t.Fatalf("got %q, %v", content, err)
	}
	if _, err := bucket.Client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket.Name}); err != nil {
		t.Fatal(err)
	}
	if len(s.requests) != 3 {
		t.Errorf("%d requests, want 3", len(s.requests))
	}
	for _, r := range s.requests {
		inHeader := r.Header.Get("Authorization") + r.Header.Get("X-Amz-Security-Token")
		if inHeader != "" || strings.Contains(r.RequestURI, "X-Amz-") {
			t.Errorf("%s %s: holds credentials: %v", r.Method, r.RequestURI, r.Header)
		}
	}
}
