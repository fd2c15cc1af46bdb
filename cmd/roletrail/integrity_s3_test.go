//go:build unix

package main

import (
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/internal/s3server"
	"roletrail/internal/tamper"
)

// In S3 the signatures are metadata, and CloudTrail has the keys.
func TestReportVerifyInS3(t *testing.T) {
	server := s3server.Start(t)
	for name, want := range map[string]struct{ bucket, state, integrity string }{
		"untouched":            {"report-whole", analyzer.CoverageComplete, analyzer.IntegrityValid},
		"log: removed":         {"report-removed", analyzer.CoveragePlausible, analyzer.IntegrityIncomplete},
		"log: content changed": {"report-altered", analyzer.CoverageGaps, analyzer.IntegrityAltered},
	} {
		t.Run(name, func(t *testing.T) {
			tree := tamper.New(t, row(t, name), want.bucket)
			service := serveTree(t, server, tree)
			args := []string{
				"report", "--format", "json", "--verify", "--since", tamper.Start.Format(time.RFC3339),
				"--until", tamper.End.Add(-time.Hour).Format(time.RFC3339), "s3://" + want.bucket,
			}
			got := runPlainly(args...)
			mustBeClean(t, got, args)
			for _, c := range usageOf(t, got).Coverage {
				if c.Region == tamper.Region && (c.State != want.state || c.Integrity != want.integrity) {
					t.Errorf("exit code %d, messages %q, coverage %+v", got.code, got.stderr, c)
				}
			}
			asked := map[string]int{}
			for _, request := range service.Requests() {
				asked[request.Operation+" "+request.Region]++
			}
			if len(asked) != 2 || asked["ListPublicKeys us-east-1"] != 1 || asked["ListPublicKeys eu-west-1"] != 1 {
				t.Errorf("asked: %v", asked)
			}
		})
	}
}
