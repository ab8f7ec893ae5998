package podcopy

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// replace creates a file or a link under a temporary name and then gives it the name local.
//
// linkTarget is the entry that a hard link leads to, and "" for any other entry.
func (u *unpacker) replace(contents io.Reader, h *tar.Header, linkTarget, local string,
	kind entryKind) error {
	temporary := filepath.Join(filepath.Dir(local), temporaryName())
	var lock *os.File
	var err error
	switch {
	case kind == symlinkEntry && linkTarget != "":
		var target string
		if target, err = u.sourceRoot.Readlink(linkTarget); err == nil {
			err = u.sourceRoot.Symlink(target, temporary)
		}
	case kind == symlinkEntry:
		err = u.sourceRoot.Symlink(h.Linkname, temporary)
	case linkTarget != "":
		temporary, lock, err = u.link(h, linkTarget, temporary, local)
	default:
		temporary, lock, err = u.write(contents, h, u.sourceRoot, local)
	}
	defer lock.Close()
	if err == nil {
		err = u.sourceRoot.Rename(temporary, local)
	}
	// Renaming a file onto a hard link of itself does nothing (rename(2)): temporary remains.
	if temporary != "" && (err != nil || linkTarget != "") {
		_ = u.sourceRoot.Remove(temporary)
	}
	return err
}

// link makes name a hard link to linkTarget, a file of this archive. Where the disk has no hard
// links, it makes a copy. It returns the name and the lock of the link or the copy.
func (u *unpacker) link(h *tar.Header, linkTarget, name, final string) (temporary string,
	lock *os.File, err error) {
	info, err := u.sourceRoot.Lstat(linkTarget)
	if err != nil {
		return "", nil, err
	}
	if !info.Mode().IsRegular() {
		return "", nil, errors.New("the file that it is a hard link to was replaced")
	}
	lock = lockTemporary(u.sourceRoot, linkTarget)
	if u.sourceRoot.Link(linkTarget, name) == nil {
		return name, lock, nil
	}
	lock.Close()
	f, err := u.sourceRoot.OpenFile(linkTarget, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	opened, err := f.Stat()
	if err != nil {
		return "", nil, err
	}
	if !os.SameFile(info, opened) {
		return "", nil, errors.New("the file that it is a hard link to was replaced")
	}
	copied := *h
	copied.Size = opened.Size()
	return u.write(io.LimitReader(f, copied.Size), &copied, u.sourceRoot, final)
}

// write writes an entry's contents to a new temporary file, which is to replace final. It returns
// the file's name and its lock. If it fails, it leaves no file.
func (u *unpacker) write(contents io.Reader, h *tar.Header, root *os.Root,
	final string) (temporary string, lock *os.File, err error) {
	if u.Limit > 0 && h.Size > u.Limit-u.written {
		return "", nil, u.limitError()
	}
	mode, exact := permissions(h.Mode), u.Preserve
	replaced, err := root.Lstat(final)
	if err == nil && replaced.Mode().IsRegular() && !u.Preserve {
		mode, exact = replaced.Mode().Perm(), true
	}
	created := mode | ownerAccess // less the umask
	if exact {
		created = ownerAccess
	}
	f, lock, temporary, err := createTemporary(root, filepath.Dir(final), created)
	if err != nil {
		return "", nil, err
	}
	n, err := u.contents.copy(f, contents)
	u.written += n
	if err == nil && (exact || created != mode) {
		err = setFileMode(f, mode, exact)
	}
	closed := f.Close()
	if err == nil {
		err = closed
	}
	if err == nil && !u.NoPreserve {
		err = setTime(root, temporary, h.ModTime)
	}
	if err != nil {
		_ = root.Remove(temporary)
		lock.Close()
		return "", nil, err
	}
	return temporary, lock, nil
}

// ownerAccess is what the owner may do with a temporary file: the next copy opens it to see
// whether it is locked.
const ownerAccess fs.FileMode = 0o600

// setFileMode sets the mode of a new file: exactly, or less what the umask has taken off.
func setFileMode(f *os.File, mode fs.FileMode, exact bool) error {
	if !exact {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		mode &= info.Mode()
	}
	return f.Chmod(mode)
}
