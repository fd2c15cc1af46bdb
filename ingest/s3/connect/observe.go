package connect

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"roletrail/ingest"
)

// counts are how often each operation was sent.
type counts struct {
	progress   *ingest.Progress
	operations sync.Map // name of the operation -> *atomic.Int64
}

func newCounts(progress *ingest.Progress) *counts {
	if progress == nil {
		progress = new(ingest.Progress)
	}
	return &counts{progress: progress}
}

// of is the count of an operation.
func (c *counts) of(operation string) *atomic.Int64 {
	count, found := c.operations.Load(operation)
	if !found {
		count, _ = c.operations.LoadOrStore(operation, new(atomic.Int64))
	}
	return count.(*atomic.Int64)
}

func (c *counts) sent(operation *atomic.Int64) {
	operation.Add(1)
	c.progress.Requests.Add(1)
}

func (c *counts) failed(e *responseError) {
	if e.isThrottle() {
		c.progress.Throttled.Add(1)
	}
}

func (c *counts) all() map[string]int64 {
	all := make(map[string]int64)
	for operation, count := range c.operations.Range {
		if n := count.(*atomic.Int64).Load(); n > 0 {
			all[operation.(string)] = n
		}
	}
	return all
}

// observe makes a client of the SDK count every attempt, hand in refused credentials, and give the same errors as Get,
// which hold nothing secret.
func (s *Session) observe(stack *middleware.Stack) error {
	attempt := middleware.DeserializeMiddlewareFunc("RoletrailAttempt", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		operation := middleware.GetOperationName(ctx)
		s.counts.sent(s.counts.of(operation))
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if err == nil {
			s.succeeded()
			return out, metadata, nil
		}
		sent := http.Header(nil)
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			sent = request.Header
		}
		err = s.classify(err, sent)
		s.options.Log.DebugContext(ctx, "request failed", "operation", operation, "error", brief(err))
		return out, metadata, err
	})
	return stack.Deserialize.Add(attempt, middleware.Before) // inside of the retries, around everything else
}

// classify makes a *responseError of an error of the SDK that tells of a response.
func (s *Session) classify(err error, sent http.Header) error {
	var told smithy.APIError
	var answered *smithyhttp.ResponseError
	if !errors.As(err, &told) || !errors.As(err, &answered) {
		return err
	}
	response := &responseError{
		status: answered.HTTPStatusCode(),
		code:   clean(told.ErrorCode(), sent),
		region: clean(answered.Response.Header.Get("X-Amz-Bucket-Region"), sent),
	}
	if text := told.ErrorMessage(); text != "UnknownError" && text != http.StatusText(response.status) { // there was none
		response.message = clean(text, sent)
	}
	s.failed(response, sent)
	return response
}

// succeeded takes note of a request that was fulfilled.
func (s *Session) succeeded() {
	if s.credentials != nil {
		s.credentials.accepted()
	}
}

// stale are the codes of an error that goes away with fresh credentials.
var stale = map[string]bool{
	"ExpiredToken":          true,
	"ExpiredTokenException": true,
	"InvalidToken":          true,
	"RequestExpired":        true,
	"TokenRefreshRequired":  true,
}

// failed takes note of a request that was refused, and renews what was refused as out of date.
func (s *Session) failed(e *responseError, sent http.Header) {
	s.counts.failed(e)
	if s.credentials != nil && stale[e.code] {
		e.renewed = s.credentials.refuse(sent.Get("X-Amz-Security-Token"))
	}
}
