package machine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

const (
	createFlags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	appendFlags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
)

// forEachOperand calls do for every operand and prints each failure in the format.
func (p *Process) forEachOperand(names []string, format string, do func(name string) error) int {
	status := 0
	for _, name := range names {
		if err := do(name); err != nil {
			p.errorf(format, name, reason(err))
			status = 1
		}
	}
	return status
}

func mkdir(_ context.Context, p *Process) int {
	options, names, ok := p.options("pm:")
	if !ok {
		return 1
	}
	mode := fs.FileMode(0o777)
	m := options['m']
	if m != "" {
		n, err := strconv.ParseUint(m, 8, 12)
		if err != nil {
			p.errorf("invalid mode '%s'", m)
			return 1
		}
		mode = fs.FileMode(n)
	}
	return p.forEachOperand(names, "can't create directory '%s': %s", func(name string) error {
		p.task.ns.mu.Lock()
		defer p.task.ns.mu.Unlock()
		if options['p'] == "" {
			return p.task.mkdir(strings.TrimRight(name, "/"), mode)
		}
		for i := range len(name) {
			if i == 0 || name[i] != '/' {
				continue
			}
			if err := p.task.mkdir(name[:i], 0o777); err != nil && !errors.Is(err, errExists) {
				return err
			}
		}
		err := p.task.mkdir(strings.TrimRight(name, "/"), mode)
		if errors.Is(err, errExists) {
			n, found := p.task.find(name, true)
			if found == nil && n.isDir() {
				return nil
			}
		}
		return err
	})
}

// mkdir implements mkdir(2). The caller holds the namespace's lock.
func (t *task) mkdir(name string, mode fs.FileMode) error {
	dir, base, n, err := t.walk(name, true)
	switch {
	case n != nil || name == "":
		return errExists
	case dir == nil:
		return err
	}
	_, err = t.create(dir, base, fs.ModeDir|mode)
	return err
}

func rm(_ context.Context, p *Process) int {
	options, names, ok := p.options("rRfi")
	if !ok {
		return 1
	}
	if len(names) == 0 && options['f'] == "" {
		p.errorf("missing operand")
		return 1
	}
	status := 0
	for _, name := range names {
		base := path.Base(name)
		if base == "." || base == ".." {
			p.errorf("refusing to remove '.' or '..' directory: skipping '%s'", name)
			status = 1
			continue
		}
		p.task.ns.mu.Lock()
		_, err := p.task.find(name, false)
		p.task.ns.mu.Unlock()
		if errors.Is(err, errNoEntry) && options['f'] != "" {
			continue
		}
		if !p.remove(name, options['r'] != "" || options['R'] != "") {
			status = 1
		}
	}
	return status
}

// remove removes a file. With recursive set, it removes a directory and its content.
func (p *Process) remove(name string, recursive bool) bool {
	t := p.task
	t.ns.mu.Lock()
	dir, base, n, err := t.walk(name, false)
	var names []string
	switch {
	case err != nil:
	case n.isDir() && !recursive:
		t.ns.mu.Unlock()
		p.errorf("'%s' is a directory", name)
		return false
	case n.isDir() && n.lookup == nil:
		names = n.names()
	case n.isDir():
		err = errNotPermitted
	default:
		err = t.unlink(dir, base)
	}
	t.ns.mu.Unlock()
	all := true
	for _, child := range names {
		all = p.remove(strings.TrimSuffix(name, "/")+"/"+child, true) && all
	}
	if err == nil && n.isDir() && recursive {
		t.ns.mu.Lock()
		err = t.unlink(dir, base)
		t.ns.mu.Unlock()
	}
	if err != nil {
		p.errorf("can't remove '%s': %s", name, reason(err))
	}
	return err == nil && all
}
