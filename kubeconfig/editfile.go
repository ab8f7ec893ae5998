package kubeconfig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// editFile replaces the content of a file with the result of edit.
func editFile(path string, edit func([]byte) ([]byte, error)) (err error) {
	unlock, err := lock(path)
	if err != nil {
		return err
	}
	defer unlock()
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("find the file of %s: %w", path, err)
	}
	// Reading a pipe would block while the lock is held.
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file: it stays unchanged", path)
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
	return replaceFile(target, edited)
}

// lock keeps kubectl and kx from losing each other's changes. kubectl makes the same lock file.
func lock(path string) (unlock func(), err error) {
	name := path + ".lock"
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf(
			"%s is locked: another program is changing it; if none is, remove %s", path, name)
	}
	if err != nil {
		return nil, err
	}
	f.Close()
	return func() { os.Remove(name) }, nil
}

// replaceFile replaces a file with a new one of the same mode and owner.
func replaceFile(path string, data []byte) (err error) {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return err
	}
	if err := keepOwner(temp, info); err != nil {
		return err
	}
	if err := temp.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
