package connect

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"

	"roletrail/ingest"
)

// Fault is what an error of a request means.
type Fault struct {
	Reason string // one of the ingest.Fail constants
	Code   string // AWS's code of the error, such as NoSuchBucket; "" if no service told of one
	Fatal  bool   // every further request would fail alike: credentials that do not work
	Detail string // one line for people: what is wrong, and which permission is missing or what to do
}

// fatal are the codes of errors that every further request would meet (Amazon S3 API Reference, "Error responses"; IAM
// User Guide, "Common errors").
var fatal = map[string]string{
	"AuthorizationHeaderMalformed": "the signature is refused",
	"ExpiredToken":                 "the credentials have expired",
	"ExpiredTokenException":        "the credentials have expired",
	"InvalidAccessKeyId":           "the credentials are refused",
	"InvalidClientTokenId":         "the credentials are refused",
	"InvalidSecurity":              "the credentials are refused",
	"InvalidSignatureException":    "the signature is refused",
	"InvalidToken":                 "the credentials are refused",
	"NotSignedUp":                  "the account is refused",
	"PermanentRedirect":            "the bucket is in another Region",
	"RequestExpired":               "the credentials have expired",
	"RequestTimeTooSkewed":         "the clock of this machine is wrong",
	"SignatureDoesNotMatch":        "the signature is refused",
	"TokenRefreshRequired":         "the credentials have expired",
	"UnrecognizedClientException":  "the credentials are refused",
}

// Judge tells what an error of Get, Retry or a client of the SDK means. Resource is what was asked for, for the detail: an
// ARN or an s3:// URL. Action is the permission that it takes, such as s3:GetObject.
func Judge(err error, action, resource string) Fault {
	var missing *credentialsError
	if errors.As(err, &missing) {
		return Fault{Reason: ingest.FailAccessDenied, Fatal: true, Detail: missing.Error()}
	}
	var told smithy.APIError
	if !errors.As(err, &told) {
		return Fault{Reason: ingest.FailUnavailable, Detail: "no answer: " + brief(err)}
	}
	status := 0
	if answer := (interface{ HTTPStatusCode() int })(nil); errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	code, message := told.ErrorCode(), shorten(told.ErrorMessage())
	fault := Fault{Code: code}
	what, isFatal := fatal[code]
	switch {
	case isFatal:
		fault.Reason, fault.Fatal, fault.Detail = ingest.FailAccessDenied, true, what+": "+brief(err)
	case isRetryable(err):
		fault.Reason, fault.Detail = ingest.FailUnavailable, "no answer that helps: "+brief(err)
	case isOfKey(code, status, message):
		fault.Reason, fault.Detail = ingest.FailKeyDenied, keyDetail(code, message)
	case code == "InvalidObjectState":
		fault.Reason, fault.Detail = ingest.FailArchived, archivedDetail(err)
	case code == "NoSuchBucket":
		fault.Reason, fault.Detail = ingest.FailDeleted, "no such bucket"
	case status == http.StatusNotFound || code == "NoSuchKey" || code == "NoSuchVersion":
		fault.Reason, fault.Detail = ingest.FailDeleted, "no such object any more"
	case status == http.StatusPreconditionFailed || status == http.StatusRequestedRangeNotSatisfiable:
		fault.Reason, fault.Detail = ingest.FailUnreadable, "changed while it was read"
	case isDenied(code, status):
		fault.Reason, fault.Detail = ingest.FailAccessDenied, deniedDetail(message, action, resource)
	default:
		fault.Reason, fault.Detail = ingest.FailUnreadable, brief(err)
	}
	return fault
}

func isDenied(code string, status int) bool {
	return strings.HasPrefix(code, "AccessDenied") || status == http.StatusForbidden || status == http.StatusUnauthorized
}

// isOfKey tells whether it is the KMS key that cannot be used. S3 gives KMS's own codes for the state of a key, and
// AccessDenied for a permission, in which case only the message tells it apart.
func isOfKey(code string, status int, message string) bool {
	return strings.HasPrefix(code, "KMS.") || isDenied(code, status) && keyDenied.MatchString(message)
}

// keyDenied matches what no name of a user, role or session can hold.
var keyDenied = regexp.MustCompile(`\bkms:| KMS |ciphertext refers`)

var keyARN = regexp.MustCompile(`arn:aws[a-z-]*:kms:[A-Za-z0-9:/_-]+`)

func keyDetail(code, message string) string {
	if strings.HasPrefix(code, "KMS.") {
		return shorten("the KMS key that encrypts it cannot be used: " + code + ": " + message)
	}
	key := keyARN.FindString(message)
	if key == "" {
		key = "the KMS key that encrypts it"
	}
	return fmt.Sprintf("access to the KMS key denied: kms:Decrypt on %s is needed", key)
}

func archivedDetail(err error) string {
	var response *responseError
	if errors.As(err, &response) && response.storageClass != "" {
		return fmt.Sprintf("archived in %s: restore it first", response.storageClass)
	}
	return "archived: restore it first"
}

func deniedDetail(message, action, resource string) string {
	detail := fmt.Sprintf("access denied: %s on %s is needed", action, resource)
	if strings.Contains(message, "not authorized") { // says who may not, and for want of which kind of policy
		return detail + " (" + message + ")"
	}
	if action == "s3:GetObject" { // S3 may say no more when it is the key
		return detail + ", and kms:Decrypt if a KMS key encrypts it"
	}
	return detail
}
