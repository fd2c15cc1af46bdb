package connect

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Credentials come from wherever the AWS SDKs and Tools Reference Guide ("Standardized credential providers") says. Each
// place gives an access key of its own.
func TestCredentialSources(t *testing.T) {
	for _, test := range []struct {
		name      string
		configure func(t *testing.T)
		options   Options
		want      string // access key
	}{
		{"environment", inEnvironment, Options{}, "ENVIRONMENT"},
		{"profile", inProfile, Options{Profile: "audit"}, "PROFILE"},
		{"profile before environment", func(t *testing.T) {
			inEnvironment(t)
			inProfile(t)
		}, Options{Profile: "audit"}, "PROFILE"},
		{"role of a profile", func(t *testing.T) {
			inProfile(t)
			url, _ := fakeSTS(t, true)
			t.Setenv("AWS_ENDPOINT_URL_STS", url)
		}, Options{Profile: "reader"}, "ASIAROLE"},
		{"web identity", func(t *testing.T) {
			url, _ := fakeSTS(t, true)
			t.Setenv("AWS_ENDPOINT_URL_STS", url)
			t.Setenv("AWS_REGION", "eu-west-1")
			t.Setenv("AWS_ROLE_ARN", readerARN)
			t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", writeFile(t, "token"))
		}, Options{}, "ASIAWEBIDENTITY"},
		{"container", func(t *testing.T) {
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", fakeMetadata(t)+"/container")
			t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a-token")
		}, Options{}, "CONTAINER"},
		{"instance", func(t *testing.T) {
			t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
			t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", fakeMetadata(t))
		}, Options{}, "INSTANCE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			withoutCredentials(t)
			test.configure(t)
			s := newFakeS3(t)
			bucket := s.bucket(t, test.options)
			for range 2 {
				if _, err := get(t.Context(), bucket, "key"); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range s.seen() {
				if credential, computed, given := signature(r, secretKey); credential != test.want || computed != given {
					t.Errorf("signed %s by %s, should be %s by %s", given, credential, computed, test.want)
				}
			}
		})
	}
}

func inEnvironment(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
}

func inProfile(t *testing.T) {
	withConfigFile(t, fmt.Sprintf(`[profile audit]
region = eu-west-1
aws_access_key_id = PROFILE
aws_secret_access_key = %s

[profile reader]
region = eu-west-1
role_arn = %s
source_profile = audit
`, secretKey, readerARN))
}

func writeFile(t *testing.T, content string) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// fakeMetadata gives credentials to a container (Amazon ECS Developer Guide, "Amazon ECS task IAM role") below
// /container, and to an instance (Amazon EC2 User Guide, "Retrieve security credentials from instance metadata").
func fakeMetadata(t *testing.T) (url string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := func(accessKey string) {
			fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":%q,"SecretAccessKey":%q,"Token":"token","Expiration":%q}`,
				accessKey, secretKey, time.Now().Add(time.Hour).Format(time.RFC3339))
		}
		switch path, _ := strings.CutPrefix(r.URL.Path, "/latest/"); {
		case path == "/container" && r.Header.Get("Authorization") == "a-token":
			answer("CONTAINER")
		case path == "api/token" && r.Method == http.MethodPut:
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
			fmt.Fprint(w, "metadata token")
		case r.Header.Get("X-Aws-Ec2-Metadata-Token") != "metadata token":
			w.WriteHeader(http.StatusUnauthorized)
		case path == "meta-data/iam/security-credentials/":
			fmt.Fprint(w, "role")
		case path == "meta-data/iam/security-credentials/role":
			answer("INSTANCE")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}
