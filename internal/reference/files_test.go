package reference

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFiles(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{
		"AWSLogs/1/CloudTrail/b.json.gz", "AWSLogs/1/CloudTrail/a.json", "AWSLogs/1/CloudTrail/a.txt", "AWSLogs/1/CloudTrail/json",
		"AWSLogs/1/CloudTrail-Digest/d.json.gz", "AWSLogs/1/CloudTrail-Insight/d.json", "AWSLogs/1/CloudTrail-NetworkActivity/d.json",
		"AWSLogs/1/CloudTrail-Aggregated/d.json", "z.json", "AWSLogs.json", "Upper.JSON.Gz",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("z.json", filepath.Join(root, "link.json")); err != nil {
		t.Fatal(err)
	}
	files, err := Files(root)
	if err != nil {
		t.Fatal(err)
	}
	var want []File
	for _, name := range []string{"AWSLogs.json", "AWSLogs/1/CloudTrail/a.json", "AWSLogs/1/CloudTrail/b.json.gz", "Upper.JSON.Gz", "z.json"} {
		want = append(want, File{filepath.ToSlash(root) + "/" + name, []byte(name)})
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	digests, err := Digests(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.ToSlash(root) + "/AWSLogs/1/CloudTrail-Digest/d.json.gz"}, digests); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
	if _, err := Files(filepath.Join(root, "nowhere")); err == nil {
		t.Error("a tree that is not there is no error")
	}
	if _, err := Digests(filepath.Join(root, "nowhere")); err == nil {
		t.Error("a tree that is not there has digests")
	}
}
