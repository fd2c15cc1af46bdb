package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"roletrail/ingest"
	"roletrail/ingest/s3"
	"roletrail/ingest/s3/connect"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// region is what a fake CloudTrail knows in one Region: elements of trailList, as the API Reference shows them.
type region []map[string]any

// described is a trail as DescribeTrails tells it.
func described(arn, bucket, prefix string, settings ...string) map[string]any {
	trail := map[string]any{
		"Name": arn[strings.LastIndexByte(arn, '/')+1:], "TrailARN": arn, "HomeRegion": strings.Split(arn, ":")[3], "S3BucketName": bucket,
		"IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": false, "IsOrganizationTrail": false,
		"LogFileValidationEnabled": true, "HasCustomEventSelectors": false, "HasInsightSelectors": false,
	}
	if prefix != "" {
		trail["S3KeyPrefix"] = prefix
	}
	for _, setting := range settings {
		trail[setting] = true
	}
	return trail
}

// openSession opens a session whose CloudTrail is handler, in us-east-1.
func openSession(t *testing.T, handler http.HandlerFunc) *connect.Session {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_CLOUDTRAIL": server.URL,
	} {
		t.Setenv(name, value)
	}
	session, err := connect.Open(t.Context(), connect.Options{Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// describeTrails answers DescribeTrails in the manner of CloudTrail: AWS JSON 1.1, and by the Region of the signature.
func describeTrails(t *testing.T, regions map[string]region) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if target := r.Header.Get("X-Amz-Target"); !strings.HasSuffix(target, "CloudTrail_20131101.DescribeTrails") {
			t.Errorf("%q was asked for", target)
		}
		var input struct {
			IncludeShadowTrails *bool
			TrailNameList       []string
		}
		if err := json.NewDecoder(r.Body).Decode(&input); err != nil {
			t.Errorf("request: %v", err)
		}
		if len(input.TrailNameList) > 0 || input.IncludeShadowTrails == nil || !*input.IncludeShadowTrails {
			t.Errorf("asked with %+v, which leaves out shadow trails", input)
		}
		_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		trails, known := regions[strings.Split(scope+"////", "/")[2]]
		if !known {
			t.Errorf("asked in the scope %q", scope)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if err := json.NewEncoder(w).Encode(map[string]any{"trailList": trails}); err != nil {
			t.Error(err)
		}
	}
}

const (
	mainARN         = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
	frankfurtARN    = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/frankfurt"
	organizationARN = "arn:aws:cloudtrail:us-east-1:444455556666:trail/organization"
	governmentARN   = "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/main"
)

func TestFind(t *testing.T) {
	mainTrail := described(mainARN, "logs", "", "IsMultiRegionTrail")
	frankfurt := described(frankfurtARN, "frankfurt-logs", "audit/2026")
	organization := described(organizationARN, "organization-logs", "ct", "IsMultiRegionTrail", "IsOrganizationTrail")
	for _, test := range []struct {
		why      string
		name     string
		regions  map[string]region
		want     Trail
		location string
	}{
		{
			"the only trail", "", map[string]region{"us-east-1": {mainTrail}},
			Trail{Name: "main", ARN: mainARN, HomeRegion: "us-east-1", Bucket: "logs", MultiRegion: true},
			"s3://logs/AWSLogs/111122223333/",
		},
		{
			"a trail that is described in its Region and as a shadow", "", map[string]region{"us-east-1": {mainTrail, mainTrail}},
			Trail{Name: "main", ARN: mainARN, HomeRegion: "us-east-1", Bucket: "logs", MultiRegion: true},
			"s3://logs/AWSLogs/111122223333/",
		},
		{
			"a name", "main", map[string]region{"us-east-1": {organization, mainTrail}},
			Trail{Name: "main", ARN: mainARN, HomeRegion: "us-east-1", Bucket: "logs", MultiRegion: true},
			"s3://logs/AWSLogs/111122223333/",
		},
		{
			"a trail of the organization, in a member account", "organization", map[string]region{"us-east-1": {organization, mainTrail}},
			Trail{Name: "organization", ARN: organizationARN, HomeRegion: "us-east-1", Bucket: "organization-logs", Prefix: "ct", Organization: true, MultiRegion: true},
			"s3://organization-logs/ct/AWSLogs/",
		},
		{
			"an ARN of another Region", frankfurtARN, map[string]region{"us-east-1": {mainTrail}, "eu-central-1": {mainTrail, frankfurt}},
			Trail{Name: "frankfurt", ARN: frankfurtARN, HomeRegion: "eu-central-1", Bucket: "frankfurt-logs", Prefix: "audit/2026"},
			"s3://frankfurt-logs/audit/2026/AWSLogs/111122223333/",
		},
		{
			"an ARN of another partition", governmentARN, map[string]region{"us-gov-west-1": {described(governmentARN, "gov-logs", "p/")}},
			Trail{Name: "main", ARN: governmentARN, HomeRegion: "us-gov-west-1", Bucket: "gov-logs", Prefix: "p/"},
			"s3://gov-logs/p/AWSLogs/111122223333/",
		},
	} {
		t.Run(test.why, func(t *testing.T) {
			got, err := Find(t.Context(), openSession(t, describeTrails(t, test.regions)), test.name)
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(test.want, got); difference != "" {
				t.Errorf("- want, + got:\n%s", difference)
			}
			if got := got.Location().String(); got != test.location {
				t.Errorf("lies in %s, want %s", got, test.location)
			}
		})
	}
}

func TestFindSeveral(t *testing.T) {
	east := map[string]region{"us-east-1": {
		described(mainARN, "logs", "", "IsMultiRegionTrail"),
		described(organizationARN, "organization-logs", "ct", "IsMultiRegionTrail", "IsOrganizationTrail"),
		described(mainARN, "logs", "", "IsMultiRegionTrail"),
	}}
	_, err := Find(t.Context(), openSession(t, describeTrails(t, east)), "")
	several, ok := errors.AsType[*SeveralError](err)
	if !ok || len(several.Trails) != 2 {
		t.Fatalf("%v, want an error that lists two trails", err)
	}
	const want = "the account has 2 trails\n" +
		mainARN + ": s3://logs/AWSLogs/111122223333/\n" +
		organizationARN + ": s3://organization-logs/ct/AWSLogs/"
	if err.Error() != want {
		t.Errorf("%s\nwant\n%s", err, want)
	}
}

// A trail of the account and one of its organization may have one name.
func TestFindSeveralOfOneName(t *testing.T) {
	const other = "arn:aws:cloudtrail:us-east-1:444455556666:trail/main"
	east := map[string]region{"us-east-1": {described(mainARN, "logs", ""), described(other, "organization-logs", "", "IsOrganizationTrail"), described(frankfurtARN, "f", "")}}
	session := openSession(t, describeTrails(t, east))
	_, err := Find(t.Context(), session, "main")
	if several, ok := errors.AsType[*SeveralError](err); !ok || len(several.Trails) != 2 {
		t.Errorf("%v, want an error that lists two trails", err)
	}
	if got, err := Find(t.Context(), session, other); err != nil || got.Location() != (s3.Location{Bucket: "organization-logs", Prefix: "AWSLogs/"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFindNone(t *testing.T) {
	session := openSession(t, describeTrails(t, map[string]region{"us-east-1": {}, "eu-central-1": {}}))
	for name, want := range map[string]string{
		"":           "the account has no trail that is seen in us-east-1",
		"main":       "main: no such trail is seen in us-east-1",
		frankfurtARN: frankfurtARN + ": no such trail is seen in eu-central-1",
	} {
		_, err := Find(t.Context(), session, name)
		if err == nil || !strings.HasPrefix(err.Error(), want+"\nhint: ") {
			t.Errorf("%q: %v, want %q and a hint", name, err, want)
		}
		if _, wrong := errors.AsType[*ingest.NoSuchSourceError](err); wrong != (name != "") {
			t.Errorf("%q: named wrongly: %t", name, wrong)
		}
	}
}

func TestFindDenied(t *testing.T) {
	session := openSession(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::111122223333:user/a is not authorized to perform: cloudtrail:DescribeTrails because no identity-based policy allows the cloudtrail:DescribeTrails action"}`)
	})
	_, err := Find(t.Context(), session, "main")
	if err == nil || !strings.HasPrefix(err.Error(), "main: ") || !strings.Contains(err.Error(), "cloudtrail:DescribeTrails") {
		t.Errorf("%v, want the missing permission", err)
	}
	if err != nil && strings.Contains(err.Error(), "wJalr") {
		t.Errorf("%v, which holds the secret key", err)
	}
}

func TestFindEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	session := openSession(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or the server would not notice that the client goes away
		cancel()
		<-r.Context().Done()
		close(gone)
	})
	if _, err := Find(ctx, session, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	<-gone
}

func TestFindWithoutRegion(t *testing.T) {
	session := openSession(t, func(http.ResponseWriter, *http.Request) { t.Error("CloudTrail was asked") })
	session.Close()
	t.Setenv("AWS_REGION", "")
	session, err := connect.Open(t.Context(), connect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := Find(t.Context(), session, "main"); err == nil || !strings.Contains(err.Error(), "hint: set AWS_REGION") {
		t.Errorf("%v, want a hint to set a Region", err)
	}
}
