package machine

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

func ln(_ context.Context, p *Process) int {
	options, names, ok := p.options("sfn")
	if !ok {
		return 1
	}
	if len(names) == 1 {
		names = append(names, path.Base(names[0]))
	}
	pairs, ok := p.destinations(names)
	if !ok {
		return 1
	}
	status := 0
	for _, pair := range pairs {
		if err := p.task.link(pair[0], pair[1], options['s'] != "",
			options['f'] != ""); err != nil {
			name := pair[1]
			if errors.Is(err, errNoEntry) {
				name = pair[0]
			}
			p.errorf("%s: %s", name, reason(err))
			status = 1
		}
	}
	return status
}

func (t *task) link(from, to string, symbolic, force bool) error {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	if force {
		if dir, base, n, err := t.walk(to, false); err == nil && !n.isDir() {
			if err := t.unlink(dir, base); err != nil {
				return err
			}
		}
	}
	if symbolic {
		return t.symlink(from, to)
	}
	n, err := t.find(from, true)
	if err != nil {
		return err
	}
	dir, base, there, err := t.walk(to, false)
	switch {
	case there != nil:
		return errExists
	case dir == nil:
		return err
	case n.isDir() || dir.lookup != nil || dir.disk != n.disk:
		return errNotPermitted
	case !t.allowed(dir, mayWrite):
		return errAccess
	}
	n.links++
	dir.add(base, n)
	return nil
}

// symlink implements symlink(2). The caller holds the namespace's lock.
func (t *task) symlink(target, name string) error {
	dir, base, there, err := t.walk(name, false)
	switch {
	case there != nil:
		return errExists
	case dir == nil:
		return err
	case len(target) > 4096:
		return errNameTooLong
	}
	n, err := t.create(dir, base, fs.ModeSymlink|0o777)
	if err == nil {
		n.mode, n.target = fs.ModeSymlink|0o777, target
	}
	return err
}

func readlink(_ context.Context, p *Process) int {
	options, names, ok := p.options("fnv")
	if !ok {
		return 1
	}
	status := 0
	for _, name := range names {
		p.task.ns.mu.Lock()
		n, err := p.task.find(name, false)
		target := ""
		switch {
		case options['f'] != "":
			target = p.task.resolve(name)
		case err == nil && n.mode&fs.ModeSymlink != 0:
			target = n.target
			if name == "/proc/self" {
				target = strconv.Itoa(p.task.pid)
			}
		}
		p.task.ns.mu.Unlock()
		if target == "" {
			status = 1
			continue
		}
		end := "\n"
		if options['n'] != "" {
			end = ""
		}
		p.printf("%s%s", target, end)
	}
	return status
}

// resolve returns the path with its symbolic links resolved. The caller holds the namespace's lock.
func (t *task) resolve(name string) string {
	full := t.clean(name)
	for range maxLinks {
		followed := false
		at := "/"
		for part := range strings.SplitSeq(strings.Trim(full, "/"), "/") {
			next := path.Join(at, part)
			if n, err := t.find(next, false); err == nil && n.mode&fs.ModeSymlink != 0 &&
				n.jump == nil && !followed {
				next = n.target
				if !strings.HasPrefix(next, "/") {
					next = path.Join(at, next)
				}
				followed = true
			}
			at = next
		}
		full = path.Clean(at)
		if !followed {
			return full
		}
	}
	return ""
}
