package analyzer_test

import (
	"slices"
	"testing"

	"roletrail/analyzer"
	"roletrail/internal/reference"
)

// TestOddFiles: what is in the logs of an idle role, and cannot be read as an event, may be a use.
func TestOddFiles(t *testing.T) {
	const (
		fileOf   = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/04/111122223333_CloudTrail_us-east-1_20261104T1800Z_0123456789abcdef.json"
		fileAway = "AWSLogs/444455556666/CloudTrail/us-east-1/2026/11/04/444455556666_CloudTrail_us-east-1_20261104T1800Z_0123456789abcdef.json"
	)
	for _, test := range []struct {
		why, name, content, reason string
	}{
		{"an event without a time", fileOf, `{"Records":[{"eventName":"AssumeRole","eventSource":"sts.amazonaws.com","eventTime":"2026-11-04 18:00:00","eventID":"1"}]}`, analyzer.ReasonUnread},
		{"a log file with other things in it", fileOf, `{"records":[{"eventName":"AssumeRole"}]}`, analyzer.ReasonUnread},
		{"other things in a file of another name", "copies/notes.json", `{"records":[{"eventName":"AssumeRole"}]}`, ""},
		{"a trail of another account is stopped for a part of a day", fileAway, `{"Records":[` +
			`{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","eventTime":"2026-11-04T03:00:00Z","eventID":"1","awsRegion":"us-east-1","recipientAccountId":"444455556666","requestParameters":{"name":"org"}},` +
			`{"eventName":"StartLogging","eventSource":"cloudtrail.amazonaws.com","eventTime":"2026-11-04T20:00:00Z","eventID":"2","awsRegion":"us-east-1","recipientAccountId":"444455556666","requestParameters":{"name":"org"}}]}`,
			analyzer.ReasonGaps},
	} {
		t.Run(test.why, func(t *testing.T) {
			files := append(storyFiles(storyRole, "-39d ana CreateRole"), reference.File{Name: test.name, Data: []byte(test.content)})
			ask := analyzer.CheckOptions{Role: storyRole.ARN, Until: storyEnd, Idle: 30 * dayLength}
			check, err := checkFiles(t, files, ask, nil)
			if err != nil {
				t.Fatal(err)
			}
			var reasons []string
			for _, r := range check.Reasons {
				reasons = append(reasons, r.ID)
			}
			var want []string
			if test.reason != "" {
				want = []string{test.reason}
			}
			if !slices.Equal(reasons, want) {
				t.Errorf("%s for %q, want %q", check.Verdict, reasons, want)
			}
		})
	}
}
