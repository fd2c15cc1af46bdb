package reference

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer"
)

// logKey is the key that CloudTrail gives a file that it delivers at ten o'clock of a day of November.
func logKey(account, region string, day int) string {
	return fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/2026/11/%02d/%s_CloudTrail_%s_202611%02dT1000Z_abcdefghijklmnop.json",
		account, region, day, account, region, day)
}

// eventOn is an event that matters to nobody, at eight o'clock of a day of November.
func eventOn(account, region string, day int, changes fields) fields {
	return fields{
		"eventTime": fmt.Sprintf("2026-11-%02dT08:00:00Z", day), "eventSource": "s3.amazonaws.com", "eventName": "GetBucketPolicy",
		"awsRegion": region, "recipientAccountId": account,
	}.with(changes)
}

func logFileOf(name string, records ...fields) File {
	return File{Name: name, Data: envelope(records...)}
}

// delivered is a file with a read on each of some days.
func delivered(account, region string, days ...int) []File {
	var files []File
	for _, day := range days {
		files = append(files, logFileOf(logKey(account, region, day), eventOn(account, region, day, nil)))
	}
	return files
}

func tellCoverage(u *analyzer.Usage) string {
	var text strings.Builder
	for _, c := range u.Coverage {
		fmt.Fprintf(&text, "%s %s %d", c.AccountID, c.Region, c.DaysWithFiles)
		if !c.FirstDelivery.IsZero() {
			fmt.Fprintf(&text, " %s..%s", c.FirstDelivery.Format("02T15:04"), c.LastDelivery.Format("02T15:04"))
		}
		fmt.Fprintf(&text, " %s %s %s", c.ReadEvents, c.State, c.Integrity)
		for _, g := range c.Gaps {
			fmt.Fprintf(&text, " %s(%s %s %d)", g.Reason, g.From, g.Until, g.Files)
		}
		text.WriteString("\n")
	}
	for _, f := range u.Findings {
		if f.ID == coverageGap {
			fmt.Fprintf(&text, "%s %s: %s [%s] %v\n", f.Severity, f.ID, f.Title, f.RoleARN, f.Evidence)
		}
	}
	return strings.ReplaceAll(text.String(), "2026-11-", "")
}

func expectCoverage(t *testing.T, o Options, want string, files ...File) {
	t.Helper()
	expectText(t, tellCoverage(analyze(t, o, files...)), want)
}

func november(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }

func TestDaysWithoutFiles(t *testing.T) {
	all := delivered(account, "us-east-1", 3, 4, 5)
	t.Run("every day has a file", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 us-east-1 3 03T10:00..05T10:00 seen plausible notChecked
		`, all...)
	})
	t.Run("days between", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 us-east-1 3 03T10:00..09T10:00 seen gaps notChecked noFiles(04 04 0) noFiles(06 08 0)
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, delivered(account, "us-east-1", 3, 5, 9)...)
	})
	t.Run("days of the window before and after", func(t *testing.T) {
		expectCoverage(t, Options{Since: november(1, 12), Until: november(7, 12)}, `
		111122223333 us-east-1 3 03T10:00..05T10:00 seen gaps notChecked noFiles(01 02 0) noFiles(06 07 0)
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, all...)
	})
	t.Run("files outside the window are no days of it", func(t *testing.T) {
		expectCoverage(t, Options{Since: november(4, 12), Until: november(6, 12)}, `
		111122223333 us-east-1 3 03T10:00..09T10:00 seen gaps notChecked noFiles(04 04 0) noFiles(06 06 0)
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, delivered(account, "us-east-1", 3, 5, 9)...)
		expectCoverage(t, Options{Since: november(12, 0)}, "111122223333 us-east-1 1 05T10:00..05T10:00 seen plausible notChecked\n",
			delivered(account, "us-east-1", 5)...)
	})
	t.Run("the end of the window is not in it", func(t *testing.T) {
		expectCoverage(t, Options{Since: november(3, 12), Until: november(6, 0)}, `
		111122223333 us-east-1 3 03T10:00..05T10:00 seen plausible notChecked
		`, all...)
	})
	t.Run("a Region's own days without files are quiet", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 eu-west-1 1 04T10:00..04T10:00 seen plausible notChecked
		111122223333 us-east-1 2 03T10:00..05T10:00 seen plausible notChecked
		`, append(delivered(account, "us-east-1", 3, 5), delivered(account, "eu-west-1", 4)...)...)
	})
	t.Run("days without files in any Region are told once, and count in all", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 eu-west-1 1 03T10:00..03T10:00 seen gaps notChecked noFiles(04 04 0)
		111122223333 us-east-1 1 05T10:00..05T10:00 seen gaps notChecked
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, append(delivered(account, "us-east-1", 5), delivered(account, "eu-west-1", 3)...)...)
	})
	t.Run("another account has its own days", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 us-east-1 2 03T10:00..05T10:00 seen gaps notChecked noFiles(04 04 0)
		444455556666 us-east-1 1 04T10:00..04T10:00 seen plausible notChecked
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, append(delivered(account, "us-east-1", 3, 5), delivered("444455556666", "us-east-1", 4)...)...)
	})
	t.Run("a file without events is a file", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 us-east-1 3 03T10:00..05T10:00 seen plausible notChecked
		`, append(delivered(account, "us-east-1", 3, 5), logFileOf(logKey(account, "us-east-1", 4)))...)
	})
	t.Run("the day is that of delivery, not of events", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 us-east-1 1 05T10:00..05T10:00 seen plausible notChecked
		`, logFileOf(logKey(account, "us-east-1", 5), eventOn(account, "us-east-1", 1, nil), eventOn(account, "us-east-1", 3, nil)))
	})
	t.Run("of a file without a key the days are those of events", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 eu-west-1 0 seen gaps notChecked noFiles(04 04 0)
		111122223333 us-east-1 0 seen gaps notChecked
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, logFileOf("copy.json", eventOn(account, "us-east-1", 3, nil), eventOn(account, "eu-west-1", 5, nil)))
	})
	t.Run("an account of which only empty copies are there has no day of the window", func(t *testing.T) {
		copied := logFileOf("AWSLogs/" + account + "/CloudTrail/us-east-1/copy.json")
		expectCoverage(t, Options{Since: november(1, 0), Until: november(3, 0)}, `
		111122223333 us-east-1 0 none gaps notChecked noFiles(01 02 0)
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, copied)
		expectCoverage(t, Options{Since: november(1, 0)}, "111122223333 us-east-1 0 none plausible notChecked\n", copied)
	})
	t.Run("only findings of accounts that are asked for", func(t *testing.T) {
		expectCoverage(t, Options{Accounts: []string{"444455556666"}, Regions: []string{"x"}}, `
		111122223333 us-east-1 2 03T10:00..05T10:00 seen gaps notChecked noFiles(04 04 0)
		`, delivered(account, "us-east-1", 3, 5)...)
	})
}

func TestAccountsAndRegionsOfFiles(t *testing.T) {
	t.Run("the key tells, whatever the events say", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 us-east-1 1 05T10:00..05T10:00 none plausible notChecked
		`, logFileOf(logKey(account, "us-east-1", 5), eventOn("444455556666", "us-east-1", 5, nil)))
	})
	t.Run("an event of another Region makes no entry, but stands for the account", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 us-east-1 1 05T10:00..05T10:00 seen gaps notChecked noReadEvents(05 05 0)
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, logFileOf(logKey(account, "us-east-1", 5), eventOn(account, "us-east-1", 5, nil), eventOn(account, "eu-west-1", 5, fields{"readOnly": false})))
	})
	t.Run("a key without account", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 us-east-1 0 seen gaps notChecked noFiles(05 05 0)
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, logFileOf("CloudTrail/us-east-1/2026/11/04/a.json", eventOn(account, "us-east-1", 1, nil)),
			logFileOf("CloudTrail/us-east-1/2026/11/06/b.json", eventOn(account, "us-east-1", 1, nil)))
	})
	t.Run("events of no account or Region tell nothing", func(t *testing.T) {
		expectCoverage(t, Options{}, "", logFileOf("copy.json", eventOn("", "us-east-1", 5, nil), eventOn(account, "", 5, nil)))
	})
	t.Run("what was skipped tells nothing", func(t *testing.T) {
		expectCoverage(t, Options{}, "", logFileOf(logKey(account, "us-east-1", 5), fields{"a": 1}))
	})
}

func TestSilentRegions(t *testing.T) {
	digest := func(account, region string) string {
		return "AWSLogs/" + account + "/CloudTrail-Digest/" + region + "/2026/11/05/" + account + "_CloudTrail-Digest_" + region + "_main_us-east-1_20261105T100000Z.json.gz"
	}
	one := delivered(account, "us-east-1", 5)
	const quiet = "111122223333 us-east-1 1 05T10:00..05T10:00 seen plausible notChecked\n"
	const gap = "medium coverage-gap: the logs of account 111122223333 have gaps [] []\n"

	expectCoverage(t, Options{ExpectRegions: []string{"us-east-1"}}, quiet, one...)
	expectCoverage(t, Options{ExpectRegions: []string{"eu-west-1", "us-east-1"}},
		"111122223333 eu-west-1 0 none gaps notChecked silentRegion(  0)\n"+quiet+gap, one...)
	t.Run("a digest says that a Region is quiet", func(t *testing.T) {
		expectCoverage(t, Options{Digests: []string{digest(account, "eu-west-1")}, ExpectRegions: []string{"eu-west-1"}},
			"111122223333 eu-west-1 0 none plausible notChecked\n"+quiet, one...)
	})
	t.Run("another account's digest says that it is expected", func(t *testing.T) {
		expectCoverage(t, Options{Digests: []string{digest("444455556666", "eu-west-1")}},
			"111122223333 eu-west-1 0 none gaps notChecked silentRegion(  0)\n"+quiet+gap, one...)
	})
	t.Run("another account's files do", func(t *testing.T) {
		expectCoverage(t, Options{}, "111122223333 eu-west-1 0 none gaps notChecked silentRegion(  0)\n"+quiet+
			"444455556666 eu-west-1 1 05T10:00..05T10:00 seen plausible notChecked\n"+
			"444455556666 us-east-1 0 none gaps notChecked silentRegion(  0)\n"+gap+
			"medium coverage-gap: the logs of account 444455556666 have gaps [] []\n", append(one, delivered("444455556666", "eu-west-1", 5)...)...)
	})
	t.Run("an account without files has no entry", func(t *testing.T) {
		expectCoverage(t, Options{ExpectRegions: []string{"eu-west-1"}, Digests: []string{digest(account, "us-east-1")}}, "")
	})
}

func TestDaysWithoutReads(t *testing.T) {
	write := fields{"eventName": "PutBucketPolicy"}
	for name, test := range map[string]struct {
		changes fields
		read    bool
	}{
		"by its name":                {nil, true},
		"an AssumeRole":              {fields{"eventName": "AssumeRoleWithSAML"}, true},
		"a write by its name":        {write, false},
		"JSON true":                  {write.with(fields{"readOnly": true}), true},
		"a string":                   {write.with(fields{"readOnly": "true"}), true},
		"JSON false beats the name":  {fields{"readOnly": false}, false},
		"anything beats the name":    {fields{"readOnly": "yes"}, false},
		"a name in small letters":    {fields{"eventName": "getBucketPolicy"}, false},
		"an Insight is an event too": {fields{"eventCategory": "Insight"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			want := "111122223333 us-east-1 1 05T10:00..05T10:00 seen plausible notChecked\n"
			if !test.read {
				want = "111122223333 us-east-1 1 05T10:00..05T10:00 none gaps notChecked noReadEvents(05 05 0)\n" +
					"medium coverage-gap: the logs of account 111122223333 have gaps [] []\n"
			}
			expectCoverage(t, Options{}, want, logFileOf(logKey(account, "us-east-1", 5), eventOn(account, "us-east-1", 5, test.changes)))
		})
	}
	t.Run("days in a row are one gap, quiet days part them", func(t *testing.T) {
		file := logFileOf(logKey(account, "us-east-1", 9))
		var records []fields
		for _, day := range []int{1, 2, 3, 4, 6, 7, 9} {
			records = append(records, eventOn(account, "us-east-1", day, write))
		}
		file.Data = envelope(append(records, eventOn(account, "us-east-1", 3, nil))...)
		// neither end of the window cuts them: the events are there, without their reads
		expectCoverage(t, Options{Since: november(9, 0), Until: november(10, 0)}, `
		111122223333 us-east-1 1 09T10:00..09T10:00 seen gaps notChecked noReadEvents(01 02 0) noReadEvents(04 04 0) noReadEvents(06 07 0) noReadEvents(09 09 0)
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, file)
	})
	t.Run("each Region has its own", func(t *testing.T) {
		expectCoverage(t, Options{}, `
		111122223333 eu-west-1 1 05T10:00..05T10:00 none gaps notChecked noReadEvents(05 05 0)
		111122223333 us-east-1 1 05T10:00..05T10:00 seen plausible notChecked
		medium coverage-gap: the logs of account 111122223333 have gaps [] []
		`, append(delivered(account, "us-east-1", 5), logFileOf(logKey(account, "eu-west-1", 5), eventOn(account, "eu-west-1", 5, write)))...)
	})
}

func TestUnreadFiles(t *testing.T) {
	broken := func(name string) File { return File{Name: name, Data: []byte("{")} }
	one := delivered(account, "us-east-1", 5)
	const gap = "medium coverage-gap: the logs of account 111122223333 have gaps [] []\n"
	const entry = "111122223333 us-east-1 1 05T10:00..05T10:00 seen gaps notChecked"
	t.Run("of the Region", func(t *testing.T) {
		expectCoverage(t, Options{}, entry+" unread(03 07 2)\n"+gap, append(one,
			broken(logKey(account, "us-east-1", 7)), broken(logKey(account, "us-east-1", 3)))...)
	})
	t.Run("of another Region and of none", func(t *testing.T) {
		expectCoverage(t, Options{}, entry+" unread(  1) unread(04 04 1)\n"+gap, append(one,
			broken(logKey(account, "eu-west-1", 4)), broken("AWSLogs/"+account+"/CloudTrail/x.json"))...)
	})
	t.Run("of an account that is not read", func(t *testing.T) {
		expectCoverage(t, Options{}, "111122223333 us-east-1 1 05T10:00..05T10:00 seen plausible notChecked\n",
			append(one, broken(logKey("444455556666", "us-east-1", 4)))...)
	})
	t.Run("of nobody knows whom", func(t *testing.T) {
		expectCoverage(t, Options{}, entry+" unread(  2)\n"+"444455556666 us-east-1 1 05T10:00..05T10:00 seen gaps notChecked unread(  2)\n"+gap+
			"medium coverage-gap: the logs of account 444455556666 have gaps [] []\n",
			append(append(one, delivered("444455556666", "us-east-1", 5)...), broken("a.json"), broken("CloudTrail/us-east-1/b.json"))...)
	})
	t.Run("gaps are bounded, by reason and day", func(t *testing.T) {
		files := append(delivered(account, "us-east-1", 1), broken(logKey(account, "us-east-1", 7)))
		for month := 1; month <= 12; month++ {
			for day := 1; day <= 28; day += 2 {
				name := strings.NewReplacer("2026/11/01", fmt.Sprintf("2027/%02d/%02d", month, day), "20261101", fmt.Sprintf("2027%02d%02d", month, day)).Replace(logKey(account, "us-east-1", 1))
				files = append(files, logFileOf(name))
			}
		}
		gaps := analyze(t, Options{}, files...).Coverage[0].Gaps
		if len(gaps) != 100 || gaps[0].From != "2026-11-02" || gaps[99].Reason != "noFiles" {
			t.Errorf("%d gaps from %v to %v", len(gaps), gaps[0], gaps[len(gaps)-1])
		}
	})
}
