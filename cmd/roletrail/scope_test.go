package main

import "testing"

// TestPartOfAccount holds what SOURCEs in S3 are less than all logs of an account. A prefix need not end where a name does.
func TestPartOfAccount(t *testing.T) {
	const account = "s3://bucket/AWSLogs/111122223333/"
	for _, test := range []struct {
		source     string
		file, part bool
	}{
		{source: "s3://bucket"},
		{source: "s3://bucket/"},
		{source: "s3://bucket/prefix/AWSLogs"},
		{source: "s3://bucket/us-east-1/AWSLogs/"},
		{source: "s3://bucket/AWSLogs/o-a1b2c3d4e5/111122223333"},
		{source: "s3://bucket/AWSLogs/1111"},
		{source: account},
		{source: account + "CloudTrail"},
		{source: account + "CloudTrail/"},
		{source: "s3://bucket/CloudTrail/mine/"},
		{source: "s3://bucket/2026/AWSLogs/"},

		{source: account + "CloudTrail/us-east-1", part: true},
		{source: account + "CloudTrail/us-east-1/", part: true},
		{source: account + "CloudTrail/us-e", part: true},
		{source: account + "CloudTrail/us_east_1/", part: true},
		{source: account + "CloudTrail/us-gov-west-1/2026/", part: true},
		{source: account + "CloudTrail/us-east-1/2026/11/1", part: true},
		{source: account + "CloudTrail/us-east-1/2026/11/14/", part: true},
		{source: account + "CloudTrail/us-east-1/2026/11/14/111122223333_CloudTrail_us-east-1_2026", part: true},
		{source: account + "CloudTrail/2026/", part: true},
		{source: "s3://bucket/copy/us-east-1/2026/", part: true},
		{source: account + "CloudTrail/us-east-1/2026/11/14/111122223333_CloudTrail_us-east-1_20261114T1005Z_Aa1Bb2Cc3Dd4Ee5F.json.gz", file: true, part: true},
		{source: "s3://bucket/a.json", file: true},
	} {
		if got := isFile(test.source); got != test.file {
			t.Errorf("%s is a file: %v", test.source, got)
		}
		if got := isPart(test.source); got != test.part {
			t.Errorf("%s is a part: %v", test.source, got)
		}
	}
}
