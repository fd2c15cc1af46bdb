//go:build unix && !linux

package s3server

import "syscall"

// ownGroup lets a process be stopped with all that it starts.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
