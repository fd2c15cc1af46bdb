package s3

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/ingest"
	"roletrail/ingest/sourcetest"
)

// organizationTrail are the keys of a bucket as AWS services fill it, with some that people added.
var organizationTrail = []string{
	"AWSLogs/",
	"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/01/digest.json.gz",
	"AWSLogs/111111111111/CloudTrail/",
	"AWSLogs/111111111111/CloudTrail/eu-west-1/2024/03/01/a.json.gz",
	"AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/b.json.gz",
	"AWSLogs/111111111111/Config/us-east-1/2024/3/1/ConfigHistory/c.json.gz",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail-Digest/eu-west-1/2024/03/01/digest.json.gz",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail-Insight/us-east-1/2024/03/01/insight.json.gz",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail-Lake/Query/2024/03/01/q/result_1.csv.gz",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail-Lake/Query/2024/03/01/q/result_sign.json",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail/copies/2024/d.json",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/README.txt",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/e.json.gz",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail/loose.json",
	"AWSLogs/o-abcdefghij/222222222222/CloudTrail/loose.txt",
	"AWSLogs/o-abcdefghij/222222222222/elasticloadbalancing/us-east-1/2024/03/01/f.log.gz",
	"AWSLogs/o-abcdefghij/222222222222/loose.json",
	"AWSLogs/o-abcdefghij/loose.json",
	"AWSLogs/o-abcdefghij/notes/loose.json",
	"archive/2019/old.json",
	"zz.json",
}

// lines undoes what makes tables easy to read.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, strings.Replace(line, " /", " s3://trails/", 1))
		}
	}
	return all
}

func checkTold(t *testing.T, source *Source, want string) {
	t.Helper()
	if diff := cmp.Diff(lines(want), list(t, source).Told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

const (
	account111 = `
		skip /AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/01/digest.json.gz: digest
		object /AWSLogs/111111111111/CloudTrail/eu-west-1/2024/03/01/a.json.gz
		object /AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/b.json.gz
		prune /AWSLogs/111111111111/Config/: otherService
	`
	kind222 = `
		object /AWSLogs/o-abcdefghij/222222222222/CloudTrail/copies/2024/d.json
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/README.txt: notLogFile
		object /AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/e.json.gz
		object /AWSLogs/o-abcdefghij/222222222222/CloudTrail/loose.json
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail/loose.txt: notLogFile
	`
	account222 = `
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Digest/eu-west-1/2024/03/01/digest.json.gz: digest
		prune /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Insight/: otherKind
		prune /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Lake/: otherKind
		` + kind222 + `
		prune /AWSLogs/o-abcdefghij/222222222222/elasticloadbalancing/: otherService
		skip /AWSLogs/o-abcdefghij/222222222222/loose.json: notTrail
	`
	organization = account222 + `
		skip /AWSLogs/o-abcdefghij/loose.json: notTrail
		prune /AWSLogs/o-abcdefghij/notes/: otherService
	`
	wholeBucket = account111 + organization + `
		prune /archive/: notTrail
		skip /zz.json: notTrail
	`
)

const inOrganization = "AWSLogs/o-abcdefghij/222222222222/"

// startingPoints are prefixes of organizationTrail with what is told of it from there.
var startingPoints = []struct{ prefix, want string }{
	{"", wholeBucket},
	{"AWSLogs", account111 + organization},
	{"AWSLogs/111111111111", account111},
	{"AWSLogs/o-abcdefghij", organization},
	{"AWSLogs/o-abcdefghij/222222222222", account222},
	{inOrganization + "CloudTrail", kind222},
	{inOrganization + "CloudTrail-Digest", `
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Digest/eu-west-1/2024/03/01/digest.json.gz: digest`},
	{inOrganization + "CloudTrail-Insight", `
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Insight/us-east-1/2024/03/01/insight.json.gz: insight`},
	{inOrganization + "CloudTrail-Lake/Query", `
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Lake/Query/2024/03/01/q/result_1.csv.gz: notLogFile
		object /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Lake/Query/2024/03/01/q/result_sign.json`},
	{"AWSLogs/111111111111/Config", `
		object /AWSLogs/111111111111/Config/us-east-1/2024/3/1/ConfigHistory/c.json.gz`},
	{inOrganization + "CloudTrail/copies", `
		object /AWSLogs/o-abcdefghij/222222222222/CloudTrail/copies/2024/d.json`},
	{"AWSLogs/111111111111/CloudTrail/us-east-1", `
		object /AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/b.json.gz`},
	{"AWSLogs/111111111111/CloudTrail/us-east-1/2024", `
		object /AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/b.json.gz`},
	{"AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01", `
		object /AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/b.json.gz`},
	{"zz.json", `object /zz.json`},
	{"archive", `object /archive/2019/old.json`},
}

// TestStartingPoints begins anywhere in the layout, with and without a slash at the end.
func TestStartingPoints(t *testing.T) {
	for _, test := range startingPoints {
		t.Run(test.prefix, func(t *testing.T) {
			server := newListServer(organizationTrail...)
			checkTold(t, server.source(Options{}, test.prefix), test.want)
			if test.prefix != "" && !ingest.LogFileName(test.prefix) {
				checkTold(t, server.source(Options{}, test.prefix+"/"), test.want)
			}
		})
	}
}

// TestNamedObject hands over an object that was named, whatever it is called.
func TestNamedObject(t *testing.T) {
	server := newListServer("logs/a", "logs/a.json", "logs/b", "logs/b/c.json")
	for _, test := range []struct{ prefix, want string }{
		{"logs/a", "object /logs/a"},
		{"logs/a.json", "object /logs/a.json"},
		{"logs/b", "object /logs/b/c.json"}, // a folder is more likely meant
	} {
		checkTold(t, server.source(Options{}, test.prefix), test.want)
	}
	object := list(t, server.source(Options{}, "logs/a.json")).Objects[0]
	if object.Size != int64(len("logs/a.json")) {
		t.Errorf("%s has %d bytes", object.Name, object.Size)
	}
}

func TestNoSuchSource(t *testing.T) {
	server := newListServer(organizationTrail...)
	for _, test := range []struct{ bucket, prefix, want string }{
		{"trails", "AWSLogs/11111111111", "s3://trails/AWSLogs/11111111111: no such object or folder\n" +
			"hint: s3://trails/AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/01/digest.json.gz begins like this"},
		{"trails", "zz.json/", "s3://trails/zz.json/: no such object or folder\nhint: s3://trails/zz.json begins like this"},
		{"trails", "nothing", "s3://trails/nothing: no such object or folder\nhint: see aws s3 ls s3://trails"},
		{"gone", "", "s3://gone: no such bucket\nhint: see aws s3 ls"},
		{"gone", "logs/", "s3://gone: no such bucket\nhint: see aws s3 ls"},
	} {
		source := server.overNetwork(t, Options{}, "AWSLogs")
		source.locations = append(source.locations, Location{test.bucket, test.prefix})
		recorder := &sourcetest.Recorder{T: t}
		err := source.List(t.Context(), recorder)
		if _, ok := errors.AsType[*ingest.NoSuchSourceError](err); !ok || err.Error() != test.want {
			t.Errorf("error is %T, %v, want %s", err, err, test.want)
		}
		if len(recorder.Told) > 0 {
			t.Errorf("told %q before all locations were known to be right", recorder.Told)
		}
	}
}

// TestNothingThere lists places that exist and hold nothing.
func TestNothingThere(t *testing.T) {
	checkTold(t, newListServer().source(Options{}, ""), "")
	checkTold(t, newListServer("AWSLogs/").source(Options{}, "AWSLogs"), "")
	checkTold(t, newListServer("AWSLogs/111111111111/CloudTrail/").source(Options{}, ""), "")
}

// TestOverlap tells what lies under several locations once, under the innermost.
func TestOverlap(t *testing.T) {
	server := newListServer(organizationTrail...)
	checkTold(t, server.source(Options{},
		"AWSLogs/o-abcdefghij/", "AWSLogs/o-abcdefghij",
		"AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/e.json.gz",
		"AWSLogs/o-abcdefghij/222222222222/CloudTrail/copies",
		"AWSLogs/o-abcdefghij/222222222222/elasticloadbalancing",
		"AWSLogs/o-abcdefghij/loose.json",
	), `
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Digest/eu-west-1/2024/03/01/digest.json.gz: digest
		prune /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Insight/: otherKind
		prune /AWSLogs/o-abcdefghij/222222222222/CloudTrail-Lake/: otherKind
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/README.txt: notLogFile
		object /AWSLogs/o-abcdefghij/222222222222/CloudTrail/loose.json
		skip /AWSLogs/o-abcdefghij/222222222222/CloudTrail/loose.txt: notLogFile
		skip /AWSLogs/o-abcdefghij/222222222222/loose.json: notTrail
		prune /AWSLogs/o-abcdefghij/notes/: otherService
		object /AWSLogs/o-abcdefghij/222222222222/CloudTrail/eu-west-1/2024/03/01/e.json.gz
		object /AWSLogs/o-abcdefghij/222222222222/CloudTrail/copies/2024/d.json
		skip /AWSLogs/o-abcdefghij/222222222222/elasticloadbalancing/us-east-1/2024/03/01/f.log.gz: notLogFile
		object /AWSLogs/o-abcdefghij/loose.json
	`)
	// A trail that is listed in its own turn does not make a trail of what is around it.
	checkTold(t, newListServer("copies/a.json", "copies/trail/AWSLogs/111111111111/CloudTrail/us-east-1/b.json").source(
		Options{}, "copies", "copies/trail"), `
		object /copies/a.json
		object /copies/trail/AWSLogs/111111111111/CloudTrail/us-east-1/b.json
	`)
}

// TestRequests lists nothing twice but the folders that the search came through and those with keys beside folders.
func TestRequests(t *testing.T) {
	server := newListServer(
		"AWSLogs/",
		"AWSLogs/111111111111/",
		"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/01/digest.json.gz",
		"AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/a.json.gz",
		"AWSLogs/111111111111/CloudTrail/loose.json.gz",
		"AWSLogs/111111111111/Config/b.json.gz",
		"archive/2023/c.json",
	)
	list(t, server.source(Options{}, ""))
	checkAsked(t, server,
		"AWSLogs/ by folder",
		"AWSLogs/111111111111/ by folder",
		"AWSLogs/111111111111/CloudTrail-Digest/ by folder",
		"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/",
		"AWSLogs/111111111111/CloudTrail/ by folder",
		"AWSLogs/111111111111/CloudTrail/ by folder",
		"AWSLogs/111111111111/CloudTrail/us-east-1/",
		"all by folder",
		"all by folder",
		"archive/ by folder",
		"archive/2023/ by folder",
	)
}

// TestRequestsOfSearch looks for no trails where only digests are.
func TestRequestsOfSearch(t *testing.T) {
	server := newListServer("CloudTrail-Digest/111111111111/a.json", "CloudTrail-Insight/b.json", "c.json")
	list(t, server.source(Options{}, ""))
	checkAsked(t, server, "all", "all by folder")
}

// TestRequestsOfOverlap lists nothing again that is listed in its own turn.
func TestRequestsOfOverlap(t *testing.T) {
	server := newListServer(datedRegion...)
	o := Options{Deliveries: window("2024-03-10T12:00", "2024-05-20T12:00")}
	list(t, server.source(o, region, region+"2024"))
	checkAsked(t, server,
		region,
		region+" by folder",
		region+"2023-copy/",
		region+"2024/",
		region+"2024/ after "+region+"2024/03/10",
		region+"2024/ by folder",
		region+"2024/ by folder",
		region+"2024/03/ by folder",
		region+"2024/05/ by folder",
		region+"old/",
	)
}
