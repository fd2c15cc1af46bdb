package trailgen

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Summary counts what was written.
type Summary struct {
	Files      int
	Events     int
	Bytes      int64 // of log files as they are, gzipped
	Inflated   int64 // of their text
	FirstEvent time.Time
	LastEvent  time.Time
}

// Write writes a trail below a folder, which it makes if needed, and a README.md that says what it is. Memory holds one
// file per worker, whatever the number of files. It stops at the first error of the file system, leaving what it wrote.
func Write(dir string, options Options) (Summary, error) {
	t, err := newTrail(options)
	if err != nil {
		return Summary{}, err
	}
	if err := writeReadme(dir); err != nil {
		return Summary{}, err
	}
	var (
		next    atomic.Int64
		group   sync.WaitGroup
		mutex   sync.Mutex
		summary Summary
		failure error
	)
	for range t.Workers {
		group.Go(func() {
			w := writer{trail: t, dir: dir, packer: newPacker()}
			for {
				i := int(next.Add(1)) - 1
				if i >= t.files {
					break
				}
				if err := w.file(i); err != nil {
					next.Store(int64(t.files)) // the other workers end after the file they are at
					mutex.Lock()
					failure = err
					mutex.Unlock()
					return
				}
			}
			mutex.Lock()
			summary.add(w.summary)
			mutex.Unlock()
		})
	}
	group.Wait()
	return summary, failure
}

func (s *Summary) add(other Summary) {
	s.Files += other.Files
	s.Events += other.Events
	s.Bytes += other.Bytes
	s.Inflated += other.Inflated
	if s.FirstEvent.IsZero() || !other.FirstEvent.IsZero() && other.FirstEvent.Before(s.FirstEvent) {
		s.FirstEvent = other.FirstEvent
	}
	if other.LastEvent.After(s.LastEvent) {
		s.LastEvent = other.LastEvent
	}
}

// writer is one worker with the buffers that it uses again for each file.
type writer struct {
	trail   *trail
	dir     string
	text    []byte // the events of a file, one behind the other
	ends    []int  // where each ends
	order   []int  // CloudTrail keeps no order in a file
	packer  *gzip.Writer
	folder  string // the last one made
	summary Summary
}

func (w *writer) file(i int) error {
	w.text, w.ends, w.order = w.text[:0], w.ends[:0], w.order[:0]
	name, r := w.trail.events(i, func(event Object) {
		w.order = append(w.order, len(w.ends))
		w.text = event.AppendJSON(w.text)
		w.ends = append(w.ends, len(w.text))
		if at, err := time.Parse(time.RFC3339, event.Text("eventTime")); err == nil {
			w.summary.add(Summary{FirstEvent: at, LastEvent: at})
		}
	})
	shuffle(r, w.order)
	path := filepath.Join(w.dir, filepath.FromSlash(name.Key()))
	if folder := filepath.Dir(path); folder != w.folder {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return err
		}
		w.folder = folder
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	size, err := w.pack(file)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	w.summary.Files++
	w.summary.Events += len(w.order)
	w.summary.Bytes += size
	return nil
}

// pack writes the events into the envelope and through gzip; it returns the size of the file.
func (w *writer) pack(file *os.File) (int64, error) {
	w.packer.Reset(file)
	write := func(text []byte) {
		w.packer.Write(text) // an error stays with the packer, and Close returns it
		w.summary.Inflated += int64(len(text))
	}
	write([]byte(`{"Records":[`))
	for n, i := range w.order {
		if n > 0 {
			write([]byte{','})
		}
		start := 0
		if i > 0 {
			start = w.ends[i-1]
		}
		write(w.text[start:w.ends[i]])
	}
	write([]byte(`]}`))
	if err := w.packer.Close(); err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// writeReadme makes the folder and says in it that what it holds is not real.
func writeReadme(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "README.md"), []byte(syntheticReadme), 0o666)
}

const syntheticReadme = `# Synthetic CloudTrail log files

Everything below this folder was made up by trailgen (see cmd/trailgen). No account, role, key, address or person in it
exists: account ids are those of AWS's examples, access key ids end in EXAMPLE, session tokens begin with SYNTHETIC.
`
