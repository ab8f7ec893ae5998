package kubeconfig

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// editFile replaces the content of a file with the result of edit, and keeps its mode and owner.
// The new content is written into the lock file, whose rename replaces the file and ends the lock.
func editFile(path string, edit func([]byte) ([]byte, error)) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("find the file of %s: %w", path, err)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return err
	}
	link := filepath.Join(folder, filepath.Base(path))
	if link != target { // kubectl locks the name that it is given, and not the target of a link
		lock, err := lockFile(link)
		if err != nil {
			return err
		}
		defer discard(lock)
	}
	lock, err := lockFile(target)
	if err != nil {
		return err
	}
	replaced := false
	defer func() {
		if !replaced {
			discard(lock)
		}
	}()
	info, err := os.Stat(target)
	if err == nil && !info.Mode().IsRegular() { // reading a pipe would block
		err = fmt.Errorf("%s is not a regular file: it stays unchanged", path)
	}
	if err != nil {
		return err
	}
	data, err := readLimited(target)
	if err != nil {
		return err
	}
	edited, err := edit(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if bytes.Equal(edited, data) {
		return nil
	}
	if _, err := lock.Write(edited); err != nil {
		return err
	}
	if err := keepOwner(lock, info); err != nil {
		return err
	}
	if err := lock.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	if err := lock.Sync(); err != nil {
		return err
	}
	replaced = true
	return publish(lock, target)
}
