package awscli

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the AWS CLI 1.46.3 wrote of a trail with some damage, to standard error and then to standard output.
const sample = `Digest file	s3://logs/d3	INVALID: public key not found in region us-east-1 for fingerprint ffff

Log file	s3://logs/l1	INVALID: hash value doesn't match

(backfill) Digest file	s3://logs/b2	INVALID: not found

No log files were delivered by CloudTrail between 2026-10-15T11:01:31Z and 2026-10-15T12:01:31Z

(backfill) No log files were delivered by CloudTrail between 2026-10-15T09:01:31Z and 2026-10-15T10:01:31Z

Validating log files for trail arn:aws:cloudtrail:us-east-1:111122223333:trail/management between 2026-10-15T08:01:31Z and 2026-10-15T16:01:31Z

Digest file	s3://logs/d4	valid
Log file	s3://logs/l0	valid

Results requested for 2026-10-15T08:01:31Z to 2026-10-15T16:01:31Z
Results found for 2026-10-15T08:01:31Z to 2026-10-15T16:01:31Z:

1/2 digest files valid, 1/2 digest files INVALID
`

func TestParse(t *testing.T) {
	got, err := parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	hour := time.Date(2026, 10, 15, 9, 1, 31, 0, time.UTC)
	want := &Validation{
		Digests:  map[string]Verdict{"s3://logs/d3": PublicKeyNotFound, "s3://logs/d4": Valid},
		Backfill: map[string]Verdict{"s3://logs/b2": NotFound},
		Logs:     map[string]Verdict{"s3://logs/l1": HashDiffers, "s3://logs/l0": Valid},
		Gaps:     []Gap{{hour.Add(2 * time.Hour), hour.Add(3 * time.Hour)}, {hour, hour.Add(time.Hour)}},
		Output:   sample,
	}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("- want, + got:\n%s", difference)
	}
}

func TestParseProblems(t *testing.T) {
	for name, output := range map[string]string{
		"nothing":                 "",
		"no summary":              "Digest file\ts3://logs/d4\tvalid\n",
		"an unknown kind of file": "Other file\ts3://logs/d4\tvalid\nResults requested for x\n",
		"a file twice":            "Log file\ts3://logs/l\tvalid\nLog file\ts3://logs/l\tvalid\nResults requested for x\n",
		"no verdict":              "Log file\ts3://logs/l\nResults requested for x\n",
		"a gap without times":     "No log files were delivered by CloudTrail between a and b\nResults requested for x\n",
	} {
		if got, err := parse(output); err == nil {
			t.Errorf("%s: understood as %+v", name, got)
		}
	}
}
