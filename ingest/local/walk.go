package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"roletrail/ingest"
)

// tree is a folder that was named, with all that lies below it.
type tree struct {
	name string // as shown to people
	path string // as given
	real string // absolute, without links
}

// prefix is what the names of everything in the tree begin with.
func (t *tree) prefix() string {
	switch t.name {
	case ".":
		return ""
	case "/":
		return "/"
	}
	return t.name + "/"
}

func (s *source) walk(ctx context.Context, t *tree, listing ingest.Listing) error {
	if reason := s.options.Deliveries.Outside(t.prefix()); reason != "" {
		listing.Prune(t.prefix(), reason)
		return nil
	}
	root, err := t.open()
	if err != nil {
		listing.Fail(t.name, ingest.FailUnreadable, cause(err))
		return nil
	}
	defer root.Close()
	w := walker{ctx: ctx, source: s, tree: t, listing: listing}
	w.digestsListed = s.digestsListed.Load()
	return w.walk(folder{Root: root, name: t.name, prefix: t.prefix(), real: t.real})
}

type walker struct {
	ctx     context.Context
	source  *source
	tree    *tree
	listing ingest.Listing

	digestsListed bool // what is named like a digest is one
}

// folder is one that is being listed.
type folder struct {
	*os.Root
	name   string // as shown to people
	prefix string // what the names in it begin with
	path   string // from the root of the tree, "" for the root itself
	real   string // absolute, without links

	keys   ingest.Folder // what its path tells of the files in it
	skip   string        // why no file in it is a log file, "" if they may be
	pruned []string      // reasons told for files in it
}

// walk lists one folder and those below it, in the order of the bytes of whole names, as a bucket would. Only the names
// in this one folder, and in those above it, are held at a time.
func (w *walker) walk(f folder) error {
	entries, err := readFolder(f.Root)
	if err != nil {
		w.listing.Fail(f.name, ingest.FailUnreadable, cause(err))
	}
	f.keys, f.skip = ingest.ParseFolder(f.prefix), ingest.SkipKind(f.prefix)
	for i := range entries {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if w.elsewhere(&f, entries[i].name) {
			continue
		}
		if err := w.entry(&f, &entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// entry is what a folder holds under one name.
type entry struct {
	name string
	kind uint32 // of [unix.S_IFMT]
	size int64
}

func (e *entry) isFolder() bool { return e.kind == unix.S_IFDIR }

// readFolder reads the names in a folder and asks the system for kind and size of each, for which [os.File.ReadDir] would
// take several times the memory.
func readFolder(root *os.Root) (entries []entry, err error) {
	folder, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	system, err := folder.SyscallConn()
	if err != nil {
		return nil, err
	}
	names, err := folder.Readdirnames(-1)
	entries = make([]entry, 0, len(names))
	var status unix.Stat_t
	closed := system.Control(func(fd uintptr) {
		for _, name := range names {
			failed := unix.Fstatat(int(fd), name, &status, unix.AT_SYMLINK_NOFOLLOW)
			for failed == unix.EINTR {
				failed = unix.Fstatat(int(fd), name, &status, unix.AT_SYMLINK_NOFOLLOW)
			}
			switch failed {
			case nil:
				entries = append(entries, entry{name, uint32(status.Mode) & unix.S_IFMT, status.Size})
			case unix.ENOENT: // is gone
			default:
				err = failed
				return
			}
		}
	})
	slices.SortFunc(entries, compareEntries)
	return entries, cmp.Or(err, closed)
}

// compareEntries orders by whole names: "a-b/c" comes before "a/c".
func compareEntries(a, b entry) int {
	if a.isFolder() || b.isFolder() {
		return strings.Compare(a.wholeName(), b.wholeName())
	}
	return strings.Compare(a.name, b.name)
}

func (e *entry) wholeName() string {
	if e.isFolder() {
		return e.name + "/"
	}
	return e.name
}

// elsewhere reports whether an entry of f was named itself, so that it is listed in its own turn.
func (w *walker) elsewhere(f *folder, base string) bool {
	return len(w.source.places) > 1 && w.source.elsewhere[filepath.Join(f.real, base)]
}

func (w *walker) entry(f *folder, entry *entry) error {
	name := f.prefix + entry.name
	switch {
	case entry.isFolder():
		return w.folder(f, entry.name)
	case f.skip != "":
		w.listing.Skip(name, f.skip)
	case w.digestsListed && ingest.NamesDigest(name):
		w.listing.Skip(name, ingest.SkipDigest)
	case entry.kind == unix.S_IFLNK:
		return w.link(f, entry.name)
	case entry.kind != unix.S_IFREG:
		w.listing.Fail(name, ingest.FailNotRegular, errNotRegular)
	case !ingest.LogFileName(name):
		w.listing.Skip(name, ingest.SkipNotLogFile)
	case w.prune(f, name):
	default:
		return w.listing.Object(ingest.Object{Name: name, Size: entry.size, Key: f.keys.Key(entry.name)})
	}
	return nil
}

// folder lists a folder in f unless it is dated outside the window.
func (w *walker) folder(f *folder, base string) error {
	name := f.prefix + base
	if reason := w.source.options.Deliveries.Outside(name + "/"); reason != "" {
		w.listing.Prune(name+"/", reason)
		return nil
	}
	root, err := openFolder(f.Root, base)
	if err != nil {
		w.listing.Fail(name, ingest.FailUnreadable, cause(err))
		return nil
	}
	defer root.Close()
	return w.walk(folder{
		Root:   root,
		name:   name,
		prefix: name + "/",
		path:   filepath.Join(f.path, base),
		real:   filepath.Join(f.real, base),
	})
}

// prune reports whether a log file is dated outside the window, and tells so once for each folder and reason.
func (w *walker) prune(f *folder, name string) bool {
	reason := w.source.options.Deliveries.Outside(name)
	if reason == "" {
		return false
	}
	if !slices.Contains(f.pruned, reason) {
		f.pruned = append(f.pruned, reason)
		w.listing.Prune(cmp.Or(f.prefix, "./"), reason)
	}
	return true
}

// link judges a symbolic link by what it leads to. It never leads the walk elsewhere: what lies in the tree is listed
// under its own name. Only a file whose own name does not give it away as a log file can be had through a link.
func (w *walker) link(f *folder, base string) error {
	name := f.prefix + base
	if ingest.LogFileName(name) && w.prune(f, name) {
		return nil
	}
	target, info, err := w.tree.resolve(filepath.Join(f.path, base))
	switch {
	case errors.Is(err, fs.ErrPermission):
		w.listing.Fail(name, ingest.FailUnreadable, cause(err))
	case err != nil:
		w.listing.Fail(name, ingest.FailLinkBroken, cause(err))
	case info.Mode().IsRegular() && !ingest.LogFileName(name):
		w.listing.Skip(name, ingest.SkipNotLogFile)
	case !filepath.IsLocal(target):
		w.listing.Fail(name, ingest.FailLinkOutside, fmt.Errorf("it leads out of %s", w.tree.name))
	case info.IsDir():
		w.listing.Skip(name, ingest.SkipAlreadyListed)
	case !info.Mode().IsRegular():
		w.listing.Fail(name, ingest.FailNotRegular, errNotRegular)
	default:
		return w.linkedFile(name, target, info)
	}
	return nil
}

func (w *walker) linkedFile(name, target string, info fs.FileInfo) error {
	targetName := w.tree.prefix() + filepath.ToSlash(target)
	if skip := ingest.SkipKind(targetName); skip != "" {
		w.listing.Skip(name, skip)
		return nil
	}
	if ingest.LogFileName(targetName) || w.source.byReal[filepath.Join(w.tree.real, target)] != nil {
		w.listing.Skip(name, ingest.SkipAlreadyListed)
		return nil
	}
	return w.listing.Object(ingest.Object{Name: name, Size: info.Size(), Key: ingest.ParseKey(name)})
}
