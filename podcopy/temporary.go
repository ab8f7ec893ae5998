package podcopy

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// temporaryPrefix begins the name of each file that a copy has not completed yet.
	temporaryPrefix = ".kx-cp-"
	// abandonedLinkAge is how old a temporary symbolic link is whose copy has been killed.
	// A copy renames such a link at once, and a link cannot be locked.
	abandonedLinkAge = time.Minute
)

// temporaryName returns a name for a file that is not complete yet.
func temporaryName() string { return temporaryPrefix + randomID() }

func randomID() string { return strconv.FormatUint(rand.Uint64(), 36) }

// createTemporary creates a file in folder, a directory of root. The file stays locked until the
// caller closes lock, which may be nil, so that removeAbandoned of another copy leaves it alone.
func createTemporary(root *os.Root, folder string, mode fs.FileMode) (f, lock *os.File, name string,
	err error) {
	for {
		name = filepath.Join(folder, temporaryName())
		f, err = root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return nil, nil, "", err
		}
		lock = lockTemporary(root, name)
		_, err = root.Lstat(name)
		if err == nil {
			return f, lock, name, nil
		}
		// Another copy took the file for an abandoned one before it was locked.
		f.Close()
		lock.Close()
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, "", err
		}
	}
}

// lockTemporary opens and locks a temporary file. It returns nil if the file cannot be locked.
//
// The lock has an open file of its own: it outlasts the end of writing, which may fail.
func lockTemporary(root *os.Root, name string) *os.File {
	f, err := root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil
	}
	if !tryLock(f) {
		f.Close()
		return nil
	}
	return f
}

// removeAbandoned removes the temporary files in folder, a directory of root, whose copy was
// killed: the kernel has released their locks.
func removeAbandoned(root *os.Root, folder string) {
	f, err := root.Open(folder)
	if err != nil {
		return
	}
	defer f.Close()
	for err == nil {
		var names []string
		names, err = f.Readdirnames(1000)
		for _, name := range names {
			if strings.HasPrefix(name, temporaryPrefix) {
				removeIfAbandoned(root, filepath.Join(folder, name))
			}
		}
	}
}

func removeIfAbandoned(root *os.Root, name string) {
	info, err := root.Lstat(name)
	if err != nil {
		return
	}
	switch info.Mode().Type() {
	case fs.ModeSymlink:
		if time.Since(info.ModTime()) > abandonedLinkAge {
			_ = root.Remove(name) // is tried again by the next copy
		}
	case 0:
		lock := lockTemporary(root, name)
		if lock != nil {
			_ = root.Remove(name)
			lock.Close()
		}
	}
}
