package analyzer_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/internal/trailgen"
)

// TestCoverage: the names of the files that were read say what the report can speak of.
func TestCoverage(t *testing.T) {
	root := t.TempDir()
	b := trailgen.NewBuilder(1)
	at := time.Date(2026, 11, 14, 11, 12, 2, 0, time.UTC)
	event := b.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), trailgen.InfrastructureRole, "ECSTaskVolumesForEBS")
	for _, name := range []string{
		"us-east-1/2026/11/14/111122223333_CloudTrail_us-east-1_20261114T1115Z_0123456789abcdef.json.gz",
		"us-east-1/2026/11/14/111122223333_CloudTrail_us-east-1_20261114T2355Z_0123456789abcdef.json.gz",
		"us-east-1/2026/11/16/111122223333_CloudTrail_us-east-1_20261116T0005Z_0123456789abcdef.json.gz",
		"eu-west-1/2026/11/15/111122223333_CloudTrail_eu-west-1_20261115T1200Z_0123456789abcdef.json.gz",
	} {
		if err := trailgen.WriteFile(root+"/AWSLogs/111122223333/CloudTrail/"+name, trailgen.Form{}, event); err != nil {
			t.Fatal(err)
		}
	}
	if err := trailgen.WriteFile(root+"/copies/one.json", trailgen.Form{Plain: true}, event); err != nil {
		t.Fatal(err)
	}
	u := analyze(t, analyzer.Options{}, ingest.Options{}, 2, root)
	day := func(d, hour, minute int) time.Time { return time.Date(2026, 11, d, hour, minute, 0, 0, time.UTC) }
	want := []analyzer.Coverage{
		{AccountID: "111122223333", Region: "eu-west-1", FirstDelivery: day(15, 12, 0), LastDelivery: day(15, 12, 0), DaysWithFiles: 1, ReadEvents: "none", State: "plausible", Gaps: []analyzer.Gap{}, Integrity: "notChecked"},
		{AccountID: "111122223333", Region: "us-east-1", FirstDelivery: day(14, 11, 15), LastDelivery: day(16, 0, 5), DaysWithFiles: 2, ReadEvents: "seen", State: "plausible", Gaps: []analyzer.Gap{}, Integrity: "notChecked"},
	}
	if diff := cmp.Diff(want, u.Coverage); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	if u.Input.Records.Relevant != 1 || u.Input.Records.Duplicate != 4 {
		t.Errorf("one event in five files: %+v", u.Input.Records)
	}
}
