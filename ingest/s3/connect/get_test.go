package connect

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// CloudTrail stores its files with Content-Encoding gzip, which net/http would undo where it asks for gzip itself.
func TestGetGivesBytesAsStored(t *testing.T) {
	withCredentials(t)
	var stored bytes.Buffer
	compressor := gzip.NewWriter(&stored)
	io.WriteString(compressor, `{"Records":[]}`)
	compressor.Close()
	s := newFakeS3(t)
	s.getObject = func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("Accept-Encoding %q", got)
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(stored.Bytes())
	}
	response, err := s.bucket(t, Options{}).Get(t.Context(), "key", 0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil || !bytes.Equal(content, stored.Bytes()) || response.ContentLength != int64(stored.Len()) {
		t.Errorf("got %q of %d bytes, %v", content, response.ContentLength, err)
	}
	if response.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("header %v", response.Header)
	}
}

func TestGetTheRest(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	s.getObject = func(w http.ResponseWriter, r *http.Request) {
		if mode := r.Header.Get("X-Amz-Checksum-Mode"); mode != "ENABLED" {
			t.Errorf("x-amz-checksum-mode %q", mode)
		}
		w.Header().Set("Etag", `"tag"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("content"))
	}
	bucket := s.bucket(t, Options{})
	for _, test := range []struct {
		from    int64
		ifMatch string
		want    string
	}{
		{0, "", "200 content"},
		{3, `"tag"`, "206 tent"},
		{3, `"other"`, "412 PreconditionFailed"},
		{7, `"tag"`, "416 RequestedRangeNotSatisfiable"},
	} {
		got := ""
		response, err := bucket.Get(t.Context(), "key", test.from, test.ifMatch)
		if err != nil {
			got = err.Error()
		} else {
			content, _ := io.ReadAll(response.Body)
			response.Body.Close()
			got = fmt.Sprintf("%d %s", response.StatusCode, content)
		}
		if got != test.want {
			t.Errorf("from %d if it is %s: got %s, want %s", test.from, test.ifMatch, got, test.want)
		}
	}
}
