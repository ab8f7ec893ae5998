//go:build !unix || aix || solaris

package kubeconfig

import "os"

// hold does nothing: these systems have no flock(2).
func hold(*os.File) bool { return true }

// removeLeftover removes nothing: whether a program holds the file is unknown.
func removeLeftover(string) bool { return false }

// publish replaces the file at path with the lock file, which ends the lock.
func publish(lock *os.File, path string) error {
	if err := lock.Close(); err != nil { // Windows renames no open file
		return err
	}
	return os.Rename(lock.Name(), path)
}

// discard removes the lock file, which ends the lock.
func discard(lock *os.File) {
	lock.Close()
	os.Remove(lock.Name())
}
