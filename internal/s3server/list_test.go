package s3server

import (
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pages lists a bucket by ListObjectsV2, page by page. A page has keys, and common prefixes marked by "> ".
func (s *Server) pages(t *testing.T, bucket string, query url.Values) (pages [][]string) {
	t.Helper()
	query.Set("list-type", "2")
	for {
		response, body := s.ask(t, "GET", "/"+bucket, query, nil)
		var result struct {
			XMLName               xml.Name `xml:"ListBucketResult"`
			IsTruncated           bool
			NextContinuationToken string
			KeyCount              int
			Contents              []struct{ Key string }
			CommonPrefixes        []struct{ Prefix string }
		}
		if err := xml.Unmarshal([]byte(body), &result); err != nil {
			t.Fatalf("%v: %s, %v in %s", query, response.Status, err, body)
		}
		var page []string
		for _, object := range result.Contents {
			page = append(page, object.Key)
		}
		for _, prefix := range result.CommonPrefixes {
			page = append(page, "> "+prefix.Prefix)
		}
		if result.KeyCount != len(page) || result.IsTruncated != (result.NextContinuationToken != "") {
			t.Fatalf("%v: inconsistent: %s", query, body)
		}
		pages = append(pages, page)
		if !result.IsTruncated {
			return pages
		}
		query.Set("continuation-token", result.NextContinuationToken)
	}
}

// expected says what ListObjectsV2 must return by its description in the Amazon S3 API Reference.
func expected(keys []string, prefix, delimiter, after string, size int) (pages [][]string) {
	type entry struct{ sorted, told string }
	var entries []entry
	for _, key := range keys {
		rest, below := strings.CutPrefix(key, prefix)
		if !below || key <= after {
			continue
		}
		e := entry{key, key}
		if folder, _, found := strings.Cut(rest, delimiter); delimiter != "" && found {
			common := prefix + folder + delimiter
			if common <= after {
				continue // what lies in it, too, even if it sorts after
			}
			e = entry{common, "> " + common}
		}
		if !slices.Contains(entries, e) {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.sorted, b.sorted) })
	for part := range slices.Chunk(entries, size) {
		var page []string
		for _, common := range []bool{false, true} { // a page tells its keys first
			for _, e := range part {
				if strings.HasPrefix(e.told, "> ") == common {
					page = append(page, e.told)
				}
			}
		}
		pages = append(pages, page)
	}
	if pages == nil {
		pages = [][]string{nil}
	}
	return pages
}

// TestList compares listings of random trees with what Amazon S3 says that it lists.
func TestList(t *testing.T) {
	s := Start(t)
	random := rand.New(rand.NewPCG(1, 2))
	segments := []string{"a", "a-b", "a.c", "a0", "a b", "AWSLogs", "é", "東京", "～", "\U0001d11e", "~", "!", "%2F", "+", "x&y", "0123"}
	for round := range 10 {
		bucket := fmt.Sprintf("bucket-%d", round)
		folder := s.Bucket(t, bucket)
		var keys []string
		for range 60 {
			var parts []string
			for range 1 + random.IntN(4) {
				parts = append(parts, segments[random.IntN(len(segments))])
			}
			key := strings.Join(parts, "/")
			path := filepath.Join(folder, key)
			if os.MkdirAll(filepath.Dir(path), 0o755) != nil || os.WriteFile(path, nil, 0o644) != nil {
				continue // a file is in the place of a folder, or the other way round
			}
			keys = append(keys, key)
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
		part := func() string { // of a key, of any length
			key := keys[random.IntN(len(keys))]
			runes := []rune(key)
			return string(runes[:random.IntN(len(runes)+1)])
		}
		for range 100 {
			var prefix, delimiter, after string
			if random.IntN(4) > 0 {
				prefix = part()
			}
			if random.IntN(2) > 0 {
				delimiter = "/"
			}
			if random.IntN(2) > 0 {
				after = part()
			}
			size := 1 + random.IntN(10)
			query := url.Values{"max-keys": {fmt.Sprint(size)}}
			for name, value := range map[string]string{"prefix": prefix, "delimiter": delimiter, "start-after": after} {
				if value != "" {
					query.Set(name, value)
				}
			}
			got, want := s.pages(t, bucket, query), expected(keys, prefix, delimiter, after, size)
			if last := len(got) - 1; last > 0 && len(got[last-1]) == size && len(got[last]) == 0 {
				got = got[:last] // a limit of the server
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Errorf("prefix %q, delimiter %q, start-after %q, %d a page of %q:\n got %q\nwant %q", prefix, delimiter, after, size, keys, got, want)
			}
		}
	}
}

// The listing of a folder with more keys than a page of S3 has.
func TestListThousands(t *testing.T) {
	s := Start(t)
	folder := s.Bucket(t, "bucket")
	var want []string
	for i := range 2500 {
		key := fmt.Sprintf("AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/%02d/%04d.json.gz", 1+i/1250, i)
		want = append(want, key)
		write(t, folder, key, "")
	}
	pages := s.pages(t, "bucket", url.Values{})
	if len(pages) != 3 || len(pages[0]) != 1000 || !slices.Equal(slices.Concat(pages...), want) {
		t.Errorf("got %d pages, %d keys", len(pages), len(slices.Concat(pages...)))
	}
}

// A limit of the server: Amazon S3 knows no empty folders.
func TestListEmptyFolder(t *testing.T) {
	s := Start(t)
	if err := os.MkdirAll(filepath.Join(s.Bucket(t, "bucket"), "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := s.pages(t, "bucket", url.Values{"delimiter": {"/"}}); fmt.Sprint(got) != "[[> a/]]" {
		t.Errorf("with a delimiter: got %q", got)
	}
	if got := s.pages(t, "bucket", url.Values{}); fmt.Sprint(got) != "[[]]" {
		t.Errorf("without one: got %q", got)
	}
}
