package ingest

import (
	"strings"
	"testing"
	"time"
)

func minute(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func day(s string) time.Time { return minute(s + "T00:00") }

func TestParseKey(t *testing.T) {
	const file = "111111111111_CloudTrail_us-east-1_20240301T0005Z_AbCdEfGhIjKlMnOp.json.gz"
	named := Key{AccountID: "111111111111", Region: "us-east-1", Delivered: minute("2024-03-01T00:05"), CloudTrailName: true}
	tests := []struct {
		why  string
		name string
		want Key
	}{
		{"nothing", "", Key{}},
		{"standard input", "-", Key{}},
		{"as CloudTrail writes it", "AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/" + file, named},
		{"prefix and organization", "logs/all/AWSLogs/o-abcdefghij/111111111111/CloudTrail/us-east-1/2024/03/01/" + file, named},
		{"URL", "s3://bucket/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/" + file, named},
		{"absolute path", "/srv/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/" + file, named},
		{"the file alone", file, named},
		{"prefix that looks like a trail", "222222222222/CloudTrail/eu-west-1/2019/01/01/AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/" + file, named},
		{"real, trailscraper", "trailscraper/111111111111_CloudTrail_eu-central-1_20171211T1505Z_A6kvhMoVeCsc7v8U.json.gz",
			Key{AccountID: "111111111111", Region: "eu-central-1", Delivered: minute("2017-12-11T15:05"), CloudTrailName: true}},
		{"real, invictus", "CloudTrail/218007301253_CloudTrail_us-east-1_20230710T1215Z_YMDRJwtmC82bUwAo.json.gz",
			Key{AccountID: "218007301253", Region: "us-east-1", Delivered: minute("2023-07-10T12:15"), CloudTrailName: true}},
		{"real, stratus", "detonation-logs/aws.credential-access.ec2-get-password-data.json.gz", Key{}},
		{"Region with underscores", "111111111111_CloudTrail_us_gov_west_1_20240301T0005Z_x.json",
			Key{AccountID: "111111111111", Region: "us-gov-west-1", Delivered: minute("2024-03-01T00:05"), CloudTrailName: true}},
		{"Region folder with underscores", "111111111111/CloudTrail/ap_southeast_2/x.json",
			Key{AccountID: "111111111111", Region: "ap-southeast-2"}},
		{"Regions of other partitions", "111111111111/CloudTrail/us-isob-east-1/x.json", Key{AccountID: "111111111111", Region: "us-isob-east-1"}},
		{"European Sovereign Cloud", "111111111111/CloudTrail/eusc-de-east-1/x.json", Key{AccountID: "111111111111", Region: "eusc-de-east-1"}},
		{"short unique part", "111111111111_CloudTrail_us-east-1_20240301T0005Z_a1.json.gz", named},
		{"no unique part", "111111111111_CloudTrail_us-east-1_20240301T0005Z.json.gz", named},
		{"unique part with underscores", "111111111111_CloudTrail_us-east-1_20240301T0005Z_a_b_20200101T0000Z_c.json", named},
		{"copy of a download", "111111111111_CloudTrail_us-east-1_20240301T0005Z_AbCd (1).json.gz", named},
		{"no Region", "111111111111_CloudTrail_20240301T0005Z_a.json.gz",
			Key{AccountID: "111111111111", Delivered: minute("2024-03-01T00:05"), CloudTrailName: true}},
		{"no time", "111111111111_CloudTrail_us-east-1.json", Key{AccountID: "111111111111", Region: "us-east-1", CloudTrailName: true}},
		{"no such time", "111111111111_CloudTrail_us-east-1_20240231T0005Z_a.json", Key{AccountID: "111111111111", Region: "us-east-1", CloudTrailName: true}},
		{"no such hour", "111111111111_CloudTrail_us-east-1_20240301T2405Z_a.json", Key{AccountID: "111111111111", Region: "us-east-1", CloudTrailName: true}},
		{"seconds, as in digests", "111111111111_CloudTrail_us-east-1_20240301T000559Z_a.json", Key{AccountID: "111111111111", Region: "us-east-1", CloudTrailName: true}},
		{"11 digits", "11111111111_CloudTrail_us-east-1_20240301T0005Z_a.json.gz",
			Key{Region: "us-east-1", Delivered: minute("2024-03-01T00:05"), CloudTrailName: true}},
		{"13 digits", "1111111111111/CloudTrail/us-east-1/x.json", Key{Region: "us-east-1"}},
		{"digits of another alphabet", "１１１１１１１１１１１１/CloudTrail/us-east-1/x.json", Key{Region: "us-east-1"}},
		{"letters in the account", "11111111111a/CloudTrail/x.json", Key{}},
		{"no Region at all", "111111111111/CloudTrail/x.json", Key{AccountID: "111111111111"}},
		{"something else in its place", "111111111111/CloudTrail/my-folder/x.json", Key{AccountID: "111111111111"}},
		{"folders are believed first", "AWSLogs/222222222222/CloudTrail/eu-west-1/2024/03/02/" + file,
			Key{AccountID: "222222222222", Region: "eu-west-1", Delivered: day("2024-03-02"), CloudTrailName: true}},
		{"renamed file", "AWSLogs/222222222222/CloudTrail/eu-west-1/2024/03/02/x.json",
			Key{AccountID: "222222222222", Region: "eu-west-1", Delivered: day("2024-03-02")}},
		{"below the day", "AWSLogs/222222222222/CloudTrail/eu-west-1/2024/03/02/10/x.json",
			Key{AccountID: "222222222222", Region: "eu-west-1", Delivered: day("2024-03-02")}},
		{"tree cut below the kind", "eu-west-1/2024/03/02/x.json", Key{Region: "eu-west-1", Delivered: day("2024-03-02")}},
		{"kind and date without Region", "CloudTrail/2024/03/02/x.json", Key{Delivered: day("2024-03-02")}},
		{"month only", "eu-west-1/2024/03/x.json", Key{Region: "eu-west-1"}},
		{"no such month", "eu-west-1/2024/13/01/x.json", Key{Region: "eu-west-1"}},
		{"no such day", "eu-west-1/2024/02/30/x.json", Key{Region: "eu-west-1"}},
		{"leap day", "eu-west-1/2024/02/29/x.json", Key{Region: "eu-west-1", Delivered: day("2024-02-29")}},
		{"date of something else", "exports/2024/03/02/x.json", Key{}},
		{"digest", "AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/01/111111111111_CloudTrail-Digest_us-east-1_trail_us-east-1_20240301T000559Z.json.gz",
			Key{AccountID: "111111111111", Region: "us-east-1", Delivered: day("2024-03-01")}},
		{"a kind of another case is none", "111111111111/cloudtrail/us-east-1/x.json", Key{}},
		{"empty folders", "111111111111//CloudTrail//us-east-1/x.json", Key{}},
	}
	for _, test := range tests {
		if got := ParseKey(test.name); got != test.want {
			t.Errorf("%s: ParseKey(%q)\n got %+v\nwant %+v", test.why, test.name, got, test.want)
		}
	}
}

func TestParseRegion(t *testing.T) {
	for _, region := range []string{"us-east-1", "us-gov-west-1", "ap-southeast-5", "cn-northwest-1", "mx-central-1", "us-iso-east-1", "il-central-1", "ap-northeast-12"} {
		if got := parseRegion(region); got != region {
			t.Errorf("parseRegion(%q) = %q", region, got)
		}
		if got := parseRegion(strings.ReplaceAll(region, "-", "_")); got != region {
			t.Errorf("parseRegion with underscores = %q, want %q", got, region)
		}
	}
	for _, other := range []string{"", "-", "1", "us", "us-east", "us-1", "us-east-", "-east-1", "us--1", "us-east-1a", "us-east-123", "US-EAST-1", "us-east-1-", "us-east1-1", "2024", "us east 1"} {
		if got := parseRegion(other); got != "" {
			t.Errorf("parseRegion(%q) = %q, want none", other, got)
		}
	}
}

func TestKind(t *testing.T) {
	tests := []struct{ name, kind, skip string }{
		{"AWSLogs/111111111111/CloudTrail/us-east-1/x.json", "CloudTrail", ""},
		{"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/x.json", "CloudTrail-Digest", "digest"},
		{"CloudTrail-Insight/x.json", "CloudTrail-Insight", "insight"},
		{"a/b/CloudTrail-NetworkActivity/c/d/x.json", "CloudTrail-NetworkActivity", "networkActivity"},
		{"/CloudTrail-Aggregated/", "CloudTrail-Aggregated", "aggregated"},
		{"CloudTrail-Digest/AWSLogs/111111111111/CloudTrail/x.json", "CloudTrail", ""},
		{"CloudTrail/AWSLogs/111111111111/CloudTrail-Digest/x.json", "CloudTrail-Digest", "digest"},
		{"a/CloudTrail-Digest", "", ""}, // a file of that name
		{"CloudTrail-Lake/Query/x.json", "", ""},
		{"my-CloudTrail-Digest/x.json", "", ""},
		{"x.json", "", ""},
		{"", "", ""},
	}
	for _, test := range tests {
		if got := Kind(test.name); got != test.kind {
			t.Errorf("Kind(%q) = %q, want %q", test.name, got, test.kind)
		}
		if got := SkipKind(test.name); got != test.skip {
			t.Errorf("SkipKind(%q) = %q, want %q", test.name, got, test.skip)
		}
	}
}

func TestLogFileName(t *testing.T) {
	for _, name := range []string{"a.json", "a.json.gz", "b/A.JSON", "a.Json.GZ", ".json"} {
		if !LogFileName(name) {
			t.Errorf("%q is the name of a log file", name)
		}
	}
	for _, name := range []string{"", "json", "a.gz", "a.json.zip", "a.json.cloudtrail", "a.jsonl", "a.json/b", "a.json.gz.tmp", ".DS_Store"} {
		if LogFileName(name) {
			t.Errorf("%q is not the name of a log file", name)
		}
	}
}

func TestDeliveriesOutside(t *testing.T) {
	const region = "AWSLogs/111111111111/CloudTrail/us-east-1/"
	file := func(time string) string { return "111111111111_CloudTrail_us-east-1_" + time + "_x.json.gz" }
	window := Deliveries{From: minute("2024-03-10T12:30"), Until: minute("2024-04-02T06:00")}
	tests := []struct{ why, name, want string }{
		{"Region", region, ""},
		{"year before", region + "2023/", PruneBeforeWindow},
		{"year of the window", region + "2024/", ""},
		{"year after", region + "2025/", PruneAfterWindow},
		{"month before", region + "2024/02/", PruneBeforeWindow},
		{"month of the beginning", region + "2024/03/", ""},
		{"month of the end", region + "2024/04/", ""},
		{"month after", region + "2024/05/", PruneAfterWindow},
		{"day before", region + "2024/03/09/", PruneBeforeWindow},
		{"day of the beginning", region + "2024/03/10/", ""},
		{"day of the end", region + "2024/04/02/", ""},
		{"day after", region + "2024/04/03/", PruneAfterWindow},
		{"below a day", region + "2024/03/09/copy/", PruneBeforeWindow},
		{"file of a day", region + "2024/03/09/x.json", PruneBeforeWindow},
		{"file of the first day without a time", region + "2024/03/10/x.json", ""},
		{"minute before", region + "2024/03/10/" + file("20240310T1229Z"), PruneBeforeWindow},
		{"minute of the beginning", region + "2024/03/10/" + file("20240310T1230Z"), ""},
		{"minute of the end", region + "2024/04/02/" + file("20240402T0600Z"), ""},
		{"minute after", region + "2024/04/02/" + file("20240402T0601Z"), PruneAfterWindow},
		{"file of no folder", file("20200101T0000Z"), PruneBeforeWindow},
		{"folder disagrees: it is believed", region + "2024/03/11/" + file("20200101T0000Z"), ""},
		{"no such day: the month is believed", region + "2024/02/31/", PruneBeforeWindow},
		{"no such month: the year is believed", region + "2023/13/", PruneBeforeWindow},
		{"no Region above the year", "exports/2020/01/01/x.json", ""},
		{"no date", "x.json", ""},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		if got := window.Outside(test.name); got != test.want {
			t.Errorf("%s: Outside(%q) = %q, want %q", test.why, test.name, got, test.want)
		}
	}
	for _, test := range []struct {
		why        string
		deliveries Deliveries
		name       string
		want       string
	}{
		{"open at both ends", Deliveries{}, region + "2013/", ""},
		{"open beginning", Deliveries{Until: day("2024-01-01")}, region + "2013/", ""},
		{"open beginning, after the end", Deliveries{Until: day("2024-01-01")}, region + "2024/02/", PruneAfterWindow},
		{"the end is part of it", Deliveries{Until: day("2024-01-01")}, region + "2024/", ""},
		{"open end", Deliveries{From: day("2024-01-01")}, region + "2099/", ""},
		{"open end, before the beginning", Deliveries{From: day("2024-01-01")}, region + "2023/", PruneBeforeWindow},
		{"inside a minute", Deliveries{From: minute("2024-01-01T10:00").Add(30 * time.Second)}, file("20240101T1000Z"), ""},
		{"other time zones", Deliveries{From: minute("2024-01-02T00:00").In(time.FixedZone("", -5*3600))}, region + "2024/01/01/", PruneBeforeWindow},
	} {
		if got := test.deliveries.Outside(test.name); got != test.want {
			t.Errorf("%s: Outside(%q) = %q, want %q", test.why, test.name, got, test.want)
		}
	}
}

// Times are as [time.Parse] reads them.
func TestParseMinute(t *testing.T) {
	const layout = "20060102T1504Z"
	for position := range len(layout) {
		for _, date := range []string{"20240229T2359Z", "20230228T0000Z", "20131231T1959Z"} {
			for c := range byte(128) {
				text := date[:position] + string(c) + date[position+1:]
				want := span{}
				if begin, err := time.Parse(layout, text); err == nil && isYear(text[:4]) {
					want = span{begin, begin.Add(time.Minute)}
				}
				for _, ending := range []string{"", "_0123.json.gz", ".json"} {
					if got := parseMinute(text + ending); got != want {
						t.Errorf("%q: %v, want %v", text+ending, got, want)
					}
				}
				if got := parseMinute(text + "0"); got != (span{}) {
					t.Errorf("%q: %v, want nothing", text+"0", got)
				}
			}
		}
		if got := parseMinute(layout[:position]); got != (span{}) {
			t.Errorf("%q: %v, want nothing", layout[:position], got)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add("logs/AWSLogs/o-abcdefghij/111111111111/CloudTrail/us-east-1/2024/03/01/111111111111_CloudTrail_us-east-1_20240301T0005Z_AbCdEfGhIjKlMnOp.json.gz")
	f.Add("111111111111_CloudTrail_us_gov_west_1_20240301T0005Z_x.json")
	f.Add("CloudTrail/2024/02/30//_CloudTrail_")
	f.Add("CloudTrail-Digest/us-east-1/2024/12/31/")
	f.Fuzz(func(t *testing.T, name string) {
		key := ParseKey(name)
		if key.AccountID != "" && (len(key.AccountID) != 12 || strings.Trim(key.AccountID, "0123456789") != "") {
			t.Errorf("account is %q", key.AccountID)
		}
		if key.Region != "" && parseRegion(key.Region) != key.Region {
			t.Errorf("Region is %q", key.Region)
		}
		if key.CloudTrailName != strings.Contains(name[strings.LastIndexByte(name, '/')+1:], "_CloudTrail_") {
			t.Errorf("CloudTrailName is %t", key.CloudTrailName)
		}
		if key.Delivered.IsZero() {
			return
		}
		if key.Delivered.Location() != time.UTC || !key.Delivered.Equal(key.Delivered.Truncate(time.Minute)) {
			t.Errorf("delivered at %v", key.Delivered)
		}
		if got := (Deliveries{From: key.Delivered, Until: key.Delivered}).Outside(name); got != "" {
			t.Errorf("delivered at %v, but that is outside itself: %s", key.Delivered, got)
		}
		if got := (Deliveries{From: key.Delivered.AddDate(0, 0, 1)}).Outside(name); got != PruneBeforeWindow {
			t.Errorf("delivered at %v, but a day later nothing is pruned: %q", key.Delivered, got)
		}
	})
}

func BenchmarkParseKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseKey("AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/111111111111_CloudTrail_us-east-1_20240301T0005Z_AbCdEfGhIjKlMnOp.json.gz")
	}
}
