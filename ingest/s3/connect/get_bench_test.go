package connect

import (
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// BenchmarkGet compares Get with a plain GET of net/http, and with the SDK's GetObject, for an object of the size that
// most log files have. The server is in the same process, so that its work is part of all of them.
func BenchmarkGet(b *testing.B) {
	withCredentials(b)
	s := newFakeS3(b)
	content := make([]byte, 10_000)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(content) })
	bucket := s.bucket(b, Options{})
	key := "AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/01/111122223333_CloudTrail_us-east-1_20260601T0000Z_Qm5iZ.json.gz"
	url, client := s.URL+"/trails/"+key, &http.Client{Transport: bucket.session.transport.base}
	buffer := make([]byte, len(content)+1)

	for name, get := range map[string]func() (io.ReadCloser, error){
		"plain": func() (io.ReadCloser, error) {
			response, err := client.Get(url)
			if err != nil {
				return nil, err
			}
			return response.Body, nil
		},
		"connect": func() (io.ReadCloser, error) {
			response, err := bucket.Get(b.Context(), key, 0, "")
			if err != nil {
				return nil, err
			}
			return response.Body, nil
		},
		"sdk": func() (io.ReadCloser, error) {
			response, err := bucket.Client.GetObject(b.Context(), &s3.GetObjectInput{Bucket: &bucket.Name, Key: &key})
			if err != nil {
				return nil, err
			}
			return response.Body, nil
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				body, err := get()
				if err != nil {
					b.Fatal(err)
				}
				if n, _ := io.ReadFull(body, buffer); n != len(content) {
					b.Fatalf("%d bytes", n)
				}
				body.Close()
			}
		})
	}
}
