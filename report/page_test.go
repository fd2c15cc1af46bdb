package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]printable{
		0: "0", 7: "7", 999: "999", 1_000: "1,000", 100_000: "100,000", 1_234_567: "1,234,567", -1_000: "-1,000", -100: "-100",
		-1 << 63: "-9,223,372,036,854,775,808",
	} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]printable{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1_000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB", 41_022_950: "41.0 MB",
		7_000_000_000_000: "7.0 TB", 1_500_000_000_000_000: "1.5 PB",
	} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 11, 14, 13, 12, 59, 999, time.FixedZone("", 2*60*60))
	if got := minute(at); got != "2026-11-14 11:12Z" {
		t.Errorf("minute: %s", got)
	}
	if got := day(time.Date(2026, 11, 14, 1, 0, 0, 0, time.FixedZone("", 2*60*60))); got != "2026-11-13" {
		t.Errorf("day: %s", got)
	}
	if minute(time.Time{}) != "" || day(time.Time{}) != "" {
		t.Error("a time that is not known is written")
	}
}

func TestWrap(t *testing.T) {
	p := newPage(&strings.Builder{}, TextOptions{Width: 40})
	for _, test := range []struct {
		name  string
		text  printable
		limit int
		want  []printable
	}{
		{"nothing", "", 10, nil},
		{"fits", "aa bb cc", 8, []printable{"aa bb cc"}},
		{"does not", "aa bb cc", 7, []printable{"aa bb", "cc"}},
		{"keeps blanks inside of lines", "aa  bb", 8, []printable{"aa  bb"}},
		{"drops blanks at breaks", "aaaa    bbbb", 6, []printable{"aaaa", "bbbb"}},
		{"wide runes", "役役 役役", 8, []printable{"役役", "役役"}},
		{"word that fits the page", "see AmazonECSInfrastructureRolePolicy for", 20, []printable{"see", "AmazonECSInfrastructureRolePolicy", "for"}},
		{
			"ARN wider than the page", "arn:aws:iam::111122223333:role/service-role/ecsInfrastructureRole", 40,
			[]printable{"arn:aws:iam::111122223333:role/", "service-role/ecsInfrastructureRole"},
		},
		{"word wider than the page", repeat("a", 50), 30, []printable{repeat("a", 30), repeat("a", 20)}},
		{"address", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide", 20, []printable{"https://docs.aws.amazon.com/AmazonECS/latest/developerguide"}},
	} {
		if got := p.wrap(test.text, test.limit); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestObject(t *testing.T) {
	p := newPage(&strings.Builder{}, TextOptions{})
	const object = "trail/AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/14/111122223333_CloudTrail_us-east-1_20261114T1115Z_kQ3vXb7LwZ9r0011.json.gz"
	for _, test := range []struct {
		name  printable
		limit int
		want  printable
	}{
		{object, 200, object},
		{object, 110, "trail/AWSLogs/111122223333/…/111122223333_CloudTrail_us-east-1_20261114T1115Z_kQ3vXb7LwZ9r0011.json.gz"},
		{object, 81, "trail/…/111122223333_CloudTrail_us-east-1_20261114T1115Z_kQ3vXb7LwZ9r0011.json.gz"},
		{object, 60, "trail/…_us-east-1_20261114T1115Z_kQ3vXb7LwZ9r0011.json.gz"},
		{object, 47, "trail/…_20261114T1115Z_kQ3vXb7LwZ9r0011.json.gz"},
		{object, 10, "tra…son.gz"},
		{"trail/AWSLogs/111122223333/CloudTrail/us-east-1/2026/", 30, "trail/AWSLogs/…/2026/"},
		{"abcdefghijklmnopqrstuvwxyz", 10, "abc…uvwxyz"},
		{"-", 10, "-"},
	} {
		got := p.object(test.name, test.limit)
		if got != test.want {
			t.Errorf("%s to %d columns: %s, want %s", test.name, test.limit, got, test.want)
		}
		if width(got) > test.limit {
			t.Errorf("%s: %d columns, not %d", got, width(got), test.limit)
		}
	}
}

func TestStrip(t *testing.T) {
	date := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	usage := func(first, last, since, until time.Time) *analyzer.Usage {
		return &analyzer.Usage{
			Observed: analyzer.Observed{FirstEvent: first, LastEvent: last}, Window: analyzer.Window{Since: since, Until: until},
		}
	}
	daily := []analyzer.DayUsage{
		{Day: "2026-10-31", Calls: 1000}, {Day: "2026-11-01", Calls: 8}, {Day: "2026-11-02", Assumed: 1, Calls: 1, Denied: 2},
		{Day: "2026-11-04", Denied: 1}, {Day: "2026-11-08", Calls: 8000}, {Day: "no day", Calls: 1},
	}
	var none time.Time
	for _, test := range []struct {
		name  string
		usage *analyzer.Usage
		limit int
		want  printable
		ascii printable
	}{
		{"a column a day", usage(date(1, 23), date(7, 0), none, none), 80, "█▄·▁···", "|#= .   |"},
		{"more days than columns", usage(date(1, 23), date(7, 0), none, none), 4, "█▁··", "|#.  |"},
		{"window that begins later", usage(date(1, 0), date(7, 0), date(2, 5), none), 80, "█·▂···", "|# :   |"},
		{"window that ends at midnight", usage(date(1, 0), date(7, 0), none, date(3, 0)), 80, "█▄", "|#=|"},
		{"window that ends in a day", usage(date(1, 0), date(7, 0), none, date(3, 1)), 80, "█▄·", "|#= |"},
		{"window after all events", usage(date(1, 0), date(7, 0), date(9, 0), none), 80, "", ""},
		{"nothing observed", usage(none, none, none, none), 80, "", ""},
		{"500 years", usage(date(1, 0), date(1, 0).AddDate(500, 0, 0), none, none), 3, "█··", "|#  |"},
	} {
		a := newAxis(test.usage, test.limit)
		if got := a.strip(daily, false); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if got := a.strip(daily, true); got != test.ascii {
			t.Errorf("%s: ASCII %s, want %s", test.name, got, test.ascii)
		}
	}
}
