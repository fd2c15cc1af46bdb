package connect

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections stay within the process, so that a synctest bubble knows when all wait.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.connections:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.connections <- theirs
	return ours, nil
}

// A request may go without a byte for the limit, and not for longer. How long the reader takes does not count.
func TestStall(t *testing.T) {
	const limit = 20 * time.Second
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		read    time.Duration // wait of the reader before each byte
		want    string        // what arrives
		after   time.Duration // at which the request is given up; 0: never
	}{
		{"in time", after(limit-1, after(limit-1, after(limit-1, nil))), 0, "bb", 0},
		{"no header", after(limit+1, after(0, nil)), 0, "", limit},
		{"no body", after(0, after(limit+1, nil)), 0, "", limit},
		{"body stops", after(5*time.Second, after(limit-1, after(limit+1, nil))), 0, "b", 5*time.Second + limit - 1 + limit},
		{"reader is slow", after(0, after(0, after(0, nil))), time.Hour, "bb", 0},
	} {
		withCredentials(t)
		synctest.Test(t, func(t *testing.T) {
			listener := newPipes()
			server := &http.Server{Handler: test.handler}
			go server.Serve(listener)
			session, err := Open(t.Context(), Options{EndpointURL: "http://fake", Stall: limit})
			if err != nil {
				t.Fatal(err)
			}
			session.transport.base.DialContext = listener.dial
			bucket, err := session.bucketIn(t.Context(), "trails", "us-east-1")
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			var got []byte
			response, err := bucket.Get(t.Context(), "key", 0, "")
			if err == nil {
				for err == nil {
					time.Sleep(test.read)
					var b [1]byte
					n := 0
					n, err = response.Body.Read(b[:])
					got = append(got, b[:n]...)
				}
				response.Body.Close()
			}
			var gaveUp *stalledError
			switch stalled := errors.As(err, &gaveUp); {
			case string(got) != test.want:
				t.Errorf("%s: got %q, %v, want %q", test.name, got, err, test.want)
			case test.after == 0 && err != io.EOF:
				t.Errorf("%s: %v", test.name, err)
			case test.after != 0 && (!stalled || !isRetryable(err)):
				t.Errorf("%s: %v is no stall, or may not be tried again", test.name, err)
			case test.after != 0 && time.Since(start) != test.after:
				t.Errorf("%s: given up after %v, want %v", test.name, time.Since(start), test.after)
			}
			session.Close()
			server.Close()
		})
	}
}

// after waits, sends a byte of the body, or only the header the first time, and goes on with next.
func after(wait time.Duration, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return
		}
		if w.Header().Get("Etag") != "" {
			io.WriteString(w, "b")
		}
		w.Header().Set("Etag", "sent")
		http.NewResponseController(w).Flush()
		if next != nil {
			next(w, r)
		}
	}
}
