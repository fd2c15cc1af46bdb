package s3

import (
	"strings"
	"testing"
)

const (
	accessPoint       = "arn:aws:s3:eu-west-1:111122223333:accesspoint/trails"
	accessPointColon  = "arn:aws-cn:s3:cn-north-1:111122223333:accesspoint:trails"
	multiRegionAccess = "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap"
)

func TestParseLocation(t *testing.T) {
	for url, want := range map[string]Location{
		"s3://trails":                                {"trails", ""},
		"s3://trails/":                               {"trails", ""},
		"s3://trails/AWSLogs":                        {"trails", "AWSLogs"},
		"s3://trails/AWSLogs/":                       {"trails", "AWSLogs/"},
		"s3://trails/a b/%2F?versionId=1#x":          {"trails", "a b/%2F?versionId=1#x"}, // nothing is unescaped or cut off
		"s3://trails//a//b":                          {"trails", "/a//b"},                 // a key may begin with a slash
		"s3://Trails_of.2012/a":                      {"Trails_of.2012", "a"},             // a name from before 2018
		"s3://my-access-po-abcdefghijk-s3alias/a":    {"my-access-po-abcdefghijk-s3alias", "a"},
		"s3://" + accessPoint:                        {accessPoint, ""},
		"s3://" + accessPoint + "/":                  {accessPoint, ""},
		"s3://" + accessPoint + "/AWSLogs/1":         {accessPoint, "AWSLogs/1"},
		"s3://" + accessPointColon + "/AWSLogs/1":    {accessPointColon, "AWSLogs/1"},
		"s3://" + multiRegionAccess + "/AWSLogs":     {multiRegionAccess, "AWSLogs"},
		"s3://trails/x:accesspoint/name/of/a/prefix": {"trails", "x:accesspoint/name/of/a/prefix"},
	} {
		got, err := ParseLocation(url)
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", url, got, err, want)
		}
		if again, err := ParseLocation(got.String()); again != got || err != nil {
			t.Errorf("%s: String gives %s, which is %q, %v", url, got, again, err)
		}
	}
}

func TestParseLocationErrors(t *testing.T) {
	for url, want := range map[string]string{
		"":                                 "no location in S3",
		"trails/AWSLogs":                   "no location in S3",
		"s3:/trails":                       "no location in S3",
		"s3a://trails":                     "no location in S3",
		"https://trails.s3.amazonaws.com":  "no location in S3",
		"s3://":                            "no bucket is named",
		"s3:///AWSLogs":                    "no bucket is named",
		"s3://../AWSLogs":                  "no name of a bucket",
		"s3://tr":                          "no name of a bucket",
		"s3://" + strings.Repeat("a", 256): "no name of a bucket",
		"s3://trails?x":                    "no name of a bucket",
		"s3://user:secret@host/":           "no name of a bucket",
		"s3://trails\n":                    "no name of a bucket",
		"s3://tr%61ils":                    "no name of a bucket",
		"s3://träils":                      "no name of a bucket",
		"s3://arn:aws:s3:::trails/AWSLogs": "not the ARN of an access point",
		"s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/":           "not the ARN of an access point",
		"s3://arn:aws:s3:eu-west-1:111122223333:accesspoint":            "not the ARN of an access point",
		"s3://arn:aws:s3:eu-west-1:111122223333:accesspoints/name":      "not the ARN of an access point",
		"s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/a:b/AWSLog": "not the ARN of an access point",
		"s3://arn:x@y:s3::111122223333:accesspoint/name":                "not the ARN of an access point",
		"s3://arn:aws": "not the ARN of an access point",
	} {
		location, err := ParseLocation(url)
		if err == nil {
			t.Errorf("%s: is %q", url, location)
			continue
		}
		if message := err.Error(); !strings.HasPrefix(message, url+": ") || !strings.Contains(message, want) ||
			!strings.Contains(message, "\nhint: ") {
			t.Errorf("%s: %q does not say %q, or has no hint", url, message, want)
		}
	}
}

// The name of an object is cut where the location that it was found in ends.
func FuzzSplitName(f *testing.F) {
	f.Add("s3://trails/AWSLogs", "a.json.gz")
	f.Add("s3://trails", "/x//y")
	f.Add("s3://"+accessPoint+"/p", "accesspoint/a.json")
	f.Add("s3://"+accessPointColon, "x:accesspoint/a.json")
	f.Add("s3://"+multiRegionAccess, "")
	f.Add("s3://arn:aws:s3:a/b:accesspoint/c", "d")
	f.Fuzz(func(t *testing.T, url, key string) {
		location, err := ParseLocation(url)
		if err != nil {
			if !strings.HasPrefix(err.Error(), url+": ") {
				t.Fatalf("%q: %v", url, err)
			}
			return
		}
		if again, err := ParseLocation(location.String()); again != location || err != nil {
			t.Fatalf("%q: %q becomes %q, %v", url, location, again, err)
		}
		if full := "s3://" + location.Bucket + "/" + location.Prefix; full != url && full != url+"/" {
			t.Fatalf("%q: becomes %q", url, full)
		}
		if bucket, rest := splitName("s3://" + location.Bucket + "/" + key); bucket != location.Bucket || rest != key {
			t.Fatalf("bucket %q, key %q: split into %q, %q", location.Bucket, key, bucket, rest)
		}
	})
}
