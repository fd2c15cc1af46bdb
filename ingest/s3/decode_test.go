package s3

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// documented is the second page of a listing as S3 spells it (Amazon S3 API Reference, "ListObjectsV2", examples, with
// the elements of newer buckets).
const documented = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>photos/</Prefix><StartAfter/><ContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</ContinuationToken><NextContinuationToken>1&amp;&#x2B;w==</NextContinuationToken><KeyCount>3</KeyCount><MaxKeys>3</MaxKeys><Delimiter>/</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
  <Contents>
    <Key>photos/happy+face%2B%01%E6%9D%B1.jpg</Key>
    <LastModified>2014-11-21T19:40:05.000Z</LastModified>
    <ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag>
    <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>
    <ChecksumType>FULL_OBJECT</ChecksumType>
    <Size>11</Size>
    <Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner>
    <RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>
    <StorageClass>STANDARD</StorageClass>
  </Contents><Contents><Key>photos/zz</Key><Size>0</Size></Contents>
  <CommonPrefixes><Prefix>photos/2006/</Prefix></CommonPrefixes >
</ListBucketResult>
`

func TestDecodePage(t *testing.T) {
	got, err := decodePage([]byte(documented), "s3://bucket/")
	want := page{
		entries: []entry{
			{name: "s3://bucket/photos/2006/", folder: true},
			{name: "s3://bucket/photos/happy face+\x01東.jpg", size: 11},
			{name: "s3://bucket/photos/zz"},
		},
		next: "1&+w==",
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(page{}, entry{})); err != nil || diff != "" {
		t.Errorf("error is %v, page (-want +got):\n%s", err, diff)
	}
}

// TestCutOffPage has no page for the beginning of one, be it ever so long.
func TestCutOffPage(t *testing.T) {
	for end := range strings.LastIndex(documented, ">") {
		got, err := decodePage([]byte(documented[:end]), "s3://bucket/")
		if !errors.Is(err, io.ErrUnexpectedEOF) || got.entries != nil || got.next != "" {
			t.Fatalf("after %q: %d entries, %q, error is %v", documented[max(0, end-20):end], len(got.entries), got.next, err)
		}
	}
}

func TestNoPage(t *testing.T) {
	inResult := func(s string) string { return "<ListBucketResult>" + s + "</ListBucketResult>" }
	for _, body := range []string{
		"no answer from <upstream>",
		"<html><body>Log in</body></html>",
		`<?xml version="1.0"?><Error><Code>InternalError</Code></Error>`,
		"<ListBucketResult></ListBucketResult><ListBucketResult></ListBucketResult>",
		"</ListBucketResult>",
		"<></>",
		"<!DOCTYPE x><ListBucketResult></ListBucketResult>",
		inResult("<Contents></CommonPrefixes>"),
		inResult("<!-- <Contents><Key>a</Key><Size>1</Size></Contents> -->"),
		inResult("<Contents><Key><![CDATA[a]]></Key><Size>1</Size></Contents>"),
		inResult("<Contents><Size>1</Size></Contents>"),
		inResult("<Contents><Key>a</Key></Contents>"),
		inResult("<Contents><Key>a</Key><Size>-1</Size></Contents>"),
		inResult("<Contents><Key>a</Key><Size>9223372036854775808</Size></Contents>"),
		inResult("<Contents><Key>&nbsp;</Key><Size>1</Size></Contents>"),
		inResult("<Contents><Key>&#xD800;</Key><Size>1</Size></Contents>"),
		inResult("<Contents><Key>a&amp</Key><Size>1</Size></Contents>"),
		inResult("<EncodingType>url</EncodingType><Contents><Key>%zz</Key><Size>1</Size></Contents>"),
		inResult("<CommonPrefixes></CommonPrefixes>"),
		inResult("<IsTruncated>true</IsTruncated>"),
		inResult("<IsTruncated>true</IsTruncated><NextContinuationToken/>"),
	} {
		if got, err := decodePage([]byte(body), "s3://bucket/"); err == nil {
			t.Errorf("%s: no error, but %+v", body, got)
		}
	}
}

// TestDecodeAnyKey compares with encoding/xml, with and without the escapes of URLs.
func TestDecodeAnyKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		server := newListServer(rapid.SliceOf(rapid.StringN(1, 20, -1)).Draw(t, "keys")...)
		encoding := rapid.SampledFrom([]string{"", "url"}).Draw(t, "encoding")
		response := httptest.NewRecorder()
		server.list(response, url.Values{"encoding-type": {encoding}})
		var result struct{ Contents []struct{ Key string } }
		if err := xml.Unmarshal(response.Body.Bytes(), &result); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, contents := range result.Contents {
			want = append(want, "s3://trails/"+contents.Key)
		}
		if encoding == "url" {
			want = nil
			for _, key := range server.keys {
				want = append(want, "s3://trails/"+key)
			}
		}
		got, err := decodePage(response.Body.Bytes(), "s3://trails/")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, names(got.entries)); diff != "" {
			t.Errorf("%s\nnames (-want +got):\n%s", response.Body, diff)
		}
	})
}

func names(entries []entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.name)
	}
	return all
}

// FuzzDecodePage looks for responses that break the decoder, or that it reads in another way than encoding/xml.
func FuzzDecodePage(f *testing.F) {
	f.Add([]byte(documented))
	f.Add([]byte("<ListBucketResult><Contents><Size>1</Size><Key>a&#x41;</Key></Contents></ListBucketResult>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := decodePage(body, "s3://bucket/")
		if err != nil {
			return
		}
		var result struct{ Contents []struct{ Key string } }
		if xml.Unmarshal(body, &result) != nil || bytes.ContainsRune(body, ':') {
			return // encoding/xml checks more, and knows namespaces
		}
		keys := slices.DeleteFunc(got.entries, func(e entry) bool { return e.folder })
		if len(keys) != len(result.Contents) {
			t.Fatalf("%d keys, want %d", len(keys), len(result.Contents))
		}
	})
}

// BenchmarkPage lists a page of 1000 keys, with nothing between client and server.
func BenchmarkPage(b *testing.B) {
	var keys []string
	for i := range 1000 {
		keys = append(keys, fmt.Sprintf("%s2024/03/01/111111111111_CloudTrail_us-east-1_20240301T0005Z_%016d.json.gz", region, i))
	}
	server := newListServer(keys...)
	answer := httptest.NewRecorder()
	server.list(answer, url.Values{"prefix": {region}, "encoding-type": {"url"}})
	server.fault = func(w http.ResponseWriter, _ int, _ url.Values) bool {
		w.Write(answer.Body.Bytes())
		return true
	}
	source := server.source(Options{}, "")
	p := &point{bucket: source.buckets["trails"], root: "s3://trails/"}
	b.ReportAllocs()
	for b.Loop() {
		for page, err := range p.pages(b.Context(), query{prefix: "s3://trails/" + region}) {
			if err != nil || len(page) != 1000 {
				b.Fatal(len(page), err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/key")
}
