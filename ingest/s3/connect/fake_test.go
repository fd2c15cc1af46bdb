package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if counter := os.Getenv(credentialProcessCounter); counter != "" {
		credentialProcess(counter)
		return
	}
	goleak.VerifyTestMain(m)
}

// Credentials that are easy to find wherever they should not be.
const (
	accessKey    = "AKIDROLETRAILTEST001"
	secretKey    = "SECRETofROLETRAILtest/0123456789+abcdefgh"
	sessionToken = "TOKENofROLETRAILtest//////0123456789=="
)

// withCredentials makes the credentials those of the environment, and hides what the machine is configured with.
func withCredentials(t testing.TB) {
	t.Helper()
	withoutCredentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", accessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	t.Setenv("AWS_SESSION_TOKEN", sessionToken)
}

func withoutCredentials(t testing.TB) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value) // restores it
			os.Unsetenv(name)
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

// fakeS3 answers as S3 is documented to (Amazon S3 API Reference). What it does to each operation can be changed.
type fakeS3 struct {
	*httptest.Server
	headBucket http.HandlerFunc
	getObject  http.HandlerFunc
	list       http.HandlerFunc

	mu       sync.Mutex
	requests []*http.Request
}

func newFakeS3(t testing.TB) *fakeS3 {
	s := &fakeS3{
		headBucket: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Amz-Bucket-Region", "eu-west-1") },
		getObject:  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "content") },
		list: func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<ListBucketResult><Name>trails</Name><IsTruncated>false</IsTruncated>`+
				`<Contents><Key>key</Key><Size>7</Size></Contents></ListBucketResult>`)
		},
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	switch {
	case r.Method == http.MethodHead:
		s.headBucket(w, r)
	case r.URL.Query().Has("list-type"):
		s.list(w, r)
	default:
		s.getObject(w, r)
	}
}

// seen are the requests so far, without those for the Region of a bucket.
func (s *fakeS3) seen() (seen []*http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if r.Method != http.MethodHead {
			seen = append(seen, r)
		}
	}
	return seen
}

// fails answers with an error in the way of S3.
func fails(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<Error><Code>%s</Code><Message>%s</Message>"+
			"<RequestId>4442587FB7D0A2F9</RequestId></Error>", code, message)
	}
}

// inTurn answers in another way each time, and at last always in the last way.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		handler := handlers[0]
		if len(handlers) > 1 {
			handlers = handlers[1:]
		}
		mu.Unlock()
		handler(w, r)
	}
}

// session opens a session that asks the fake, with waits that do not matter.
func (s *fakeS3) session(t testing.TB, o Options) *Session {
	t.Helper()
	if o.EndpointURL == "" {
		o.EndpointURL = s.URL
	}
	return open(t, o)
}

func open(t testing.TB, o Options) *Session {
	t.Helper()
	if o.Backoff == 0 {
		o.Backoff = time.Microsecond
	}
	session, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

func (s *fakeS3) bucket(t testing.TB, o Options) *Bucket {
	t.Helper()
	return bucketOf(t, s.session(t, o), "trails")
}

func bucketOf(t testing.TB, session *Session, name string) *Bucket {
	t.Helper()
	bucket, err := session.Bucket(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return bucket
}

// credentialProcessCounter is the environment variable that makes the test binary a credential_process. It names a file
// that grows by a byte with each call.
const credentialProcessCounter = "ROLETRAIL_TEST_CREDENTIAL_PROCESS"

// credentialProcess prints credentials whose session token is that of newToken for the number of the call (AWS SDKs and
// Tools Reference Guide, "Process credential provider").
func credentialProcess(counter string) {
	f, err := os.OpenFile(counter, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(".")
	}
	if err != nil {
		panic(err)
	}
	f.Close()
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"Version": 1, "AccessKeyId": accessKey, "SecretAccessKey": secretKey,
		"SessionToken": newToken(calls(counter)), "Expiration": time.Now().Add(time.Hour).Format(time.RFC3339),
	})
}

func newToken(call int) string { return fmt.Sprint(sessionToken, call) }

// calls is how often the credential_process was called.
func calls(counter string) int {
	content, err := os.ReadFile(counter)
	if err != nil {
		return 0
	}
	return len(content)
}

// withCredentialProcess configures the test binary as credential_process, and returns its counter.
func withCredentialProcess(t *testing.T) (counter string) {
	t.Helper()
	withoutCredentials(t)
	counter = filepath.Join(t.TempDir(), "calls")
	t.Setenv(credentialProcessCounter, counter)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // for else it takes a second
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	withConfigFile(t, fmt.Sprintf("[default]\ncredential_process = %q\n", binary))
	return counter
}

func withConfigFile(t *testing.T, content string) {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", writeFile(t, content))
}

// get reads an object with retries.
func get(ctx context.Context, bucket *Bucket, key string) (content string, err error) {
	err = bucket.session.Retry(ctx, key, func(ctx context.Context) error {
		content, err = getOnce(ctx, bucket, key)
		return err
	})
	return content, err
}
