// Package faultproxy stands between an S3 client and an S3 server in tests and benchmarks, and delays and breaks requests
// as the real service and the network do.
package faultproxy

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy passes requests on to the server, but for those that it breaks.
type Proxy struct {
	URL string // of the proxy, to be used as endpoint

	// Delay goes before the first byte of each response, in addition to what the server takes. To be set before the first
	// request.
	Delay time.Duration

	upstream  *url.URL
	decide    func(*http.Request) Fault
	transport *http.Transport
	counts    [faults]atomic.Int64
}

// Start starts a proxy on loopback that passes requests on to the endpoint upstream, without a look at their signatures,
// which stay valid. It ends with the test. decide tells for each request what is to go wrong. It is called by many
// goroutines at a time, must leave the request and its body alone, and may be nil: nothing goes wrong.
func Start(t testing.TB, upstream string, decide func(*http.Request) Fault) *Proxy {
	t.Helper()
	target, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if decide == nil {
		decide = func(*http.Request) Fault { return None }
	}
	p := &Proxy{
		URL:      "http://" + listener.Addr().String(),
		upstream: target,
		decide:   decide,
		// Without DisableCompression it would ask for gzip where the client did not.
		transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1024},
	}
	var connections, serving sync.WaitGroup
	server := &http.Server{Handler: p, ConnState: func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			connections.Add(1)
		case http.StateClosed, http.StateHijacked:
			connections.Done()
		}
	}}
	serving.Go(func() { _ = server.Serve(listener) }) // it ends by Close
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
		connections.Wait()
		p.transport.CloseIdleConnections()
	})
	return p
}

// Requests returns how many requests there were.
func (p *Proxy) Requests() (requests int64) {
	for i := range p.counts {
		requests += p.counts[i].Load()
	}
	return requests
}

// Count returns how many requests had a fault; Count(None) were passed on whole.
func (p *Proxy) Count(fault Fault) int64 { return p.counts[fault].Load() }

// ServeHTTP implements [http.Handler].
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := p.decide(r)
	p.counts[fault].Add(1)
	if fault.needsResponse() {
		p.pass(w, r, fault)
		return
	}
	// The connection tells that the client went away only once the request's body was read.
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	if !sleep(r.Context(), p.Delay) {
		panic(http.ErrAbortHandler)
	}
	switch fault {
	case Stall:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Reset:
		reset(w)
	default:
		answer(w, r, responses[fault])
	}
}

// pass answers with the server's response, damaged by fault.
func (p *Proxy) pass(w http.ResponseWriter, r *http.Request, fault Fault) {
	out := r.Clone(r.Context()) // with the Host that the client signed
	out.RequestURI = ""
	out.URL.Scheme, out.URL.Host = p.upstream.Scheme, p.upstream.Host
	out.Header.Del("Connection")
	if r.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", "") // or the transport would add its own
	}
	response, err := p.transport.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler) // the client goes away, or the test's server does
	}
	defer response.Body.Close()
	if !sleep(r.Context(), p.Delay) {
		panic(http.ErrAbortHandler)
	}
	if fault != None {
		damage(w, r, response, fault)
		return
	}
	writeHeader(w, response)
	if _, err := io.Copy(w, response.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func writeHeader(w http.ResponseWriter, response *http.Response) {
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(response.StatusCode)
}

// sleep tells whether the context was still there at the end.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
