package s3

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	for _, test := range []struct {
		why  string
		keys []string
		want string
	}{
		{"Control Tower puts the organization before AWSLogs", []string{
			"o-abcdefghij/AWSLogs/o-abcdefghij/111111111111/CloudTrail/us-east-1/2024/03/01/a.json.gz",
			"o-abcdefghij/AWSLogs/111111111111/Config/us-east-1/2024/3/1/ConfigHistory/b.json.gz",
		}, `
			prune /o-abcdefghij/AWSLogs/111111111111/Config/: otherService
			object /o-abcdefghij/AWSLogs/o-abcdefghij/111111111111/CloudTrail/us-east-1/2024/03/01/a.json.gz
		`},
		{"trails of several prefixes", []string{
			"a/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/a.json.gz",
			"a/b/c/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/b.json.gz",
			"a/b/d/x.json",
			"a/loose.json",
			"AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/c.json.gz",
		}, `
			object /AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/c.json.gz
			object /a/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/a.json.gz
			object /a/b/c/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/b.json.gz
			prune /a/b/d/: notTrail
			skip /a/loose.json: notTrail
		`},
		{"the prefix of a trail is CloudTrail", []string{
			"CloudTrail/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/a.json.gz",
			"CloudTrail/AWSLogs/111111111111/Config/b.json.gz",
		}, `
			object /CloudTrail/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/a.json.gz
			prune /CloudTrail/AWSLogs/111111111111/Config/: otherService
		`},
		{"a copy that lost the folders above", []string{
			"111111111111/CloudTrail-Aggregated/us-east-1/2024/03/01/a.json.gz",
			"111111111111/CloudTrail-Digest/us-east-1/2024/03/01/b.json.gz",
			"111111111111/CloudTrail-new/c.json",
			"111111111111/CloudTrail/us-east-1/2024/03/01/d.json.gz",
			"222222222222/CloudTrail/e.json",
		}, `
			prune /111111111111/CloudTrail-Aggregated/: otherKind
			skip /111111111111/CloudTrail-Digest/us-east-1/2024/03/01/b.json.gz: digest
			prune /111111111111/CloudTrail-new/: notTrail
			object /111111111111/CloudTrail/us-east-1/2024/03/01/d.json.gz
			object /222222222222/CloudTrail/e.json
		`},
		{"a copy without any of the layout", []string{
			"2024/a.json", "2024/b.JSON.GZ", "2024/c.txt", "2024/empty/", "CloudTrail-Digest/d.json", "e.json",
		}, `
			object /2024/a.json
			object /2024/b.JSON.GZ
			skip /2024/c.txt: notLogFile
			skip /CloudTrail-Digest/d.json: digest
			object /e.json
		`},
		{"a trail deeper than the search goes", []string{"1/2/3/4/AWSLogs/111111111111/CloudTrail/us-east-1/a.json"}, `
			object /1/2/3/4/AWSLogs/111111111111/CloudTrail/us-east-1/a.json
		`},
		{"and another one which is not", []string{
			"1/2/3/4/AWSLogs/111111111111/CloudTrail/us-east-1/a.json",
			"1/2/3/AWSLogs/111111111111/CloudTrail/us-east-1/b.json",
		}, `
			prune /1/2/3/4/: notTrail
			object /1/2/3/AWSLogs/111111111111/CloudTrail/us-east-1/b.json
		`},
	} {
		t.Run(test.why, func(t *testing.T) {
			checkTold(t, newListServer(test.keys...).source(Options{}, ""), test.want)
		})
	}
}

// TestSearchIsBounded puts the trail behind more folders, and more keys, than are searched. Then everything is listed.
func TestSearchIsBounded(t *testing.T) {
	const trail = "AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/a.json"
	var folders, keys []string
	for i := range searchFolders {
		folders = append(folders, fmt.Sprintf("%03d/a.json", i))
	}
	for i := range searchEntries {
		keys = append(keys, fmt.Sprintf("%05d.json", i))
	}
	for _, test := range []struct {
		why      string
		keys     []string
		trail    string
		requests int // of a search that finds nothing, 0 if it finds the trail
	}{
		{"folders", folders[:searchFolders-2], "zzz/" + trail, 0},
		{"one more folder", folders[:searchFolders-1], "zzz/" + trail, searchFolders},
		{"keys", keys[:searchEntries-1], trail, 0},
		{"one more key", keys, trail, searchEntries / 1000},
	} {
		t.Run(test.why, func(t *testing.T) {
			server := newListServer(append(slices.Clone(test.keys), test.trail)...)
			objects := list(t, server.source(Options{}, "")).Objects
			want := len(test.keys) + 1
			if test.requests == 0 {
				want = 1
			}
			if len(objects) != want {
				t.Errorf("told %d objects, want %d", len(objects), want)
			}
			if last := objects[len(objects)-1]; !strings.HasSuffix(last.Name, test.trail) {
				t.Errorf("the last is %s, want %s", last.Name, test.trail)
			}
			searched := slices.IndexFunc(server.requests, func(query url.Values) bool { return query.Get("delimiter") == "" })
			if test.requests > 0 && searched != test.requests {
				t.Errorf("searched by %d requests, want %d", searched, test.requests)
			}
		})
	}
}
