package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"go.uber.org/goleak"

	"roletrail/ingest"
	"roletrail/ingest/record"
	"roletrail/ingest/s3/connect"
	"roletrail/internal/s3server"
)

// The tests in this file read whole trails from a real S3 server.

// counter is a collector that counts, and calls onRecord, if it is not nil, with the number of records so far.
type counter struct {
	records  *atomic.Int64
	onRecord func(n int64)
}

func (c counter) Begin(*ingest.Object) {}

func (c counter) Record(*record.Record) error {
	if n := c.records.Add(1); c.onRecord != nil {
		c.onRecord(n)
	}
	return nil
}

func (c counter) Commit(record.Elements) {}
func (c counter) Discard()               {}

// readAll reads a source with two collectors of one kind.
func readAll(ctx context.Context, source ingest.Source, c counter) (*ingest.Summary, error) {
	fields, _ := record.NewFields(nil)
	return ingest.Run(ctx, source, ingest.Options{Fields: fields, Fetchers: 16}, []ingest.Collector{c, c})
}

// storeTrail stores a trail of some accounts and Regions, with one event in each of its log files, in the bucket "trails".
func storeTrail(t *testing.T, server *s3server.Server) (logFiles int64) {
	t.Helper()
	folder := server.Bucket(t, "trails")
	for account := range 3 {
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			for i := range 50 {
				key := fmt.Sprintf("AWSLogs/o-abcdefghij/%012d/CloudTrail/%s/2026/11/%02d/%d.json", account, region, 1+i/10, i)
				store(t, folder, key, []byte(`{"Records":[{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole"}]}`))
				logFiles++
			}
		}
	}
	return logFiles
}

// interrupted calls onObject with the number of log files that have been listed so far.
type interrupted struct {
	*Source
	onObject func(n int)
}

func (s interrupted) List(ctx context.Context, listing ingest.Listing) error {
	return s.Source.List(ctx, &interruptedListing{Listing: listing, onObject: s.onObject})
}

type interruptedListing struct {
	ingest.Listing
	onObject func(n int)
	listed   int
}

func (l *interruptedListing) Object(o ingest.Object) error {
	l.listed++
	l.onObject(l.listed)
	return l.Listing.Object(o)
}

// A run that is cancelled, while it lists or while it reads, leaves no goroutine behind.
func TestRunEndsWithContext(t *testing.T) {
	server, _ := useServer(t)
	logFiles := storeTrail(t, server)
	for _, ends := range []struct {
		listed  int
		records int64
	}{{listed: 1}, {listed: int(logFiles) / 2}, {listed: int(logFiles)}, {records: 1}, {records: logFiles / 2}} {
		t.Run(fmt.Sprintf("%+v", ends), func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			session, err := connect.Open(t.Context(), connect.Options{})
			if err != nil {
				t.Fatal(err)
			}
			source := New(session, []Location{{"trails", ""}}, Options{PageSize: 7})
			_, err = readAll(ctx, interrupted{source, func(n int) {
				if n == ends.listed {
					cancel()
				}
			}}, counter{new(atomic.Int64), func(n int64) {
				if n == ends.records {
					cancel()
				}
			}})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v", err)
			}
			session.Close()
			goleak.VerifyNone(t, before)
		})
	}
}

// Credentials that expire in the midst of a run are replaced, and no log file is lost or counted twice.
func TestRunOutlivesCredentials(t *testing.T) {
	server, _ := useServer(t)
	logFiles := storeTrail(t, server)
	upstream, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	// The server knows no temporary credentials: the proxy takes them, and signs for the server itself.
	var taken, refused atomic.Int64
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(upstream)
		r.Out.Header = http.Header{}
		known := aws.Credentials{AccessKeyID: server.AccessKeyID, SecretAccessKey: server.SecretAccessKey}
		const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		r.Out.Header.Set("X-Amz-Content-Sha256", emptyPayload)
		if err := signer.SignHTTP(r.Out.Context(), known, r.Out, emptyPayload, "s3", server.Region, time.Now()); err != nil {
			t.Error(err)
		}
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Security-Token") == "token 1" && taken.Add(1) > logFiles/2 {
			refused.Add(1)
			writeError(w, 400, "ExpiredToken", "The provided token has expired.")
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)

	folder := t.TempDir()
	issuer := filepath.Join(folder, "issuer.sh")
	script := "echo >>" + folder + "/issued\n" +
		`echo '{"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": "secret", "SessionToken": "token '$(wc -l <` + folder + `/issued)'"}'`
	configuration := filepath.Join(folder, "config")
	for name, content := range map[string]string{issuer: script, configuration: "[default]\ncredential_process = sh " + issuer + "\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": configuration} {
		t.Setenv(name, value)
	}
	session, err := connect.Open(t.Context(), connect.Options{EndpointURL: front.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)

	records := new(atomic.Int64)
	s, err := readAll(t.Context(), New(session, []Location{{"trails", ""}}, Options{}), counter{records: records})
	if err != nil || s.Read != logFiles || records.Load() != logFiles || len(s.Failed) > 0 {
		t.Errorf("%v, %d records, %+v", err, records.Load(), s)
	}
	issued, err := os.ReadFile(filepath.Join(folder, "issued"))
	if err != nil || len(issued) != 2 || refused.Load() == 0 {
		t.Errorf("%v, issued %d times, refused %d times", err, len(issued), refused.Load())
	}
}
