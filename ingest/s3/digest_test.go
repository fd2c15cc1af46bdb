package s3

import (
	"net/http"
	"strings"
	"testing"

	"roletrail/ingest"
	"roletrail/ingest/sourcetest"
)

// toldDigests is what ListDigests tells, a line each.
func toldDigests(t *testing.T, source *Source) string {
	t.Helper()
	recorder := &sourcetest.Recorder{T: t}
	if err := source.ListDigests(t.Context(), recorder); err != nil {
		t.Fatal(err)
	}
	return strings.Join(recorder.Told, "\n")
}

func checkDigests(t *testing.T, source *Source, want string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, strings.Replace(line, " /", " s3://trails/", 1))
		}
	}
	if got := toldDigests(t, source); got != strings.Join(lines, "\n") {
		t.Errorf("told\n%s\nwant\n%s", got, strings.Join(lines, "\n"))
	}
}

var digestTrail = []string{
	"AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2024/03/09/a.json.gz",
	"AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2024/03/10/b.json.gz",
	"AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2024/03/10/notes.txt",
	"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/10/c.json.gz",
	"AWSLogs/111111111111/CloudTrail/eu-west-1/2024/03/10/log.json.gz",
	"AWSLogs/222222222222/CloudTrail-Digest/eu-west-1/2024/03/10/d.json.gz",
	"AWSLogs/222222222222/CloudTrail/eu-west-1/2024/03/10/log.json.gz",
	"AWSLogs/222222222222/Config/eu-west-1/2024/03/10/config.json.gz",
	"AWSLogs/stray.json.gz",
	"beside/file.json",
}

// The keys of log files, of which there are many more, are not asked for when digests are.
func TestListDigests(t *testing.T) {
	server := newListServer(digestTrail...)
	checkDigests(t, server.source(Options{Deliveries: window("2024-03-10T12:00", "2024-03-11T00:00"), Accounts: []string{"111111111111"}}, "AWSLogs/"), `
		object /AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2024/03/10/b.json.gz
		skip /AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2024/03/10/notes.txt: digest
		object /AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/10/c.json.gz
	`)
	for _, asked := range server.asked() {
		if strings.HasPrefix(asked, "AWSLogs/111111111111/CloudTrail/") && !strings.HasSuffix(asked, "CloudTrail/ by folder") {
			t.Errorf("asked for %s", asked)
		}
	}
	checkDigests(t, server.source(Options{Regions: []string{"eu-west-1"}}, ""), `
		object /AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2024/03/09/a.json.gz
		object /AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2024/03/10/b.json.gz
		skip /AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2024/03/10/notes.txt: digest
		object /AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/10/c.json.gz
		object /AWSLogs/222222222222/CloudTrail-Digest/eu-west-1/2024/03/10/d.json.gz
	`)
	// Below a kind or a Region, and for an object that was named.
	checkDigests(t, server.source(Options{}, "AWSLogs/111111111111/CloudTrail-Digest/us-east-1/"), "object /AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/10/c.json.gz")
	for _, prefix := range []string{"AWSLogs/111111111111/CloudTrail", "AWSLogs/111111111111/CloudTrail/eu-west-1", "beside", digestTrail[4]} {
		checkDigests(t, server.source(Options{}, prefix), "")
	}
	// Without the folders of a trail, all keys are looked at.
	checkDigests(t, newListServer("copy/CloudTrail-Digest/x.json.gz", "copy/y.json").source(Options{}, ""), "object /copy/CloudTrail-Digest/x.json.gz")
}

func TestLocations(t *testing.T) {
	for name, want := range map[string]ingest.Location{
		"logs": {Bucket: "logs", Key: "k"},
		"ap-metadatahnc2yjk7n1i9wjqzc6bmmwqkaebaiusw1b-s3alias": {Key: "k"},
		"arn:aws:s3:eu-west-1:111122223333:accesspoint/reader":  {Key: "k"},
	} {
		if got := location(name, "k"); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestSignatureOfMetadata(t *testing.T) {
	header := http.Header{}
	header.Set("x-amz-meta-signature", "50ab")
	header.Set("x-amz-meta-signature-algorithm", "SHA256withRSA")
	header.Set("x-amz-meta-backfill-generation-timestamp", "2026-03-01T08:00:00Z")
	want := ingest.Signature{Value: "50ab", Algorithm: "SHA256withRSA", BackfillGenerated: "2026-03-01T08:00:00Z"}
	if got := (signed{header}).Signature(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := (signed{}).Signature(); got != (ingest.Signature{}) {
		t.Errorf("without an answer: %+v", got)
	}
}
