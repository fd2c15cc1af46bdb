package connect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// takesToken answers as S3 does until it is told of another session token: what is signed with any other has expired.
type takesToken struct {
	mu    sync.Mutex
	token string
	code  string
	next  http.HandlerFunc
}

func (h *takesToken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	token := h.token
	h.mu.Unlock()
	if r.Header.Get("X-Amz-Security-Token") != token {
		fails(400, h.code, "The provided token has expired.")(w, r)
		return
	}
	h.next(w, r)
}

func (h *takesToken) set(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.token = token
}

// The clock of a machine may be wrong, and an administrator may revoke sessions: the service refuses credentials that are
// thought to be good. All requests of that moment have to get over it with one call for new ones.
func TestExpiredCredentialsAreRenewed(t *testing.T) {
	for _, code := range []string{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"} {
		t.Run(code, func(t *testing.T) {
			counter := withCredentialProcess(t)
			s := newFakeS3(t)
			objects := &takesToken{token: newToken(1), code: code, next: s.getObject}
			lists := &takesToken{token: newToken(1), code: code, next: s.list}
			s.getObject, s.list = objects.ServeHTTP, lists.ServeHTTP
			bucket := s.bucket(t, Options{Backoff: time.Hour}) // is not waited for
			for round := 1; round <= 3; round++ {
				objects.set(newToken(round))
				lists.set(newToken(round))
				var wait sync.WaitGroup
				for range 8 {
					wait.Go(func() {
						if content, err := get(t.Context(), bucket, "key"); err != nil || content != "content" {
							t.Errorf("round %d: got %q, %v", round, content, err)
						}
					})
					wait.Go(func() {
						if _, err := bucket.Client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket.Name}); err != nil {
							t.Errorf("round %d: %v", round, err)
						}
					})
				}
				wait.Wait()
				if n := calls(counter); n != round {
					t.Fatalf("round %d: the credential_process was called %d times", round, n)
				}
			}
		})
	}
}

func TestExpiredCredentialsStayExpired(t *testing.T) {
	for _, test := range []struct {
		name   string
		with   func(t *testing.T)
		detail string
	}{
		{"new ones are refused too", func(t *testing.T) { withCredentialProcess(t) },
			"the credentials have expired: 400 ExpiredToken: The provided token has expired."},
		{"there are no new ones", func(t *testing.T) { withCredentials(t) },
			"no credentials: they have expired, and there are no newer ones"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.with(t)
			s := newFakeS3(t)
			refuses := fails(400, "ExpiredToken", "The provided token has expired.")
			s.getObject, s.list = refuses, refuses
			for operation, ask := range operations {
				bucket := s.bucket(t, Options{Backoff: time.Hour})
				fault := Judge(ask(t.Context(), bucket), "s3:GetObject", "x")
				if !fault.Fatal || fault.Detail != test.detail {
					t.Errorf("%s: judged %+v", operation, fault)
				}
				if n := bucket.session.Requests()[operation]; n > 2 {
					t.Errorf("%s: %d requests, want no more than 2", operation, n)
				}
			}
		})
	}
}

// operations are an operation of Get and one of the SDK.
var operations = map[string]func(context.Context, *Bucket) error{
	"GetObject": func(ctx context.Context, b *Bucket) error {
		_, err := get(ctx, b, "key")
		return err
	},
	"ListObjectsV2": func(ctx context.Context, b *Bucket) error {
		_, err := b.Client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.Name})
		return err
	},
}

func TestNoCredentials(t *testing.T) {
	for name, configure := range map[string]func(t *testing.T) (detail string){
		"none": func(*testing.T) string {
			return "no credentials: neither the environment nor the shared configuration files hold any, and no EC2 IMDS role found"
		},
		"process fails": func(t *testing.T) string {
			withConfigFile(t, "[default]\ncredential_process = exit 3\n")
			return "no credentials: credential_process: exit status 3"
		},
		"process is talkative": func(t *testing.T) string {
			withConfigFile(t, "[default]\ncredential_process = echo 'Hello {\"Version\":1,\"SecretAccessKey\":\""+secretKey+"\"}'\n")
			return "no credentials: credential_process: invalid character 'H' looking for beginning of value"
		},
		"endpoint URL with a password": func(t *testing.T) string {
			withConfigFile(t, "[default]\nsource_profile = user\nrole_arn = "+readerARN+"\n[profile user]\n"+
				"aws_access_key_id = "+accessKey+"\naws_secret_access_key = "+secretKey+"\n")
			t.Setenv("AWS_ENDPOINT_URL_STS", "http://user:%zz"+secretKey[:8]+"@127.0.0.1:1")
			return "no credentials: operation error STS: AssumeRole, failed to resolve service endpoint, Failed to parse uri: http://(removed)@127.0.0.1:1"
		},
	} {
		withoutCredentials(t)
		want := configure(t)
		s := newFakeS3(t)
		bucket := bucketOf(t, s.session(t, Options{Unsigned: true}), "trails")
		signed := s.session(t, Options{})
		_, err := signed.Bucket(t.Context(), "trails")
		if fault := Judge(err, "s3:ListBucket", "x"); !fault.Fatal || !strings.HasPrefix(fault.Detail, want) {
			t.Errorf("%s: %v is judged %+v", name, err, fault)
		}
		bucket.session = signed
		fault := Judge(operations["GetObject"](t.Context(), bucket), "s3:GetObject", "x")
		if !fault.Fatal || !strings.HasPrefix(fault.Detail, want) {
			t.Errorf("%s: judged %+v", name, fault)
		}
		if n := signed.Requests()["GetObject"]; n != 0 {
			t.Errorf("%s: %d requests without credentials", name, n)
		}
	}
}

// issuer gives credentials that live for a while, if it is able to.
type issuer struct {
	life   time.Duration
	broken bool
	issued int
}

func (i *issuer) Retrieve(context.Context) (aws.Credentials, error) {
	if i.broken {
		return aws.Credentials{}, errors.New("broken")
	}
	i.issued++
	return aws.Credentials{
		AccessKeyID: accessKey, SecretAccessKey: secretKey, SessionToken: fmt.Sprint(i.issued),
		CanExpire: true, Expires: time.Now().Add(i.life),
	}, nil
}

func TestCredentialsAreRefreshedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type step struct {
			at     time.Duration
			broken bool
			want   string // session token, or "" for an error
		}
		for _, test := range []struct {
			life  time.Duration
			steps []step
		}{
			{time.Hour, []step{{at: 0, want: "1"}, {at: 54 * time.Minute, want: "1"}, {at: 56 * time.Minute, want: "2"}}},
			{4 * time.Minute, []step{{at: 0, want: "1"}, {at: time.Minute, want: "1"}, {at: 3 * time.Minute, want: "2"}}},
			{-time.Minute, []step{{at: 0, want: "1"}, {at: 1, want: "2"}}},
			{time.Hour, []step{
				{at: 0, want: "1"}, {at: 56 * time.Minute, broken: true, want: "1"},
				{at: 59*time.Minute + 59*time.Second, broken: true, want: "1"},
				{at: time.Hour, broken: true, want: ""}, {at: 61 * time.Minute, want: "2"},
			}},
			{time.Hour, []step{
				{at: 0, want: "1"}, {at: 56 * time.Minute, broken: true, want: "1"}, {at: 59 * time.Minute, want: "2"},
			}},
		} {
			source := &issuer{life: test.life}
			credentials := newCredentials(aws.NewCredentialsCache(source)) // the SDK's chain comes in a cache
			start := time.Now()
			for _, step := range test.steps {
				time.Sleep(time.Until(start.Add(step.at)))
				source.broken = step.broken
				got, err := credentials.Retrieve(t.Context())
				if got.SessionToken != step.want || (err != nil) != (step.want == "") {
					t.Errorf("life of %v, after %v: got %q, %v, want %q", test.life, step.at, got.SessionToken, err, step.want)
				}
			}
		}
	})
}

// fakeSTS answers as AWS Security Token Service is documented to (its API Reference, "AssumeRole" and
// "AssumeRoleWithWebIdentity").
func fakeSTS(t *testing.T, allowed bool) (url string, asked func() []*http.Request) {
	var mu sync.Mutex
	var requests []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		mu.Lock()
		requests = append(requests, r)
		mu.Unlock()
		if !allowed {
			w.WriteHeader(403)
			fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>%s</Message></Error></ErrorResponse>`,
				mayNotAssume)
			return
		}
		action, accessKey := r.PostForm.Get("Action"), "ASIAROLE"
		if action == "AssumeRoleWithWebIdentity" {
			accessKey = "ASIAWEBIDENTITY"
		}
		fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId>`+
			`<SecretAccessKey>%[3]s</SecretAccessKey><SessionToken>token of the role</SessionToken><Expiration>%[4]s</Expiration>`+
			`</Credentials></%[1]sResult></%[1]sResponse>`,
			action, accessKey, secretKey, time.Now().Add(time.Hour).Format(time.RFC3339))
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []*http.Request { mu.Lock(); defer mu.Unlock(); return requests }
}

const mayNotAssume = "User: arn:aws:iam::111122223333:user/auditor is not authorized to perform: " +
	"sts:AssumeRole on resource: " + readerARN

const readerARN = "arn:aws:iam::444455556666:role/reader"

func TestAssumeRole(t *testing.T) {
	withCredentials(t)
	url, asked := fakeSTS(t, true)
	t.Setenv("AWS_ENDPOINT_URL_STS", url)
	s := newFakeS3(t)
	for externalID, want := range map[string][]string{"": nil, "a-shared-secret": {"a-shared-secret"}} {
		before := len(asked())
		session := s.session(t, Options{RoleARN: readerARN, ExternalID: externalID})
		if n := len(asked()) - before; n != 0 {
			t.Errorf("asked %d times before a request", n)
		}
		bucket := bucketOf(t, session, "trails")
		if _, err := get(t.Context(), bucket, "key"); err != nil {
			t.Fatal(err)
		}
		if n := len(asked()) - before; n != 1 {
			t.Fatalf("asked %d times, want 1", n)
		}
		form := asked()[before].PostForm
		if form.Get("RoleArn") != readerARN || form.Get("RoleSessionName") != "roletrail" || !slices.Equal(form["ExternalId"], want) {
			t.Errorf("asked for %v", form)
		}
		if authorization := asked()[before].Header.Get("Authorization"); !strings.Contains(authorization, accessKey) {
			t.Errorf("AssumeRole is signed by %s", authorization)
		}
		seen := s.seen()
		last := seen[len(seen)-1]
		credential, computed, given := signature(last, secretKey)
		if credential != "ASIAROLE" || computed != given || last.Header.Get("X-Amz-Security-Token") != "token of the role" {
			t.Errorf("the object is asked for by %s", last.Header)
		}
	}
}

func TestAssumeRoleDenied(t *testing.T) {
	withCredentials(t)
	url, asked := fakeSTS(t, false)
	t.Setenv("AWS_ENDPOINT_URL_STS", url)
	s := newFakeS3(t)
	_, err := s.session(t, Options{RoleARN: readerARN}).Bucket(t.Context(), "trails")
	want := "no credentials: AccessDenied: " + mayNotAssume
	if fault := Judge(err, "s3:ListBucket", "x"); !fault.Fatal || fault.Detail != want {
		t.Errorf("%v is judged %+v", err, fault)
	}
	if len(asked()) != 1 {
		t.Errorf("asked %d times, want 1", len(asked()))
	}
}

// S3 refuses requests with a time that is off by more than 15 minutes, and so do we take its word for the time.
func TestClockIsWrong(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	theirs := func() time.Time { return time.Now().Add(time.Hour) }
	inTime := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", theirs().UTC().Format(http.TimeFormat))
			sent, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			if err != nil || sent.Sub(theirs()).Abs() > 15*time.Minute {
				fails(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")(w, r)
				return
			}
			next(w, r)
		}
	}
	s.getObject, s.list = inTime(s.getObject), inTime(s.list)
	for operation, ask := range operations {
		if err := ask(t.Context(), s.bucket(t, Options{})); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
	}
}
