//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package podcopy

import (
	"os"
	"syscall"
)

// tryLock locks an open file (flock(2)), and reports whether nobody else has locked it. The lock
// ends when the file is closed, at the latest with the process.
func tryLock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
