package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// checkFolder finds out whether writeFolder has a chance, before a long run: the folder is new, or empty and can give way.
func checkFolder(name string) error {
	entries, err := os.ReadDir(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return cause(err)
	case len(entries) > 0:
		return errors.New("is not empty")
	}
	isThere := err == nil
	name = folderPath(name)
	temp, err := createFolderBeside(name)
	if err != nil {
		return cause(err)
	}
	if err := os.Remove(temp); err != nil || !isThere {
		return cause(err)
	}
	// The folder gives way for a moment. The working folder does not, nor does one that a file system is mounted on.
	if err := os.Rename(name, temp); err != nil {
		return cause(err)
	}
	return cause(os.Rename(temp, name))
}

// folderPath is where a folder lies that a name, which may be that of a link, stands for.
func folderPath(name string) string {
	if path, err := filepath.EvalSymlinks(name); err == nil {
		return path
	}
	return filepath.Clean(name)
}

func createFolderBeside(name string) (string, error) {
	return os.MkdirTemp(filepath.Dir(name), ".roletrail-*")
}

// writeFolder writes a folder whole or not at all: under another name first, beside it.
func (t *target) writeFolder(fill func(create func(name string) (io.WriteCloser, error)) error) error {
	if err := writeFolder(t.name, fill); err != nil {
		return failure("", "%s: %w", t.name, err)
	}
	return nil
}

func writeFolder(name string, fill func(create func(name string) (io.WriteCloser, error)) error) (err error) {
	name = folderPath(name)
	temp, err := createFolderBeside(name)
	if err != nil {
		return cause(err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(temp)
			err = cause(err)
		}
	}()
	err = fill(func(inside string) (io.WriteCloser, error) {
		path := filepath.Join(temp, filepath.FromSlash(inside))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
		file, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		return &bufferedFile{bufio.NewWriter(file), file}, nil
	})
	if err != nil {
		return err
	}
	if err = os.Chmod(temp, 0o777&^umask()); err != nil {
		return err
	}
	// An empty folder of the name gives way. One that is not empty any more does not.
	if err = os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(temp, name)
}

// bufferedFile is a file that is written in large pieces.
type bufferedFile struct {
	*bufio.Writer
	file *os.File
}

// Close ends the file. It is whole only if there is no error.
func (f *bufferedFile) Close() error {
	err := f.Flush()
	return errors.Join(err, f.file.Close())
}
