package cloudtrail

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ask sends a request as SDKs do, and returns the status and the answer.
func ask(t *testing.T, s *Service, region, target, input string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/", strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", target)
	if region != "" {
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261115/"+region+"/cloudtrail/aws4_request, SignedHeaders=host, Signature=00")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(answer))
}

const prefix = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."

var trails = []Trail{
	{Name: "main", TrailARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/main", HomeRegion: "us-east-1", S3BucketName: "logs", IsMultiRegionTrail: true},
	{Name: "local", TrailARN: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/local", HomeRegion: "eu-west-1", S3BucketName: "logs", S3KeyPrefix: "p"},
}

// A trail of all Regions is seen in each, as a shadow but in its own.
func TestTrails(t *testing.T) {
	s := Start(t, Account{Trails: trails})
	for _, test := range []struct{ region, operation, input, want string }{
		{"us-east-1", "DescribeTrails", `{}`, "main"},
		{"eu-west-1", "DescribeTrails", `{}`, "main local"},
		{"eu-west-1", "DescribeTrails", `{"includeShadowTrails":false}`, "local"},
		{"eu-west-1", "DescribeTrails", `{"trailNameList":["arn:aws:cloudtrail:us-east-1:111122223333:trail/main"]}`, "main"},
		{"sa-east-1", "ListTrails", `{}`, "main local"},
		{"sa-east-1", "GetTrail", `{"Name":"main"}`, "main"},
	} {
		status, answer := ask(t, s, test.region, prefix+test.operation, test.input)
		var output struct {
			TrailList, Trails []Trail
			Trail             *Trail
		}
		if err := json.Unmarshal([]byte(answer), &output); err != nil || status != http.StatusOK {
			t.Errorf("%+v: %d, %v\n%s", test, status, err, answer)
		}
		var names []string
		for _, trail := range append(output.TrailList, output.Trails...) {
			names = append(names, trail.Name)
		}
		if output.Trail != nil {
			names = append(names, output.Trail.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
	if got := s.Requests(); len(got) != 6 || got[2].Operation != "DescribeTrails" || got[2].Region != "eu-west-1" || got[2].Input["includeShadowTrails"] != false {
		t.Errorf("requests %+v", got)
	}
}

// Keys are those of a Region that were valid within a time, given as a number or as ISO 8601.
func TestListPublicKeys(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 10, d, 0, 0, 0, 0, time.UTC) }
	s := Start(t, Account{Keys: []PublicKey{
		{"us-east-1", "aa", []byte{1}, day(1), day(10)},
		{"us-east-1", "bb", []byte{2}, day(10), day(20)},
		{"eu-west-1", "cc", []byte{3}, day(1), day(20)},
		{"eu-west-1", "dd", []byte{4}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)},
	}})
	for _, test := range []struct{ region, from, until, want string }{
		{"us-east-1", fmt.Sprint(day(2).Unix()), fmt.Sprint(day(3).Unix()), "aa AQ=="},
		{"us-east-1", `"2026-10-09T00:00:00Z"`, `"2026-10-11T00:00:00Z"`, "aa AQ== bb Ag=="},
		{"us-east-1", fmt.Sprintf("%d.5", day(20).Unix()), fmt.Sprint(day(21).Unix()), ""},
		{"eu-west-1", "null", "null", "dd BA=="},
		{"sa-east-1", "null", "null", ""},
	} {
		status, answer := ask(t, s, test.region, prefix+"ListPublicKeys", `{"StartTime":`+test.from+`,"EndTime":`+test.until+`}`)
		var output struct {
			PublicKeyList []struct{ Fingerprint, Value string }
		}
		if err := json.Unmarshal([]byte(answer), &output); err != nil || status != http.StatusOK || output.PublicKeyList == nil {
			t.Errorf("%+v: %d, %v\n%s", test, status, err, answer)
		}
		var keys []string
		for _, key := range output.PublicKeyList {
			keys = append(keys, key.Fingerprint, key.Value)
		}
		if got := strings.Join(keys, " "); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
	_, answer := ask(t, s, "us-east-1", prefix+"ListPublicKeys", fmt.Sprintf(`{"StartTime":%d,"EndTime":%d}`, day(2).Unix(), day(3).Unix()))
	const want = `{"PublicKeyList":[{"Value":"AQ==","Fingerprint":"aa","ValidityStartTime":1790812800,"ValidityEndTime":1791590400}]}`
	if difference := cmp.Diff(want, answer); difference != "" {
		t.Errorf("- want, + got:\n%s", difference)
	}
}

func TestOrganization(t *testing.T) {
	s := Start(t, Account{})
	if status, answer := ask(t, s, "us-east-1", "AWSOrganizationsV20161128.DescribeOrganization", `{}`); status != http.StatusBadRequest || !strings.Contains(answer, "AWSOrganizationsNotInUseException") {
		t.Errorf("%d %s", status, answer)
	}
	s = Start(t, Account{Organization: "o-exampleorgid"})
	if status, answer := ask(t, s, "us-east-1", "AWSOrganizationsV20161128.DescribeOrganization", `{}`); status != http.StatusOK || !strings.Contains(answer, `"Id":"o-exampleorgid"`) {
		t.Errorf("%d %s", status, answer)
	}
}

func TestErrors(t *testing.T) {
	s := Start(t, Account{Trails: trails, Denied: map[string]string{"ListTrails": "AccessDeniedException"}})
	for _, test := range []struct{ region, operation, input, want string }{
		{"us-east-1", "GetTrail", `{"Name":"none"}`, "TrailNotFoundException"},
		{"us-east-1", "ListTrails", `{}`, "AccessDeniedException"},
		{"us-east-1", "DeleteTrail", `{}`, "UnknownOperationException"},
		{"us-east-1", "ListPublicKeys", `{"StartTime":2,"EndTime":1}`, "InvalidTimeRangeException"},
		{"us-east-1", "ListPublicKeys", `{"StartTime":"now"}`, "SerializationException"},
		{"us-east-1", "ListPublicKeys", `{`, "SerializationException"},
		{"", "ListTrails", `{}`, "MissingAuthenticationTokenException"},
	} {
		status, answer := ask(t, s, test.region, prefix+test.operation, test.input)
		if status != http.StatusBadRequest || !strings.HasPrefix(answer, `{"Message":`) || !strings.Contains(answer, `"__type":"`+test.want+`"`) {
			t.Errorf("%+v: %d\n%s", test, status, answer)
		}
	}
}
