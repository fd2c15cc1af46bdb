// Package record finds the records of a CloudTrail log file, and the fields of each, without decoding the JSON they
// are written in.
//
// The way from bytes to a relevant record is a ladder of steps, cheapest first: one walk over the text finds where
// each record ends and where the asked-for fields lie ([Splitter]); a [Filter] compares the few that decide; only what
// passes is checked against the whole JSON grammar ([Record.Check]). Each step is sound: it drops only what a full
// decode would drop too, whatever the order of keys, the escapes, the nesting of look-alike keys, or records inside
// strings.
package record

import (
	"bytes"
	"time"
)

// Record is one event of a log file, as text. It, and everything taken from it, is valid only until the handler it was
// given to returns, except strings.
type Record struct {
	Raw   []byte // the JSON object, from brace to brace
	Index int    // place in the log file, from 0

	scanner *scanner // whose walk found the record, at from in its text
	from    int
	fields  *Fields
	text    []byte // what spans point into
	spans   []span
	scratch []byte
	looks   bool // like CloudTrail
	stepped bool // what scanner says of stepped is of this record
}

// Value returns the JSON text of a field, nil if the record does not have it.
func (r *Record) Value(f Field) []byte {
	sp := r.spans[f]
	if sp.to == 0 {
		return nil
	}
	return r.text[sp.from:sp.to]
}

// Locate finds the deferred fields of the record. Before, they are absent.
func (r *Record) Locate() {
	r.stepped = false // the walks below replace what the scanner says of it
	for _, n := range r.fields.deferred {
		sp := r.spans[n.field]
		if sp.to == 0 || r.text[sp.from] != '{' {
			continue
		}
		// The walk that found where the object ends found no fault in it, and this one looks no closer.
		_, _ = r.scanner.irregular(sp.from, n, 1)
	}
}

// Has reports whether the record has the field, be it null.
func (r *Record) Has(f Field) bool { return r.spans[f].to != 0 }

// Bytes returns what a string field says, nil if the record does not have it or it is no string. The result is valid
// until the next call.
func (r *Record) Bytes(f Field) []byte {
	s := r.compared(f)
	if sp := &r.spans[f]; sp.text == unknownText {
		sp.text = escapedText
		if isUTF8(s) {
			sp.text = plainText
		} else {
			return r.compared(f)
		}
	}
	return s
}

// compared is Bytes for comparing with what is valid UTF-8: in a string without escapes, bytes that are not may stand as
// they are.
func (r *Record) compared(f Field) []byte {
	sp := &r.spans[f]
	if sp.to == 0 || r.text[sp.from] != '"' {
		return nil
	}
	v := r.text[sp.from+1 : sp.to-1]
	if sp.text != escapedText {
		return v
	}
	r.scratch = appendText(r.scratch[:0], v)
	return r.scratch
}

// Is reports whether the field is the string s.
func (r *Record) Is(f Field, s string) bool { return string(r.compared(f)) == s }

// LooksLikeCloudTrail reports whether the record names an event and its source in the way of CloudTrail. Notices of
// other services, which come under a Records key too, name a source such as aws:s3.
func (r *Record) LooksLikeCloudTrail() bool { return r.looks }

func (r *Record) look() bool {
	if len(r.compared(EventName)) == 0 {
		return false
	}
	source := r.compared(EventSource)
	return len(source) > 0 && !bytes.HasPrefix(source, []byte("aws:"))
}

// Time returns when the event happened, in UTC to the millisecond: eventTime, or @timestamp where that is no time.
func (r *Record) Time() (t time.Time, ok bool) {
	if t, ok = ParseTime(r.compared(EventTime)); ok {
		return t, true
	}
	return ParseTime(r.compared(Timestamp))
}

// ParseTime reads a time as RFC 3339 writes it, and returns it in UTC truncated to milliseconds. A year before 1970 is
// no time of an event, and RFC 3339 cannot write one after 9999.
func ParseTime(s []byte) (t time.Time, ok bool) {
	if t, ok = parseSeconds(s); ok {
		return t, true
	}
	if len(s) == 0 {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, string(s))
	t = t.UTC().Truncate(time.Millisecond)
	return t, err == nil && 1970 <= t.Year() && t.Year() <= 9999
}

// parseSeconds reads the form that CloudTrail writes, 2006-01-02T15:04:05Z, but for the 29th of February.
func parseSeconds(s []byte) (time.Time, bool) {
	if len(s) != len("2006-01-02T15:04:05Z") || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != 'Z' {
		return time.Time{}, false
	}
	century, ok1 := two(s, 0)
	year, ok2 := two(s, 2)
	month, ok3 := two(s, 5)
	day, ok4 := two(s, 8)
	hour, ok5 := two(s, 11)
	minute, ok6 := two(s, 14)
	second, ok7 := two(s, 17)
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7) || month < 1 || month > 12 || day < 1 || day > int(monthDays[month-1]) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	year += century * 100
	days := daysSince1970(year, month, day)
	return time.Unix(int64(days*24*60*60+hour*60*60+minute*60+second), 0).UTC(), year >= 1970
}

// monthDays has how many days each month has every year.
var monthDays = [12]uint8{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// daysSince1970 counts the days from 1970-01-01 to a date of the Gregorian calendar. Years begin in March, so that a leap
// day is the last of its year and the lengths of the months before any other follow one line. It takes a fifth of the time
// of time.Date, which was a fifth of the time of a record that is dropped.
func daysSince1970(year, month, day int) int {
	month -= 3
	if month < 0 {
		month += 12
		year--
	}
	const marchToEpoch = 719468 // days from 0000-03-01 to 1970-01-01
	return year*365 + year/4 - year/100 + year/400 + (month*153+2)/5 + day - 1 - marchToEpoch
}

func two(s []byte, i int) (int, bool) {
	a, b := s[i]-'0', s[i+1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// Check reports whether the record keeps the JSON grammar throughout.
func (r *Record) Check() bool {
	if r.stepped {
		for _, skipped := range r.scanner.skipped[:r.scanner.skips] {
			v := validator{b: r.text[:skipped[1]], scanner: r.scanner}
			if v.value(skipped[0], 1) != skipped[1] {
				return false
			}
		}
		return true
	}
	to := r.from + len(r.Raw)
	v := validator{b: r.text[:to], scanner: r.scanner}
	return v.value(r.from, 0) == to
}
