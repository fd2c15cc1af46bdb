package s3server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
)

// Put stores an object through S3, with a CRC-32 checksum, as the AWS SDKs do, and a Content-Encoding unless that is "".
// A key that ends in "/" must have no content.
func (s *Server) Put(t testing.TB, bucket, key string, content []byte, contentEncoding string) {
	t.Helper()
	header := http.Header{}
	if contentEncoding != "" {
		header.Set("Content-Encoding", contentEncoding)
	}
	s.put(t, bucket, key, content, header)
}

// PutGzip stores a gzipped object with metadata of the user's, whose names are in lower case, as CloudTrail stores digests.
func (s *Server) PutGzip(t testing.TB, bucket, key string, content []byte, metadata map[string]string) {
	t.Helper()
	header := http.Header{}
	header.Set("Content-Encoding", "gzip")
	for name, value := range metadata {
		header.Set("X-Amz-Meta-"+name, value)
	}
	s.put(t, bucket, key, content, header)
}

func (s *Server) put(t testing.TB, bucket, key string, content []byte, header http.Header) {
	t.Helper()
	if full := "/" + strings.TrimSuffix(key, "/"); path.Clean(full) != full {
		t.Fatalf("%s: the server cannot hold an object of this key", key) // it would hold one of another
	}
	checksum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(content))
	header.Set("X-Amz-Checksum-Crc32", base64.StdEncoding.EncodeToString(checksum))
	response, err := s.send(http.MethodPut, "/"+bucket+"/"+key, nil, header, content)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s/%s: put: %s, %v\n%s", bucket, key, response.Status, err, said)
	}
}

// send makes a signed request. The path is not escaped yet. The caller closes the body of the response.
func (s *Server) send(method, path string, query url.Values, header http.Header, body []byte) (*http.Response, error) {
	request, err := http.NewRequest(method, s.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.URL.Path, request.URL.RawPath = path, escape(path, true)
	request.URL.RawQuery = canonicalQuery(query)
	maps.Copy(request.Header, header)
	sign(request, body, s.AccessKeyID, s.SecretAccessKey, s.Region, time.Now())
	return s.transport.RoundTrip(request)
}

// sign adds an AWS Signature Version 4 over all headers that the request has. Its path must be escaped by escape, its
// query by canonicalQuery. See "Authenticating Requests: Using the Authorization Header" in the Amazon S3 API Reference.
func sign(request *http.Request, body []byte, accessKeyID, secret, region string, now time.Time) {
	date := now.UTC().Format("20060102T150405Z")
	day := date[:8]
	request.Header.Set("X-Amz-Date", date)
	request.Header.Set("X-Amz-Content-Sha256", hexHash(body))

	headers := map[string]string{"host": request.URL.Host}
	for name, values := range request.Header {
		headers[strings.ToLower(name)] = strings.TrimSpace(strings.Join(values, ","))
	}
	names := slices.Sorted(maps.Keys(headers))
	signed := strings.Join(names, ";")
	canonical := request.Method + "\n" + request.URL.EscapedPath() + "\n" + request.URL.RawQuery + "\n"
	for _, name := range names {
		canonical += name + ":" + headers[name] + "\n"
	}
	canonical += "\n" + signed + "\n" + hexHash(body)

	scope := day + "/" + region + "/s3/aws4_request"
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, region, "s3", "aws4_request"} {
		key = authenticate(key, part)
	}
	signature := authenticate(key, "AWS4-HMAC-SHA256\n"+date+"\n"+scope+"\n"+hexHash([]byte(canonical)))
	request.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%x",
		accessKeyID, scope, signed, signature))
}

func hexHash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func authenticate(key []byte, message string) []byte {
	code := hmac.New(sha256.New, key)
	code.Write([]byte(message))
	return code.Sum(nil)
}

// canonicalQuery writes a query as it is signed: sorted, and escaped like a path.
func canonicalQuery(query url.Values) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			parts = append(parts, escape(name, false)+"="+escape(value, false))
		}
	}
	return strings.Join(parts, "&")
}

// escape escapes all bytes but the unreserved ones of RFC 3986, as S3 signs paths and queries.
func escape(text string, slash bool) string {
	var escaped strings.Builder
	for _, c := range []byte(text) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0, slash && c == '/':
			escaped.WriteByte(c)
		default:
			fmt.Fprintf(&escaped, "%%%02X", c)
		}
	}
	return escaped.String()
}
