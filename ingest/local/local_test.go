package local_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/ingest/sourcetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSource(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T, tree map[string][]byte) ingest.Source {
		root := t.TempDir()
		for name, content := range tree {
			write(t, filepath.Join(root, filepath.FromSlash(name)), string(content))
		}
		return local.New([]string{root}, local.Options{})
	})
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// inFolder makes the files in a new folder, each holding its own name, and goes there.
func inFolder(t *testing.T, files ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, file := range files {
		write(t, file, file)
	}
}

// told lists paths and compares what is told.
func told(t *testing.T, source ingest.Source, want ...string) []ingest.Object {
	t.Helper()
	recorder := &sourcetest.Recorder{T: t}
	if err := source.List(t.Context(), recorder); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, recorder.Told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	return recorder.Objects
}

func read(t *testing.T, source ingest.Source, name string) (string, error) {
	t.Helper()
	file, err := source.Open(t.Context(), ingest.Object{Name: name})
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(file)
	return string(content), errors.Join(err, file.Close())
}

func mustRead(t *testing.T, source ingest.Source, name, want string) {
	t.Helper()
	if got, err := read(t, source, name); err != nil || got != want {
		t.Errorf("%s holds %q (error %v), want %q", name, got, err, want)
	}
}

func TestFolder(t *testing.T) {
	inFolder(t, "logs/b.json", "logs/a/z.JSON.GZ", "logs/a/y.json", "logs/a-b/c.json", "logs/a.json", "logs/notes.txt",
		"logs/.DS_Store", "logs/c/CloudTrail-Digest/us-east-1/d.json.gz", "logs/c/CloudTrail-Digest/e.txt",
		"logs/c/CloudTrail-Insight/f.json", "logs/c/CloudTrail-NetworkActivity/g.json", "logs/c/CloudTrail-Aggregated/h.json",
		"logs/c/CloudTrail/i.json", "elsewhere.json")
	source := local.New([]string{"logs"}, local.Options{})
	objects := told(t, source,
		"skip logs/.DS_Store: notLogFile",
		"object logs/a-b/c.json",
		"object logs/a.json",
		"object logs/a/y.json",
		"object logs/a/z.JSON.GZ",
		"object logs/b.json",
		"skip logs/c/CloudTrail-Aggregated/h.json: aggregated",
		"skip logs/c/CloudTrail-Digest/e.txt: digest",
		"skip logs/c/CloudTrail-Digest/us-east-1/d.json.gz: digest",
		"skip logs/c/CloudTrail-Insight/f.json: insight",
		"skip logs/c/CloudTrail-NetworkActivity/g.json: networkActivity",
		"object logs/c/CloudTrail/i.json",
		"skip logs/notes.txt: notLogFile",
	)
	if !slices.IsSortedFunc(objects, func(a, b ingest.Object) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("names are not in the order of their bytes")
	}
	for _, object := range objects {
		mustRead(t, source, object.Name, object.Name)
		if object.Size != int64(len(object.Name)) {
			t.Errorf("%s has %d bytes, want %d", object.Name, object.Size, len(object.Name))
		}
	}
}

func TestNamesFollowThePathsGiven(t *testing.T) {
	inFolder(t, "logs/a/b.json", "logs/c.json")
	absolute, err := filepath.Abs("logs")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, prefix string }{
		{"logs", "logs/"},
		{"logs/", "logs/"},
		{"./logs/../logs/.", "logs/"},
		{absolute, filepath.ToSlash(absolute) + "/"},
	} {
		source := local.New([]string{test.path}, local.Options{})
		told(t, source, "object "+test.prefix+"a/b.json", "object "+test.prefix+"c.json")
		mustRead(t, source, test.prefix+"a/b.json", "logs/a/b.json")
	}
	t.Chdir("logs")
	source := local.New([]string{"."}, local.Options{})
	told(t, source, "object a/b.json", "object c.json")
	mustRead(t, source, "c.json", "logs/c.json")
	t.Chdir("a")
	source = local.New([]string{".."}, local.Options{})
	told(t, source, "object ../a/b.json", "object ../c.json")
	mustRead(t, source, "../a/b.json", "logs/a/b.json")
}

// A file that is named is read whatever it is called and wherever it lies.
func TestNamedFiles(t *testing.T) {
	inFolder(t, "events.txt", "CloudTrail-Digest/d.json", "111111111111_CloudTrail_us-east-1_20240301T0005Z_x.json.gz", "-")
	link(t, "events.txt", "linked")
	paths := []string{"CloudTrail-Digest/d.json", "./events.txt", "111111111111_CloudTrail_us-east-1_20240301T0005Z_x.json.gz", "./-"}
	source := local.New(paths, local.Options{Deliveries: window("2030-01-01", "2030-02-01")})
	objects := told(t, source, "object CloudTrail-Digest/d.json", "object events.txt",
		"object 111111111111_CloudTrail_us-east-1_20240301T0005Z_x.json.gz", "object ./-")
	for _, object := range objects {
		mustRead(t, source, object.Name, strings.TrimPrefix(object.Name, "./"))
	}
	if key := ingest.ParseKey(paths[2]); objects[2].Key != key || key.AccountID != "111111111111" {
		t.Errorf("key is %+v, want %+v", objects[2].Key, key)
	}
	source = local.New([]string{"linked"}, local.Options{})
	told(t, source, "object linked")
	mustRead(t, source, "linked", "events.txt")
}

// What several paths hold is told once, under the innermost of them.
func TestPathsThatOverlap(t *testing.T) {
	inFolder(t, "logs/a.json", "logs/sub/b.json", "logs/sub/odd.txt", "logs/sub/deep/c.json")
	link(t, "a.json", "logs/latest.json")
	link(t, "logs", "linked")
	write(t, "more/odd.txt", "")
	link(t, "odd.txt", "more/odd.json")
	tests := []struct {
		why   string
		paths []string
		want  []string
	}{
		{"folder in folder", []string{"logs", "logs/sub"}, []string{"object logs/a.json", "skip logs/latest.json: alreadyListed",
			"object logs/sub/b.json", "object logs/sub/deep/c.json", "skip logs/sub/odd.txt: notLogFile"}},
		{"inner folder first", []string{"logs/sub/deep", "logs/sub"}, []string{"object logs/sub/deep/c.json",
			"object logs/sub/b.json", "skip logs/sub/odd.txt: notLogFile"}},
		{"file in folder", []string{"logs/sub", "logs/sub/odd.txt"}, []string{"object logs/sub/b.json", "object logs/sub/deep/c.json",
			"object logs/sub/odd.txt"}},
		{"file that a link in the folder leads to", []string{"more", "more/odd.txt"}, []string{"skip more/odd.json: alreadyListed",
			"object more/odd.txt"}},
		{"link in folder", []string{"logs/latest.json", "logs/"}, []string{"object logs/latest.json", "object logs/sub/b.json",
			"object logs/sub/deep/c.json", "skip logs/sub/odd.txt: notLogFile"}},
		{"the same twice", []string{"logs/sub/deep", "./logs/sub/deep/"}, []string{"object logs/sub/deep/c.json"}},
		{"the same by two names", []string{"logs/a.json", "logs/latest.json", "linked/a.json"},
			[]string{"object logs/a.json", "skip logs/latest.json: alreadyListed", "skip linked/a.json: alreadyListed"}},
		{"the same folder by two names", []string{"logs/sub/deep", "linked/sub/deep"},
			[]string{"object logs/sub/deep/c.json", "skip linked/sub/deep: alreadyListed"}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			source := local.New(test.paths, local.Options{})
			for _, object := range told(t, source, test.want...) {
				if _, err := read(t, source, object.Name); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestPathsThatCannotBe(t *testing.T) {
	inFolder(t, "a.json", "b.json")
	link(t, "nothing", "dangling")
	link(t, "loop", "loop")
	for _, test := range []struct{ why, path, message string }{
		{"no such file", "missing/", "missing: no such file or directory\nhint: "},
		{"a file taken for a folder", "a.json/b.json", "a.json/b.json: not a directory\nhint: "},
		{"dangling link", "dangling", "dangling: no such file or directory\nhint: "},
		{"loop of links", "loop", "loop: too many levels of symbolic links\nhint: "},
		{"an empty variable", "", `"": an empty path` + "\nhint: "},
	} {
		recorder := &sourcetest.Recorder{T: t}
		err := local.New([]string{"a.json", test.path, "b.json"}, local.Options{}).List(t.Context(), recorder)
		if err == nil || !strings.HasPrefix(err.Error(), test.message) {
			t.Errorf("%s: error is %q, want it to begin with %q", test.why, err, test.message)
		}
		if len(recorder.Told) > 0 {
			t.Errorf("%s: told %q first", test.why, recorder.Told)
		}
	}
	err := local.New([]string{"missing"}, local.Options{}).List(t.Context(), &sourcetest.Recorder{T: t})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not %v", err, fs.ErrNotExist)
	}
}

func TestStandardInput(t *testing.T) {
	inFolder(t, "a.json")
	source := local.New([]string{"a.json", "-"}, local.Options{Stdin: strings.NewReader("from the pipe")})
	objects := told(t, source, "object a.json", "object -")
	if want := (ingest.Object{Name: "-", Size: -1}); objects[1] != want {
		t.Errorf("object is %+v, want %+v", objects[1], want)
	}
	mustRead(t, source, "-", "from the pipe")
	if _, err := read(t, source, "-"); err == nil || err.Error() != "-: standard input has been read already" {
		t.Errorf("error of a second reading is %v", err)
	}
}

func TestStandardInputErrors(t *testing.T) {
	for _, test := range []struct {
		paths   []string
		stdin   io.Reader
		message string
	}{
		{[]string{"-", "-"}, strings.NewReader(""), "-: standard input can be read only once\nhint: name it once"},
		{[]string{"-"}, nil, "-: there is no standard input"},
	} {
		recorder := &sourcetest.Recorder{T: t}
		err := local.New(test.paths, local.Options{Stdin: test.stdin}).List(t.Context(), recorder)
		if err == nil || err.Error() != test.message {
			t.Errorf("error for %q is %v, want %q", test.paths, err, test.message)
		}
		if len(recorder.Told) > 0 {
			t.Errorf("told %q", recorder.Told)
		}
	}
}

// stuckReader is a terminal at which nobody types until it is released.
type stuckReader struct {
	reading  chan struct{}
	released chan struct{}
}

func (r stuckReader) Read([]byte) (int, error) {
	close(r.reading)
	<-r.released
	return 0, io.EOF
}

func TestStandardInputEndsWithItsContext(t *testing.T) {
	stdin := stuckReader{make(chan struct{}), make(chan struct{})}
	defer close(stdin.released)
	source := local.New([]string{"-"}, local.Options{Stdin: stdin})
	objects := told(t, source, "object -")
	ctx, cancel := context.WithCancel(t.Context())
	content, err := source.Open(ctx, objects[0])
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-stdin.reading
		cancel()
	}()
	if _, err := content.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	if _, err := content.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error of the next read is %v, want %v", err, context.Canceled)
	}
}

func TestStandardInputIsNotCutOff(t *testing.T) {
	failed := errors.New("failed")
	long := strings.Repeat("0123456789", 50_000)
	source := local.New([]string{"-"}, local.Options{Stdin: io.MultiReader(strings.NewReader(long), failingReader{failed})})
	told(t, source, "object -")
	got, err := read(t, source, "-")
	if !errors.Is(err, failed) {
		t.Errorf("error is %v, want %v", err, failed)
	}
	if got != long {
		t.Errorf("read %d bytes, want %d", len(got), len(long))
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }
