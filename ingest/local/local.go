// Package local is the source of log files in the file system and on standard input.
//
// What a folder holds is not trusted: links are followed only inside the folder that was named, and nothing in it can
// make the run wait, as a FIFO would. A path that was named itself is: it is read whatever it is called, a FIFO or a
// device as a stream.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"roletrail/ingest"
)

// StandardInput is the path, and the name of the object, that stands for standard input.
const StandardInput = "-"

// Options say what to leave out and where standard input comes from.
type Options struct {
	// Deliveries leaves out log files below the named folders that are dated outside it. The zero value leaves out none.
	Deliveries ingest.Deliveries
	// Stdin is what the path "-" reads, once. It is not closed.
	Stdin io.Reader
}

// New is the source of paths: files, folders and, at most once, "-". Paths are listed in the order given. What lies
// under several of them is listed once, under the innermost path that holds it. A path that does not exist is an error
// of List.
func New(paths []string, options Options) ingest.Source {
	return &source{paths: paths, options: options}
}

type source struct {
	paths   []string
	options Options

	once       sync.Once // guards what examine finds
	places     []place
	byReal     map[string]*place
	elsewhere  map[string]bool // real paths that the walk of a folder passes over, for they are listed in their own turn
	files      map[string]*place
	trees      map[string]*tree
	examineErr error

	folders       heldFolders
	stdinUsed     atomic.Bool
	digestsListed atomic.Bool // by ListDigests, so that List takes none for a log file
}

// place is one of the paths as it was found.
type place struct {
	name  string      // as shown to people
	path  string      // as given
	real  string      // absolute, without links
	entry string      // absolute, without links but perhaps the last part: where a walk would come across it
	info  fs.FileInfo // nil for standard input and with err
	err   error       // why it cannot be looked at
	tree  *tree       // if it is a folder
	again bool        // an earlier path leads to the same file or folder
}

func (s *source) List(ctx context.Context, listing ingest.Listing) error {
	return s.each(ctx, func(p *place) error { return s.list(ctx, p, listing) })
}

func (s *source) each(ctx context.Context, do func(*place) error) error {
	s.once.Do(func() { s.examineErr = s.examine() })
	if s.examineErr != nil {
		return s.examineErr
	}
	for i := range s.places {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := do(&s.places[i]); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *source) list(ctx context.Context, p *place, listing ingest.Listing) error {
	switch {
	case p.again:
		if s.byReal[p.real].name != p.name {
			listing.Skip(p.name, ingest.SkipAlreadyListed)
		}
		return nil
	case p.err != nil:
		listing.Fail(p.name, ingest.FailUnreadable, p.err)
		return nil
	case p.tree != nil:
		return s.walk(ctx, p.tree, listing)
	case p.name == StandardInput:
		return listing.Object(ingest.Object{Name: p.name, Size: -1})
	case s.digestsListed.Load() && ingest.NamesDigest(p.name):
		listing.Skip(p.name, ingest.SkipDigest)
		return nil
	}
	object := ingest.Object{Name: p.name, Size: -1, Key: ingest.ParseKey(p.name)}
	if p.info.Mode().IsRegular() {
		object.Size = p.info.Size()
	}
	return listing.Object(object)
}

// examine looks at all paths before anything is listed, so that a mistyped one costs no time.
func (s *source) examine() error {
	s.places = make([]place, len(s.paths))
	s.byReal = make(map[string]*place)
	s.elsewhere = make(map[string]bool)
	s.files = make(map[string]*place)
	s.trees = make(map[string]*tree)
	for i, path := range s.paths {
		p := &s.places[i]
		var err error
		if *p, err = examinePath(path); err != nil {
			return err
		}
		s.elsewhere[p.real], s.elsewhere[p.entry] = true, true
		switch {
		case s.byReal[p.real] == nil:
			s.byReal[p.real] = p
		case p.name == StandardInput:
			return &ingest.NoSuchSourceError{Err: errors.New("-: standard input can be read only once\nhint: name it once")}
		default:
			p.again = true
			continue
		}
		if p.tree != nil {
			s.trees[p.name] = p.tree
		} else if p.err == nil {
			s.files[p.name] = p
		}
	}
	if s.files[StandardInput] != nil && s.options.Stdin == nil {
		return errors.New("-: there is no standard input")
	}
	return nil
}

func examinePath(path string) (place, error) {
	if path == StandardInput {
		return place{name: path, real: path, entry: path}, nil
	}
	if path == "" {
		return place{}, &ingest.NoSuchSourceError{Err: errors.New(`"": an empty path` + pathHint)}
	}
	p := place{name: filepath.ToSlash(filepath.Clean(path)), path: path}
	if p.name == StandardInput {
		p.name = "./" + p.name
	}
	var err error
	if p.info, err = os.Stat(path); errors.Is(err, fs.ErrPermission) {
		p.err = cause(err)
	} else if err != nil {
		return place{}, &ingest.NoSuchSourceError{Err: fmt.Errorf("%s: %w%s", p.name, cause(err), pathHint)}
	}
	if p.real, err = filepath.Abs(path); err != nil {
		return place{}, fmt.Errorf("%s: %w", p.name, err)
	}
	p.entry = p.real
	if folder, err := filepath.EvalSymlinks(filepath.Dir(p.real)); err == nil {
		p.entry = filepath.Join(folder, filepath.Base(p.real))
	}
	// What has no path of its own, such as the pipe behind /dev/stdin, is known by the path that leads to it.
	if real, err := filepath.EvalSymlinks(p.entry); err == nil {
		p.real = real
	}
	if p.err == nil && p.info.IsDir() {
		p.tree = &tree{name: p.name, path: path, real: p.real}
	}
	return p, nil
}

const pathHint = "\nhint: name log files, folders that hold some, or - for standard input"

func (s *source) Open(ctx context.Context, object ingest.Object) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", object.Name, err)
	}
	content, err := s.open(ctx, object.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", object.Name, cause(err))
	}
	if s.digestsListed.Load() && isDigest(object.Name) {
		return s.withSidecar(ctx, content, object.Name), nil
	}
	return content, nil
}

func (s *source) open(ctx context.Context, name string) (io.ReadCloser, error) {
	if p := s.files[name]; p != nil {
		return s.openNamed(ctx, p)
	}
	return s.openBelow(name)
}

// openNamed opens a file that was named itself.
func (s *source) openNamed(ctx context.Context, p *place) (io.ReadCloser, error) {
	if p.name == StandardInput {
		if s.stdinUsed.Swap(true) {
			return nil, errors.New("standard input has been read already")
		}
		return openStream(ctx, func() (io.ReadCloser, error) { return io.NopCloser(s.options.Stdin), nil })
	}
	if p.info.Mode().IsRegular() {
		return regular(os.OpenFile(p.path, readFlags, 0))
	}
	return openStream(ctx, func() (io.ReadCloser, error) { return os.Open(p.path) })
}

// treeOf finds the innermost named folder that holds name, and the path from there.
func (s *source) treeOf(name string) (*tree, string) {
	if name == "" { // what the names in "." begin with
		return s.trees["."], ""
	}
	for end := len(name); end > 0; {
		end = strings.LastIndexByte(name[:end], '/')
		folder := "."
		if end == 0 {
			folder = "/"
		} else if end > 0 {
			folder = name[:end]
		}
		if t := s.trees[folder]; t != nil {
			return t, name[end+1:]
		}
	}
	return nil, ""
}

// readFlags keep the opening of a FIFO from waiting for a writer. Regular files are read as ever.
const readFlags = os.O_RDONLY | syscall.O_NONBLOCK

var errNotRegular = errors.New("no regular file")

// regular passes on a file that was opened with readFlags, unless it has turned out to be something else.
func regular(file *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// cause is the bare reason in an error of the file system, for messages that name the file themselves.
func cause(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}
