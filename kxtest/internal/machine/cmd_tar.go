package machine

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// tarCommand is tar: it creates, lists and extracts archives without compression, as busybox does.
func tarCommand(_ context.Context, p *Process) int {
	if len(p.args) > 1 && !strings.HasPrefix(p.args[1], "-") {
		p.args[1] = "-" + p.args[1]
	}
	options, names, ok := p.options("cxtf:C:vpmohk")
	if !ok {
		return 1
	}
	archive := options['f']
	if archive == "" {
		archive = "-"
	}
	a := &archiver{p: p, options: options, links: map[*node]string{}}
	dir := options['C']
	if dir != "" {
		p.task.ns.mu.Lock()
		n, err := p.task.find(dir, true)
		if err == nil && !n.isDir() {
			err = errNotDirectory
		}
		if err == nil && !p.task.allowed(n, mayExecute) {
			err = errAccess
		}
		p.task.ns.mu.Unlock()
		if err != nil {
			p.errorf("can't change directory to '%s': %s", dir, reason(err))
			return 1
		}
		a.dir = strings.TrimSuffix(dir, "/") + "/"
	}
	switch {
	case options['c'] != "":
		return a.pack(archive, names)
	case options['x'] != "", options['t'] != "":
		return a.unpack(archive, names)
	}
	p.errorf("bad usage")
	return 1
}

type archiver struct {
	p       *Process
	options map[byte]string
	dir     string // the prefix of every name
	links   map[*node]string
	failed  bool
}

// at returns the path of an entry of the archive.
func (a *archiver) at(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return a.dir + name
}

func (a *archiver) fail(name string, err error) {
	a.p.fileError(name, err)
	a.failed = true
}

func (a *archiver) pack(archive string, names []string) int {
	if len(names) == 0 {
		a.p.errorf("empty archive")
		return 1
	}
	out := a.p.Stdout()
	if archive != "-" {
		d, err := a.p.task.open(archive, createFlags)
		if err != nil {
			a.p.errorf("can't open '%s': %s", archive, reason(err))
			return 1
		}
		defer d.drop()
		out = stream{a.p.task, d}
	}
	isAbsolute := func(name string) bool { return strings.HasPrefix(name, "/") }
	if slices.ContainsFunc(names, isAbsolute) {
		a.p.errorf("removing leading '/' from member names")
	}
	w := tar.NewWriter(out)
	for _, name := range names {
		if err := a.add(w, name); err != nil {
			a.p.errorf("write error: %s", reason(err))
			return 1
		}
	}
	if err := w.Close(); err != nil {
		a.p.errorf("write error: %s", reason(err))
		return 1
	}
	if a.failed {
		a.p.errorf("error exit delayed from previous errors")
		return 1
	}
	return 0
}

// add packs a file, or a directory and its content. It returns write errors only.
func (a *archiver) add(w *tar.Writer, name string) error {
	t := a.p.task
	t.ns.mu.Lock()
	n, err := t.find(a.at(name), a.options['h'] != "")
	if err != nil {
		t.ns.mu.Unlock()
		a.fail(name, err)
		return nil
	}
	h := &tar.Header{
		Name:    strings.TrimLeft(name, "/"),
		Mode:    int64(n.mode.Perm()),
		Uid:     n.uid,
		Gid:     n.gid,
		ModTime: n.modified,
		Format:  tar.FormatGNU,
	}
	for bit, is := range map[int64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid,
		0o1000: fs.ModeSticky} {
		if n.mode&is != 0 {
			h.Mode |= bit
		}
	}
	var children []string
	first, linked := a.links[n]
	switch {
	case n.isDir():
		h.Typeflag, h.Name = tar.TypeDir, strings.TrimSuffix(h.Name, "/")+"/"
		if t.allowed(n, mayRead) {
			children = n.names()
		} else {
			err = errAccess
		}
	case n.mode&fs.ModeSymlink != 0:
		h.Typeflag, h.Linkname = tar.TypeSymlink, n.target
	case n.mode&fs.ModeDevice != 0:
		h.Typeflag, h.Devmajor, h.Devminor = tar.TypeChar, 1, 3
	case linked:
		h.Typeflag, h.Linkname = tar.TypeLink, first
	default:
		h.Typeflag, h.Size = tar.TypeReg, n.data.size
		if n.links > 1 {
			a.links[n] = h.Name
		}
	}
	t.ns.mu.Unlock()
	if h.Typeflag == tar.TypeReg {
		d, err := t.open(a.at(name), 0)
		if err != nil {
			a.fail(name, err)
			return nil
		}
		defer d.drop()
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		n, err := io.Copy(w, io.LimitReader(stream{t, d}, h.Size))
		if err == nil && n < h.Size {
			a.p.errorf("short read")
			_, err = w.Write(make([]byte, h.Size-n))
		}
		return err
	}
	if err != nil {
		a.fail(name, err)
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	for _, child := range children {
		if t.ctx.Err() != nil {
			return errInterrupted
		}
		if err := a.add(w, strings.TrimSuffix(name, "/")+"/"+child); err != nil {
			return err
		}
	}
	return nil
}

func (a *archiver) unpack(archive string, wanted []string) int {
	in, err := a.p.openInput(archive)
	if err != nil {
		a.p.errorf("can't open '%s': %s", archive, reason(err))
		return 1
	}
	defer in.Close()
	r := tar.NewReader(in)
	for some := false; ; some = true {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && some:
			return 0
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			a.p.errorf("short read")
			return 1
		case err != nil:
			a.p.errorf("invalid tar magic")
			return 1
		}
		if !isSelected(h.Name, wanted) {
			continue
		}
		if a.options['t'] != "" || a.options['v'] != "" {
			a.p.printf("%s\n", h.Name)
		}
		if a.options['t'] != "" {
			continue
		}
		if err := a.extract(r, h); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				a.p.errorf("short read")
			}
			return 1
		}
	}
}

func isSelected(name string, wanted []string) bool {
	for _, want := range wanted {
		name = strings.TrimSuffix(name, "/")
		if name == want || strings.HasPrefix(name, want+"/") {
			return true
		}
	}
	return len(wanted) == 0
}

// extract extracts one entry. It follows links in the path. It replaces an existing file, but not a
// directory.
func (a *archiver) extract(r io.Reader, h *tar.Header) error {
	t := a.p.task
	name := path.Clean(h.Name)
	if name == ".." || strings.HasPrefix(name, "../") {
		a.p.errorf("name with '..' skipped: '%s'", h.Name)
		return nil
	}
	at := a.at(strings.TrimLeft(strings.TrimSuffix(h.Name, "/"), "/"))
	if err := a.makeRoom(at, h); err != nil {
		return err
	}
	mode := fs.FileMode(h.Mode & 0o777)
	if a.options['p'] == "" && t.m.config.UID != 0 {
		mode &^= fs.FileMode(t.mask)
	}
	var err error
	switch h.Typeflag {
	case tar.TypeReg:
		var d *description
		if d, err = t.open(at, createFlags|os.O_EXCL); err != nil {
			a.p.errorf("can't open '%s': %s", h.Name, reason(err))
			return err
		}
		_, err = io.Copy(stream{t, d}, r)
		d.drop()
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			a.p.errorf("write error: %s", reason(err))
		}
		if err != nil {
			return err
		}
	case tar.TypeSymlink:
		t.ns.mu.Lock()
		err = t.symlink(h.Linkname, at)
		t.ns.mu.Unlock()
		if err != nil {
			a.p.errorf("can't create symlink '%s' to '%s': %s", h.Name, h.Linkname, reason(err))
		}
		return err
	case tar.TypeLink:
		if err = t.link(a.at(strings.TrimLeft(h.Linkname, "/")), at, false, false); err != nil {
			a.p.errorf("can't create hardlink '%s' to '%s': %s", h.Name, h.Linkname, reason(err))
		}
		return err
	case tar.TypeDir:
		t.ns.mu.Lock()
		err = t.mkdir(at, 0o777)
		t.ns.mu.Unlock()
		if err != nil && !errors.Is(err, errExists) {
			a.p.errorf("can't make dir %s: %s", h.Name, reason(err))
			return err
		}
	default:
		a.p.errorf("can't create node %s: %s", h.Name, reason(errNotPermitted))
		return errNotPermitted
	}
	a.setAttributes(at, h, mode)
	return nil
}

// makeRoom removes the file that an entry replaces.
func (a *archiver) makeRoom(at string, h *tar.Header) error {
	t := a.p.task
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	dir, base, n, err := t.walk(at, false)
	if err != nil || h.Typeflag == tar.TypeDir {
		return nil
	}
	if n.isDir() {
		err = errIsDirectory
	} else {
		err = t.unlink(dir, base)
	}
	if err != nil {
		a.p.errorf("can't remove old file %s: %s", h.Name, reason(err))
	}
	return err
}

// setAttributes sets the owner, the mode and the time of a file as the archive has them.
func (a *archiver) setAttributes(at string, h *tar.Header, mode fs.FileMode) {
	t := a.p.task
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	n, err := t.find(at, true)
	if err != nil {
		return
	}
	if a.options['o'] == "" && t.m.config.UID == 0 {
		n.uid, n.gid = h.Uid, h.Gid
	}
	n.mode = n.mode&fs.ModeType | mode
	for bit, is := range map[int64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid,
		0o1000: fs.ModeSticky} {
		if h.Mode&bit != 0 {
			n.mode |= is
		}
	}
	if a.options['m'] == "" {
		n.modified = h.ModTime
	}
}
