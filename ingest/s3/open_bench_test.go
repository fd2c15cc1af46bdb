package s3

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"roletrail/ingest"
)

// BenchmarkOpen compares what an object of the usual size costs with a plain GET of package net/http, over loopback. The
// server does next to nothing, so that both are the cost of the client.
func BenchmarkOpen(b *testing.B) {
	content := text(10_000)
	sum := checksums[0].new()
	sum.Write(content)
	url := serveAlways(b, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nx-amz-id-2: %064d\r\nx-amz-request-id: 0123456789ABCDEF\r\n"+
		"Date: Mon, 01 Jun 2026 00:00:00 GMT\r\nLast-Modified: Mon, 01 Jun 2026 00:00:00 GMT\r\n"+
		"ETag: \"0123456789abcdef0123456789abcdef\"\r\nx-amz-server-side-encryption: AES256\r\n"+
		"x-amz-checksum-crc64nvme: %s\r\nx-amz-checksum-type: FULL_OBJECT\r\nContent-Encoding: gzip\r\n"+
		"x-amz-bucket-region: us-east-1\r\n"+
		"Accept-Ranges: bytes\r\nContent-Type: application/json\r\nServer: AmazonS3\r\nContent-Length: %d\r\n\r\n%s",
		0, base64.StdEncoding.EncodeToString(sum.Sum(nil)), len(content), content))
	key := "AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/01/111122223333_CloudTrail_us-east-1_20260601T0000Z_Qm5iZ.json.gz"
	buffer := make([]byte, len(content)+1)

	b.Run("plain", func(b *testing.B) {
		transport := &http.Transport{DisableCompression: true}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport}
		b.SetBytes(int64(len(content)))
		b.ReportAllocs()
		for b.Loop() {
			response, err := client.Get(url + "/trails/" + key)
			if err != nil {
				b.Fatal(err)
			}
			if n, _ := io.ReadFull(response.Body, buffer); n != len(content) {
				b.Fatalf("%d bytes", n)
			}
			response.Body.Close()
		}
	})
	b.Run("source", func(b *testing.B) {
		source := (&fakeS3{url: url}).source(b)
		name := "s3://trails/" + key
		object := ingest.Object{Name: name, Size: int64(len(content)), Key: ingest.ParseKey(name)}
		b.SetBytes(int64(len(content)))
		b.ReportAllocs()
		for b.Loop() {
			r, err := source.Open(b.Context(), object)
			if err != nil {
				b.Fatal(err)
			}
			if n, _ := io.ReadFull(r, buffer); n != len(content) {
				b.Fatalf("%d bytes", n)
			}
			r.Close()
		}
	})
}

// serveAlways answers whatever is asked on any connection, at the cost of a read and a write.
func serveAlways(b *testing.B, answer []byte) (url string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var connections sync.WaitGroup
	connections.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() {
				defer c.Close()
				head := answer[:bytes.Index(answer, []byte("\r\n\r\n"))+4]
				for in := bufio.NewReader(c); ; {
					line, _, err := in.ReadLine()
					reply := answer
					if bytes.HasPrefix(line, []byte("HEAD ")) {
						reply = head
					}
					for len(line) > 0 && err == nil {
						line, _, err = in.ReadLine()
					}
					if err != nil {
						return
					}
					if _, err := c.Write(reply); err != nil {
						return
					}
				}
			})
		}
	})
	b.Cleanup(func() {
		listener.Close()
		connections.Wait()
	})
	return "http://" + listener.Addr().String()
}
