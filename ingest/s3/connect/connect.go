// Package connect opens what every request to AWS needs: credentials, endpoints, connections, retries, and the counts of
// what was sent. The packages beside it say what to ask.
package connect

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"roletrail/ingest"
)

// Options say whom to ask, and as whom. The zero value takes everything from the environment and the shared
// configuration files, in the order of the AWS SDKs and Tools Reference Guide, "Configuration settings".
type Options struct {
	Profile       string // of the shared configuration files, "" for the default
	EndpointURL   string // of every service that is asked, with buckets in the path; overrides AWS_ENDPOINT_URL*
	RoleARN       string // a role to assume with these credentials
	ExternalID    string // that the trust policy of RoleARN asks for
	Unsigned      bool   // ask without credentials, as is enough for public buckets
	RequesterPays bool   // accept to be charged for requests and transfer

	Connections int              // kept open to one host; 64
	Stall       time.Duration    // how long a request may go without a byte before it is given up and tried again; 20 s
	Attempts    int              // of one request, the first included; 8
	Progress    *ingest.Progress // counts requests, if not nil
	Log         *slog.Logger     // told of retries, Regions and endpoints at debug level, if not nil; never of credentials
}

// Session is a set of credentials with the connections, the retry budget and the counts of one run. It is safe for use
// by several goroutines, and has to be closed.
type Session struct {
	options Options
	config  aws.Config
}

// Open reads the configuration. It asks nobody yet: credentials are fetched with the first request.
func Open(ctx context.Context, o Options) (*Session, error) { return nil, errors.New("not built yet") }

// Config is for the clients of the SDK. Their requests share the session's credentials, connections, retry budget and
// counts.
func (s *Session) Config() aws.Config { return s.config }

// Requests is how often each operation was sent so far, every attempt for itself, by AWS's names of them (GetObject).
func (s *Session) Requests() map[string]int64 { return nil }

// Close closes the connections that are not in use.
func (s *Session) Close() {}

// Retry calls attempt until it succeeds, fails for good, ctx ends, or the attempts of a request or the retry budget of
// the session are used up; between two attempts it waits, longer each time and by chance. What name is tried goes to the
// log. Errors come back as they are; Judge tells what they mean.
func (s *Session) Retry(ctx context.Context, name string, attempt func(context.Context) error) error {
	return nil
}

// Bucket is a bucket with what is needed to address it.
type Bucket struct {
	Name   string
	Region string
	Client *s3.Client // in the bucket's Region, with the session's Config

	session *Session
}

// Bucket finds the Region and the endpoint of a bucket.
func (s *Session) Bucket(ctx context.Context, name string) (*Bucket, error) { return nil, nil }

// Get sends one GetObject request and returns a response whose status is 200 or 206, and whose body the caller has to
// close. The body holds the bytes as they are stored. A from beyond 0 asks for the rest of the object from that byte on,
// on condition that its ETag still is ifMatch. It tries once: see Retry. The request is given up when no byte comes for
// Options.Stall.
//
// It is written to net/http with the SDK's signer: the SDK's own GetObject takes three times the processor time.
func (b *Bucket) Get(ctx context.Context, key string, from int64, ifMatch string) (*http.Response, error) {
	return nil, nil
}

// Fault is what an error of a request means.
type Fault struct {
	Reason string // one of the ingest.Fail constants
	Fatal  bool   // every further request would fail alike: credentials that do not work
	Detail string // one line for people: what is wrong, and which permission is missing or what to do
}

// Judge tells what an error of Get, Retry or a client of the SDK means. Resource is what was asked for, for the detail: an
// ARN or an s3:// URL. Action is the permission that it takes, such as s3:GetObject.
func Judge(err error, action, resource string) Fault { return Fault{} }
