package machine

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// destinations pairs each source of cp, mv or ln with its destination path.
func (p *Process) destinations(names []string) (pairs [][2]string, ok bool) {
	if len(names) < 2 {
		p.errorf("missing operand")
		return nil, false
	}
	last := names[len(names)-1]
	p.task.ns.mu.Lock()
	n, err := p.task.find(last, true)
	p.task.ns.mu.Unlock()
	toDir := err == nil && n.isDir()
	if len(names) > 2 && !toDir {
		p.errorf("target '%s' is not a directory", last)
		return nil, false
	}
	for _, name := range names[:len(names)-1] {
		to := last
		if toDir {
			to = strings.TrimSuffix(last, "/") + "/" + path.Base(name)
		}
		pairs = append(pairs, [2]string{name, to})
	}
	return pairs, true
}

func cp(_ context.Context, p *Process) int {
	options, names, ok := p.options("raRfpdPLi")
	if !ok {
		return 1
	}
	pairs, ok := p.destinations(names)
	if !ok {
		return 1
	}
	recursive := options['r'] != "" || options['R'] != "" || options['a'] != ""
	status := 0
	for _, pair := range pairs {
		if !p.copy(pair[0], pair[1], recursive, 0) {
			status = 1
		}
	}
	return status
}

func (p *Process) copy(from, to string, recursive bool, depth int) bool {
	t := p.task
	t.ns.mu.Lock()
	n, err := t.find(from, !recursive)
	var mode fs.FileMode
	var names []string
	if err == nil {
		mode = n.mode
		if n.isDir() {
			names = n.names()
		}
		there, missing := t.find(to, true)
		if missing == nil && there == n {
			t.ns.mu.Unlock()
			p.errorf("'%s' and '%s' are the same file", from, to)
			return false
		}
	}
	t.ns.mu.Unlock()
	switch {
	case err != nil:
		p.errorf("can't stat '%s': %s", from, reason(err))
		return false
	case mode.IsDir() && !recursive:
		p.errorf("omitting directory '%s'", from)
		return false
	case mode.IsDir():
		return p.copyDir(from, to, mode, names, depth)
	case mode&fs.ModeSymlink != 0 && n.jump == nil:
		t.ns.mu.Lock()
		err := t.symlink(n.target, to)
		t.ns.mu.Unlock()
		if err != nil {
			p.errorf("can't create symlink '%s': %s", to, reason(err))
		}
		return err == nil
	}
	in, err := t.open(from, 0)
	if err != nil {
		p.errorf("can't open '%s': %s", from, reason(err))
		return false
	}
	defer in.drop()
	out, err := t.open(to, createFlags)
	if err != nil {
		p.errorf("can't create '%s': %s", to, reason(err))
		return false
	}
	defer out.drop()
	if f, ok := out.file.(*regularFile); ok {
		t.ns.mu.Lock()
		f.node.mode |= mode.Perm() & 0o111
		t.ns.mu.Unlock()
	}
	if _, err := io.Copy(stream{t, out}, stream{t, in}); err != nil {
		p.errorf("write error: %s", reason(err))
		return false
	}
	return true
}

func (p *Process) copyDir(from, to string, mode fs.FileMode, names []string, depth int) bool {
	to = strings.TrimRight(to, "/")
	if depth > maxLinks || strings.HasPrefix(p.task.clean(to)+"/", p.task.clean(from)+"/") {
		p.errorf("recursion detected, omitting directory '%s'", from)
		return false
	}
	p.task.ns.mu.Lock()
	err := p.task.mkdir(to, mode.Perm()|0o700)
	p.task.ns.mu.Unlock()
	if err != nil && !errors.Is(err, errExists) {
		p.errorf("can't create directory '%s': %s", to, reason(err))
		return false
	}
	all := true
	for _, name := range names {
		if p.task.ctx.Err() != nil {
			return false
		}
		all = p.copy(from+"/"+name, to+"/"+name, true, depth+1) && all
	}
	return all
}

func mv(_ context.Context, p *Process) int {
	_, names, ok := p.options("fin")
	if !ok {
		return 1
	}
	pairs, ok := p.destinations(names)
	if !ok {
		return 1
	}
	status := 0
	for _, pair := range pairs {
		if err := p.task.rename(pair[0], pair[1]); err != nil {
			p.errorf("can't rename '%s': %s", pair[0], reason(err))
			status = 1
		}
	}
	return status
}

// rename implements rename(2).
func (t *task) rename(from, to string) error {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	oldDir, oldBase, n, err := t.walk(from, false)
	if err != nil {
		return err
	}
	newDir, newBase, there, err := t.walk(to, false)
	switch {
	case newDir == nil || newBase == "" || oldBase == "":
		if err == nil {
			err = errInvalid
		}
		return err
	case there == n:
		return nil
	case oldDir.lookup != nil || newDir.lookup != nil || n.disk != newDir.disk:
		return errNotPermitted
	case !t.allowed(oldDir, mayWrite) || !t.allowed(newDir, mayWrite):
		return errAccess
	}
	for above := newDir; above != nil; above = above.parent {
		if above == n {
			return errInvalid
		}
	}
	if there != nil {
		if there.isDir() && !n.isDir() {
			return errIsDirectory
		}
		if !there.isDir() && n.isDir() {
			return errNotDirectory
		}
		if err := t.unlink(newDir, newBase); err != nil {
			return err
		}
	}
	delete(oldDir.children, oldBase)
	if n.isDir() {
		oldDir.links--
	}
	newDir.add(newBase, n)
	return nil
}
