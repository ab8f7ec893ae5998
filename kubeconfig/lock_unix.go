//go:build unix && !aix && !solaris

package kubeconfig

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// hold takes the flock(2) of a new lock file, and reports whether the file is the lock then. On a
// file system without flock(2) it is, because nobody else can take it for left over.
func hold(f *os.File) bool {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	return !errors.Is(err, syscall.EWOULDBLOCK) && hasName(f)
}

// removeLeftover removes a lock file that no program holds, and reports whether the name is free.
func removeLeftover(name string) bool {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	info, err := f.Stat()
	isForeign := err != nil || !info.Mode().IsRegular() || info.Mode().Perm() == 0
	return !isForeign && syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil &&
		hasName(f) && os.Remove(name) == nil
}

// hasName reports whether f still has the name by which it was opened.
func hasName(f *os.File) bool {
	own, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(f.Name())
	return err == nil && os.SameFile(own, named)
}

// publish replaces the file at path with the lock file, which ends the lock.
func publish(lock *os.File, path string) error {
	defer lock.Close() // not before: another kx would remove the file
	return os.Rename(lock.Name(), path)
}

// discard removes the lock file, which ends the lock.
func discard(lock *os.File) {
	os.Remove(lock.Name())
	lock.Close()
}
