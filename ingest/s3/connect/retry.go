package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

const (
	maxBackoff = 20 * time.Second // that of the SDK
	retryCost  = 5                // tokens of the budget that a retry takes; they come back when it succeeds
	retryGrant = 1                // tokens that a success gives
)

// retryer is the one of a session: the SDK's, with one budget for all requests.
type retryer struct {
	*retry.Standard
	budget *ratelimit.TokenRateLimit
}

// newRetryer makes a budget with which all connections may use up the attempts of one request each. When a service
// fails them all, what is asked after that is tried once, until something succeeds.
func newRetryer(o Options) *retryer {
	budget := ratelimit.NewTokenRateLimit(uint(retryCost * max(o.Attempts-1, 1) * o.Connections))
	return &retryer{budget: budget, Standard: retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts = o.Attempts
		s.Backoff = backoff{first: o.Backoff, longest: maxBackoff}
		s.Retryables = retryables
		s.RateLimiter = budget
		s.RetryCost, s.RetryTimeoutCost, s.ThrottlingRetryCost = retryCost, retryCost, retryCost
		s.NoRetryIncrement = retryGrant
	})}
}

// retryables say what may be tried again; the first that knows an error decides. They are those of the SDK with what it
// leaves out.
var retryables = slices.Concat([]retry.IsErrorRetryable{
	retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		if isRenewed(err) {
			return aws.TrueTernary
		}
		return aws.UnknownTernary
	}),
	retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		if certificate := (*tls.CertificateVerificationError)(nil); errors.As(err, &certificate) {
			return aws.FalseTernary // the SDK tries whatever went wrong with a connection
		}
		return aws.UnknownTernary
	}),
}, retry.DefaultRetryables, []retry.IsErrorRetryable{
	retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return aws.TrueTernary
		}
		return aws.UnknownTernary
	}),
	retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusTooManyRequests: {}}},
	retry.RetryableErrorCode{Codes: map[string]struct{}{"InternalError": {}, "ServiceUnavailable": {}}},
})

func isRetryable(err error) bool {
	return retry.IsErrorRetryables(retryables).IsErrorRetryable(err).Bool()
}

// backoff is exponential with equal jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): half of each wait is
// certain, so that all attempts together outlast an interruption of some seconds. With full jitter chance may use them up
// within one.
type backoff struct{ first, longest time.Duration }

// BackoffDelay is how long to wait after a failed attempt, the first being number 1.
func (b backoff) BackoffDelay(attempt int, err error) (time.Duration, error) {
	if isRenewed(err) {
		return 0, nil
	}
	doubled := min(max(attempt-1, 0), 20) // a million times the first is beyond the longest
	limit := min(min(b.first, b.longest)<<doubled, b.longest)
	return limit/2 + rand.N(limit/2+1), nil
}

// Retry calls attempt until it succeeds, fails for good, ctx ends, or the attempts of a request or the retry budget of
// the session are used up; between two attempts it waits, longer each time and by chance. What name is tried goes to the
// log. Errors come back as they are; Judge tells what they mean. An error of the caller's own is tried again if it has a
// method RetryableError that returns true, or wraps io.ErrUnexpectedEOF.
func (s *Session) Retry(ctx context.Context, name string, attempt func(context.Context) error) error {
	refund := func() error { return nil }
	for n := 1; ; n++ {
		err := attempt(ctx)
		if err == nil {
			_ = refund() // neither of them can fail
			return s.retryer.budget.AddTokens(retryGrant)
		}
		if ctx.Err() != nil || n >= s.options.Attempts || !isRetryable(err) {
			return err
		}
		if isRenewed(err) {
			continue
		}
		var exhausted error
		if refund, exhausted = s.retryer.budget.GetToken(ctx, retryCost); exhausted != nil {
			return err
		}
		wait, _ := s.retryer.RetryDelay(n, err) // its error is always nil: see backoff
		s.options.Log.DebugContext(ctx, "retry", "name", name, "attempt", n+1, "wait", wait, "error", brief(err))
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
