package s3

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"roletrail/ingest"
	"roletrail/ingest/sourcetest"
)

// drawKeys makes a bucket of trails with noise around and in them, or of noise alone.
func drawKeys(t *rapid.T) []string {
	var keys []string
	for range rapid.IntRange(0, 2).Draw(t, "trails") {
		logs := rapid.SampledFrom([]string{"", "logs/", "o-abcdefghij/", "a/b/c/", "CloudTrail/"}).Draw(t, "prefix") + "AWSLogs/"
		keys = append(keys, drawTrail(t, logs)...)
	}
	noise := rapid.SampledFrom([]string{
		"0.json", "a/loose.json", "a/b/", "archive/2023/01/01/old.json", "logs/x.txt", "logs/deep/er/than/that/y.json",
		"AWSLogs/loose.json", "AWSLogs/notes/z.json", "zz.json.gz", "a b+c%2F/東.json", "us-east-1/2024/03/02/copy.json",
	})
	return append(keys, rapid.SliceOfN(noise, 0, 6).Draw(t, "noise")...)
}

func drawTrail(t *rapid.T, logs string) (keys []string) {
	account := rapid.SampledFrom([]string{"111111111111/", "o-abcdefghij/111111111111/", "222222222222/"})
	inAccount := rapid.SampledFrom([]string{
		"CloudTrail/", "CloudTrail/", "CloudTrail/", "CloudTrail-Digest/", "CloudTrail-Insight/", "CloudTrail-Lake/", "Config/", "",
	})
	inKind := rapid.SampledFrom([]string{"us-east-1/", "us-east-1/", "eu-west-1/", "eu_west_2/", "cn-north-1/", "copies/", ""})
	day := rapid.SampledFrom([]string{
		"2023/12/31/", "2024/02/29/", "2024/03/01/", "2024/03/02/", "2024/03/02/sub/", "2024/03/03/", "2025/01/01/", "not dated/", "",
		"2024/", "2024/03/", "2024/0/", "2024/03/0/", "2024/03-copies/", "2024/03/02-copies/", "2024/03/copies/", "2024/copies/03/",
	})
	file := rapid.SampledFrom([]string{
		"", "undated.json", "README.txt", "0_CloudTrail_us-east-1_20240302T1159Z_a.json", "0_CloudTrail_us-east-1_20240302T1200Z_a.json.gz",
		"0_CloudTrail_us-east-1_20240302T1201Z_a.txt",
	})
	for range rapid.IntRange(1, 12).Draw(t, "files") {
		parts := []string{logs, account.Draw(t, "account"), inAccount.Draw(t, "in account"), inKind.Draw(t, "in kind"),
			day.Draw(t, "day"), file.Draw(t, "file")}
		keys = append(keys, strings.Join(parts, ""))
	}
	return keys
}

// drawStarts takes the key, or a folder that it lies in, of any key.
func drawStarts(t *rapid.T, keys []string) (prefixes []string) {
	for range rapid.IntRange(1, 3).Draw(t, "starts") {
		key := rapid.SampledFrom(keys).Draw(t, "key")
		if folders := strings.Count(key, "/"); !rapid.Bool().Draw(t, "the key itself") {
			key = strings.Join(strings.SplitAfter(key, "/")[:rapid.IntRange(0, folders).Draw(t, "folders")], "")
		}
		if rapid.Bool().Draw(t, "without slash") {
			key = strings.TrimSuffix(key, "/")
		}
		prefixes = append(prefixes, key)
	}
	return prefixes
}

func drawOptions(t *rapid.T) Options {
	var o Options
	if rapid.Bool().Draw(t, "window") {
		o.Deliveries = rapid.SampledFrom([]ingest.Deliveries{
			window("2024-03-02T12:00", "2024-03-02T12:00"), window("2024-03-01T00:00", ""), window("", "2024-03-02T12:00"),
			window("2024-01-01T00:00", "2024-12-31T00:00"),
		}).Draw(t, "deliveries")
	}
	if rapid.Bool().Draw(t, "filters") {
		o.Accounts = rapid.SampledFrom([][]string{nil, {"222222222222"}}).Draw(t, "accounts")
		o.Regions = rapid.SampledFrom([][]string{nil, {"eu-west-1"}, {"eu-west-2"}}).Draw(t, "Regions")
	}
	return o
}

var (
	inKind  = regexp.MustCompile(`^(?:.*/)?CloudTrail(?:-Digest|-Insight)?/(.*)$`)
	inLogs  = regexp.MustCompile(`^(?:.*/)?AWSLogs/(?:o-[^/]+/)*(?:[0-9]{12}/)?$`)
	found   = regexp.MustCompile(`^(?:[^/]+/){0,3}?(?:AWSLogs|CloudTrail)/`)
	ofTrail = regexp.MustCompile(`^(?:.*/)?AWSLogs/(?:o-[^/]+/)*[0-9]{12}/CloudTrail(?:-Digest)?/`)
	ofKind  = regexp.MustCompile(`^(?:.*/)?([0-9]{12})/CloudTrail(?:-Digest|-Insight)?/(?:([a-z]+[-_][a-z]+[-_][0-9])/)?`)
)

// wanted says, key by key, what the source has to tell of those below a starting point, pruned parts left out. It has a
// trail if a folder in it shows one.
func wanted(keys []string, start string, hasTrail bool, o Options) (told []string) {
	inLayout, filtered := func(string) bool { return true }, true
	kind := inKind.FindStringSubmatch(start)
	switch {
	case kind != nil && !strings.Contains(kind[1], "AWSLogs/"):
		inLayout = func(key string) bool {
			return !strings.HasPrefix(key, start+"AWSLogs/") || ofTrail.MatchString(key)
		}
	case inLogs.MatchString(start) || hasTrail:
		inLayout = ofTrail.MatchString
	default:
		filtered = false
	}
	for _, key := range keys {
		if inLayout(key) && !(filtered && isFiltered(key, o)) {
			told = append(told, judged("s3://trails/"+key, o.Deliveries)...)
		}
	}
	return told
}

func isFiltered(key string, o Options) bool {
	parts := ofKind.FindStringSubmatch(key)
	if parts == nil {
		return false
	}
	account, region := parts[1], strings.ReplaceAll(parts[2], "_", "-")
	return o.Accounts != nil && !slices.Contains(o.Accounts, account) ||
		o.Regions != nil && !slices.Contains(o.Regions, region) && strings.HasPrefix(region, "eu-")
}

func judged(name string, deliveries ingest.Deliveries) []string {
	switch skip := ingest.SkipKind(name); {
	case strings.HasSuffix(name, "/") || deliveries.Outside(name[:strings.LastIndex(name, "/")+1]) != "":
		return nil
	case skip == ingest.SkipDigest:
		return []string{"skip " + name + ": " + skip}
	case skip != "": // which is told, or pruned with the Region that it is in
		return nil
	case !ingest.LogFileName(name):
		return []string{"skip " + name + ": notLogFile"}
	case deliveries.Outside(name) != "":
		return nil
	}
	return []string{"object " + name}
}

// wantedOf does so for several starting points, some of which may lie in others.
func wantedOf(keys, prefixes []string, o Options) (told []string) {
	var starts []string
	for _, prefix := range prefixes {
		folder := strings.TrimSuffix(prefix, "/") + "/"
		switch {
		case prefix == "":
			starts = append(starts, "")
		case slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(key, folder) }):
			starts = append(starts, folder)
		default:
			starts = append(starts, prefix)
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	innermost := func(name string) (start string) {
		for _, other := range starts {
			if isFolder := other == "" || strings.HasSuffix(other, "/"); name == other || isFolder && strings.HasPrefix(name, other) {
				start = other // for the longer ones come later
			}
		}
		return start
	}
	for _, start := range starts {
		var inside []string
		hasTrail := false
		for _, key := range keys {
			rest, isBelow := strings.CutPrefix(key, start)
			if isBelow && innermost(key) == start {
				inside = append(inside, key)
			}
			if trail := found.FindString(rest); isBelow && trail != "" && innermost(start+trail) == start {
				hasTrail = true
			}
		}
		if slices.Equal(inside, []string{start}) && !strings.HasSuffix(start, "/") {
			told = append(told, "object s3://trails/"+start)
			continue
		}
		told = append(told, wanted(inside, start, hasTrail, o)...)
	}
	return told
}

// TestAnyTree holds listings to what they have to tell, and to an order that neither the number of listers nor the size
// of pages changes.
func TestAnyTree(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		keys := drawKeys(r)
		if len(keys) == 0 {
			return
		}
		prefixes, options := drawStarts(r, keys), drawOptions(r)
		server := newListServer(keys...)
		all := listAll(t, r, server.source(options, prefixes...))
		var got []string
		for _, line := range all {
			if !strings.HasPrefix(line, "prune ") && !strings.HasSuffix(line, ": notTrail") && !strings.HasSuffix(line, ": insight") {
				got = append(got, line)
			}
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(wantedOf(server.keys, prefixes, options)))
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatalf("told (-want +got):\n%s", diff)
		}
		options.Listers, options.PageSize = rapid.IntRange(1, 3).Draw(r, "listers"), rapid.Int32Range(1, 5).Draw(r, "page")
		if diff := cmp.Diff(all, listAll(t, r, server.source(options, prefixes...))); diff != "" {
			r.Fatalf("other listers tell (-before +now):\n%s", diff)
		}
	})
}

func listAll(t *testing.T, r *rapid.T, source *Source) []string {
	recorder := &sourcetest.Recorder{T: t}
	if err := source.List(t.Context(), recorder); err != nil {
		r.Fatal(err)
	}
	return recorder.Told
}
