package connect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"roletrail/ingest"
)

// What S3 answers, and what is made of it, whether Get or a client of the SDK asked. The texts are those of the Amazon S3
// API Reference ("Error responses"), and for KMS of aws/aws-cli#6713 and of the AWS re:Post article "Why do I get an Access
// Denied error when I try to read objects encrypted with a KMS key".
func TestJudge(t *testing.T) {
	const resource = "arn:aws:s3:::trails/key"
	const key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	const denied = "access denied: s3:GetObject on " + resource + " is needed"
	const user = "User: arn:aws:iam::111122223333:user/KMS-reader is not authorized to perform: "
	for _, test := range []struct {
		status        int
		code, message string
		reason        string // "" where every other request would fail alike
		detail        string
	}{
		{403, "AccessDenied", "Access Denied",
			ingest.FailAccessDenied, denied + ", and kms:Decrypt if a KMS key encrypts it"},
		{403, "AccessDenied", user + "s3:GetObject on resource: &quot;" + resource + "&quot;",
			ingest.FailAccessDenied, denied + " (" + user + `s3:GetObject on resource: "` + resource + `")`},
		{403, "AllAccessDisabled", "All access to this Amazon S3 resource has been disabled.",
			ingest.FailAccessDenied, denied + ", and kms:Decrypt if a KMS key encrypts it"},
		{403, "AccessDenied", user + "kms:Decrypt on resource: " + key + " because no identity-based policy allows it",
			ingest.FailKeyDenied, "access to the KMS key denied: kms:Decrypt on " + key + " is needed"},
		{403, "AccessDenied", "The ciphertext refers to a customer master key that does not exist, " +
			"does not exist in this region, or you are not allowed to access.",
			ingest.FailKeyDenied, "access to the KMS key denied: kms:Decrypt on the KMS key that encrypts it is needed"},
		{400, "KMS.DisabledException", key + " is disabled.",
			ingest.FailKeyDenied, "the KMS key that encrypts it cannot be used: KMS.DisabledException: " + key + " is disabled."},

		{403, "InvalidObjectState", "The operation is not valid.</Message><StorageClass>GLACIER</StorageClass><Message>",
			ingest.FailArchived, "archived in GLACIER: restore it first"},
		{403, "InvalidObjectState", "The operation is not valid for the object&apos;s storage class",
			ingest.FailArchived, "archived: restore it first"},
		{404, "NoSuchKey", "The specified key does not exist.", ingest.FailDeleted, "no such object any more"},
		{404, "NoSuchVersion", "", ingest.FailDeleted, "no such object any more"},
		{404, "NoSuchBucket", "The specified bucket does not exist", ingest.FailDeleted, "no such bucket"},
		{412, "PreconditionFailed", "At least one of the preconditions that you specified did not hold.",
			ingest.FailUnreadable, "changed while it was read"},
		{416, "InvalidRange", "The requested range is not satisfiable", ingest.FailUnreadable, "changed while it was read"},
		{400, "InvalidRequest", "The object was stored using a form of Server Side Encryption.",
			ingest.FailUnreadable, "400 InvalidRequest: The object was stored using a form of Server Side Encryption."},

		{503, "SlowDown", "Please reduce your request rate.",
			ingest.FailUnavailable, "no answer that helps: 503 SlowDown: Please reduce your request rate."},
		{500, "InternalError", "", ingest.FailUnavailable, "no answer that helps: 500 InternalError"},
		{400, "ThrottlingException", "Rate exceeded",
			ingest.FailUnavailable, "no answer that helps: 400 ThrottlingException: Rate exceeded"},

		{403, "InvalidAccessKeyId", "The AWS access key Id you provided does not exist in our records.",
			"", "the credentials are refused: 403 InvalidAccessKeyId: The AWS access key Id you provided does not exist in our records."},
		{403, "SignatureDoesNotMatch", "", "", "the signature is refused: 403 SignatureDoesNotMatch"},
		{403, "RequestTimeTooSkewed", "", "", "the clock of this machine is wrong: 403 RequestTimeTooSkewed"},
		{400, "AuthorizationHeaderMalformed", "the region &apos;a&apos; is wrong; expecting &apos;b&apos;",
			"", "the signature is refused: 400 AuthorizationHeaderMalformed: the region 'a' is wrong; expecting 'b'"},
		{301, "PermanentRedirect", "", "", "the bucket is in another Region: 301 PermanentRedirect"},

		// Without a body the code is the status in words.
		{404, "NotFound", noBody, ingest.FailDeleted, "no such object any more"},
		{403, "Forbidden", noBody, ingest.FailAccessDenied, denied + ", and kms:Decrypt if a KMS key encrypts it"},
		{502, "BadGateway", noBody, ingest.FailUnavailable, "no answer that helps: 502 BadGateway"},
	} {
		t.Run(fmt.Sprint(test.status, test.code), func(t *testing.T) {
			want := Fault{Reason: test.reason, Code: test.code, Detail: test.detail}
			if want.Reason == "" {
				want.Reason, want.Fatal = ingest.FailAccessDenied, true
			}
			withCredentials(t)
			s := newFakeS3(t)
			handler := fails(test.status, test.code, test.message)
			if test.message == noBody {
				handler = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(test.status) }
			}
			s.getObject, s.list = handler, handler
			for operation, ask := range operations {
				err := ask(t.Context(), s.bucket(t, Options{Attempts: 2}))
				want := want
				if operation != "GetObject" { // the SDK's error has no storage class
					want.Detail = strings.Replace(want.Detail, " in GLACIER", "", 1)
				}
				if got := Judge(err, "s3:GetObject", resource); got != want {
					t.Errorf("%s: %v\nis judged %+v\nnot       %+v", operation, err, got, want)
				}
				var told smithy.APIError
				if !errors.As(err, &told) || told.ErrorCode() != want.Code {
					t.Errorf("%s: %v does not tell of %s", operation, err, want.Code)
				}
			}
		})
	}
}

const noBody = "no body"

func TestJudgeWithoutAnswer(t *testing.T) {
	withCredentials(t)
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"stalled":   {stalled, "no answer: no byte for 50ms"},
		"truncated": {truncated, "no answer: unexpected EOF"},
		"closed":    {closed, "no answer: EOF"},
	} {
		s := newFakeS3(t)
		s.getObject, s.list = test.handler, test.handler
		for operation, ask := range operations {
			err := ask(t.Context(), s.bucket(t, Options{Attempts: 2, Stall: 50 * time.Millisecond}))
			if got, want := Judge(err, "", ""), (Fault{Reason: ingest.FailUnavailable, Detail: test.want}); got != want {
				t.Errorf("%s, %s: %v\nis judged %+v\nnot       %+v", name, operation, err, got, want)
			}
		}
	}
}

// Whoever answers may have chosen every byte.
func TestMessagesAreShortAndOneLine(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	s.getObject = fails(400, strings.Repeat("C", 1000), "a\n\tb "+strings.Repeat("ü", 1000))
	_, err := getOnce(t.Context(), s.bucket(t, Options{}), "key")
	told := err.(*responseError)
	message := told.message
	if !strings.HasPrefix(message, "a b üü") || !strings.HasSuffix(message, "ü…") || len(message) > messageLimit {
		t.Errorf("%d bytes: %s", len(message), message)
	}
	if len(told.code) > messageLimit {
		t.Errorf("a code of %d bytes", len(told.code))
	}
	s.getObject = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, "<Error><Code>Long</Code><Message>")
		io.Copy(w, strings.NewReader(strings.Repeat("x", 1<<20)))
		io.WriteString(w, "</Message></Error>")
	}
	if _, err = getOnce(t.Context(), s.bucket(t, Options{}), "key"); err == nil || len(err.Error()) > 2*messageLimit {
		t.Errorf("got %.1000v", err)
	}
}

// A server that sends back what it was sent must not make us show it, and neither must what fails on the way.
func TestCredentialsAreNotShown(t *testing.T) {
	withCredentials(t)
	secrets := []string{secretKey, sessionToken, accessKey, "AWS4-HMAC-SHA256"}
	echo := func(w http.ResponseWriter, r *http.Request) {
		_, _, signature := signature(r, secretKey)
		secrets = append(secrets, signature)
		fails(400, "Echo", r.Header.Get("Authorization")+" "+r.Header.Get("X-Amz-Security-Token")+" "+signature)(w, r)
	}
	url, _ := fakeSTS(t, false)
	t.Setenv("AWS_ENDPOINT_URL_STS", url)
	for name, handler := range map[string]http.HandlerFunc{
		"echo": echo, "denied": fails(403, "AccessDenied", "Access Denied"), "slow down": fails(503, "SlowDown", ""),
		"expired": fails(400, "ExpiredToken", ""), "closed": closed, "truncated": truncated, "stalled": stalled, "success": nil,
	} {
		var shown bytes.Buffer
		log := debugLog(&shown)
		s := newFakeS3(t)
		if handler != nil {
			s.getObject, s.list = handler, handler
		}
		o := Options{Attempts: 2, Stall: 50 * time.Millisecond, Log: log}
		show := func(err error) {
			if err == nil {
				return
			}
			fmt.Fprintf(&shown, "%+v\n", Judge(err, "s3:GetObject", "s3://trails/key"))
			for ; err != nil; err = errors.Unwrap(err) {
				fmt.Fprintf(&shown, "%v %+v\n", err, err)
			}
		}
		for _, ask := range operations {
			show(ask(t.Context(), s.bucket(t, o)))
		}
		_, err := s.session(t, Options{RoleARN: readerARN, ExternalID: "external", Log: log}).Bucket(t.Context(), "trails")
		show(err)
		if handler != nil {
			s.headBucket = handler
			_, err := s.session(t, o).Bucket(context.Background(), "trails")
			show(err)
		}
		for _, secret := range secrets {
			if strings.Contains(shown.String(), secret) {
				t.Errorf("%s: shows %s:\n%s", name, secret, &shown)
			}
		}
		if shown.Len() == 0 {
			t.Errorf("%s: nothing shown, so nothing is proven", name)
		}
	}
}

// The URL by which a container gets its credentials is as good as they are. It takes the SDK too long to show it here.
func TestSecretURLIsNotShown(t *testing.T) {
	refused := errors.New("dial tcp 169.254.170.2:80: connect: connection refused")
	err := &url.Error{Op: "Get", URL: "http://169.254.170.2/v2/credentials/" + sessionToken, Err: refused}
	told := (&credentialsError{fmt.Errorf("failed to load credentials, %w", err)}).Error()
	if want := "no credentials: " + refused.Error(); told != want {
		t.Errorf("got %q, want %q", told, want)
	}
}

func checkFault(t *testing.T, err error, code, reason string, fatal bool) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %s", code)
		return
	}
	fault := Judge(err, "s3:GetObject", "resource")
	if fault.Code != code || fault.Reason != reason || fault.Fatal != fatal || strings.TrimSpace(fault.Detail) == "" {
		t.Errorf("%v is judged %+v", err, fault)
	}
}
