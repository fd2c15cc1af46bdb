package local

import (
	"fmt"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// file is a regular file in a folder of a tree. An [os.File] would cost a small log file as much again as what it needs
// of the system: memory, a finalizer, and an attempt to have the poller wait for it, which regular files do not allow.
type file struct {
	name string
	base int // where the name of the file itself begins in name
	fd   int
	size int64 // when it was opened
	n    int64 // bytes read so far
}

// openIn opens a file in a folder. A link is an error, and so is what is no regular file: then nothing was read of it.
func openIn(folder syscall.RawConn, name string, base int) (*file, error) {
	f := &file{name: name, base: base}
	var err error
	if closed := folder.Control(func(fd uintptr) { err = f.open(int(fd)) }); closed != nil {
		return nil, closed
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *file) open(folder int) (err error) {
	if f.fd, err = unix.Openat(folder, f.name[f.base:], readFlags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0); err != nil {
		return err
	}
	var status unix.Stat_t
	err = unix.Fstat(f.fd, &status)
	if err == nil && status.Mode&unix.S_IFMT != unix.S_IFREG {
		err = errNotRegular
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	f.size = status.Size
	return nil
}

// Read implements [io.Reader]. It tells of the end with the last bytes, if those are as many as there were on opening.
func (f *file) Read(p []byte) (int, error) {
	p = p[:min(len(p), 1<<30)] // some systems refuse more
	n, err := unix.Read(f.fd, p)
	for err == unix.EINTR {
		n, err = unix.Read(f.fd, p)
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", f.name, err)
	}
	f.n += int64(n)
	if len(p) > 0 && (n == 0 || n < len(p) && f.n == f.size) {
		return n, io.EOF
	}
	return n, nil
}

// Close implements [io.Closer]. A second call does nothing: the system may have given the number to another file by then.
func (f *file) Close() error {
	fd := f.fd
	f.fd = -1
	return unix.Close(fd)
}
