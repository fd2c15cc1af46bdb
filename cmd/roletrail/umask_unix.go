//go:build unix

package main

import (
	"os"
	"syscall"
)

// umask returns the permissions that new files do not get. It can only be asked for by setting it.
func umask() os.FileMode {
	mask := syscall.Umask(0o077)
	syscall.Umask(mask)
	return os.FileMode(mask)
}
