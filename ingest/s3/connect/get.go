package connect

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go/encoding/httpbinding"
)

// Get sends one GetObject request and returns a response whose status is 200 or 206, and whose body the caller has to
// close. The body holds the bytes as they are stored. A from beyond 0 asks for the rest of the object from that byte on,
// on condition that its ETag still is ifMatch. It tries once: see Retry. The request is given up when no byte comes for
// Options.Stall.
//
// It is written to net/http with the SDK's signer: the SDK's own GetObject takes three times the processor time.
func (b *Bucket) Get(ctx context.Context, key string, from int64, ifMatch string) (*http.Response, error) {
	s := b.session
	ctx, watched := s.transport.watch(ctx)
	request, err := b.request(ctx, key)
	if err != nil {
		watched.cancel(nil)
		return nil, err
	}
	if from > 0 {
		request.Header["Range"] = []string{"bytes=" + strconv.FormatInt(from, 10) + "-"}
		request.Header["If-Match"] = []string{ifMatch}
	}
	s.counts.sent(b.gets)
	response, err := s.transport.send(request, watched)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusPartialContent {
		s.succeeded()
		return response, nil
	}
	failure := readError(response, request.Header)
	s.failed(failure, request.Header)
	if failure.code == "RequestTimeTooSkewed" {
		failure.renewed = s.skew.correct(response.Header.Get("Date"))
	}
	return nil, failure
}

// emptyPayload is the SHA-256 of no bytes, the payload of a GET.
const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// The values of headers that are the same in all requests; net/http and the signer only read them.
var (
	checksumMode  = []string{"ENABLED"}
	contentSHA256 = []string{emptyPayload}
	requestPayer  = []string{"requester"}
	identity      = []string{"identity"}
	userAgent     = []string{"roletrail"}
)

// request is a signed request for an object.
func (b *Bucket) request(ctx context.Context, key string) (*http.Request, error) {
	header := make(http.Header, 10)
	header["X-Amz-Checksum-Mode"] = checksumMode
	if b.session.options.RequesterPays {
		header["X-Amz-Request-Payer"] = requestPayer
	}
	request := b.template.WithContext(ctx)
	request.URL, request.Header = b.url(key), header
	if credentials := b.session.credentials; credentials != nil {
		current, err := credentials.Retrieve(ctx)
		if err != nil {
			return nil, err
		}
		header["X-Amz-Content-Sha256"] = contentSHA256
		err = b.signer.SignHTTP(ctx, current, request, emptyPayload, b.signingName, b.signingRegion, b.session.skew.now())
		if err != nil {
			return nil, err
		}
	}
	// Not signed, for proxies change them, and they need no protection.
	header["Accept-Encoding"] = identity
	header["User-Agent"] = userAgent
	return request, nil
}

// url is where an object is, with its key escaped as it is signed: "." and "//" are as good as any other part of a key.
func (b *Bucket) url(key string) *url.URL {
	at := *b.endpoint
	at.Path = b.endpoint.Path + "/" + key
	if escaped := escape(key); escaped != key || at.RawPath != "" {
		at.RawPath = b.endpoint.EscapedPath() + "/" + escaped
	}
	return &at
}

// escape escapes a key in the way of Signature Version 4. The keys of a trail have nothing to escape.
func escape(key string) string {
	for i := range len(key) {
		switch c := key[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~', c == '/':
		default:
			return httpbinding.EscapePath(key, false)
		}
	}
	return key
}

// skew is how far the clock of S3 is ahead of this machine's, in nanoseconds. S3 refuses requests whose time is off by
// more than 15 minutes.
type skew struct{ atomic.Int64 }

func (s *skew) now() time.Time { return time.Now().Add(time.Duration(s.Load())) }

// correct takes the time from a response, and returns whether that changes anything.
func (s *skew) correct(date string) bool {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return false
	}
	const tolerated = time.Minute
	off := theirs.Sub(s.now())
	if -tolerated < off && off < tolerated {
		return false
	}
	s.Add(int64(off))
	return true
}
