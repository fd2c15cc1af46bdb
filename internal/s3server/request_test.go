package s3server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The examples of "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk" in the
// Amazon S3 API Reference.
func TestSign(t *testing.T) {
	for _, test := range []struct {
		name, method, path string
		query              url.Values
		header             http.Header
		body, signature    string
	}{
		{
			"GET Object", "GET", "/test.txt", nil, http.Header{"Range": {"bytes=0-9"}}, "",
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		},
		{
			"PUT Object", "PUT", "/test$file.text", nil,
			http.Header{"Date": {"Fri, 24 May 2013 00:00:00 GMT"}, "X-Amz-Storage-Class": {"REDUCED_REDUNDANCY"}}, "Welcome to Amazon S3.",
			"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		},
		{
			"GET Bucket Lifecycle", "GET", "/", url.Values{"lifecycle": {""}}, http.Header{}, "",
			"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		},
		{
			"Get Bucket (List Objects)", "GET", "/", url.Values{"prefix": {"J"}, "max-keys": {"2"}}, http.Header{}, "",
			"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		},
	} {
		request := &http.Request{Method: test.method, Header: test.header, URL: &url.URL{
			Host: "examplebucket.s3.amazonaws.com",
			Path: test.path, RawPath: escape(test.path, true), RawQuery: canonicalQuery(test.query),
		}}
		sign(request, []byte(test.body), "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1",
			time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
		if got := request.Header.Get("Authorization"); !strings.HasSuffix(got, ",Signature="+test.signature) {
			t.Errorf("%s: got %s, want the signature %s", test.name, got, test.signature)
		}
	}
}
