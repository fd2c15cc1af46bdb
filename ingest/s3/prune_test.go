package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/ingest"
)

// window is from and until in the form 2024-03-01T00:00, "" for an open end.
func window(from, until string) ingest.Deliveries {
	at := func(s string) (at time.Time) {
		if s != "" {
			var err error
			if at, err = time.Parse("2006-01-02T15:04", s); err != nil {
				panic(err)
			}
		}
		return at
	}
	return ingest.Deliveries{From: at(from), Until: at(until)}
}

func checkAsked(t *testing.T, server *listServer, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, server.asked()); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestAccounts(t *testing.T) {
	server := newListServer(
		"111111111111/CloudTrail/us-east-1/a.json",
		"AWSLogs/111111111111/CloudTrail/us-east-1/b.json",
		"AWSLogs/222222222222/CloudTrail/us-east-1/c.json",
		"AWSLogs/o-abcdefghij/111111111111/CloudTrail/us-east-1/d.json",
		"AWSLogs/o-abcdefghij/333333333333/CloudTrail/us-east-1/e.json",
	)
	only := func(prefix string) *Source {
		return server.source(Options{Accounts: []string{"222222222222", "333333333333"}}, prefix)
	}
	checkTold(t, only(""), `
		prune /111111111111/CloudTrail/: account
		prune /AWSLogs/111111111111/: account
		object /AWSLogs/222222222222/CloudTrail/us-east-1/c.json
		prune /AWSLogs/o-abcdefghij/111111111111/: account
		object /AWSLogs/o-abcdefghij/333333333333/CloudTrail/us-east-1/e.json
	`)
	checkTold(t, only("AWSLogs/111111111111"), "prune /AWSLogs/111111111111/: account")
	checkTold(t, only("111111111111/CloudTrail"), "prune /111111111111/CloudTrail/: account")
	checkTold(t, only("AWSLogs/111111111111/CloudTrail/us-east-1"), "prune /AWSLogs/111111111111/CloudTrail/us-east-1/: account")
	// A trail in the folder of another account, where somebody put it, is not of that account.
	nested := newListServer("111111111111/CloudTrail/copies/AWSLogs/222222222222/CloudTrail/us-east-1/f.json")
	checkTold(t, nested.source(Options{Accounts: []string{"222222222222"}}, "111111111111/CloudTrail/copies/AWSLogs"),
		"object /111111111111/CloudTrail/copies/AWSLogs/222222222222/CloudTrail/us-east-1/f.json")
	// Who names an object wants it.
	checkTold(t, only("111111111111/CloudTrail/us-east-1/a.json"), "object /111111111111/CloudTrail/us-east-1/a.json")
}

// TestRegions never prunes us-east-1, nor a Region of a partition of which it is not known where IAM is recorded.
func TestRegions(t *testing.T) {
	const kind = "AWSLogs/111111111111/CloudTrail/"
	server := newListServer(
		kind+"ap-southeast-2/a.json", kind+"ap_southeast_2/a.json", kind+"cn-north-1/a.json", kind+"eu-west-1/a.json",
		kind+"eusc-de-east-1/a.json", kind+"mx-central-1/a.json", kind+"us-east-1/a.json", kind+"us-east-2/a.json",
		kind+"us-gov-west-1/a.json", kind+"us-iso-east-1/a.json",
		"AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/digest.json", "AWSLogs/111111111111/CloudTrail-Digest/us-west-2/digest.json",
	)
	source := server.source(Options{Regions: []string{"ap-southeast-2", "eu-west-1"}}, "AWSLogs")
	checkTold(t, source, `
		skip /AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/digest.json: digest
		prune /AWSLogs/111111111111/CloudTrail-Digest/us-west-2/: region
		object /AWSLogs/111111111111/CloudTrail/ap-southeast-2/a.json
		object /AWSLogs/111111111111/CloudTrail/ap_southeast_2/a.json
		object /AWSLogs/111111111111/CloudTrail/cn-north-1/a.json
		object /AWSLogs/111111111111/CloudTrail/eu-west-1/a.json
		object /AWSLogs/111111111111/CloudTrail/eusc-de-east-1/a.json
		prune /AWSLogs/111111111111/CloudTrail/mx-central-1/: region
		object /AWSLogs/111111111111/CloudTrail/us-east-1/a.json
		prune /AWSLogs/111111111111/CloudTrail/us-east-2/: region
		object /AWSLogs/111111111111/CloudTrail/us-gov-west-1/a.json
		object /AWSLogs/111111111111/CloudTrail/us-iso-east-1/a.json
	`)
	source = server.source(Options{Regions: []string{"eu-west-1"}}, kind+"us-east-2")
	checkTold(t, source, "prune /AWSLogs/111111111111/CloudTrail/us-east-2/: region")
}

const region = "AWSLogs/111111111111/CloudTrail/us-east-1/"

// datedRegion has a day in each year, and in 2024 the days around two bounds.
var datedRegion = []string{
	region + "0.json",
	region + "2022/12/31/a.json",
	region + "2023/01/01/a.json",
	region + "2023-copy/2023/01/01/a.json",
	region + "2024/03/09/a.json",
	region + "2024/03/10/111111111111_CloudTrail_us-east-1_20240310T1159Z_a.json.gz",
	region + "2024/03/10/111111111111_CloudTrail_us-east-1_20240310T1200Z_a.json.gz",
	region + "2024/03/10/undated.json",
	region + "2024/04/01/a.json",
	region + "2024/05/20/111111111111_CloudTrail_us-east-1_20240520T1200Z_a.json.gz",
	region + "2024/05/20/111111111111_CloudTrail_us-east-1_20240520T1201Z_a.json.gz",
	region + "2024/05/20/undated.json",
	region + "2024/05/21/a.json",
	region + "2025/01/01/a.json",
	region + "old/a.json",
	region + "renamed.json",
}

func TestWindow(t *testing.T) {
	server := newListServer(datedRegion...)
	both := Options{Deliveries: window("2024-03-10T12:00", "2024-05-20T12:00")}
	checkTold(t, server.source(both, region), `
		object /`+region+`0.json
		prune /`+region+`2022/: beforeWindow
		object /`+region+`2023-copy/2023/01/01/a.json
		prune /`+region+`2023/: beforeWindow
		prune /`+region+`2024/: beforeWindow
		prune /`+region+`2024/03/10/: beforeWindow
		object /`+region+`2024/03/10/111111111111_CloudTrail_us-east-1_20240310T1200Z_a.json.gz
		object /`+region+`2024/03/10/undated.json
		object /`+region+`2024/04/01/a.json
		object /`+region+`2024/05/20/111111111111_CloudTrail_us-east-1_20240520T1200Z_a.json.gz
		prune /`+region+`2024/05/20/: afterWindow
		object /`+region+`2024/05/20/undated.json
		prune /`+region+`2024/: afterWindow
		prune /`+region+`2025/: afterWindow
		object /`+region+`old/a.json
		object /`+region+`renamed.json
	`)
	checkAsked(t, server,
		region, // whether something is there
		region+" by folder",
		region+"2023-copy/",
		region+"2024/ after "+region+"2024/03/10",
		region+"2024/ by folder", // what lies beside the months, before and after the window
		region+"2024/ by folder",
		region+"2024/03/ by folder",
		region+"2024/05/ by folder",
		region+"old/",
	)
}

// TestWindowBelowOddPrefix has characters in the prefix of the trail that mean something elsewhere.
func TestWindowBelowOddPrefix(t *testing.T) {
	const odd = "new\nline %+&.*/"
	server := newListServer(odd+region+"2024/03/09/a.json", odd+region+"2024/03/10/b.json", odd+region+"2024/03/11/c.json")
	objects := list(t, server.source(Options{Deliveries: window("2024-03-10T00:00", "2024-03-10T00:00")}, "")).Objects
	if len(objects) != 1 || objects[0].Name != "s3://trails/"+odd+region+"2024/03/10/b.json" {
		t.Errorf("told %v", objects)
	}
}

// TestOpenWindow has one end, or none.
func TestOpenWindow(t *testing.T) {
	server := newListServer(region+"2023/12/31/a.json", region+"2024/03/09/b.json", region+"2024/03/10/c.json")
	checkTold(t, server.source(Options{Deliveries: window("2024-03-10T23:59", "")}, region), `
		prune /`+region+`2023/: beforeWindow
		prune /`+region+`2024/: beforeWindow
		object /`+region+`2024/03/10/c.json
	`)
	server.requests = nil
	checkTold(t, server.source(Options{Deliveries: window("", "2024-03-09T00:00")}, region), `
		object /`+region+`2023/12/31/a.json
		object /`+region+`2024/03/09/b.json
		prune /`+region+`2024/: afterWindow
	`)
	checkAsked(t, server, region, region+" by folder", region+"2023/", region+"2024/", region+"2024/ by folder", region+"2024/03/ by folder")
	server.requests = nil
	checkTold(t, server.source(Options{}, region), `
		object /`+region+`2023/12/31/a.json
		object /`+region+`2024/03/09/b.json
		object /`+region+`2024/03/10/c.json
	`)
	checkAsked(t, server, region, region)
}

// TestWindowInFolders begins in a dated folder.
func TestWindowInFolders(t *testing.T) {
	server := newListServer(datedRegion...)
	for _, test := range []struct {
		folder, from, until string
		want                string
		asked               []string
	}{
		{"2024", "2024-05-21T00:00", "", `
			prune /` + region + `2024/: beforeWindow
			object /` + region + `2024/05/21/a.json`,
			[]string{region + "2024/ after " + region + "2024/05/21", region + "2024/ by folder", region + "2024/05/ by folder"}},
		{"2024/05", "2024-05-21T00:00", "", `
			prune /` + region + `2024/05/: beforeWindow
			object /` + region + `2024/05/21/a.json`,
			[]string{region + "2024/05/ after " + region + "2024/05/21", region + "2024/05/ by folder"}},
		{"2024/05", "2024-04-21T00:00", "2024-05-20T12:00", `
			object /` + region + `2024/05/20/111111111111_CloudTrail_us-east-1_20240520T1200Z_a.json.gz
			prune /` + region + `2024/05/20/: afterWindow
			object /` + region + `2024/05/20/undated.json
			prune /` + region + `2024/05/: afterWindow`,
			[]string{region + "2024/05/", region + "2024/05/ by folder"}},
		{"2024/05/20", "2024-05-20T12:01", "", `
			prune /` + region + `2024/05/20/: beforeWindow
			object /` + region + `2024/05/20/111111111111_CloudTrail_us-east-1_20240520T1201Z_a.json.gz
			object /` + region + `2024/05/20/undated.json`,
			[]string{region + "2024/05/20/"}},
		{"2024/05/20", "2024-05-21T00:00", "", "prune /" + region + "2024/05/20/: beforeWindow", nil},
		{"2025", "", "2024-12-31T23:59", "prune /" + region + "2025/: afterWindow", nil},
	} {
		server.requests = nil
		source := server.source(Options{Deliveries: window(test.from, test.until)}, region+test.folder)
		checkTold(t, source, test.want)
		checkAsked(t, server, append([]string{region + test.folder + "/"}, test.asked...)...)
	}
}

// TestWindowOfCopies lists copies that lost their folders. What they are named is all that they can be judged by.
func TestWindowOfCopies(t *testing.T) {
	named := func(time string) string { return "111111111111_CloudTrail_us-east-1_" + time + "_a.json.gz" }
	days := Options{Deliveries: window("2024-03-10T00:00", "2024-03-12T00:00")}
	for _, folder := range []string{"copy/", region, "AWSLogs/111111111111/CloudTrail/"} {
		server := newListServer(
			folder+named("20240309T0000Z"), folder+named("20240311T0000Z"), folder+named("20240313T0000Z"),
			folder+"undated.json", folder+"undated.txt",
		)
		checkTold(t, server.source(days, folder), `
			prune /`+folder+`: beforeWindow
			object /`+folder+named("20240311T0000Z")+`
			prune /`+folder+`: afterWindow
			object /`+folder+`undated.json
			skip /`+folder+`undated.txt: notLogFile
		`)
	}
}

// TestWindowBesideDays has log files beside the days and months of the window, in copies that lost folders. No order of
// names tells what these hold.
func TestWindowBesideDays(t *testing.T) {
	in := func(names ...string) (keys []string) {
		for _, name := range names {
			keys = append(keys, region+name)
		}
		return keys
	}
	server := newListServer(in("2024/0.json", "2024/02/a.json", "2024/03/000000000000.json", "2024/03-merged/b.json",
		"2024/03/09/c.json", "2024/03/10/d.json", "2024/03/10a.json", "2024/03/11/e.json", "2024/03/11a/f.json",
		"2024/03/12/g.json", "2024/03/copies/1/h.json", "2024/03/merged.json", "2024/04/i.json", "2024/copies/j.json",
		"2024/merged.json")...)
	want := in("2024/0.json", "2024/03-merged/b.json", "2024/03/000000000000.json", "2024/03/10/d.json", "2024/03/10a.json",
		"2024/03/11/e.json", "2024/03/11a/f.json", "2024/03/copies/1/h.json", "2024/03/merged.json", "2024/copies/j.json",
		"2024/merged.json")
	days := Options{Deliveries: window("2024-03-10T12:00", "2024-03-11T12:00")}
	for _, start := range []string{"", region, region + "2024"} {
		var got []string
		for _, o := range list(t, server.source(days, start)).Objects {
			got = append(got, strings.TrimPrefix(o.Name, "s3://trails/"))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %q (-want +got):\n%s", start, diff)
		}
	}
	checkTold(t, server.source(days, region+"2024/copies"), "object /"+region+"2024/copies/j.json")
}

// TestWindowOfFlatListing lists what has no layout, but folders that are dated.
func TestWindowOfFlatListing(t *testing.T) {
	server := newListServer(
		"copy/us-east-1/2024/03/09/a.json", "copy/us-east-1/2024/03/09/README.txt", "copy/us-east-1/2024/03/11/b.json",
		"copy/us-east-1/2024/03/11/README.txt", "copy/us-east-1/CloudTrail-Digest/us-east-1/2024/03/13/c.json",
	)
	checkTold(t, server.source(Options{Deliveries: window("2024-03-10T00:00", "2024-03-12T00:00")}, ""), `
		prune /copy/us-east-1/2024/03/09/: beforeWindow
		skip /copy/us-east-1/2024/03/11/README.txt: notLogFile
		object /copy/us-east-1/2024/03/11/b.json
		prune /copy/us-east-1/CloudTrail-Digest/us-east-1/2024/03/13/: afterWindow
	`)
}

// TestWindowEndsTheListing asks for no page that lies wholly outside the window.
func TestWindowEndsTheListing(t *testing.T) {
	var keys []string
	for day := range 300 {
		date := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day).Format("2006/01/02/")
		for i := range 10 {
			keys = append(keys, fmt.Sprintf("%s%s%d.json", region, date, i))
		}
	}
	server := newListServer(keys...)
	days := Options{PageSize: 10, Listers: 1, Deliveries: window("2024-04-01T12:00", "2024-04-05T12:00")}
	if told := list(t, server.source(days, region)).Objects; len(told) != 50 {
		t.Errorf("told %d objects, want 50", len(told))
	}
	const here, years, pages = 1, 1, 6 // the last one shows that the window has ended
	const beside = 2 * (1 + 3)         // of 10 months, and 30 days: before the window, and after it
	if got := server.count(); got != here+years+pages+beside {
		t.Errorf("%d requests, want %d", got, here+years+pages+beside)
	}
}
