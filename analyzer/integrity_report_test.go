package analyzer_test

import (
	"slices"
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/internal/reference"
)

// The warning tells for which time digests are enough.
func TestProvenUntil(t *testing.T) {
	files := storyFiles(storyRole, idleStory)
	ask := analyzer.CheckOptions{Role: storyRole.ARN, Until: storyEnd, Idle: 30 * dayLength}
	proofs := []analyzer.Integrity{proof("us-east-1", "-41d -2h")}
	c := verifiedCheck(t, files, ask, proofs)
	const want = "digests prove the logs until 2026-11-14 16:00:00Z: to ask about a time that they prove, give --until 2026-11-14T15:00:00Z or earlier"
	if c.Verified || !slices.Equal(c.Warnings, []string{want}) {
		t.Errorf("verified %v, warnings %q", c.Verified, c.Warnings)
	}
	for _, test := range []struct {
		until    time.Time
		verified bool
	}{
		{storyEnd.Add(-3 * time.Hour), true}, {storyEnd.Add(-3*time.Hour - time.Minute), true}, {storyEnd.Add(-3*time.Hour + time.Second), false},
	} {
		ask.Until = test.until
		if c := verifiedCheck(t, files, ask, proofs); c.Verified != test.verified || c.Verdict != analyzer.NoUseSeen {
			t.Errorf("until %s: %s, verified %v, warnings %q", test.until, c.Verdict, c.Verified, c.Warnings)
		}
	}
}

// TestIntegrityOfReport: findings, and the severity of a policy that nothing used.
func TestIntegrityOfReport(t *testing.T) {
	const attached = `
		-39d ana CreateRole
		-38d ana AttachRolePolicy service-role/AmazonECSInfrastructureRolePolicyForVolumes
		-37d ecs ecs-vpc-lattice`
	whole := proof("us-east-1", "-41d +2h")
	altered := but(whole, func(i *analyzer.Integrity) {
		i.Altered, i.Missing = 2, 1
		i.Examples = []analyzer.IntegrityProblem{{Reason: "logFileAltered", Object: "s3://logs/a.json.gz", At: ago("-3d")}}
	})
	var many analyzer.Integrity
	for n := range 150 {
		from := ago("-35d").Add(time.Duration(n) * 2 * time.Hour)
		many.Proven = append(many.Proven, analyzer.TimeSpan{From: from, Until: from.Add(time.Hour)})
	}
	many.AccountID, many.Region = whole.AccountID, whole.Region
	for _, test := range []struct {
		name     string
		proofs   []analyzer.Integrity
		accounts []string
		extra    []reference.File
		open     bool // the window is
		severity string
		coverage string
		failures []string // details of findings
	}{
		{name: "proven", proofs: []analyzer.Integrity{whole}, severity: analyzer.SeverityLow, coverage: "us-east-1 complete valid 721h"},
		{name: "proven, without a window", open: true, proofs: []analyzer.Integrity{whole}, severity: analyzer.SeverityLow, coverage: "us-east-1 complete valid 959h"},
		{name: "not proven, without a window", open: true, proofs: []analyzer.Integrity{proof("us-east-1", "-38d +2h")}, severity: analyzer.SeverityInfo, coverage: "us-east-1 plausible incomplete 903h"},
		{name: "not proven", proofs: []analyzer.Integrity{proof("us-east-1", "-41d -1d")}, severity: analyzer.SeverityInfo, coverage: "us-east-1 plausible incomplete 696h"},
		{name: "proven in many parts", proofs: []analyzer.Integrity{many}, severity: analyzer.SeverityInfo, coverage: "us-east-1 plausible incomplete 90h"},
		{
			name: "altered", proofs: []analyzer.Integrity{altered}, severity: analyzer.SeverityInfo, coverage: "us-east-1 plausible altered 721h",
			failures: []string{"By its digests, 2 digests and log files are not what was delivered, and 1 digest or log file is missing. What happened there is not in this report."},
		},
		{
			name: "altered, in another account than is shown", accounts: []string{whole.AccountID}, proofs: []analyzer.Integrity{whole, {AccountID: "444455556666", Altered: 1}},
			severity: analyzer.SeverityLow, coverage: "us-east-1 complete valid 721h",
		},
		{
			name: "a trail was changed in another account than is shown, whose trail may be that of all", accounts: []string{whole.AccountID}, proofs: []analyzer.Integrity{whole}, extra: []reference.File{{
				Name: "AWSLogs/444455556666/CloudTrail/us-east-1/2026/11/04/444455556666_CloudTrail_us-east-1_20261104T1805Z_0123456789abcdef.json",
				Data: []byte(`{"Records":[{"eventName":"UpdateTrail","eventSource":"cloudtrail.amazonaws.com","eventTime":"2026-11-04T18:00:00Z","eventID":"1","awsRegion":"us-east-1","recipientAccountId":"444455556666","requestParameters":{"name":"org"}}]}`),
			}},
			severity: analyzer.SeverityInfo, coverage: "us-east-1 plausible valid 721h",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := options(t, test.proofs)
			o.Accounts = test.accounts
			if !test.open {
				o.Since, o.Until = ago("-30d"), storyEnd
			}
			u := verifiedUsage(t, append(storyFiles(storyRole, attached), test.extra...), o)
			if lines := coverageLines(u.Coverage); lines[0] != test.coverage {
				t.Errorf("coverage %q, want %q", lines, test.coverage)
			}
			if n := len(u.Coverage[0].Verified); n > 100 || n == 0 {
				t.Errorf("%d proven times", n)
			}
			var severities, failures []string
			for _, f := range u.Findings {
				switch f.ID {
				case analyzer.FindingUnusedPolicy:
					severities = append(severities, f.Severity)
				case analyzer.FindingIntegrityFailure:
					failures = append(failures, f.Detail)
					if f.Severity != analyzer.SeverityHigh || len(f.Evidence) != 1 || f.Evidence[0].Object != "s3://logs/a.json.gz" || !f.Evidence[0].EventTime.Equal(ago("-3d")) {
						t.Errorf("finding %+v", f)
					}
				}
			}
			if !slices.Equal(severities, []string{test.severity}) || !slices.Equal(failures, test.failures) {
				t.Errorf("unused policies %q, want %q; failures %q", severities, test.severity, failures)
			}
		})
	}
}
