package trailgen

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

// deliveredFile is what a digest says of a log file.
type deliveredFile struct {
	name           LogFile
	hash           [32]byte // SHA-256 of its text
	oldest, newest string   // event times; "" if it has no event
}

// deliveredFiles returns the log files below a folder by name and time of delivery. Files with other names are none.
func deliveredFiles(dir string, workers int) (files []deliveredFile, err error) {
	err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		below, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if parsed, ok := parseLogFile(filepath.ToSlash(below)); ok {
			files = append(files, deliveredFile{name: parsed})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b deliveredFile) int {
		return cmp.Or(a.name.Delivered.Compare(b.name.Delivered), cmp.Compare(a.name.Key(), b.name.Key()))
	})
	var group errgroup.Group
	group.SetLimit(workers)
	for i := range files {
		group.Go(func() error { return files[i].read(dir) })
	}
	return files, group.Wait()
}

// parseLogFile is the way back from LogFile.Key.
func parseLogFile(key string) (name LogFile, ok bool) {
	parts := strings.Split(key, "/")
	at := len(parts) - 7 // the account, and after it the kind, the Region, three numbers of the date and the file
	if at < 1 {
		return LogFile{}, false
	}
	name.Account, name.Region = parts[at], parts[at+2]
	above := parts[:at]
	if last := len(above) - 1; strings.HasPrefix(above[last], "o-") {
		name.Organization, above = above[last], above[:last]
	}
	if len(above) == 0 {
		return LogFile{}, false
	}
	name.Prefix = strings.Join(above[:len(above)-1], "/")
	date, unique, _ := strings.Cut(strings.TrimPrefix(parts[at+6], name.Account+"_CloudTrail_"+name.Region+"_"), "_")
	name.Delivered, _ = time.Parse("20060102T1504Z", date) // if it can't be parsed, the key won't be the same
	name.Unique = strings.TrimSuffix(unique, ".json.gz")
	return name, name.Key() == key
}

// read finds out what a digest says of the file.
func (f *deliveredFile) read(dir string) error {
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(f.name.Key())))
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := inflate(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Name(), err)
	}
	f.hash = sha256.Sum256(text)
	const key, size = `"eventTime":"`, len("2026-11-14T00:00:00Z")
	for rest := text; ; {
		at := bytes.Index(rest, []byte(key))
		if at < 0 || len(rest) < at+len(key)+size {
			return nil
		}
		rest = rest[at+len(key):]
		when := string(rest[:size])
		f.newest = max(f.newest, when)
		if f.oldest == "" || when < f.oldest {
			f.oldest = when
		}
	}
}

func inflate(file io.Reader) ([]byte, error) {
	reader, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
