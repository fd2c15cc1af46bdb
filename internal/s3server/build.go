package s3server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// Version of versitygw. The Makefile names it too.
const Version = "v1.8.0"

// program returns the path of versitygw, and builds it if it is missing.
var program = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(root, "bin")
	path := filepath.Join(bin, "versitygw-"+Version)
	if exists(path) {
		return path, nil
	}

	// The tests of several packages run at the same time, and one of them builds for all.
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("%s: %w", lock.Name(), err)
	}
	if exists(path) {
		return path, nil
	}
	return path, build(bin, path)
})

// build builds versitygw in a folder of its own within bin, so that path is never an unfinished file.
func build(bin, path string) error {
	folder, err := os.MkdirTemp(bin, "versitygw-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	command := exec.Command("go", "install", "github.com/versity/versitygw/cmd/versitygw@"+Version)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOBIN="+folder)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("versitygw: cannot be built: %w\n%s", err, output)
	}
	return os.Rename(filepath.Join(folder, "versitygw"), path)
}

// moduleRoot returns the folder of go.mod at or above the working folder, which for a test is its package's.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if exists(filepath.Join(folder, "go.mod")) {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("%s: go.mod is neither here nor above", start)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
