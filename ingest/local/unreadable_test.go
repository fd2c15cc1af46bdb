//go:build unix

package local_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/ingest/sourcetest"
)

const (
	nobody         = 65534
	nobodysFolder  = "ROLETRAIL_TEST_UNREADABLE" // holds the folder of the tree in the process that runs as nobody
	nobodysProgram = "program"
)

// TestUnreadable looks at a tree with the permissions of somebody else. They do not bind root: run by root, the test
// starts itself again as nobody.
func TestUnreadable(t *testing.T) {
	folder := os.Getenv(nobodysFolder)
	if folder == "" {
		folder = unreadableTree(t)
		if os.Geteuid() == 0 {
			runAsNobody(t, folder)
			return
		}
	}
	t.Chdir(folder)
	source := local.New([]string{"logs", "closed", "closed/named.json", "unlistable/named.json"}, local.Options{})
	told(t, source,
		"fail logs/closed: unreadable",
		"fail logs/into-closed.json: unreadable",
		"object logs/open.json",
		"object logs/secret.json",
		"fail logs/unlistable: unreadable",
		"fail logs/unsearchable: unreadable",
		"fail closed: unreadable",
		"fail closed/named.json: unreadable",
		"object unlistable/named.json",
	)
	mustRead(t, source, "logs/open.json", "logs/open.json")
	mustRead(t, source, "unlistable/named.json", "unlistable/named.json")
	if content, err := read(t, source, "logs/secret.json"); err == nil || err.Error() != "logs/secret.json: permission denied" {
		t.Errorf("read %q, error %v", content, err)
	}
}

// unreadableTree can be reached by everybody, which the folders of the testing package cannot.
func unreadableTree(t *testing.T) string {
	folder, err := os.MkdirTemp("", "unreadable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, closed := range []string{"logs/closed", "logs/unlistable", "logs/unsearchable", "closed", "unlistable"} {
			os.Chmod(filepath.Join(folder, closed), 0o700)
		}
		os.RemoveAll(folder)
	})
	for _, file := range []string{"logs/open.json", "logs/secret.json", "logs/closed/a.json", "logs/unlistable/a.json",
		"logs/unsearchable/a.json", "closed/named.json", "unlistable/named.json"} {
		write(t, filepath.Join(folder, file), file)
	}
	link(t, "closed/a.json", filepath.Join(folder, "logs/into-closed.json"))
	for path, mode := range map[string]fs.FileMode{"": 0o755, "logs/secret.json": 0, "logs/closed": 0, "closed": 0,
		"logs/unlistable": 0o311, "unlistable": 0o311, "logs/unsearchable": 0o644} {
		if err := os.Chmod(filepath.Join(folder, path), mode); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func runAsNobody(t *testing.T, folder string) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	reachable := filepath.Join(folder, nobodysProgram)
	if err := os.WriteFile(reachable, content, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), reachable, "-test.run=^TestUnreadable$", "-test.v")
	command.Dir = folder
	command.Env = append(os.Environ(), nobodysFolder+"="+folder)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestUnreadable") {
		t.Errorf("as nobody: %v\n%s", err, output)
	}
}

// A folder that a walk cannot read does not keep it from the rest, and has an error that says why.
func TestFailuresSayWhy(t *testing.T) {
	inFolder(t, "logs/a.json", "outside/b.json")
	link(t, "../outside/b.json", "logs/out.json")
	link(t, "nothing", "logs/dangling.json")
	fifo(t, "logs/pipe")
	reasons := make(map[string]string)
	err := local.New([]string{"logs"}, local.Options{}).List(t.Context(), failures{&sourcetest.Recorder{T: t}, reasons})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"logs/out.json":      "it leads out of logs",
		"logs/dangling.json": "no such file or directory",
		"logs/pipe":          "no regular file",
	}
	if len(reasons) != len(want) {
		t.Errorf("reasons are %q, want %q", reasons, want)
	}
	for name, reason := range want {
		if reasons[name] != reason {
			t.Errorf("%s fails because %q, want %q", name, reasons[name], reason)
		}
	}
}

type failures struct {
	ingest.Listing
	reasons map[string]string
}

func (f failures) Fail(name, _ string, err error) { f.reasons[name] = err.Error() }
