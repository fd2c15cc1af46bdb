// Package connect opens what every request to AWS needs: credentials, endpoints, connections, retries, and the counts of
// what was sent. The packages beside it say what to ask.
package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"roletrail/ingest"
)

// Options say whom to ask, and as whom. The zero value takes everything from the environment and the shared
// configuration files, in the order of the AWS SDKs and Tools Reference Guide, "Configuration settings".
type Options struct {
	Profile       string // of the shared configuration files, "" for the default
	EndpointURL   string // of S3 and CloudTrail, with buckets in the path; overrides AWS_ENDPOINT_URL*
	RoleARN       string // a role to assume with these credentials
	ExternalID    string // that the trust policy of RoleARN asks for
	Unsigned      bool   // ask without credentials, as is enough for public buckets
	RequesterPays bool   // accept to be charged for requests and transfer

	Connections int              // kept open to one host; 64
	Stall       time.Duration    // how long a request may go without a byte before it is given up and tried again; 20 s
	Attempts    int              // of one request, the first included; AWS_MAX_ATTEMPTS, or 8
	Backoff     time.Duration    // the longest wait before the second attempt, doubled for each further one up to 20 s; 100 ms
	Progress    *ingest.Progress // counts requests, if not nil
	Log         *slog.Logger     // told of retries, Regions and endpoints at debug level, if not nil; never of credentials
}

// Session is a set of credentials with the connections, the retry budget and the counts of one run. It is safe for use
// by several goroutines, and has to be closed.
type Session struct {
	options     Options
	config      aws.Config
	credentials *credentials // nil if requests are not signed
	transport   *transport
	retryer     *retryer
	counts      *counts
	skew        skew
}

// defaultRegion is asked where neither the configuration nor the bucket names a Region.
const defaultRegion = "us-east-1"

// Open reads the configuration. It asks nobody yet: credentials are fetched with the first request.
func Open(ctx context.Context, o Options) (*Session, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	load := []func(*config.LoadOptions) error{
		config.WithSharedConfigProfile(o.Profile),
		config.WithLogger(logging.Nop{}), // what it would say, and more, goes to o.Log
		// Of the services that credentials come from, which are asked from inside of the configuration and seldom: nobody
		// could close connections that they keep.
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(withoutKeepAlives)),
	}
	if o.Unsigned {
		load = append(load, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	loaded, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	buildable, ok := loaded.HTTPClient.(*awshttp.BuildableClient) // with AWS_CA_BUNDLE, if it is set
	if !ok {
		return nil, fmt.Errorf("AWS configuration: unknown kind of HTTP client %T", loaded.HTTPClient)
	}
	o.Attempts = cmp.Or(o.Attempts, loaded.RetryMaxAttempts)
	o = o.withDefaults()
	s := &Session{
		options: o, transport: newTransport(buildable.GetTransport(), o), retryer: newRetryer(o), counts: newCounts(o.Progress),
	}
	if !o.Unsigned {
		s.credentials = newCredentials(source(loaded, o))
	}
	s.config = s.configure(loaded)
	return s, nil
}

func (o Options) withDefaults() Options {
	o.Connections = cmp.Or(o.Connections, 64)
	o.Stall = cmp.Or(o.Stall, 20*time.Second)
	o.Attempts = cmp.Or(o.Attempts, 8)
	o.Backoff = cmp.Or(o.Backoff, 100*time.Millisecond)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}

func (o Options) check() error {
	if o.Unsigned && o.RoleARN != "" {
		return fmt.Errorf("%s: to assume a role takes credentials, and requests are to go unsigned", o.RoleARN)
	}
	if o.ExternalID != "" && o.RoleARN == "" {
		return errors.New("an external ID is of use only with a role to assume")
	}
	if o.EndpointURL == "" {
		return nil
	}
	u, err := url.Parse(o.EndpointURL)
	switch {
	case err != nil: // not quoted: what does not parse may hold a password anywhere
		return errors.New("endpoint URL: cannot be parsed")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("%s: an endpoint URL begins with https:// or http:// and a host", u.Redacted())
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s://%s: an endpoint URL holds no user, query or fragment", u.Scheme, u.Host)
	}
	return nil
}

// configure puts what is the session's own in the place of what was loaded.
func (s *Session) configure(loaded aws.Config) aws.Config {
	loaded.Credentials = aws.AnonymousCredentials{}
	if s.credentials != nil {
		loaded.Credentials = s.credentials
	}
	loaded.HTTPClient = &http.Client{Transport: s.transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // it tells of the wrong Region, for which the request has to be signed anew
	}}
	loaded.Retryer, loaded.RetryMaxAttempts = func() aws.Retryer { return s.retryer }, 0
	loaded.APIOptions = append(loaded.APIOptions, s.observe)
	if s.options.EndpointURL != "" {
		loaded.BaseEndpoint = aws.String(s.options.EndpointURL)
		loaded.ConfigSources = append([]any{serviceEndpoint(s.options.EndpointURL)}, loaded.ConfigSources...)
	}
	return loaded
}

// serviceEndpoint is the endpoint of every service. As the first of the sources of a configuration it comes before
// AWS_ENDPOINT_URL_S3 and its like, which a client of the SDK prefers to the BaseEndpoint of the configuration.
type serviceEndpoint string

// GetServiceBaseEndpoint is what the SDK asks the sources of a configuration for.
func (e serviceEndpoint) GetServiceBaseEndpoint(context.Context, string) (string, bool, error) {
	return string(e), true, nil
}

// Config is for the clients of the SDK. Their requests share the session's credentials, connections, retry budget and
// counts. Its Region is empty where none is configured.
func (s *Session) Config() aws.Config { return s.config.Copy() }

// Requests is how often each operation was sent so far, every attempt for itself, by AWS's names of them (GetObject).
func (s *Session) Requests() map[string]int64 { return s.counts.all() }

// Close closes the connections that are not in use.
func (s *Session) Close() { s.transport.base.CloseIdleConnections() }
