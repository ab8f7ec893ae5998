package podcopy

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// packer makes an archive of a file or a directory of this machine.
type packer struct {
	*Options
	name   string // of it in the archive
	tar    tarWriter
	failed error // the first file that could not be read
	// directories, when set, gets the names of directories, a line each, and nothing is written.
	directories *strings.Builder
}

// add writes what is at local, under that name. The error is that of writing: files that cannot be read are left out, and failed is set.
func (p *packer) add(local, name string) error {
	info, err := os.Lstat(local)
	if err != nil {
		return p.fail(err)
	}
	kind := info.Mode().Type()
	if p.directories != nil {
		if kind != fs.ModeDir {
			return nil
		}
		if strings.Contains(name, "\n") {
			return errors.New("a directory with a line's end in its name cannot be copied through a debug container")
		}
		p.directories.WriteString(name + "\n")
		return p.addAll(local, name)
	}
	e := p.entry(name, info)
	switch kind {
	case 0:
		return p.addFile(local, e)
	case fs.ModeDir:
		mode := e.mode
		e.kind, e.name, e.mode = tarDirectory, name+"/", mode|0o700
		if err := p.tar.header(e); err != nil {
			return err
		}
		if err := p.addAll(local, name); err != nil {
			return err
		}
		e.mode = mode // and its time once more, as busybox does not wait with these until all is in it
		return p.tar.header(e)
	case fs.ModeSymlink:
		e.kind = tarSymlink
		if e.link, err = os.Readlink(local); err != nil {
			return p.fail(err)
		}
		return p.tar.header(e)
	}
	p.notice(local + " is left out: it is a device, a pipe or a socket")
	return nil
}

func (p *packer) fail(err error) error {
	if p.failed == nil {
		p.failed = err
	} else {
		p.notice(err.Error())
	}
	return nil
}

func (p *packer) entry(name string, info fs.FileInfo) *tarEntry {
	mode := info.Mode()
	e := &tarEntry{name: name, kind: tarFile, mode: int64(mode.Perm()), modified: info.ModTime()}
	if p.NoPreserve {
		e.mode &^= 0o022
		e.modified = time.Now()
		return e
	}
	if mode&fs.ModeSetuid != 0 {
		e.mode |= 0o4000
	}
	if mode&fs.ModeSetgid != 0 {
		e.mode |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		e.mode |= 0o1000
	}
	e.uid, e.gid = ownerOf(info)
	return e
}

// addAll adds what is in a directory.
func (p *packer) addAll(local, name string) error {
	entries, err := os.ReadDir(local)
	if err != nil && p.directories == nil {
		p.fail(err)
	}
	for _, entry := range entries {
		if err := p.add(filepath.Join(local, entry.Name()), path.Join(name, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (p *packer) addFile(local string, e *tarEntry) error {
	f, err := os.Open(local)
	if err != nil {
		return p.fail(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return p.fail(err)
	}
	e.size = info.Size()
	if err := p.tar.header(e); err != nil {
		return err
	}
	source := &reading{r: io.LimitReader(f, e.size)}
	n, err := io.Copy(p.tar.w, source)
	switch {
	case n == e.size:
		return nil
	case source.err == nil: // of writing, then
		return err
	}
	p.fail(errors.New(local + " became shorter or unreadable while it was read, and its copy ends with zeros: " + source.err.Error()))
	return p.tar.zeros(e.size - n)
}

// reading tells errors of reading from those of writing.
type reading struct {
	r   io.Reader
	err error
}

func (r *reading) Read(b []byte) (n int, err error) {
	n, err = r.r.Read(b)
	r.err = err
	return n, err
}
