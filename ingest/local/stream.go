package local

import (
	"context"
	"io"
)

// streamBuffer is what a pipe holds on Linux; a read does not return more.
const streamBuffer = 64 << 10

// stream reads from something that may never answer, such as a terminal or a FIFO without a writer. It ends with its
// context all the same. A read that is then under way is left behind; it ends with its input or when that is closed.
type stream struct {
	ctx     context.Context
	input   io.ReadCloser
	buffer  []byte      // belongs to the read under way, if there is one
	rest    []byte      // of the buffer, not yet handed out
	results chan result // of one read
	err     error       // after the rest
}

type result struct {
	n   int
	err error
}

// openStream waits for open, which may not return before somebody opens the other end, or for the end of ctx.
func openStream(ctx context.Context, open func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	s := &stream{ctx: ctx, buffer: make([]byte, streamBuffer), results: make(chan result, 1)}
	opened := make(chan error, 1)
	go func() {
		var err error
		s.input, err = open()
		opened <- err
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case err := <-opened:
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

func (s *stream) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		go func() {
			n, err := s.input.Read(s.buffer)
			s.results <- result{n, err}
		}()
		select {
		case <-s.ctx.Done():
			s.err = s.ctx.Err()
		case r := <-s.results:
			s.rest, s.err = s.buffer[:r.n], r.err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *stream) Close() error { return s.input.Close() }
