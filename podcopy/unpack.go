package podcopy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// unpacker puts what an archive holds into one folder, or one file. Every path is opened by os.Root, so that nothing leads out of it:
// neither names in the archive, nor links that came with it, nor those that somebody else puts there meanwhile.
type unpacker struct {
	*Options
	folder, name string   // where the source goes, and under which name; that is "." for what is in the source
	outer        *os.Root // the folder
	inner        *os.Root // the directory that the source is, once it is known that it is one
	directories  []tarEntry
}

// newUnpacker finds out where the source is to go.
func newUnpacker(o *Options, from source) (*unpacker, error) {
	u := &unpacker{Options: o, folder: o.Local, name: from.name}
	info, err := os.Stat(o.Local)
	switch {
	case err == nil && info.IsDir():
		return u, nil
	case err == nil && !info.Mode().IsRegular():
		return nil, errors.New(o.Local + " is neither a file nor a directory")
	case err == nil:
		if u.folder, err = filepath.EvalSymlinks(o.Local); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	default:
		u.folder = filepath.Clean(o.Local)
	}
	u.folder, u.name = filepath.Dir(u.folder), filepath.Base(u.folder)
	return u, nil
}

func (u *unpacker) close() {
	for _, root := range []*os.Root{u.inner, u.outer} {
		if root != nil {
			root.Close()
		}
	}
}

// unpack reads an archive whose entries are all named base, or below it. The error is io.ErrUnexpectedEOF when it was cut off.
func (u *unpacker) unpack(r *tarReader, base string) error {
	for {
		e, err := r.next()
		if err == io.EOF {
			return u.finish()
		}
		if err != nil {
			return err
		}
		name, ok := below(base, e.name)
		switch {
		case !ok:
			return refuse(e, "which is not in what was asked for")
		case u.outer != nil:
		case e.kind == tarSymlink && name == ".": // there was no shell to say so
			return errors.New("it is a symbolic link to " + e.link)
		case e.isSpecial() && name == ".":
			return errors.New("it is a device or a pipe")
		default:
			if err := u.begin(e); err != nil {
				return err
			}
		}
		if e.kind == tarHardLink {
			if e.link, ok = below(base, e.link); !ok {
				return refuse(e, "a link to what is not in it")
			}
		}
		if err := u.put(r, e, name); err != nil {
			return err
		}
	}
}

// refuse says what is wrong with an archive.
func refuse(e *tarEntry, why string) error {
	return fmt.Errorf("the archive that came has %.200q, %s", e.name, why)
}

// below gives the name of an entry within the source, and "." for itself.
func below(base, name string) (string, bool) {
	name = path.Clean(name)
	if base != "." {
		rest, ok := strings.CutPrefix(name+"/", base+"/")
		if !ok {
			return "", false
		}
		name = path.Clean(rest)
	}
	name = filepath.FromSlash(name)
	return name, filepath.IsLocal(name)
}

// begin opens the folder for the source, whose first entry is e.
func (u *unpacker) begin(e *tarEntry) (err error) {
	isDir := e.kind == tarDirectory
	if !isDir && u.folder != u.Local && os.IsPathSeparator(u.Local[len(u.Local)-1]) {
		return errors.New("there is no directory " + u.Local)
	}
	if err := os.MkdirAll(u.folder, 0o777); err != nil {
		return err
	}
	if u.outer, err = os.OpenRoot(u.folder); err != nil || !isDir {
		return err
	}
	if err := u.mkdir(u.outer, u.name); err != nil {
		return err
	}
	u.inner, err = u.outer.OpenRoot(u.name)
	return err
}

// mkdir makes a directory unless it is there.
func (u *unpacker) mkdir(root *os.Root, name string) error {
	mode := fs.FileMode(0o700) // until all is in it
	if u.NoPreserve {
		mode = 0o777
	}
	err := root.Mkdir(name, mode)
	if name == "." {
		return nil
	}
	if errors.Is(err, fs.ErrExist) { // finish must neither change nor open what is no directory; the slash keeps a pipe from being waited for
		var dir *os.Root
		if dir, err = root.OpenRoot(name + "/"); err == nil {
			err = dir.Close()
		}
	}
	return err
}

// put makes the file, directory or link that an entry is.
func (u *unpacker) put(r *tarReader, e *tarEntry, name string) error {
	root := u.inner
	switch {
	case root == nil:
		if name != "." || e.kind == tarHardLink {
			return refuse(e, "in what is no directory")
		}
		root, name = u.outer, u.name
	case name == "." && e.kind != tarDirectory:
		return refuse(e, "a directory before")
	}
	temporary := filepath.Join(filepath.Dir(name), temporaryName())
	var err error
	if e.isSpecial() {
		u.notice(e.name + " is left out: it is a device or a pipe")
		return nil
	}
	switch e.kind {
	case tarFile, tarReserved:
		err = u.write(r, e, root, temporary)
	case tarHardLink:
		var linked *os.File
		if linked, err = root.OpenFile(e.link, os.O_RDONLY, 0); err == nil {
			err = u.write(linked, e, root, temporary)
			linked.Close()
		}
	case tarSymlink:
		err = root.Symlink(e.link, temporary)
	case tarDirectory:
		u.directories = append(u.directories, tarEntry{name: name, mode: e.mode, modified: e.modified})
		return u.mkdir(root, name)
	default:
		return refuse(e, "of a type that is not known here: "+strconv.QuoteRune(rune(e.kind)))
	}
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		_ = root.Remove(temporary)
		err = fmt.Errorf("%s: %w", filepath.Join(root.Name(), name), err)
	}
	return err
}

func temporaryName() string { return ".kx-cp-" + strconv.FormatUint(rand.Uint64(), 36) }

func (u *unpacker) write(r io.Reader, e *tarEntry, root *os.Root, name string) error {
	created, mode := fs.FileMode(0o600), fs.FileMode(e.mode&0o777)
	if u.NoPreserve {
		created = mode
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, created)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil && !u.NoPreserve {
		err = f.Chmod(mode)
	}
	closed := f.Close()
	if err == nil {
		err = closed
	}
	if err == nil && !u.NoPreserve {
		err = root.Chtimes(name, time.Time{}, e.modified)
	}
	return err
}

// finish gives directories their modes and times, now that nothing more comes into them: those below before those above.
func (u *unpacker) finish() error {
	for i := len(u.directories) - 1; i >= 0 && !u.NoPreserve; i-- {
		e := &u.directories[i]
		err := u.inner.Chtimes(e.name, time.Time{}, e.modified)
		if err == nil && runtime.GOOS != "windows" { // whose directories have no modes
			var f *os.File
			if f, err = u.inner.OpenFile(e.name, os.O_RDONLY, 0); err == nil {
				err = f.Chmod(fs.FileMode(e.mode & 0o777))
				f.Close()
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
