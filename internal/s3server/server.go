// Package s3server starts a real S3 server for tests: versitygw (github.com/versity/versitygw) over a temporary folder, on
// loopback. Files that are put below the folder of a bucket by other means than S3 are its objects at once.
//
// # Where it differs from Amazon S3
//
// The server keeps objects in a file system, and that shows:
//
//   - A key can't be an object and the folder of others ("a" and "a/b"); an empty segment ("a//b") and the segments "."
//     and ".." are not kept as they are; a segment has 255 bytes at most. [Server.Put] fails for such keys.
//   - A listing with a delimiter shows empty folders as common prefixes. A listing without one does not show them, unless
//     a key that ends in "/" was put there.
//   - A file that was not put through S3 has the ETag [DefaultETag], as have all others of its kind, a Content-Type that
//     is guessed from its name, no checksum and no Content-Encoding. Other tools see the objects that were put through S3
//     as files, but their headers are not in the file.
//   - The storage class is always STANDARD. Archived objects, denied keys and throttling are the part of package
//     faultproxy.
//   - A full page may be said not to be the last although nothing but an empty one follows.
//   - The continuation token is the last key of the page; Amazon S3's is opaque.
//   - The name of a bucket has 3 to 63 characters, as at Amazon S3, and requests name it in their path.
//   - The name .sgwtmp is the server's own: it appears in the folder of a bucket after a [Server.Put], and in no listing.
//
// What a reader of trails builds on is as in Amazon S3, and the tests of this package hold it: keys are listed in the order
// of their UTF-8 bytes ("a-b/y", "a.c", "a/x"), with prefixes that end anywhere, delimiter, start-after and pages of
// any size; all characters of file names come back as they are; ranges, If-Match, Content-Encoding, checksums of
// what was put through S3; signatures are verified, also for their Region.
package s3server

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// DefaultETag is the ETag of an object that was not put through S3.
const DefaultETag = `"00000000000000000000000000000000"`

// Server is a running S3 server. It has one account, whose requests need a signature.
type Server struct {
	URL             string // of the endpoint, without a slash at its end
	Region          string // of all buckets
	AccessKeyID     string
	SecretAccessKey string
	Root            string // a folder; each folder in it is a bucket

	configuration string // a file of the AWS SDKs
	transport     *http.Transport
}

// Start starts a server that ends with the test. Its program is built first if the module's bin folder lacks it, which
// takes some minutes. Under -short, where Go alone must do, the test is skipped.
func Start(t testing.TB) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("needs versitygw, which -short does without")
	}
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		Region:          "us-east-1",
		AccessKeyID:     "AKIAVERSITYGWEXAMPLE",
		SecretAccessKey: rand.Text(),
		Root:            t.TempDir(),
		transport:       &http.Transport{DisableCompression: true},
	}
	t.Cleanup(s.transport.CloseIdleConnections)
	folder := t.TempDir() // of the server's own files
	s.configuration = filepath.Join(folder, "config")
	if err := os.WriteFile(s.configuration, []byte("[default]\n"), 0o644); err != nil {
		t.Fatal(err)
	}

	// Between the choice of a free port and its use someone else may take it.
	for range 5 {
		var address string
		if address, err = freeAddress(); err != nil {
			break
		}
		if err = s.run(t, program, folder, address); err == nil {
			s.URL = "http://" + address
			return s
		}
	}
	t.Fatal(err)
	return nil
}

// run starts the server and returns when it answers or has failed.
func (s *Server) run(t testing.TB, program, folder, address string) error {
	// Nobody else has a health page of this name, so it is this server that answers.
	health := "/health-" + rand.Text()
	sidecar := filepath.Join(folder, "metadata")
	if err := os.MkdirAll(sidecar, 0o755); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()

	command := exec.Command(program,
		"--port", address, "--region", s.Region, "--keep-alive", "--quiet", "--health", health,
		// Without a sidecar, metadata would be extended attributes, which not every file system has.
		"posix", "--sidecar", sidecar, "--default-etag", DefaultETag, "--disable-object-lock-file", s.Root)
	command.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+s.AccessKeyID, "ROOT_SECRET_ACCESS_KEY="+s.SecretAccessKey)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = ownGroup()
	if err := command.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // why it ended is in its log
		close(ended)
	}()
	stop := func() {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) // it may have ended by itself
		<-ended
	}
	if err := s.awaitAnswer("http://"+address+health, ended); err != nil {
		stop()
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s: %w\n%s", program, err, bytes.TrimSpace(said))
	}
	t.Cleanup(stop)
	return nil
}

// awaitAnswer returns when the server at url answers, or an error when it has ended or does not answer for half a minute.
func (s *Server) awaitAnswer(url string, ended <-chan struct{}) error {
	deadline := time.After(30 * time.Second)
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	client := &http.Client{Transport: s.transport, Timeout: 5 * time.Second}
	for {
		if response, err := client.Get(url); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ended:
			return errors.New("ended before it answered")
		case <-deadline:
			return errors.New("does not answer")
		case <-pause.C:
		}
	}
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// Env returns environment variables by which programs with an AWS SDK, and the AWS CLI, use the server as its account,
// and nothing that the user may have configured. They belong behind those of os.Environ.
func (s *Server) Env() []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + s.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + s.SecretAccessKey,
		"AWS_SESSION_TOKEN=",
		"AWS_REGION=" + s.Region,
		"AWS_DEFAULT_REGION=" + s.Region, // of the AWS CLI
		"AWS_ENDPOINT_URL_S3=" + s.URL,
		"AWS_CONFIG_FILE=" + s.configuration,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_PROFILE=default", // the AWS CLI takes an empty one for a name
		"AWS_EC2_METADATA_DISABLED=true",
		"NO_PROXY=127.0.0.1",
	}
}

// Bucket makes a bucket and returns its folder, an absolute path. The file x/y in the folder is the object "x/y".
func (s *Server) Bucket(t testing.TB, name string) (folder string) {
	t.Helper()
	folder = filepath.Join(s.Root, name)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}
