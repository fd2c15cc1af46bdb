package s3server

import "syscall"

// ownGroup lets a process be stopped with all that it starts. It ends with the tests even if they end without clean-up,
// as they do when they take too long.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
