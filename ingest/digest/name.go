package digest

import (
	"strings"
	"time"

	"roletrail/ingest"
)

// digestName is what the base name of a digest file tells:
//
//	<account>_CloudTrail-Digest_<Region>_<trail>_<home Region>_<YYYYMMDD>T<HHmmss>Z[_backfill].json.gz
//
// The name of a trail may hold underscores.
type digestName struct {
	accountID, region, trail string
	end                      time.Time // when the time of the digest ends
	backfill                 bool
}

// parseDigestName reads the name or the key of a digest file. What it cannot read is zero; the account and the Region are
// then those of the folders.
func parseDigestName(name string) digestName {
	account, rest, found := strings.Cut(baseName(name), "_CloudTrail-Digest_")
	if found {
		var d digestName
		rest, d.backfill = strings.CutSuffix(trimEndings(rest), "_backfill")
		region, rest, hasRegion := strings.Cut(rest, "_")
		rest, stamp, hasTime := cutLast(rest, "_")
		trail, _, hasHome := cutLast(rest, "_")
		end, err := time.Parse("20060102T150405Z", stamp)
		if hasRegion && hasTime && hasHome && err == nil {
			d.accountID, d.region, d.trail, d.end = account, region, trail, end
			return d
		}
	}
	key := ingest.ParseKey(name)
	return digestName{accountID: key.AccountID, region: key.Region}
}

func trimEndings(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".json")
}

func cutLast(s, separator string) (before, after string, found bool) {
	if at := strings.LastIndex(s, separator); at >= 0 {
		return s[:at], s[at+len(separator):], true
	}
	return s, "", false
}

func baseName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// plainBase is the base name of a log file without endings. Copies may have been decompressed.
func plainBase(name string) string { return trimEndings(baseName(name)) }

// agrees reports whether an object lies where a digest says: at the same key of the same bucket, or in a local copy, whose
// bucket is unknown, at the end of that key.
//
// Of a copy, the folders above AWSLogs are somebody's own, above the kind if AWSLogs is missing, and so on down to the year.
// A copy without any of these folders keeps the name of the file alone.
func agrees(found, told Location) bool {
	if found.Bucket != "" {
		return found == told
	}
	have, want := trimEndings(layout(found.Key)), trimEndings(told.Key)
	if len(have) >= len(want) {
		return have == want
	}
	return strings.HasSuffix(want, have) && want[len(want)-len(have)-1] == '/'
}

// layout is the part of a path that CloudTrail named.
func layout(path string) string {
	if at := lastFolder(path, "AWSLogs"); at >= 0 {
		return path[at:]
	}
	at := max(lastFolder(path, ingest.KindLogFile), lastFolder(path, ingest.KindDigest))
	if at >= 0 {
		return path[at:]
	}
	parts := strings.Split(path, "/")
	n := len(parts)
	if n < 4 || !isYear(parts[n-4]) || len(parts[n-3]) != 2 || len(parts[n-2]) != 2 {
		return parts[n-1]
	}
	from := n - 4
	if from > 0 && ingest.ParseKey(ingest.KindLogFile+"/"+parts[from-1]+"/").Region != "" {
		from--
	}
	return strings.Join(parts[from:], "/")
}

func isYear(s string) bool { return len(s) == 4 && strings.Trim(s, "0123456789") == "" }

// lastFolder is where the innermost folder of a name begins, -1 if there is none.
func lastFolder(path, folder string) int {
	if at := strings.LastIndex(path, "/"+folder+"/"); at >= 0 {
		return at + 1
	}
	if strings.HasPrefix(path, folder+"/") {
		return 0
	}
	return -1
}
