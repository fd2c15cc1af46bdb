package s3

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roletrail/ingest"
	"roletrail/ingest/s3/connect"
	"roletrail/ingest/sourcetest"
	"roletrail/internal/s3server"
)

// The tests in this file ask a real S3 server.

// useServer makes the server the account of the test.
func useServer(t *testing.T) (*s3server.Server, *connect.Session) {
	t.Helper()
	server := s3server.Start(t)
	for _, variable := range server.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	session, err := connect.Open(t.Context(), connect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return server, session
}

// store puts an object into the folder of a bucket. A key that ends in a slash makes a folder.
func store(t *testing.T, bucket, key string, content []byte) {
	t.Helper()
	path := filepath.Join(bucket, filepath.FromSlash(key))
	folder := filepath.Dir(path)
	if strings.HasSuffix(key, "/") {
		folder = path
	}
	err := os.MkdirAll(folder, 0o755)
	if err == nil && folder != path {
		err = os.WriteFile(path, content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSource(t *testing.T) {
	server, session := useServer(t)
	buckets := 0
	sourcetest.Run(t, func(t *testing.T, tree map[string][]byte) ingest.Source {
		buckets++
		name := fmt.Sprintf("bucket-%d", buckets)
		folder := server.Bucket(t, name)
		for key, content := range tree {
			store(t, folder, key, content)
		}
		return New(session, []Location{{Bucket: name}}, Options{PageSize: 7})
	})
}

// TestRealStartingPoints does what TestStartingPoints does.
func TestRealStartingPoints(t *testing.T) {
	server, session := useServer(t)
	folder := server.Bucket(t, "trails")
	for _, key := range organizationTrail {
		store(t, folder, key, []byte(key))
	}
	for _, test := range startingPoints {
		t.Run(test.prefix, func(t *testing.T) {
			for _, size := range []int32{0, 1, 2} {
				source := New(session, []Location{{"trails", test.prefix}}, Options{PageSize: size})
				checkTold(t, source, test.want)
			}
		})
	}
}

// TestRealWindow begins and ends listings where the window does.
func TestRealWindow(t *testing.T) {
	server, session := useServer(t)
	folder := server.Bucket(t, "trails")
	for _, key := range datedRegion {
		store(t, folder, key, nil)
	}
	for _, deliveries := range []ingest.Deliveries{
		{}, window("2024-03-10T12:00", "2024-05-20T12:00"), window("2024-04-01T00:00", ""), window("", "2024-03-10T00:00"),
	} {
		o := Options{Deliveries: deliveries, PageSize: 3}
		want := strings.Join(list(t, newListServer(datedRegion...).source(o, "")).Told, "\n")
		checkTold(t, New(session, []Location{{Bucket: "trails"}}, o), want)
	}
}
