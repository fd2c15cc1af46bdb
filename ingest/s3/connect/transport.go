package connect

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// transport sends requests, and gives those up that go for too long without a byte. The time in which nobody reads a
// response does not count.
type transport struct {
	base  *http.Transport
	stall time.Duration
}

func newTransport(base *http.Transport, o Options) *transport {
	base.MaxIdleConns, base.MaxIdleConnsPerHost = 0, o.Connections // a host a bucket: not limited together
	base.DisableKeepAlives = false
	base.DisableCompression = true // objects are wanted as they are stored
	// Over HTTP/2 all requests would share one connection and wait for each other's bytes; S3 does not offer it anyway.
	base.ForceAttemptHTTP2 = false
	base.Protocols = new(http.Protocols)
	base.Protocols.SetHTTP1(true)
	return &transport{base, o.Stall}
}

func withoutKeepAlives(t *http.Transport) { t.DisableKeepAlives = true }

// RoundTrip sends a request of the SDK's. Its errors, and those of reading the response, are of type *connectionError.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, w := t.watch(request.Context())
	return t.send(request.WithContext(ctx), w)
}

// watch makes the context of a request, which w ends.
func (t *transport) watch(parent context.Context) (ctx context.Context, w *watched) {
	ctx, cancel := context.WithCancelCause(parent)
	return ctx, &watched{cancel: cancel, stall: t.stall}
}

// send sends a request whose context is that of w. It may be called once for each of them.
func (t *transport) send(request *http.Request, w *watched) (*http.Response, error) {
	w.timer = time.AfterFunc(t.stall, w.giveUp)
	response, err := t.base.RoundTrip(request)
	w.timer.Stop()
	if err != nil {
		w.cancel(nil)
		return nil, &connectionError{err}
	}
	w.body, response.Body = response.Body, w
	return response, nil
}

// watched is the body of a response. Each Read has the whole of the time again.
type watched struct {
	body   io.ReadCloser
	cancel context.CancelCauseFunc
	timer  *time.Timer // runs while somebody waits
	stall  time.Duration
}

func (w *watched) giveUp() { w.cancel(&stalledError{w.stall}) }

func (w *watched) Read(p []byte) (int, error) {
	w.timer.Reset(w.stall)
	n, err := w.body.Read(p)
	w.timer.Stop()
	if err != nil && err != io.EOF {
		err = &connectionError{err}
	}
	return n, err
}

func (w *watched) Close() error {
	err := w.body.Close()
	w.cancel(nil)
	return err
}

// connectionError is an error of sending a request or reading its response, as opposed to a response that tells of one.
type connectionError struct{ err error }

func (e *connectionError) Error() string { return e.err.Error() }
func (e *connectionError) Unwrap() error { return e.err }

// ConnectionError tells the SDK's retryer that the request may be tried again.
func (e *connectionError) ConnectionError() bool { return true }

// stalledError is given when no byte has come for the limit.
type stalledError struct{ limit time.Duration }

func (e *stalledError) Error() string { return fmt.Sprintf("no byte for %v", e.limit) }

// Timeout tells the SDK's retryer how to count it.
func (e *stalledError) Timeout() bool { return true }
