package trail

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roletrail/ingest"
	"roletrail/ingest/digest"
	"roletrail/ingest/record"
	"roletrail/ingest/s3"
	"roletrail/ingest/s3/connect"
	"roletrail/internal/cloudtrail"
	"roletrail/internal/s3server"
	"roletrail/internal/tamper"
)

// useEnvironment sets variables as NAME=value.
func useEnvironment(t *testing.T, variables []string) {
	t.Helper()
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
}

func TestPublicKeys(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	service := cloudtrail.Start(t, cloudtrail.Account{Keys: []cloudtrail.PublicKey{
		{Region: "eu-west-1", Fingerprint: "f1", Value: []byte{1, 2, 3}, ValidFrom: at, ValidUntil: at.AddDate(0, 1, 0)},
		{Region: "us-east-1", Fingerprint: "f2", Value: []byte{4}, ValidFrom: at, ValidUntil: at.AddDate(0, 1, 0)},
	}})
	nowhere := filepath.Join(t.TempDir(), "none")
	useEnvironment(t, []string{
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_SESSION_TOKEN=",
		"AWS_REGION=us-east-1", "AWS_PROFILE=", "AWS_CONFIG_FILE=" + nowhere, "AWS_SHARED_CREDENTIALS_FILE=" + nowhere, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL=",
	})
	useEnvironment(t, service.Env())
	session, err := connect.Open(t.Context(), connect.Options{Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	keys := PublicKeys{session}
	found, err := keys.PublicKeys(t.Context(), "eu-west-1", at.AddDate(0, 0, 3), at.AddDate(0, 0, 4))
	if err != nil || len(found) != 1 || found[0].Region != "eu-west-1" || found[0].Fingerprint != "f1" || string(found[0].Value) != "\x01\x02\x03" ||
		!found[0].ValidFrom.Equal(at) || !found[0].ValidUntil.Equal(at.AddDate(0, 1, 0)) {
		t.Errorf("%+v, %v", found, err)
	}
	if found, err := keys.PublicKeys(t.Context(), "eu-west-1", at.AddDate(1, 0, 0), at.AddDate(1, 0, 1)); err != nil || len(found) != 0 {
		t.Errorf("a year later: %+v, %v", found, err)
	}
	if _, err := keys.PublicKeys(t.Context(), "eu-west-1", at, time.Time{}); err != nil {
		t.Errorf("until now: %v", err)
	}
}

func TestPublicKeysDenied(t *testing.T) {
	session := openSession(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"AccessDeniedException","Message":"not authorized"}`)
	})
	_, err := PublicKeys{session}.PublicKeys(t.Context(), "us-east-1", time.Now(), time.Time{})
	if err == nil || !strings.Contains(err.Error(), "us-east-1") || !strings.Contains(err.Error(), "cloudtrail:ListPublicKeys") {
		t.Errorf("%v, want the Region and the missing permission", err)
	}
}

// Further pages are asked for, and a list without end is none.
func TestPublicKeysInPages(t *testing.T) {
	pages := 0
	session := openSession(t, func(w http.ResponseWriter, _ *http.Request) {
		pages++
		next := ""
		if pages == 1 || pages > 2 {
			next = "more"
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		json.NewEncoder(w).Encode(map[string]any{"PublicKeyList": []any{map[string]any{"Fingerprint": "f", "Value": []byte{1}}}, "NextToken": next})
	})
	keys := PublicKeys{session}
	if found, err := keys.PublicKeys(t.Context(), "us-east-1", time.Now(), time.Time{}); err != nil || len(found) != 2 {
		t.Errorf("%d keys, %v", len(found), err)
	}
	if _, err := keys.PublicKeys(t.Context(), "us-east-1", time.Now(), time.Time{}); err == nil || !strings.Contains(err.Error(), "no end") {
		t.Errorf("%v, want that there is no end", err)
	}
}

type discard struct{}

func (discard) Begin(*ingest.Object)        {}
func (discard) Record(*record.Record) error { return nil }
func (discard) Commit(record.Elements)      {}
func (discard) Discard()                    {}

// A trail in a bucket is verified with the keys that CloudTrail tells of.
func TestVerifyInS3(t *testing.T) {
	server := s3server.Start(t)
	for i, row := range tamper.Rows {
		switch row.Name {
		case "untouched", "log: content changed", "log: second gzip member", "digest: one in the middle removed", "signature: bit flipped",
			"signature: not in the metadata", "digest: of backfill, changed":
		default:
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			tree := tamper.New(t, row, "trail-logs-"+string(rune('a'+i%26))+string(rune('a'+i/26)))
			tree.Upload(t, server)
			service := tree.Serve(t)
			useEnvironment(t, server.Env())
			useEnvironment(t, service.Env())
			session, err := connect.Open(t.Context(), connect.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			audit := digest.New(digest.Options{Keys: PublicKeys{session}})
			defer audit.Close()
			source := s3.New(session, []s3.Location{{Bucket: tree.Bucket}}, s3.Options{})
			fields, _ := record.NewFields(nil)
			if _, err := ingest.Run(t.Context(), source, ingest.Options{Fields: fields, Verifier: audit}, []ingest.Collector{discard{}}); err != nil {
				t.Fatal(err)
			}
			result, err := audit.Result(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			must, _ := row.Problems(tree)
			if len(result.Problems) != len(must) {
				t.Errorf("%d problems, want %d: %+v", len(result.Problems), len(must), result.Problems)
			}
			for i, p := range result.Problems[:min(len(must), len(result.Problems))] {
				if string(p.Reason) != string(must[i].Reason) || tamper.Location(p.Location) != must[i].At || p.From != must[i].From {
					t.Errorf("%+v, want %+v", p, must[i])
				}
			}
			asked := 0
			for _, request := range service.Requests() {
				if request.Operation == "ListPublicKeys" {
					asked++
				}
			}
			if asked != 2 {
				t.Errorf("CloudTrail was asked %d times, want once in each Region", asked)
			}
		})
	}
}
