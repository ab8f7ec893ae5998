package podcopy

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/kx-k8s/kx/internal/printable"
)

// packer makes an archive of a local file or directory.
//
// Other programs may change the files meanwhile. So the packer opens each file below an os.Root. It
// refuses a file that was replaced since the first look, for example by a link or a pipe.
type packer struct {
	*Options
	root     *os.Root // the source, if it is a directory, and otherwise the directory that holds it
	source   string   // the source's path below root
	archive  *tar.Writer
	contents copier
	failed   error // the error of the first unreadable file, or of the limit
	sent     int64 // bytes of contents

	// temporary is what the copy is called in the container while it is incomplete, or "" if it
	// has its own name.
	temporary string
	// existing are the directories that the copy merges with, by their names in the archive. The
	// value is whether the directory is a symbolic link.
	existing map[string]bool
	preamble string        // precedes the archive
	late     []*tar.Header // of directories, for packLate
}

// newPacker returns a packer for the file at local, whose symbolic links are resolved.
// info is what the caller saw there.
func newPacker(o *Options, local string, info fs.FileInfo) (*packer, error) {
	p := &packer{Options: o, source: "."}
	folder := local
	switch {
	case info.Mode().IsRegular():
		folder, p.source = filepath.Split(local)
		folder = filepath.Clean(folder)
	case !info.IsDir():
		return nil, errors.New(local + " is neither a file nor a directory")
	}
	var err error
	if p.root, err = os.OpenRoot(folder); err != nil {
		return nil, err
	}
	now, err := p.root.Lstat(p.source)
	if err == nil && !os.SameFile(info, now) {
		err = errors.New(local + " was replaced meanwhile")
	}
	if err != nil {
		p.close()
		return nil, err
	}
	if o.Progress != nil {
		p.contents.progress, p.contents.total = o.Progress, p.size(p.source)
	}
	return p, nil
}

// size returns the number of content bytes of the file at local, or of those below it.
func (p *packer) size(local string) (total int64) {
	info, err := p.root.Lstat(local)
	switch {
	case err != nil:
	case info.Mode().IsRegular():
		total = info.Size()
	case info.IsDir():
		for _, name := range p.children(local) {
			total += p.size(filepath.Join(local, name))
		}
	}
	return total
}

func (p *packer) close() { p.root.Close() }

// pack writes an archive in which the source is called name. With p.temporary it ends with the
// entry that unpackThenRename waits for.
// It returns only errors of writing. It leaves out files that cannot be read, and sets failed.
func (p *packer) pack(w io.Writer, name string) error {
	if _, err := io.WriteString(w, p.preamble); err != nil {
		return err
	}
	p.archive = tar.NewWriter(w)
	err := p.add(p.source, name)
	if err == nil && p.temporary != "" {
		err = p.archive.WriteHeader(&tar.Header{Format: tar.FormatGNU, Typeflag: tar.TypeReg,
			Name: p.temporary + ".end", Mode: 0o600})
	}
	if err != nil {
		return err
	}
	return p.archive.Close()
}

// empty reports whether the source, a directory, has no files.
func (p *packer) empty() bool { return len(p.children(p.source)) == 0 }

// children returns the names of the files in a directory, and none if it cannot be read.
func (p *packer) children(local string) []string {
	info, err := p.root.Lstat(local)
	if err != nil {
		return nil
	}
	names, _ := p.readDirectory(local, info)
	return names
}

// add adds the file at local, below root, to the archive under name.
func (p *packer) add(local, name string) error {
	info, err := p.root.Lstat(local)
	if err != nil {
		p.fail(local, err)
		return nil
	}
	switch info.Mode().Type() {
	case 0:
		return p.addFile(local, name, info)
	case fs.ModeDir:
		return p.addDirectory(local, name, info)
	case fs.ModeSymlink:
		return p.addSymlink(local, name, info)
	}
	p.notice(p.path(local) + " is left out: it is a device, a pipe or a socket")
	return nil
}

func (p *packer) addSymlink(local, name string, info fs.FileInfo) error {
	target, err := p.root.Readlink(local)
	if err != nil {
		p.fail(local, err)
		return nil
	}
	h := p.header(name, info)
	h.Typeflag, h.Linkname = tar.TypeSymlink, target
	return p.archive.WriteHeader(h)
}

// readDirectory returns the sorted names of the files in the directory that info describes.
func (p *packer) readDirectory(local string, info fs.FileInfo) ([]string, error) {
	f, _, err := p.open(local, info)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

var errReplaced = errors.New("it was replaced while it was read")

// open opens the file that info describes, and returns how it is now.
// The file is not waited for if it is a pipe by now.
func (p *packer) open(local string, info fs.FileInfo) (*os.File, fs.FileInfo, error) {
	f, err := p.root.OpenFile(local, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, nil, err
	}
	now, err := f.Stat()
	if err == nil && (!os.SameFile(info, now) || info.Mode().Type() != now.Mode().Type()) {
		err = errReplaced
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, now, nil
}

func (p *packer) addFile(local, name string, info fs.FileInfo) error {
	f, info, err := p.open(local, info)
	if err != nil {
		p.fail(local, err)
		return nil
	}
	defer f.Close()
	h := p.header(name, info)
	h.Typeflag, h.Size = tar.TypeReg, info.Size()
	if p.Limit > 0 && h.Size > p.Limit-p.sent {
		p.failed = p.limitError()
		return p.failed
	}
	p.sent += h.Size
	if err := p.archive.WriteHeader(h); err != nil {
		return err
	}
	source := &errorKeepingReader{r: io.LimitReader(f, h.Size)}
	n, err := p.contents.copy(p.archive, source)
	switch {
	case n == h.Size:
		return nil
	case source.err == nil: // the error is one of writing
		return err
	}
	p.fail(local, fmt.Errorf(
		"it became shorter or unreadable while it was read, and its copy ends with zeros: %w",
		reason(source.err)))
	_, err = io.CopyN(p.archive, zeros{}, h.Size-n)
	return err
}

// header returns the header of a file, in GNU's format: the one with long names that busybox
// reads too.
func (p *packer) header(name string, info fs.FileInfo) *tar.Header {
	mode := info.Mode()
	h := &tar.Header{
		Format:  tar.FormatGNU,
		Name:    name,
		Mode:    int64(mode.Perm()),
		ModTime: time.Unix(info.ModTime().Unix(), 0), // GNU's format has whole seconds
	}
	if p.NoPreserve {
		h.Mode &^= 0o022
		h.ModTime = time.Unix(time.Now().Unix(), 0)
		return h
	}
	if mode&fs.ModeSetuid != 0 {
		h.Mode |= 0o4000
	}
	if mode&fs.ModeSetgid != 0 {
		h.Mode |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		h.Mode |= 0o1000
	}
	h.Uid, h.Gid = ownerOf(info)
	return h
}

// fail records a file that cannot be read: the first as the copy's error, the others as notices.
func (p *packer) fail(local string, err error) {
	err = fmt.Errorf("%s: %w", p.path(local), reason(err))
	if p.failed == nil {
		p.failed = err
	} else {
		p.notice(err.Error())
	}
}

// path returns the path of a file for messages.
func (p *packer) path(local string) string {
	return printable.Text(filepath.Join(p.root.Name(), local))
}

// errorKeepingReader keeps the error of r, so that the caller can tell it from an error of writing.
type errorKeepingReader struct {
	r   io.Reader
	err error
}

func (r *errorKeepingReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if err != nil {
		r.err = err
	}
	return n, err
}

// zeros is an endless reader of zeros.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
