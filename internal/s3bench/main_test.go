package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tree makes a folder with two files, whose paths it returns in a file of their own.
func tree(t *testing.T) (folder, paths string) {
	folder, paths = t.TempDir(), filepath.Join(t.TempDir(), "paths")
	for path, content := range map[string]string{
		filepath.Join(folder, "a", "b", "c.json.gz"): strings.Repeat("gzip", 5000),
		filepath.Join(folder, "empty"):               "",
		paths:                                        "a/b/c.json.gz\nempty\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder, paths
}

// start runs a server's command until the test program ends, and returns its URL.
func start(t *testing.T, args ...string) string {
	read, write := io.Pipe()
	go func() { _ = write.CloseWithError(command(args, write)) }()
	address, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + strings.TrimSpace(address)
}

func TestGetFromServe(t *testing.T) {
	folder, paths := tree(t)
	url := start(t, "serve", folder)
	var stdout, stderr strings.Builder
	if code := run([]string{"get", url, paths}, &stdout, &stderr); code != 0 || stdout.String() != "2 objects, 20000 bytes\n" {
		t.Errorf("got exit code %d, %q, %q", code, &stdout, &stderr)
	}
	if code := run([]string{"get", url + "/other", paths}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "404 Not Found") {
		t.Errorf("what is not there: got exit code %d, %q", code, &stderr)
	}
}

func TestServeLeavesBytes(t *testing.T) {
	folder, _ := tree(t)
	response, err := http.Get(start(t, "serve", folder) + "/a/b/c.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != strings.Repeat("gzip", 5000) || response.ContentLength != 20000 {
		t.Errorf("got %.20q, length %d, %v", body, response.ContentLength, err)
	}
}

// The length of a delay can be held from below only: a busy machine makes it longer.
func TestDelay(t *testing.T) {
	const wait = 20 * time.Millisecond
	var hosts []string
	connections := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts = append(hosts, r.Host)
		connections[r.RemoteAddr] = true
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
	}))
	defer server.Close()
	url := start(t, "delay", wait.String(), server.Listener.Addr().String())

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for range 3 {
		begin := time.Now()
		response, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || len(body) != 100_000 {
			t.Errorf("got %d bytes, %v", len(body), err)
		}
		if took := time.Since(begin); took < wait {
			t.Errorf("took %v, want at least %v", took, wait)
		}
	}
	if want := strings.TrimPrefix(url, "http://"); len(hosts) != 3 || hosts[2] != want {
		t.Errorf("the server got the hosts %q, want those of the client, %q", hosts, want)
	}
	if len(connections) != 1 {
		t.Errorf("there were %d connections, want one that is used again", len(connections))
	}
}

// A response ends with its connection where it has no length.
func TestDelayUntilClosed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer connection.Close()
		_, _ = bufio.NewReader(connection).ReadString('\n')
		_, _ = io.WriteString(connection, "whole")
	}()
	connection, err := net.Dial("tcp", strings.TrimPrefix(start(t, "delay", "1ms", listener.Addr().String()), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, _ = io.WriteString(connection, "ask\n")
	if got, err := io.ReadAll(connection); err != nil || string(got) != "whole" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestUsage(t *testing.T) {
	for want, calls := range map[int][][]string{
		2: {{}, {"serve"}, {"get", "http://127.0.0.1"}, {"delay", "50", "127.0.0.1:1"}, {"other", "x"}},
		1: {{"serve", filepath.Join(t.TempDir(), "missing")}, {"get", "http://127.0.0.1", filepath.Join(t.TempDir(), "missing")}},
	} {
		for _, args := range calls {
			var stdout, stderr strings.Builder
			if code := run(args, &stdout, &stderr); code != want || !strings.HasPrefix(stderr.String(), "s3bench: ") || stdout.Len() > 0 {
				t.Errorf("%q: got exit code %d, %q, %q", args, code, &stdout, &stderr)
			}
		}
	}
}
