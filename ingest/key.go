package ingest

import (
	"strings"
	"time"
)

// Key is what the name of a log file tells, in the layout that CloudTrail gives its bucket:
//
//	[<prefix>/]AWSLogs/[<organization id>/]<account>/<kind>/<Region>/<YYYY>/<MM>/<DD>/<file>
//	file = <account>_CloudTrail_<Region>_<YYYYMMDD>T<HHmm>Z_<unique>.json.gz
//
// (AWS CloudTrail User Guide, "Finding your CloudTrail log files".) Unknown parts are empty: copies of a trail are
// renamed and moved about. The folders are believed before the file name.
type Key struct {
	AccountID string
	Region    string
	Delivered time.Time // UTC, by the minute from the file name, else by the day from the folders
	// CloudTrailName is set when the base name holds "_CloudTrail_": CloudTrail itself named it and wrote it as one
	// gzip member.
	CloudTrailName bool
}

// The kinds of file that CloudTrail writes, as it names the folder between account and Region.
const (
	KindLogFile         = "CloudTrail"
	KindDigest          = "CloudTrail-Digest"
	KindInsight         = "CloudTrail-Insight"
	KindNetworkActivity = "CloudTrail-NetworkActivity"
	KindAggregated      = "CloudTrail-Aggregated"
)

// ParseKey reads the name of a log file: a path or an object key, with slashes. It accepts what is left of the layout
// in a copy: any prefix, a missing organization id or kind, Regions spelt us_east_1, unique parts of any length.
func ParseKey(name string) Key {
	folders, base := splitName(name)
	return ParseFolder(folders).Key(base)
}

// Folder is what the folders of a name tell of the log files in the innermost of them.
type Folder struct {
	accountID, region string
	deliveries        span
}

// ParseFolder reads the folders of a name, with slashes between them.
func ParseFolder(folders string) Folder {
	place := parseFolders(strings.TrimSuffix(folders, "/"))
	return Folder{place.accountID, place.region, place.deliveries()}
}

// Key is what [ParseKey] reads of the whole name of a log file in the folder.
func (f Folder) Key(base string) Key {
	file := parseBase(base)
	key := Key{AccountID: f.accountID, Region: f.region, CloudTrailName: file.cloudTrailName}
	if key.AccountID == "" {
		key.AccountID = file.accountID
	}
	if key.Region == "" {
		key.Region = file.region
	}
	if span := f.deliveries.refine(file.delivered); span.until.Sub(span.from) <= 24*time.Hour {
		key.Delivered = span.from
	}
	return key
}

// LogFileName reports whether name ends like that of a log file: in .json or .json.gz, in any case of letters.
func LogFileName(name string) bool {
	return hasSuffixFold(name, ".json") || hasSuffixFold(name, ".json.gz")
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// Kind is the kind of the innermost folder of that sort which name lies in, "" if there is none. The name of a folder
// ends in a slash, or its last part is taken for a file.
func Kind(name string) string {
	folders, _ := splitName(name)
	return parseFolders(folders).kind
}

// SkipKind is the reason why a file of this name is skipped for its [Kind] alone, "" if it is not.
func SkipKind(name string) string {
	switch Kind(name) {
	case KindDigest:
		return SkipDigest
	case KindInsight:
		return SkipInsight
	case KindNetworkActivity:
		return SkipNetworkActivity
	case KindAggregated:
		return SkipAggregated
	}
	return ""
}

// Outside is the reason why nothing of this name needs to be read: PruneBeforeWindow or PruneAfterWindow if every time
// that the name allows for lies outside d, "" otherwise and for names without a date. A name that ends in a slash is a
// folder: of a year, a month or a day (UTC), or of something below one. Any other name is a log file, dated by its own
// name to the minute where its folders agree.
func (d Deliveries) Outside(name string) (reason string) {
	if d.From.IsZero() && d.Until.IsZero() {
		return ""
	}
	folders, base := splitName(name)
	deliveries := parseFolders(folders).deliveries().refine(parseBase(base).delivered)
	switch {
	case deliveries == span{}:
		return ""
	case !d.From.IsZero() && !deliveries.until.After(d.From):
		return PruneBeforeWindow
	case !d.Until.IsZero() && deliveries.from.After(d.Until):
		return PruneAfterWindow
	}
	return ""
}

// span is the time from from up to, but without, until.
type span struct{ from, until time.Time }

// refine narrows the span that folders give to that of the file name. One that contradicts its folders is not believed.
func (s span) refine(file span) span {
	if file == (span{}) || s != (span{}) && (file.from.Before(s.from) || file.until.After(s.until)) {
		return s
	}
	return file
}

func splitName(name string) (folders, base string) {
	slash := strings.LastIndexByte(name, '/')
	if slash < 0 {
		return "", name
	}
	return name[:slash], name[slash+1:]
}

// folderParts is what the folders of a name tell.
type folderParts struct {
	kind             string
	accountID        string
	region           string
	year, month, day int // 0 where there is none
}

// parseFolders finds the innermost kind and, below it, Region and date. A copy may have lost the kind, so a year is also
// believed right after a Region; a year anywhere else may be anything.
func parseFolders(folders string) folderParts {
	const kind, year, month = 1, 2, 3
	var found folderParts
	var previous string
	above := 0 // what previous was taken for
	for rest, more := folders, folders != ""; more; {
		var folder string
		folder, rest, more = strings.Cut(rest, "/")
		switch {
		case isKind(folder):
			found = folderParts{kind: folder}
			if isAccountID(previous) {
				found.accountID = previous
			}
			above = kind
		case isYear(folder) && (above == kind || parseRegion(previous) != ""):
			found.region = parseRegion(previous)
			found.year, found.month, found.day = 2000+twoDigits(folder[2:]), 0, 0
			above = year
		case above == year && isMonth(folder):
			found.month = twoDigits(folder)
			above = month
		case above == month && isDay(found.year, found.month, folder):
			found.day = twoDigits(folder)
			above = 0
		case above == kind:
			found.region = parseRegion(folder)
			above = 0
		default:
			above = 0
		}
		previous = folder
	}
	return found
}

// deliveries is the span of the innermost date.
func (p folderParts) deliveries() span {
	if p.year == 0 {
		return span{}
	}
	from := time.Date(p.year, time.Month(max(p.month, 1)), max(p.day, 1), 0, 0, 0, 0, time.UTC)
	switch {
	case p.month == 0:
		return span{from, from.AddDate(1, 0, 0)}
	case p.day == 0:
		return span{from, from.AddDate(0, 1, 0)}
	}
	return span{from, from.Add(24 * time.Hour)}
}

// baseParts is what the base name of a file tells.
type baseParts struct {
	accountID      string
	region         string
	delivered      span
	cloudTrailName bool
}

// parseBase looks for the parts one by one, because copies lose or change some of them.
func parseBase(base string) baseParts {
	before, after, found := strings.Cut(base, "_CloudTrail_")
	parts := baseParts{cloudTrailName: found}
	if !found {
		return parts
	}
	if isAccountID(before) {
		parts.accountID = before
	}
	// The Region ends where the time begins; with underscores of its own it has no other end.
	for start := 0; ; {
		if delivered := parseMinute(after[start:]); delivered != (span{}) {
			parts.delivered = delivered
			parts.region = parseRegion(strings.TrimSuffix(after[:start], "_"))
			return parts
		}
		next := strings.IndexByte(after[start:], '_')
		if next < 0 {
			break
		}
		start += next + 1
	}
	// No time: what stands before the next underscore or the ending may still be a Region.
	if end := strings.IndexAny(after, "_."); end >= 0 {
		after = after[:end]
	}
	parts.region = parseRegion(after)
	return parts
}

// parseMinute reads <YYYYMMDD>T<HHmm>Z at the beginning of s. The minute lasts 60 seconds: the name says no more.
func parseMinute(s string) span {
	const length = len("20060102T1504Z")
	if len(s) < length || len(s) > length && s[length] != '_' && s[length] != '.' || s[8] != 'T' || s[13] != 'Z' {
		return span{}
	}
	if !isYear(s[:4]) || !isMonth(s[4:6]) || !isDigits(s[9:13]) {
		return span{}
	}
	year, month, hour, minute := 2000+twoDigits(s[2:]), twoDigits(s[4:]), twoDigits(s[9:]), twoDigits(s[11:])
	if !isDay(year, month, s[6:8]) || hour > 23 || minute > 59 {
		return span{}
	}
	begin := time.Date(year, time.Month(month), twoDigits(s[6:]), hour, minute, 0, 0, time.UTC)
	return span{begin, begin.Add(time.Minute)}
}

func isKind(folder string) bool {
	if !strings.HasPrefix(folder, KindLogFile) {
		return false
	}
	switch folder {
	case KindLogFile, KindDigest, KindInsight, KindNetworkActivity, KindAggregated:
		return true
	}
	return false
}

func isAccountID(s string) bool { return len(s) == 12 && isDigits(s) }

// isYear is strict, for a wrong date would leave files unread: CloudTrail began in 2013.
func isYear(s string) bool { return len(s) == 4 && s[:2] == "20" && isDigits(s) }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isMonth(s string) bool { return len(s) == 2 && isDigits(s) && "01" <= s && s <= "12" }

// isDay reports whether s is a day of the month, whose last day is day 0 of the next one.
func isDay(year, month int, s string) bool {
	return len(s) == 2 && isDigits(s) && s != "00" &&
		twoDigits(s) <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func twoDigits(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// parseRegion is s as AWS spells it if it has the shape of a Region, else "". There is no list to compare with: Regions
// are added. The shape is at least two words of lower-case letters, then a number of one or two digits, with hyphens
// between them (us-east-1, us-gov-west-1, eusc-de-east-1) or, in copies, underscores.
func parseRegion(s string) string {
	s = strings.ReplaceAll(s, "_", "-")
	words, length := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
			length++
		case c == '-' && length > 0:
			words, length = words+1, 0
		default:
			if words >= 2 && length == 0 && len(s)-i <= 2 && isDigits(s[i:]) {
				return s
			}
			return ""
		}
	}
	return ""
}
