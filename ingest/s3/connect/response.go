package connect

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/smithy-go"
)

// responseError is a response that tells of an error, to a request of Get or of the SDK. It is a smithy.APIError. It does
// not wrap the SDK's own error, which shows what the server sent as it is.
type responseError struct {
	status       int
	code         string // AWS's, or the status in words where the response has none
	message      string // from the service: hostile, but without the credentials of the request, and not long
	storageClass string // of an object in an archive
	region       string // of the bucket, if the response names it
	renewed      bool   // what the service objected to has been renewed: the request may be sent again at once
}

func (e *responseError) Error() string {
	if e.message == "" {
		return fmt.Sprintf("%d %s", e.status, e.code)
	}
	return fmt.Sprintf("%d %s: %s", e.status, e.code, e.message)
}

func (e *responseError) HTTPStatusCode() int  { return e.status }
func (e *responseError) ErrorCode() string    { return e.code }
func (e *responseError) ErrorMessage() string { return e.message }

func (e *responseError) ErrorFault() smithy.ErrorFault {
	if e.status >= http.StatusInternalServerError {
		return smithy.FaultServer
	}
	return smithy.FaultClient
}

// isThrottle tells whether a service asks for fewer requests: S3 does by SlowDown and ServiceUnavailable, both with
// status 503 (Amazon S3 API Reference, "Error responses").
func (e *responseError) isThrottle() bool {
	_, throttle := retry.DefaultThrottleErrorCodes[e.code]
	return throttle || e.status == http.StatusServiceUnavailable || e.status == http.StatusTooManyRequests
}

// isRenewed tells whether err is of a request that may be sent again at once.
func isRenewed(err error) bool {
	var response *responseError
	return errors.As(err, &response) && response.renewed
}

// errorLimit is how many bytes are read of a response that tells of an error.
const errorLimit = 64 << 10

// readError makes an error of the response of S3 to a request with the given header (Amazon S3 API Reference, "REST
// error responses"), and closes it.
func readError(response *http.Response, sent http.Header) *responseError {
	defer response.Body.Close()
	var told struct {
		Code, Message, StorageClass string
	}
	// What a proxy on the way answers is no XML: then the status tells it all.
	if body, err := io.ReadAll(io.LimitReader(response.Body, errorLimit)); err == nil {
		_ = xml.Unmarshal(body, &told)
	}
	if told.Code == "" {
		told.Code = strings.ReplaceAll(http.StatusText(response.StatusCode), " ", "")
	}
	return &responseError{
		status:       response.StatusCode,
		code:         clean(told.Code, sent),
		message:      clean(told.Message, sent),
		storageClass: clean(told.StorageClass, sent),
	}
}

// messageLimit is how many bytes are kept of a text from a service.
const messageLimit = 300

// clean is a text from a service on one line, cut where it is long, without what the header of the request held of
// credentials: nothing keeps a server from sending it back.
func clean(text string, sent http.Header) string {
	authorization := sent.Get("Authorization")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	for _, secret := range []string{authorization, signature, sent.Get("X-Amz-Security-Token")} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "(removed)")
		}
	}
	return shorten(text)
}

// userInfo is where a URL has a password. The SDK quotes endpoint URLs that it cannot use.
var userInfo = regexp.MustCompile(`://[^/\s]*@`)

func shorten(text string) string {
	text = userInfo.ReplaceAllString(strings.Join(strings.Fields(text), " "), "://(removed)@")
	if len(text) <= messageLimit {
		return text
	}
	end := messageLimit - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// brief is err in one short line, without what the SDK says around it, and without what it says of secrets.
func brief(err error) string {
	var response *responseError
	var connection *connectionError
	var told smithy.APIError // of a service that gives credentials
	var process *processcreds.ProviderError
	var request *url.Error
	switch {
	case errors.As(err, &response):
		return response.Error()
	case errors.As(err, &connection):
		return shorten(connection.Error())
	case errors.As(err, &told):
		return shorten(told.ErrorCode() + ": " + told.ErrorMessage())
	case errors.As(err, &process): // what wraps its cause may quote what the process wrote: the credentials
		return shorten("credential_process: " + innermost(process).Error())
	case errors.As(err, &request): // in a container, the URL of the credentials is itself one
		return shorten(request.Err.Error())
	}
	return shorten(err.Error())
}

// innermost is what err comes from.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
