package s3

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"net/http"
	"sync"

	"roletrail/ingest"
)

// bodyError means that S3 answered, but not with the bytes of the object.
type bodyError struct {
	reason    string // one of the ingest.Fail constants
	retryable bool
	err       error
}

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// RetryableError tells the retry rules of the SDK whether another attempt may bring the right bytes.
func (e *bodyError) RetryableError() bool { return e.retryable }

var (
	errSize = &bodyError{ingest.FailUnreadable, false,
		errors.New("its size is not the one that was listed: it has changed meanwhile")}
	errRest = &bodyError{ingest.FailUnreadable, false,
		errors.New("the rest is not that of what was read so far: it has changed meanwhile")}
)

// brokenOff is the error of an answer that ended after n of size bytes, with err.
func brokenOff(n, size int64, err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &bodyError{ingest.FailUnavailable, true, fmt.Errorf("the answer broke off after %d of %d bytes: %w", n, size, err)}
}

// maxWhole is the size in bytes up to which an object is fetched as a whole. With the byte that shows that there is more,
// it fills the largest buffer.
const maxWhole = 4<<20 - 1

// whole is an object that was fetched.
type whole struct {
	buffer *[]byte // nil once it is closed
	unread []byte
	signed
}

// fetch gets an object of known size, and its checksum right, before anything of it is read: an attempt that fails leaves
// nothing behind.
func (r *reading) fetch() (io.ReadCloser, error) {
	buffer := takeBuffer(int(r.size) + 1)
	err := r.retry(func() error { return r.fetchInto((*buffer)[:r.size+1]) })
	if err != nil {
		giveBuffer(buffer)
		return nil, r.fail(err)
	}
	r.succeed()
	return &whole{buffer, (*buffer)[:r.size], r.signed}, nil
}

// fetchInto makes one attempt. The buffer has room for one byte more than the object, to see its end.
func (r *reading) fetchInto(buffer []byte) error {
	response, err := r.bucket.Get(r.ctx, r.key, 0, "")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.ContentLength >= 0 && response.ContentLength != r.size {
		return errSize
	}
	n, err := io.ReadFull(response.Body, buffer)
	switch {
	case int64(n) > r.size:
		return errSize
	case int64(n) < r.size:
		return brokenOff(int64(n), r.size, err)
	}
	sum := newChecksum(response.Header)
	sum.add(buffer[:n])
	r.header = response.Header
	return sum.compare()
}

func (w *whole) Read(p []byte) (int, error) {
	switch {
	case w.buffer == nil:
		return 0, fs.ErrClosed
	case len(w.unread) == 0:
		return 0, io.EOF
	}
	n := copy(p, w.unread)
	w.unread = w.unread[n:]
	return n, nil
}

func (w *whole) Close() error {
	if w.buffer != nil {
		giveBuffer(w.buffer)
		w.buffer, w.unread = nil, nil
	}
	return nil
}

// buffers are to be used again, by the power of two that is their size in bytes. The garbage collector takes what is not
// used for a while.
var buffers [23]sync.Pool

// takeBuffer gives a buffer of at least size bytes, and not of less than most objects need.
func takeBuffer(size int) *[]byte {
	power := max(bits.Len(uint(size-1)), 16)
	if buffer, ok := buffers[power].Get().(*[]byte); ok {
		return buffer
	}
	buffer := make([]byte, 1<<power)
	return &buffer
}

func giveBuffer(buffer *[]byte) { buffers[bits.Len(uint(len(*buffer)-1))].Put(buffer) }

// stream is an object that is read while it arrives, from as many answers as it takes. Every byte is given once.
type stream struct {
	reading
	body   io.ReadCloser // of the current answer; nil between two of them
	lost   error         // how the one before ended, until an attempt has failed with it
	offset int64         // bytes given so far
	etag   string        // of the object when its first byte came
	sum    checksum
	err    error // what ends all reading
}

// stream begins to get an object, which may be of unknown size.
func (r *reading) stream() (io.ReadCloser, error) {
	s := &stream{reading: *r}
	if err := s.retry(s.request); err != nil {
		return nil, s.fail(err)
	}
	return s, nil
}

// request asks for what has not been read yet.
func (s *stream) request() error {
	response, err := s.bucket.Get(s.ctx, s.key, s.offset, s.etag)
	if err != nil {
		return err
	}
	if s.offset == 0 {
		err = s.begin(response)
	} else {
		err = s.resume(response)
	}
	if err != nil {
		response.Body.Close()
		return err
	}
	s.body = response.Body
	return nil
}

// begin takes what the answer tells about the whole object.
func (s *stream) begin(response *http.Response) error {
	if s.size < 0 {
		s.size = response.ContentLength
	}
	if s.size < 0 || response.ContentLength != s.size {
		return errSize
	}
	s.etag, s.sum, s.header = response.Header.Get("ETag"), newChecksum(response.Header), response.Header
	return nil
}

// resume checks that an answer goes on where the one before ended. S3 itself sees to the condition on the ETag; services
// that speak its language do not all do so.
func (s *stream) resume(response *http.Response) error {
	rest := fmt.Sprintf("bytes %d-%d/%d", s.offset, s.size-1, s.size)
	if response.Header.Get("Content-Range") != rest || response.ContentLength != s.size-s.offset ||
		response.Header.Get("ETag") != s.etag {
		return errRest
	}
	return nil
}

func (s *stream) Read(p []byte) (int, error) {
	if s.err == nil && s.offset == s.size {
		s.err = s.finish()
	}
	if s.err != nil || len(p) == 0 {
		return 0, s.err
	}
	n, err := s.next(p)
	if err != nil {
		n, err = s.goOn(p, err)
	}
	if err != nil {
		s.err = s.fail(err)
		return 0, s.err
	}
	s.offset += int64(n)
	s.sum.add(p[:n])
	return n, nil
}

// next reads on in the current answer, or in a new one. It gives bytes or an error, not both.
func (s *stream) next(p []byte) (int, error) {
	if err := s.lost; err != nil {
		s.lost = nil
		return 0, err
	}
	if s.body == nil {
		if err := s.request(); err != nil {
			return 0, err
		}
	}
	n, err := s.body.Read(p)
	received := s.offset + int64(n)
	if err == nil || received == s.size {
		return n, nil
	}
	s.body.Close()
	s.body, err = nil, brokenOff(received, s.size, err)
	if n > 0 {
		s.lost, err = err, nil
	}
	return n, err
}

// goOn reads on after a first attempt that failed with lost.
func (s *stream) goOn(p []byte, lost error) (n int, err error) {
	s.lost = lost
	err = s.retry(func() error {
		n, err = s.next(p)
		return err
	})
	return n, err
}

// finish returns io.EOF if what was read is what S3 stored.
func (s *stream) finish() error {
	if err := s.sum.compare(); err != nil {
		return s.fail(err)
	}
	s.succeed()
	return io.EOF
}

func (s *stream) Close() error {
	if s.body != nil {
		s.body.Close()
	}
	s.body, s.err = nil, fs.ErrClosed
	return nil
}
