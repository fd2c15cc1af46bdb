package s3

import (
	"testing"
	"time"

	"roletrail/ingest"
)

func TestLevelOf(t *testing.T) {
	for _, test := range []struct {
		key  string
		want level
	}{
		{"", levelUnknown},
		{"logs/", levelUnknown},
		{"AWSLogs/", levelLogs},
		{"any/prefix/AWSLogs/", levelLogs},
		{"AWSLogs/o-abcdefghij/", levelLogs},
		{"o-abcdefghij/AWSLogs/o-abcdefghij/", levelLogs},
		{"AWSLogs/o-abcdefghij/o-klmnopqrst/", levelLogs},
		{"AWSLogs-copy/", levelUnknown},
		{"AWSLogs//", levelUnknown},
		{"AWSLogs/111111111111/", levelAccount},
		{"AWSLogs/o-abcdefghij/111111111111/", levelAccount},
		{"AWSLogs/11111111111/", levelUnknown},
		{"AWSLogs/11111111111x/", levelUnknown},
		{"111111111111/", levelUnknown},
		{"AWSLogs/111111111111/Config/", levelUnknown},
		{"AWSLogs/111111111111/CloudTrail/", levelKind},
		{"CloudTrail/", levelKind},
		{"AWSLogs/111111111111/CloudTrail-Digest/", levelKind},
		{"AWSLogs/111111111111/CloudTrail-Insight/us-east-1/2024/", levelOther},
		{"AWSLogs/111111111111/CloudTrail-Lake/", levelUnknown},
		{"AWSLogs/111111111111/CloudTrail/us-east-1/", levelRegion},
		{"AWSLogs/111111111111/CloudTrail/us_gov_west_1/", levelRegion},
		{"AWSLogs/111111111111/CloudTrail/copies/", levelOther},
		{"AWSLogs/111111111111/CloudTrail/2024/", levelOther},
		{"AWSLogs/111111111111/CloudTrail/us-east-1/2024/", levelDate},
		{"AWSLogs/111111111111/CloudTrail/us-east-1/2024/03/01/", levelDate},
		{"AWSLogs/111111111111/CloudTrail/us-east-1/20240301/", levelOther},
		// The innermost folders count.
		{"CloudTrail/AWSLogs/", levelLogs},
		{"AWSLogs/111111111111/CloudTrail/us-east-1/2024/AWSLogs/222222222222/", levelAccount},
		{"CloudTrail-Insight/111111111111/CloudTrail/", levelKind},
	} {
		if got := levelOf(test.key); got != test.want {
			t.Errorf("%s: level is %d, want %d", test.key, got, test.want)
		}
	}
}

// TestYears holds isYear to what package ingest takes for the folder of a year.
func TestYears(t *testing.T) {
	past := ingest.Deliveries{From: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, folder := range []string{"2013", "2024", "2099", "1999", "2100", "20244", "202", "20x4", "", "２０２４"} {
		isDated := past.Outside("CloudTrail/us-east-1/"+folder+"/") != ""
		if isYear(folder) != isDated {
			t.Errorf("%q is a year: %t, but for package ingest: %t", folder, isYear(folder), isDated)
		}
	}
}
