//go:build unix

package local_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/ingest/sourcetest"
)

func fifo(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestLinks(t *testing.T) {
	inFolder(t, "logs/a.json", "logs/sub/b.json", "logs/sub/data.bin", "logs/CloudTrail-Digest/d.json",
		"logs/CloudTrail-Digest/d.bin", "outside/c.json", "outside/data.bin", "logs-2/e.json")
	absolute, err := filepath.Abs("logs")
	if err != nil {
		t.Fatal(err)
	}
	fifo(t, "logs/pipe")
	link(t, "a.json", "logs/l01-file.json")
	link(t, absolute+"/sub/b.json", "logs/l02-absolute.json")
	link(t, "sub", "logs/l03-folder")
	link(t, "..", "logs/sub/l04-ancestor")
	link(t, ".", "logs/l05-itself")
	link(t, "../outside/c.json", "logs/l06-outside.json")
	link(t, "../outside", "logs/l07-outside-folder")
	link(t, "../outside/data.bin", "logs/l08-outside.bin")
	link(t, "nothing", "logs/l09-dangling")
	link(t, "nothing.json", "logs/l10-dangling.json")
	link(t, "l12-loop.json", "logs/l11-loop.json")
	link(t, "l11-loop.json", "logs/l12-loop.json")
	link(t, "sub/data.bin", "logs/l13-through.json")
	link(t, absolute+"/sub/data.bin", "logs/l14-through-absolute.json")
	link(t, "l13-through.json", "logs/l15-chain.json")
	link(t, "sub/data.bin", "logs/l16-no-log.txt")
	link(t, "../outside/back.json", "logs/l17-out-and-back.json")
	link(t, "../logs/sub/data.bin", "outside/back.json")
	link(t, "../logs-2/e.json", "logs/l18-same-beginning.json")
	link(t, "CloudTrail-Digest/d.json", "logs/l19-digest.json")
	link(t, "CloudTrail-Digest/d.bin", "logs/l20-digest.json")
	link(t, "../a.json", "logs/CloudTrail-Digest/l21.json")
	link(t, "pipe", "logs/l22-pipe.json")
	link(t, "/dev/zero", "logs/l23-device.json")
	link(t, "../sub/data.bin", "logs/sub/l24-up.json")
	link(t, "a.json/b", "logs/l25-no-folder.json")
	source := local.New([]string{"logs"}, local.Options{})
	objects := told(t, source,
		"skip logs/CloudTrail-Digest/d.bin: digest",
		"skip logs/CloudTrail-Digest/d.json: digest",
		"skip logs/CloudTrail-Digest/l21.json: digest",
		"object logs/a.json",
		"skip logs/l01-file.json: alreadyListed",
		"skip logs/l02-absolute.json: alreadyListed",
		"skip logs/l03-folder: alreadyListed",
		"skip logs/l05-itself: alreadyListed",
		"fail logs/l06-outside.json: linkOutside",
		"fail logs/l07-outside-folder: linkOutside",
		"skip logs/l08-outside.bin: notLogFile",
		"fail logs/l09-dangling: linkBroken",
		"fail logs/l10-dangling.json: linkBroken",
		"fail logs/l11-loop.json: linkBroken",
		"fail logs/l12-loop.json: linkBroken",
		"object logs/l13-through.json",
		"object logs/l14-through-absolute.json",
		"object logs/l15-chain.json",
		"skip logs/l16-no-log.txt: notLogFile",
		"object logs/l17-out-and-back.json",
		"fail logs/l18-same-beginning.json: linkOutside",
		"skip logs/l19-digest.json: digest",
		"skip logs/l20-digest.json: digest",
		"fail logs/l22-pipe.json: notRegular",
		"fail logs/l23-device.json: linkOutside",
		"fail logs/l25-no-folder.json: linkBroken",
		"fail logs/pipe: notRegular",
		"object logs/sub/b.json",
		"skip logs/sub/data.bin: notLogFile",
		"skip logs/sub/l04-ancestor: alreadyListed",
		"object logs/sub/l24-up.json",
	)
	for _, object := range objects {
		want := object.Name
		if strings.Contains(object.Name, "/l") {
			want = "logs/sub/data.bin"
		}
		mustRead(t, source, object.Name, want)
		if object.Size != int64(len(want)) {
			t.Errorf("%s has %d bytes, want %d", object.Name, object.Size, len(want))
		}
	}
	for _, name := range []string{"logs/l06-outside.json", "logs/l07-outside-folder/c.json", "logs/l18-same-beginning.json", "logs/../outside/c.json"} {
		if content, err := read(t, source, name); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: read %q, error %v", name, content, err)
		}
	}
}

func TestNamedFolderMayBeALink(t *testing.T) {
	inFolder(t, "real/logs/a.json", "real/logs/data.bin")
	link(t, "real/logs", "linked")
	link(t, "data.bin", "real/logs/through.json")
	source := local.New([]string{"linked"}, local.Options{})
	told(t, source, "object linked/a.json", "skip linked/data.bin: notLogFile", "object linked/through.json")
	mustRead(t, source, "linked/a.json", "real/logs/a.json")
	mustRead(t, source, "linked/through.json", "real/logs/data.bin")
}

func TestNotRegular(t *testing.T) {
	inFolder(t, "logs/a.json", "logs/CloudTrail-Digest/d.json")
	fifo(t, "logs/pipe.json")
	fifo(t, "logs/pipe")
	fifo(t, "logs/CloudTrail-Digest/pipe.json")
	listener, err := net.Listen("unix", "logs/socket.json")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	want := []string{
		"skip logs/CloudTrail-Digest/d.json: digest",
		"skip logs/CloudTrail-Digest/pipe.json: digest",
		"object logs/a.json",
		"fail logs/pipe: notRegular",
		"fail logs/pipe.json: notRegular",
		"fail logs/socket.json: notRegular",
	}
	// Making a device needs a privilege that a container may lack; the kernel's own ones are in another tree.
	if err := syscall.Mknod("logs/device.json", syscall.S_IFCHR|0o666, 1<<8|3); err == nil {
		want = append(want[:3:3], append([]string{"fail logs/device.json: notRegular"}, want[3:]...)...)
	} else if !errors.Is(err, syscall.EPERM) {
		t.Fatal(err)
	}
	told(t, local.New([]string{"logs"}, local.Options{}), want...)
}

// A FIFO that is named itself is read until its writer closes it.
func TestNamedFIFO(t *testing.T) {
	inFolder(t)
	fifo(t, "pipe")
	source := local.New([]string{"pipe"}, local.Options{})
	if objects := told(t, source, "object pipe"); objects[0].Size != -1 {
		t.Errorf("size is %d, want -1", objects[0].Size)
	}
	long := strings.Repeat("0123456789", 30_000)
	go func() {
		if err := os.WriteFile("pipe", []byte(long), 0); err != nil {
			t.Error(err)
		}
	}()
	mustRead(t, source, "pipe", long)
}

// waitedFor calls a function when somebody begins to wait for its end.
type waitedFor struct {
	context.Context
	then func()
}

func (c waitedFor) Done() <-chan struct{} {
	c.then()
	return c.Context.Done()
}

// writers are left open to let go of whoever waits for one.
var writers []*os.File

func TestNamedFIFOWithoutWriterEndsWithItsContext(t *testing.T) {
	inFolder(t)
	fifo(t, "pipe")
	source := local.New([]string{"pipe"}, local.Options{})
	objects := told(t, source, "object pipe")
	ctx, cancel := context.WithCancel(t.Context())
	content, err := source.Open(waitedFor{ctx, cancel}, objects[0])
	if !errors.Is(err, context.Canceled) || content != nil || !strings.HasPrefix(err.Error(), "pipe: ") {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	writer, err := os.OpenFile("pipe", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	writers = append(writers, writer)
}

func TestNamedFIFOReadEndsWithItsContext(t *testing.T) {
	inFolder(t)
	fifo(t, "pipe")
	writer, err := os.OpenFile("pipe", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	source := local.New([]string{"pipe"}, local.Options{})
	objects := told(t, source, "object pipe")
	ctx, cancel := context.WithCancel(t.Context())
	content, err := source.Open(ctx, objects[0])
	if err != nil {
		t.Fatal(err)
	}
	go cancel()
	if _, err := content.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	if err := content.Close(); err != nil {
		t.Error(err)
	}
}

// Between listing and opening somebody may put something else in place of a file or of its folder.
func TestSwappedAfterListing(t *testing.T) {
	const name = "logs/sub/a.json"
	tests := []struct {
		why     string
		swap    func(t *testing.T)
		want    string
		message string
	}{
		{"gone", func(*testing.T) { os.Remove(name) }, "", name + ": no such file or directory"},
		{"FIFO", func(t *testing.T) { os.Remove(name); fifo(t, name) }, "", name + ": no regular file"},
		{"folder", func(t *testing.T) { os.Remove(name); write(t, name+"/b.json", "") }, "", name + ": no regular file"},
		{"link out", func(t *testing.T) { os.Remove(name); link(t, "../../outside/a.json", name) }, "", name + ": it leads out of logs"},
		{"link out by the folder", func(t *testing.T) { os.RemoveAll("logs/sub"); link(t, "../outside", "logs/sub") }, "", name + ": it leads out of logs"},
		{"FIFO for the folder", func(t *testing.T) { os.RemoveAll("logs/sub"); fifo(t, "logs/sub") }, "", name + ": "},
		{"another folder", func(t *testing.T) { os.RemoveAll("logs/sub"); write(t, name, "new") }, "new", ""},
		{"another tree", func(t *testing.T) { os.RemoveAll("logs"); write(t, name, "new") }, "new", ""},
	}
	for _, test := range tests {
		for _, held := range []string{"folder not held", "folder held"} {
			t.Run(test.why+", "+held, func(t *testing.T) {
				inFolder(t, name, "logs/sub/other.json", "outside/a.json")
				source := local.New([]string{"logs"}, local.Options{})
				told(t, source, "object "+name, "object logs/sub/other.json")
				if held == "folder held" {
					mustRead(t, source, "logs/sub/other.json", "logs/sub/other.json")
				}
				test.swap(t)
				content, err := read(t, source, name)
				if test.message == "" && (err != nil || content != test.want) {
					t.Errorf("read %q, error %v, want %q", content, err, test.want)
				}
				if test.message != "" && (err == nil || !strings.HasPrefix(err.Error(), test.message)) {
					t.Errorf("read %q, error %v, want %q", content, err, test.message)
				}
			})
		}
	}
}

// A FIFO may take the place of a folder while the one above it is being listed.
func TestFolderSwappedWhileListing(t *testing.T) {
	for _, test := range []struct {
		why  string
		swap func(t *testing.T)
	}{
		{"FIFO", func(t *testing.T) { fifo(t, "logs/b") }},
		{"link out", func(t *testing.T) { link(t, "../outside", "logs/b") }},
		{"gone", func(*testing.T) {}},
	} {
		t.Run(test.why, func(t *testing.T) {
			inFolder(t, "logs/a.json", "logs/b/c.json", "outside/d.json")
			recorder := &sourcetest.Recorder{T: t}
			recorder.OnObject = func(ingest.Object) error {
				os.RemoveAll("logs/b")
				test.swap(t)
				return nil
			}
			if err := local.New([]string{"logs"}, local.Options{}).List(t.Context(), recorder); err != nil {
				t.Fatal(err)
			}
			want := "object logs/a.json fail logs/b: unreadable"
			if got := strings.Join(recorder.Told, " "); got != want {
				t.Errorf("told %q, want %q", got, want)
			}
		})
	}
}
