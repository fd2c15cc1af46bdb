package connect

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
		{Options{EndpointURL: "http://user:password@localhost"}, "http://localhost: an endpoint URL holds no user, query or fragment"},
		{Options{EndpointURL: "ftp://user:password@localhost"}, "ftp://user:xxxxx@localhost: an endpoint URL begins with https:// or http:// and a host"},
		{Options{EndpointURL: "http://localhost?password"}, "http://localhost: an endpoint URL holds no user, query or fragment"},
		{Options{EndpointURL: "http://user:password@local\x00host"}, "endpoint URL: cannot be parsed"},
		{Options{RoleARN: readerARN, Unsigned: true}, readerARN + ": to assume a role takes credentials, and requests are to go unsigned"},
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
		if !strings.Contains(authorization, "Credential="+test.access+"/") || !strings.Contains(authorization, "/"+test.scope+"/s3/") {
			t.Errorf("%+v: signed by %s", test.options, authorization)
		}
	}
}

// The order is that of the AWS SDKs and Tools Reference Guide ("Service-specific endpoints"): what is said on the command
// line, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, then the shared configuration file.
func TestEndpoint(t *testing.T) {
	for _, test := range []struct {
		name        string
		option      string
		environment map[string]string
		config      string
		want        string
	}{
		{"option", "option", map[string]string{"AWS_ENDPOINT_URL": "general", "AWS_ENDPOINT_URL_S3": "service"}, "", "option"},
		{"option alone", "option", nil, "", "option"},
		{"option before the service's", "option", map[string]string{"AWS_ENDPOINT_URL_S3": "service"}, "", "option"},
		{"option where others are ignored", "option", map[string]string{"AWS_ENDPOINT_URL_S3": "service", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "", "option"},
		{"service", "", map[string]string{"AWS_ENDPOINT_URL": "general", "AWS_ENDPOINT_URL_S3": "service"}, "", "service"},
		{"general", "", map[string]string{"AWS_ENDPOINT_URL": "general"}, "", "general"},
		{"file, service", "", nil, "[default]\nendpoint_url = http://general\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://service\n", "service"},
		{"file, general", "", nil, "[default]\nendpoint_url = http://general\n", "general"},
		{"environment before file", "", map[string]string{"AWS_ENDPOINT_URL": "environment"}, "[default]\nendpoint_url = http://general\n", "environment"},
		{"none", "", nil, "", "s3.us-east-1.amazonaws.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			withCredentials(t)
			for name, value := range test.environment {
				if strings.Contains(name, "ENDPOINT_URL") && value != "true" {
					value = "http://" + value
				}
				t.Setenv(name, value)
			}
			withConfigFile(t, test.config)
			if test.option != "" {
				test.option = "http://" + test.option
			}
			bucket, err := open(t, Options{EndpointURL: test.option}).bucketIn(t.Context(), "trails", "us-east-1")
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "s3.us-east-1.amazonaws.com" {
				if got := bucket.url("key").String(); got != "https://trails."+test.want+"/key" {
					t.Errorf("got %s", got)
				}
			} else if got := bucket.url("key").String(); got != "http://"+test.want+"/trails/key" {
				t.Errorf("got %s, want %s with the bucket in the path", got, test.want)
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
	if _, err := cloudtrail.NewFromConfig(session.Config()).DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{}); err != nil {
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

	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	bucket := bucketOf(t, s.session(t, Options{EndpointURL: server.URL}), "trails")
	if content, err := getOnce(t.Context(), bucket, "key"); err != nil || content != "content" {
		t.Errorf("got %q, %v", content, err)
	}
}
