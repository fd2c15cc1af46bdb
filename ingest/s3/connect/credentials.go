package connect

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// credentials are those of a session: fetched when first needed, refreshed before they expire, and fetched anew when a
// service refuses them as expired.
type credentials struct {
	cache    *aws.CredentialsCache
	refusing sync.Mutex
	refused  atomic.Pointer[string] // the session token that was refused last
	unproven atomic.Bool            // no request has succeeded since
}

func newCredentials(source aws.CredentialsProvider) *credentials {
	return &credentials{cache: aws.NewCredentialsCache(&renewer{source: source}, func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = expiryWindow
	})}
}

// source is where the credentials of a session come from: a loaded configuration, or a role that is assumed with its
// credentials. STS is asked as configured, for Options.EndpointURL may lead to S3 alone.
func source(loaded aws.Config, o Options) aws.CredentialsProvider {
	if o.RoleARN == "" {
		return loaded.Credentials
	}
	loaded.Region = cmp.Or(loaded.Region, defaultRegion)
	return stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), o.RoleARN, func(a *stscreds.AssumeRoleOptions) {
		a.RoleSessionName = "roletrail"
		a.Duration = time.Hour // which every role allows, also one that is assumed by another
		if o.ExternalID != "" {
			a.ExternalID = aws.String(o.ExternalID)
		}
	})
}

var errNothingNewer = errors.New("they have expired, and there are no newer ones")

// Retrieve implements aws.CredentialsProvider. Its errors are of type *credentialsError.
func (c *credentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	current, err := c.cache.Retrieve(ctx)
	if err == nil && c.isRefused(current) { // taken from the cache just before they were refused, or there are no others
		if current, err = c.cache.Retrieve(ctx); err == nil && c.isRefused(current) {
			err = errNothingNewer
		}
	}
	if err != nil {
		return aws.Credentials{}, &credentialsError{err}
	}
	return current, nil
}

func (c *credentials) isRefused(current aws.Credentials) bool {
	token := c.refused.Load()
	return token != nil && *token == current.SessionToken
}

// refuse tells that a service has refused a session token as expired. It returns whether to try again with others: not
// when these are others already, and no request has succeeded with them.
func (c *credentials) refuse(token string) bool {
	if token == "" {
		return false // of a user, and these do not expire
	}
	c.refusing.Lock()
	defer c.refusing.Unlock()
	if last := c.refused.Load(); last != nil && *last == token {
		return true // by another request of the same time
	}
	if c.unproven.Swap(true) {
		return false
	}
	c.cache.Invalidate()
	c.refused.Store(&token)
	return true
}

// accepted tells that a request has succeeded.
func (c *credentials) accepted() {
	if c.unproven.Load() {
		c.unproven.Store(false)
	}
}

// expiryWindow is how long before they expire credentials are refreshed. It leaves time for the requests that are under
// way, and for several attempts when the source of the credentials does not answer.
const expiryWindow = 5 * time.Minute

// renewer fetches credentials past the caches of the SDK.
type renewer struct {
	source  aws.CredentialsProvider
	expires time.Time // of what was fetched last
}

// Retrieve implements aws.CredentialsProvider.
func (r *renewer) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if cache, ok := r.source.(*aws.CredentialsCache); ok {
		cache.Invalidate()
	}
	return r.source.Retrieve(ctx)
}

// AdjustExpiresBy is asked by the cache to move the end of new credentials, by a window that is negative. Those that live
// for less than two windows are good for half of their life, for else they would be fetched again with every request.
func (r *renewer) AdjustExpiresBy(fetched aws.Credentials, window time.Duration) (aws.Credentials, error) {
	r.expires = fetched.Expires
	if life := time.Until(fetched.Expires); life > 0 { // for else they expire at once anyway
		fetched.Expires = fetched.Expires.Add(max(window, -life/2))
	}
	return fetched, nil
}

// HandleFailToRefresh is asked by the cache when credentials cannot be fetched. As long as the old ones have not expired
// they serve on.
func (r *renewer) HandleFailToRefresh(_ context.Context, old aws.Credentials, err error) (aws.Credentials, error) {
	if !old.HasKeys() || !time.Now().Before(r.expires) {
		return aws.Credentials{}, err
	}
	old.Expires = r.expires
	return old, nil
}

// credentialsError is given when there are no credentials to send a request with.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string {
	text := brief(e.err)
	for cached := true; cached; { // what each cache of the SDK puts before it
		text, cached = strings.CutPrefix(text, "failed to refresh cached credentials, ")
	}
	if strings.HasPrefix(text, "no EC2 IMDS role found") { // where the SDK looks last
		text = "neither the environment nor the shared configuration files hold any, and " + text
	}
	return "no credentials: " + text
}

func (e *credentialsError) Unwrap() error { return e.err }

// NoCredentials reports whether an error means that there are no credentials to send a request with.
func NoCredentials(err error) bool { return errors.As(err, new(*credentialsError)) }

// RetryableError tells the SDK's retryer not to try again: whoever gives credentials has been asked several times.
func (e *credentialsError) RetryableError() bool { return false }
