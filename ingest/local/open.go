package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
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
func (s *source) openBelow(t *tree, path string) (*os.File, error) {
	if folder, err := s.folders.get(t, filepath.Dir(path)); err == nil {
		if file, err := regular(folder.OpenFile(filepath.Base(path), readFlags, 0)); err == nil {
			return file, nil
		}
	}
	// A link, a folder that was closed meanwhile to hold another one, or an error that will come again.
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

// heldFolders keeps some folders open. Objects are opened nearly in the order of listing, so a few are enough for any
// number of readers. Those left at the end are closed when the source is garbage collected.
type heldFolders struct {
	mutex sync.Mutex
	held  [16]heldFolder
	next  int // to be given up for another
}

type heldFolder struct {
	tree *tree
	path string // from the root of the tree
	root *os.Root
}

// get returns a folder that may be closed at any time, which its methods report as [os.ErrClosed].
func (h *heldFolders) get(t *tree, path string) (*os.Root, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for i := range h.held {
		if h.held[i].tree == t && h.held[i].path == path {
			return h.held[i].root, nil
		}
	}
	top, err := t.open()
	if err != nil {
		return nil, err
	}
	defer top.Close()
	root, err := openFolder(top, path)
	if err != nil {
		return nil, err
	}
	if old := h.held[h.next].root; old != nil {
		old.Close()
	}
	h.held[h.next] = heldFolder{t, path, root}
	h.next = (h.next + 1) % len(h.held)
	return root, nil
}
