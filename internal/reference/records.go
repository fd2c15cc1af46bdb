package reference

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
	"roletrail/ingest"
)

// record is one element of a file that was read.
type record struct {
	element
	object     string // the file's name
	index      int    // in the file
	wellShaped bool   // CloudTrail-looking, with an event time
	time       time.Time
	account    string // "" where nothing tells
	region     string
	events     []*event // what a relevant record tells of, else none
	duplicate  bool     // another record tells of the same event
	evidence   string   // the object that evidence names
}

// newRecord reads the fields that every record has. "Event time: eventTime if it is a string in RFC 3339, else
// @timestamp likewise; else none." "Account: recipientAccountId, else the account in the object's key, else
// userIdentity.accountId."
func newRecord(e element, object string, index int) *record {
	r := &record{element: e, object: object, index: index, evidence: object}
	when, timed := instant(r.text("eventTime"))
	if !timed {
		when, timed = instant(r.text("@timestamp"))
	}
	r.time = when
	r.wellShaped = looksLikeCloudTrail(e.fields) && timed
	r.account = firstNonEmpty(
		r.text("recipientAccountId"), ingest.ParseKey(object).AccountID, r.text("userIdentity", "accountId"))
	r.region = r.text("awsRegion")
	return r
}

// text gives the string at a path of keys. "A field that is absent or not a JSON string is empty. A path through
// something that is no object gives an empty string."
func (r *record) text(path ...string) string {
	text, _ := r.value(path...).(string)
	return text
}

func (r *record) value(path ...string) any {
	value := any(r.fields)
	for _, key := range path {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// all gives the values at a path in which dots part the keys; "arr[] is every element of an array".
func (r *record) all(path string) []any {
	values := []any{r.fields}
	for key := range strings.SplitSeq(path, ".") {
		key, each := strings.CutSuffix(key, "[]")
		var members []any
		for _, value := range values {
			object, _ := value.(map[string]any)
			member, found := object[key]
			elements, _ := member.([]any)
			switch {
			case found && each:
				members = append(members, elements...)
			case found:
				members = append(members, member)
			}
		}
		values = members
	}
	return values
}

// texts gives the non-empty strings at the paths.
func (r *record) texts(paths ...string) []string {
	var texts []string
	for _, path := range paths {
		for _, value := range r.all(path) {
			if text, _ := value.(string); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// first gives the first non-empty string at any of the paths, in their order, or "".
func (r *record) first(paths ...string) string { return firstNonEmpty(r.texts(paths...)...) }

// instant reads a time. "Times are kept in UTC truncated to milliseconds"; years before 1970 are no times of events, and
// RFC 3339 cannot write years after 9999.
func instant(text string) (time.Time, bool) {
	when, err := time.Parse(time.RFC3339, text)
	when = when.UTC().Truncate(time.Millisecond)
	if err != nil || when.Year() < 1970 || when.Year() > 9999 {
		return time.Time{}, false
	}
	return when, true
}

func firstNonEmpty(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// observed is "over all well-shaped records, irrelevant and out-of-window and duplicate ones included".
func observed(records []*record) analyzer.Observed {
	var times []time.Time
	accounts, regions := map[string]bool{}, map[string]bool{}
	for _, r := range records {
		if r.wellShaped {
			times = append(times, r.time)
			accounts[r.account] = true
			regions[r.region] = true
		}
	}
	delete(accounts, "")
	delete(regions, "")
	o := analyzer.Observed{Accounts: slices.Sorted(maps.Keys(accounts)), Regions: slices.Sorted(maps.Keys(regions))}
	if len(times) > 0 {
		o.FirstEvent = slices.MinFunc(times, time.Time.Compare)
		o.LastEvent = slices.MaxFunc(times, time.Time.Compare)
	}
	return o
}

// countRecords puts each record into one counter: "tested in this order: shape, relevance, window, filter, duplicate. A
// record may be several things at once; it still counts once", as the first of them.
func countRecords(records []*record, o Options) analyzer.InputRecords {
	var n analyzer.InputRecords
	for _, r := range records {
		n.Total++
		switch {
		case !r.wellShaped:
			n.UnknownShape++
		case len(r.events) == 0:
			n.Irrelevant++
		case !inWindow(r.events[0], o):
			n.OutsideWindow++
		case !passesFilters(r.events[0], o):
			n.Filtered++
		case r.duplicate:
			n.Duplicate++
		default:
			n.Relevant++
		}
	}
	return n
}

// logSpan is when the well-shaped records of one account begin and end.
type logSpan struct{ first, last time.Time }

// logSpans gives the spans by account. "Before the window, only the files of the margin were read, whatever old events
// they hold: logs begin an hour before it at the earliest."
func logSpans(records []*record, since time.Time) map[string]logSpan {
	spans := map[string]logSpan{}
	for _, r := range records {
		if !r.wellShaped {
			continue
		}
		s, ok := spans[r.account]
		if !ok || r.time.Before(s.first) {
			s.first = r.time
		}
		if !ok || r.time.After(s.last) {
			s.last = r.time
		}
		spans[r.account] = s
	}
	for account, s := range spans {
		if margin := since.Add(-time.Hour); !since.IsZero() && s.first.Before(margin) {
			s.first = margin
			spans[account] = s
		}
	}
	return spans
}

// Records gives the raw text of every record of a file, in order. An error means that the file is not read.
func Records(file File) ([][]byte, error) {
	elements, _, failed := read(file, 0)
	if failed != nil {
		return nil, fmt.Errorf("%s: %s", file.Name, failed.reason)
	}
	var texts [][]byte
	for _, e := range elements {
		if e.raw != nil {
			texts = append(texts, e.raw)
		}
	}
	return texts, nil
}

// HasEventID tells whether the record in a text can be known as a duplicate.
func HasEventID(text []byte) bool {
	id, _ := decode[map[string]any](text)["eventID"].(string)
	return id != ""
}
