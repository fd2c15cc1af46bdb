package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"time"
)

// memory serves files by their paths. It reads nothing from disk, and never looks at what it serves.
type memory map[string]file

type file struct {
	content  []byte
	modified time.Time
}

// readFiles reads all files below a folder.
func readFiles(folder string) (memory, error) {
	files := memory{}
	tree := os.DirFS(folder)
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, err := fs.ReadFile(tree, path)
		files["/"+path] = file{content, info.ModTime()}
		return err
	})
	return files, err
}

// ServeHTTP implements [http.Handler].
func (m memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, found := m[r.URL.Path]
	if !found {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", f.modified, bytes.NewReader(f.content))
}
