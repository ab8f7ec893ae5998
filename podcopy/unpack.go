package podcopy

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/internal/printable"
)

// unpacker writes the entries of an archive into one directory, or writes one file.
//
// It guards in three ways against archives that try to reach other files:
//
//   - An entry is unpacked only into directories that are entries of the same archive,
//     and never replaces an earlier entry by one of another kind. So no link is followed.
//   - A directory that is here already must be one, not a link to one.
//   - Every path is opened below an os.Root, so these guards work even while other programs change
//     the files.
type unpacker struct {
	*Options
	folder, name string   // where the source goes, and its name there; "." is folder itself
	expected     string   // the kind of the source, as the container's shell reported it
	parentRoot   *os.Root // the directory folder
	sourceRoot   *os.Root // the directory that the source becomes, if it is one
	entries      entryTable
	directories  []newDirectory
	contents     copier
	written      int64 // bytes of contents
	leftOut      int   // devices and pipes
}

// newDirectory is a directory that the unpacker created. Its mode and time are set at the end.
type newDirectory struct {
	name string
	mode int64
	time time.Time
}

// newUnpacker finds the place of a source called name. It creates nothing.
func newUnpacker(o *Options, name string) (*unpacker, error) {
	u := &unpacker{Options: o, folder: o.Local, name: name, entries: newEntryTable()}
	u.contents.progress = o.Progress
	local, err := os.Lstat(o.Local)
	if errors.Is(err, fs.ErrNotExist) {
		u.folder, u.name = filepath.Split(filepath.Clean(o.Local))
		u.folder = filepath.Clean(u.folder)
		return u, nil
	}
	if err != nil {
		return nil, err
	}
	resolved := o.Local
	if local.Mode().Type() == fs.ModeSymlink {
		if resolved, err = filepath.EvalSymlinks(o.Local); err != nil {
			return nil, fmt.Errorf("%s is a symbolic link that cannot be followed: %w",
				printable.Text(o.Local), reason(err))
		}
		if local, err = os.Stat(resolved); err != nil {
			return nil, err
		}
		o.notice(fmt.Sprintf("%s is a symbolic link: writing to %s", printable.Text(o.Local),
			printable.Text(resolved)))
	}
	switch {
	case local.IsDir():
		u.folder = resolved
		u.parentRoot, err = os.OpenRoot(resolved)
		return u, err
	case !local.Mode().IsRegular():
		return nil, errors.New(o.Local + " is neither a file nor a directory")
	}
	u.folder, u.name = filepath.Dir(resolved), filepath.Base(resolved)
	return u, nil
}

func (u *unpacker) close() {
	for _, root := range []*os.Root{u.sourceRoot, u.parentRoot} {
		if root != nil {
			root.Close()
		}
	}
}

// unpack reads an archive whose entries are base, or are below base.
// The error is io.ErrUnexpectedEOF if the archive was cut off.
func (u *unpacker) unpack(r io.Reader, base string) error {
	a := newArchiveReader(r, base)
	h, name, err := a.next()
	switch {
	case errors.Is(err, io.EOF):
		return errNoEntries
	case err != nil:
		return err
	case name != ".":
		return refused(h, "is in a directory that is not in the archive")
	case h.Typeflag == tar.TypeDir:
		return u.unpackDirectory(a, h)
	}
	return u.unpackFile(a, h)
}

// unpackFile writes a source that is a file. Its archive has exactly one entry.
func (u *unpacker) unpackFile(a *archiveReader, h *tar.Header) error {
	switch {
	case h.Typeflag == tar.TypeSymlink: // without a shell, kx could not follow it
		return errors.New("it is a symbolic link to " + quoted(h.Linkname))
	case isSpecial(h):
		return errors.New("it is a device or a pipe")
	case !isRegular(h):
		return refused(h, "is neither a file nor a directory")
	case u.expected == kindDir:
		return refused(h, "is a file, and the source is a directory")
	case u.parentRoot == nil && os.IsPathSeparator(u.Local[len(u.Local)-1]):
		return errors.New("there is no directory " + u.Local)
	}
	if err := u.openFolder(); err != nil {
		return err
	}
	removeAbandoned(u.parentRoot, ".")
	u.contents.total = h.Size
	temporary, lock, err := u.write(a.tar, h, u.parentRoot, u.name)
	if err != nil {
		return u.explain(err, u.parentRoot, u.name)
	}
	defer lock.Close()
	err = u.renameAtEnd(a, temporary)
	if err != nil {
		_ = u.parentRoot.Remove(temporary)
	}
	return err
}

// renameAtEnd gives the one file of an archive its name once the archive has ended.
func (u *unpacker) renameAtEnd(a *archiveReader, temporary string) error {
	after, _, err := a.next()
	switch {
	case err == nil:
		return refused(after, "follows the one file that was asked for")
	case !errors.Is(err, io.EOF):
		return err
	}
	if err := u.parentRoot.Rename(temporary, u.name); err != nil {
		return u.explain(err, u.parentRoot, u.name)
	}
	return nil
}

// openFolder opens the folder for the source, and creates it if need be.
func (u *unpacker) openFolder() error {
	if u.parentRoot != nil {
		return nil
	}
	if err := os.MkdirAll(u.folder, 0o777); err != nil {
		return err
	}
	var err error
	u.parentRoot, err = os.OpenRoot(u.folder)
	return err
}

// unpackDirectory writes a source that is a directory: h and the entries that follow.
func (u *unpacker) unpackDirectory(a *archiveReader, h *tar.Header) error {
	if u.expected == kindFile {
		return refused(h, "is a directory, and the source is a file")
	}
	if err := u.openFolder(); err != nil {
		return err
	}
	created := false
	if u.name != "." {
		var err error
		if created, err = u.mkdir(u.parentRoot, u.name, h); err != nil {
			return u.explain(err, u.parentRoot, u.name)
		}
	}
	var err error
	if u.sourceRoot, err = u.parentRoot.OpenRoot(u.name); err != nil {
		return u.explain(err, u.parentRoot, u.name)
	}
	u.addDirectory(".", h, created)
	for {
		h, name, err := a.next()
		if errors.Is(err, io.EOF) {
			return u.finish()
		}
		if err == nil {
			err = u.unpackEntry(a, h, name)
		}
		if err != nil {
			return err
		}
	}
}

// unpackEntry creates the file, directory or link that an entry describes.
func (u *unpacker) unpackEntry(a *archiveReader, h *tar.Header, name string) error {
	if isSpecial(h) {
		u.reportLeftOut(h)
		return nil
	}
	kind := fileEntry
	linkTarget := "" // the entry that a hard link leads to
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeCont:
	case tar.TypeDir:
		kind = directoryEntry
	case tar.TypeSymlink:
		kind = symlinkEntry
	case tar.TypeLink:
		var ok bool
		if linkTarget, ok = a.relative(h.Linkname); ok {
			target, _ := u.entries.find(linkTarget)
			kind = target.kind
		}
		if kind != fileEntry && kind != symlinkEntry || !ok {
			return refused(h, "is a hard link to a file that is not in the archive")
		}
	default:
		return refused(h, "has the unknown type "+strconv.QuoteRune(rune(h.Typeflag)))
	}
	earlier, exists := u.entries.find(name)
	parent, _ := u.entries.find(path.Dir(name))
	switch {
	case parent.kind != directoryEntry:
		return refused(h, "is in a directory that is not in the archive")
	case exists && earlier.kind != kind:
		return refused(h, fmt.Sprintf("is first a %s and then a %s", earlier.kind, kind))
	case linkTarget == name: // a hard link to itself
		return nil
	case kind == directoryEntry && exists:
		u.setDirectory(earlier, h)
		return nil
	}
	local := filepath.FromSlash(name)
	if kind == directoryEntry {
		created, err := u.mkdir(u.sourceRoot, local, h)
		if err != nil {
			return u.explain(err, u.sourceRoot, local)
		}
		u.addDirectory(name, h, created)
		return nil
	}
	if err := u.replace(a.tar, h, filepath.FromSlash(linkTarget), local, kind); err != nil {
		return u.explain(err, u.sourceRoot, local)
	}
	u.entries.add(name, entry{kind: kind})
	return nil
}

// mkdir creates the directory of an entry. created is false if it existed.
func (u *unpacker) mkdir(root *os.Root, name string, h *tar.Header) (created bool, err error) {
	mode := permissions(h.Mode) | 0o700 // finish takes off what is too much
	switch {
	case u.NoPreserve:
		mode = 0o777
	case u.Preserve: // nobody else looks in before finish
		mode = 0o700
	}
	err = root.Mkdir(name, mode)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	existing, err := root.Lstat(name)
	switch {
	case err != nil:
		return false, err
	case existing.Mode().Type() == fs.ModeSymlink:
		return false, errors.New("it is a symbolic link here, not a directory")
	case !existing.IsDir():
		return false, errors.New("it is here already, and is not a directory")
	}
	return false, nil
}

// addDirectory records a directory. created says whether the unpacker created it, and may set its
// mode.
func (u *unpacker) addDirectory(name string, h *tar.Header, created bool) {
	e := entry{kind: directoryEntry}
	if created {
		u.directories = append(u.directories, newDirectory{name: name, mode: h.Mode,
			time: h.ModTime})
		e.directory = len(u.directories)
	}
	u.entries.add(name, e)
	if !created {
		removeAbandoned(u.sourceRoot, filepath.FromSlash(name))
	}
}

// setDirectory records the mode and time of a directory that the archive has once more.
func (u *unpacker) setDirectory(e entry, h *tar.Header) {
	if e.directory > 0 {
		d := &u.directories[e.directory-1]
		d.mode, d.time = h.Mode, h.ModTime
	}
}

// finish sets the modes and times of new directories, now that their contents are complete:
// those of a directory's children before its own.
func (u *unpacker) finish() error {
	if u.leftOut > maxLeftOut {
		u.notice(fmt.Sprintf("%d more devices or pipes are left out", u.leftOut-maxLeftOut))
	}
	if u.NoPreserve {
		return nil
	}
	for i := len(u.directories) - 1; i >= 0; i-- {
		d := &u.directories[i]
		name := filepath.FromSlash(d.name)
		err := setTime(u.sourceRoot, name, d.time)
		if err == nil && runtime.GOOS != "windows" { // its directories have no modes
			err = u.setMode(name, permissions(d.mode))
		}
		if err != nil {
			return u.explain(err, u.sourceRoot, name)
		}
	}
	return nil
}

// setMode sets the mode of a new directory, less the umask unless Preserve is set.
// mkdir has created the directory with at least mode, less the umask.
func (u *unpacker) setMode(name string, mode fs.FileMode) error {
	info, err := u.sourceRoot.Lstat(name)
	if err != nil {
		return err
	}
	if !u.Preserve {
		mode &= info.Mode()
	}
	if mode == info.Mode().Perm() {
		return nil
	}
	// The setgid bit comes from the parent directory here.
	return u.sourceRoot.Chmod(name, info.Mode()&fs.ModeSetgid|mode)
}

// setTime sets a file's modification time. A time that the system calls cannot express is left out.
func setTime(root *os.Root, name string, modified time.Time) error {
	if modified.Year() < 1678 || modified.Year() > 2261 { // time.Time.UnixNano
		return nil
	}
	return root.Chtimes(name, time.Time{}, modified)
}

// maxLeftOut is how many notices about devices and pipes a copy makes.
const maxLeftOut = 20

func (u *unpacker) reportLeftOut(h *tar.Header) {
	u.leftOut++
	if u.leftOut <= maxLeftOut {
		u.notice(quoted(h.Name) + " is left out: it is a device or a pipe")
	}
}

// explain returns err with the path of the file that it is about.
func (u *unpacker) explain(err error, root *os.Root, name string) error {
	file := filepath.Join(root.Name(), name)
	if len(file) > maxName {
		file = file[:maxName] + "…"
	}
	return fmt.Errorf("%s: %w", printable.Text(file), reason(err))
}
