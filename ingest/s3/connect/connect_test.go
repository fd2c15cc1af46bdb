package connect

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
)

func TestOpenRefuses(t *testing.T) {
	withCredentials(t)
	for _, test := range []struct {
		options Options
		want    string
	}{
		{Options{EndpointURL: "localhost:9000"}, "localhost:9000: an endpoint URL begins with https:// or http:// and a host"},
		{Options{EndpointURL: "ftp://localhost"}, "ftp://localhost: an endpoint URL begins with https:// or http:// and a host"},
		{Options{EndpointURL: "http://user:password@localhost"},
			"http://localhost: an endpoint URL holds no user, query or fragment"},
		{Options{EndpointURL: "ftp://user:password@localhost"},
			"ftp://user:xxxxx@localhost: an endpoint URL begins with https:// or http:// and a host"},
		{Options{EndpointURL: "http://localhost?password"}, "http://localhost: an endpoint URL holds no user, query or fragment"},
		{Options{EndpointURL: "http://user:password@local\x00host"}, "endpoint URL: cannot be parsed"},
		{Options{RoleARN: readerARN, Unsigned: true},
			readerARN + ": to assume a role takes credentials, and requests are to go unsigned"},
		{Options{ExternalID: "id"}, "an external ID is of use only with a role to assume"},
		{Options{Profile: "missing"}, "AWS configuration: failed to get shared config profile, missing"},
	} {
		if _, err := Open(t.Context(), test.options); err == nil || err.Error() != test.want {
			t.Errorf("%+v: got %v, want %s", test.options, err, test.want)
		}
	}
}

func TestProfile(t *testing.T) {
	withoutCredentials(t)
	s := newFakeS3(t)
	s.headBucket = heads(403, "")
	withConfigFile(t, fmt.Sprintf(`[default]
region = us-east-2
aws_access_key_id = DEFAULT
aws_secret_access_key = %[1]s

[profile audit]
region = ap-south-1
aws_access_key_id = AUDIT
aws_secret_access_key = %[1]s
endpoint_url = %[2]s
`, secretKey, s.URL))
	for _, test := range []struct {
		options       Options
		environment   string
		access, scope string
	}{
		{Options{EndpointURL: s.URL}, "", "DEFAULT", "us-east-2"},
		{Options{EndpointURL: s.URL, Profile: "audit"}, "", "AUDIT", "ap-south-1"},
		{Options{Profile: "audit"}, "", "AUDIT", "ap-south-1"},
		{Options{}, "audit", "AUDIT", "ap-south-1"},
	} {
		t.Setenv("AWS_PROFILE", test.environment)
		bucket := bucketOf(t, open(t, test.options), "trails")
		if _, err := getOnce(t.Context(), bucket, "key"); err != nil {
			t.Fatal(err)
		}
		seen := s.seen()
		authorization := seen[len(seen)-1].Header.Get("Authorization")
		credential, region := "Credential="+test.access+"/", "/"+test.scope+"/s3/"
		if !strings.Contains(authorization, credential) || !strings.Contains(authorization, region) {
			t.Errorf("%+v: signed by %s", test.options, authorization)
		}
	}
}

// The order is that of the AWS SDKs and Tools Reference Guide ("Service-specific endpoints"): what is said on the command
// line, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, then the shared configuration file.
func TestEndpoint(t *testing.T) {
	const (
		service = "[default]\nservices = local\nendpoint_url = http://general\n[services local]\ns3 =\n  endpoint_url = http://service\n"
		general = "[default]\nendpoint_url = http://general\n"
	)
	for _, test := range []struct {
		name                 string
		option               string
		ofS3, ofAll, ignored string // AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
		file                 string
		want                 string
	}{
		{"option", "http://option", "", "", "", "", "http://option/trails/key"},
		{"option first", "http://option", "http://service", "http://general", "", service, "http://option/trails/key"},
		{"option before S3's", "http://option", "http://service", "", "", "", "http://option/trails/key"},
		{"option where others are ignored", "http://option", "http://service", "", "true", "", "http://option/trails/key"},
		{"S3's", "", "http://service", "http://general", "", general, "http://service/trails/key"},
		{"general", "", "", "http://general", "", "", "http://general/trails/key"},
		{"S3's in the file", "", "", "", "", service, "http://service/trails/key"},
		{"general in the file", "", "", "", "", general, "http://general/trails/key"},
		{"environment before file", "", "", "http://environment", "", general, "http://environment/trails/key"},
		{"others are ignored", "", "http://service", "", "true", "", "https://trails.s3.us-east-1.amazonaws.com/key"},
		{"none", "", "", "", "", "", "https://trails.s3.us-east-1.amazonaws.com/key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			withCredentials(t)
			for name, value := range map[string]string{
				"AWS_ENDPOINT_URL_S3": test.ofS3, "AWS_ENDPOINT_URL": test.ofAll, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": test.ignored,
			} {
				if value != "" {
					t.Setenv(name, value)
				}
			}
			withConfigFile(t, test.file)
			bucket, err := open(t, Options{EndpointURL: test.option}).bucketIn(t.Context(), "trails", "us-east-1")
			if err != nil {
				t.Fatal(err)
			}
			if got := bucket.url("key").String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Other services are asked with the same configuration: here CloudTrail, for --trail.
func TestConfigServesOtherServices(t *testing.T) {
	withCredentials(t)
	t.Setenv("AWS_REGION", "eu-central-1")
	var asked []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r)
		if len(asked) == 1 {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(400)
			fmt.Fprint(w, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
			return
		}
		fmt.Fprint(w, `{"trailList":[]}`)
	}))
	t.Cleanup(server.Close)
	session := open(t, Options{EndpointURL: server.URL})
	client := cloudtrail.NewFromConfig(session.Config())
	if _, err := client.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{}); err != nil {
		t.Fatal(err)
	}
	if n := session.Requests()["DescribeTrails"]; n != 2 || len(asked) != 2 {
		t.Errorf("%d requests counted, %d sent, want 2", n, len(asked))
	}
	if !strings.Contains(asked[0].Header.Get("Authorization"), "/eu-central-1/cloudtrail/") {
		t.Errorf("signed by %s", asked[0].Header.Get("Authorization"))
	}
}

func TestCertificateAuthority(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	server := httptest.NewUnstartedServer(s)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of handshakes
	server.StartTLS()
	t.Cleanup(server.Close)

	stranger := s.session(t, Options{EndpointURL: server.URL})
	_, err := stranger.Bucket(t.Context(), "trails")
	if err == nil || !strings.Contains(Judge(err, "", "").Detail, "certificate") {
		t.Errorf("got %v", err)
	}
	if n := stranger.Requests()["HeadBucket"]; n != 1 {
		t.Errorf("%d requests, want 1: a certificate does not become valid by asking again", n)
	}

	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	t.Setenv("AWS_CA_BUNDLE", writeFile(t, string(certificate)))
	bucket := bucketOf(t, s.session(t, Options{EndpointURL: server.URL}), "trails")
	if content, err := getOnce(t.Context(), bucket, "key"); err != nil || content != "content" {
		t.Errorf("got %q, %v", content, err)
	}
}

func TestAttempts(t *testing.T) {
	for _, test := range []struct {
		option      int
		environment string
		want        int64
	}{{0, "", 8}, {0, "2", 2}, {3, "2", 3}, {1, "", 1}} {
		withCredentials(t)
		t.Setenv("AWS_MAX_ATTEMPTS", test.environment)
		s := newFakeS3(t)
		s.getObject = fails(500, "InternalError", "")
		s.list = s.getObject
		bucket := s.bucket(t, Options{Attempts: test.option})
		for operation, ask := range operations {
			err := ask(t.Context(), bucket)
			if n := bucket.session.Requests()[operation]; err == nil || n != test.want {
				t.Errorf("%+v: %s: %v after %d attempts", test, operation, err, n)
			}
		}
	}
}
