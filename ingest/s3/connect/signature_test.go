package connect

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// signature computes the signature of a request as a server received it, after Signature Version 4 (Amazon S3 API
// Reference, "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk"). Nothing of
// the SDK is used. The path is taken as it was sent, for S3 does not normalize it.
func signature(r *http.Request, secret string) (credential, computed, given string) {
	authorization, _ := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	fields := make(map[string]string)
	for field := range strings.SplitSeq(authorization, ", ") {
		name, value, _ := strings.Cut(field, "=")
		fields[name] = value
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	canonical := r.Method + "\n" + path + "\n" + query + "\n"
	for name := range strings.SplitSeq(fields["SignedHeaders"], ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		canonical += name + ":" + strings.TrimSpace(value) + "\n"
	}
	canonical += "\n" + fields["SignedHeaders"] + "\n" + r.Header.Get("X-Amz-Content-Sha256")

	credential, scope, _ := strings.Cut(fields["Credential"], "/")
	hash := sha256.Sum256([]byte(canonical))
	text := "AWS4-HMAC-SHA256\n" + r.Header.Get("X-Amz-Date") + "\n" + scope + "\n" + hex.EncodeToString(hash[:])
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(scope, "/") { // date, Region, service, aws4_request
		key = mac(key, part)
	}
	return credential, hex.EncodeToString(mac(key, text)), fields["Signature"]
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// checkSignature complains when a request is not signed by the credentials of withCredentials for a Region.
func checkSignature(t *testing.T, r *http.Request, region string) {
	t.Helper()
	credential, computed, given := signature(r, secretKey)
	if credential != accessKey || computed != given || given == "" {
		t.Errorf("%s %s: signed %s by %s, should be %s", r.Method, r.RequestURI, given, credential, computed)
	}
	if scope := "/" + region + "/s3/aws4_request"; !strings.Contains(r.Header.Get("Authorization"), scope) {
		t.Errorf("%s %s: %s is not signed for %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), scope)
	}
	if token := r.Header.Get("X-Amz-Security-Token"); token != sessionToken {
		t.Errorf("%s %s: session token %q", r.Method, r.RequestURI, token)
	}
	for name := range r.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") && !strings.Contains(r.Header.Get("Authorization"), name) {
			t.Errorf("%s %s: %s is not signed, as S3 demands", r.Method, r.RequestURI, name)
		}
	}
}

// The example "GET Object" of the page above.
func TestSignatureOfTheReference(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "http://examplebucket.s3.amazonaws.com/test.txt", nil)
	r.RequestURI = "/test.txt"
	r.Header.Set("Range", "bytes=0-9")
	r.Header.Set("X-Amz-Content-Sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	r.Header.Set("X-Amz-Date", "20130524T000000Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "+
		"SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "+
		"Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
	_, computed, given := signature(r, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	if computed != given {
		t.Errorf("computed %s, the reference has %s", computed, given)
	}
}

func getOnce(ctx context.Context, bucket *Bucket, key string) (string, error) {
	response, err := bucket.Get(ctx, key, 0, "")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return string(content), err
}

func TestGetSigns(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	s.getObject = func(w http.ResponseWriter, r *http.Request) {
		checkSignature(t, r, "eu-west-1")
		fmt.Fprint(w, r.URL.Path)
	}
	for _, base := range []string{"", "/base"} {
		session := s.session(t, Options{EndpointURL: s.URL + base, RequesterPays: true})
		bucket := bucketOf(t, session, "trails")
		for _, key := range []string{
			"AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/01/111122223333_CloudTrail_us-east-1_20260601T0000Z_Qm5iZ.json.gz",
			"a b+c=d&e?f#g%h%20i", "é/日本/\U0001F600", "//double//slash//", "/first", "./../dots/./..", ".", "..",
			`*'();:@$,![]{}|\^"<>` + "`~-_.", "\x01\x7f\x80\xff", "line\nbreak",
		} {
			content, err := getOnce(t.Context(), bucket, key)
			if want := base + "/trails/" + key; err != nil || content != want {
				t.Errorf("%q: got %q, %v, want %q", key, content, err, want)
			}
		}
	}
}
