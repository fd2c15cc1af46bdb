package local

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// open opens the folder of the tree itself.
func (t *tree) open() (*os.Root, error) { return os.OpenRoot(t.path + "/.") }

// openFolder opens a folder below root. The dot at the end makes the system open nothing but folders: a FIFO that has
// taken the place of one would wait for a writer.
func openFolder(root *os.Root, path string) (*os.Root, error) { return root.OpenRoot(path + "/.") }

// resolve follows all links in a path from the root of the tree. The result is a path from there too; it is not local
// ([filepath.IsLocal]) if it leads out of the tree.
func (t *tree) resolve(path string) (target string, info fs.FileInfo, err error) {
	real, err := filepath.EvalSymlinks(filepath.Join(t.real, path))
	if err != nil {
		return "", nil, err
	}
	if info, err = os.Lstat(real); err != nil {
		return "", nil, err
	}
	target, err = filepath.Rel(t.real, real)
	return target, info, err
}

// openBelow opens a regular file in a tree, and nothing outside it, even if folders are moved and links put in their
// place meanwhile.
//
// The system checks that, through [os.Root]. It takes a call for each folder on the way, which doubles the cost of
// reading a small file, so the innermost folder is kept open for the files listed next.
func (s *source) openBelow(name string) (io.ReadCloser, error) {
	base := strings.LastIndexByte(name, '/') + 1
	if folder, err := s.folderOf(name[:base]); err == nil {
		if file, err := openIn(folder, name, base); err == nil {
			return file, nil
		}
	}
	// A link, a folder that was closed meanwhile to hold another one, or an error that will come again.
	t, path := s.treeOf(name)
	if t == nil {
		return nil, errNotListed
	}
	target, _, err := t.resolve(path)
	if err != nil {
		return nil, err
	}
	if !filepath.IsLocal(target) {
		return nil, errors.New("it leads out of " + t.name)
	}
	root, err := t.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return regular(root.OpenFile(target, readFlags, 0))
}

var errNotListed = errors.New("not listed by this source")

// heldFolders keeps some folders open. Objects are opened nearly in the order of listing, so a few are enough for any
// number of readers. Those left at the end are closed when the source is garbage collected.
type heldFolders struct {
	mutex sync.Mutex
	held  [16]heldFolder
	next  int // to be given up for another
}

type heldFolder struct {
	prefix string // of the names in it
	file   *os.File
	system syscall.RawConn // of the same
}

// folderOf returns the folder in which names have a prefix. It may be closed at any time, which its methods report as
// [os.ErrClosed].
func (s *source) folderOf(prefix string) (syscall.RawConn, error) {
	h := &s.folders
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for i := range h.held { // the newest first
		held := &h.held[(h.next+len(h.held)-1-i)%len(h.held)]
		if held.file != nil && held.prefix == prefix {
			return held.system, nil
		}
	}
	t, path := s.treeOf(prefix)
	if t == nil {
		return nil, errNotListed
	}
	folder, err := t.openFile(path)
	if err != nil {
		return nil, err
	}
	system, err := folder.SyscallConn()
	if err != nil {
		folder.Close()
		return nil, err
	}
	if old := h.held[h.next].file; old != nil {
		old.Close()
	}
	h.held[h.next] = heldFolder{strings.Clone(prefix), folder, system}
	h.next = (h.next + 1) % len(h.held)
	return system, nil
}

// openFile opens a folder in the tree as a file.
func (t *tree) openFile(path string) (*os.File, error) {
	top, err := t.open()
	if err != nil {
		return nil, err
	}
	defer top.Close()
	root, err := openFolder(top, filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(".")
}
