package machine

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

func touch(_ context.Context, p *Process) int {
	options, names, ok := p.options("camd:t:r:")
	if !ok {
		return 1
	}
	at := now()
	d := options['d']
	if d != "" {
		var err error
		if at, err = time.Parse("2006-01-02 15:04:05", d); err != nil {
			if at, err = time.Parse("2006-01-02", d); err != nil {
				p.errorf("invalid date '%s'", d)
				return 1
			}
		}
	}
	return p.forEachOperand(names, "%s: %s", func(name string) error {
		p.task.ns.mu.Lock()
		defer p.task.ns.mu.Unlock()
		dir, base, n, err := p.task.walk(name, true)
		if n == nil && errors.Is(err, errNoEntry) && dir != nil {
			if options['c'] != "" {
				return nil
			}
			n, err = p.task.create(dir, base, 0o666)
		}
		switch {
		case err != nil:
			return err
		case !p.task.allowed(n, mayWrite):
			return errAccess
		}
		n.modified = at
		return nil
	})
}

func chmod(_ context.Context, p *Process) int {
	args := p.args[1:]
	recursive := len(args) > 0 && args[0] == "-R"
	if recursive {
		args = args[1:]
	}
	if len(args) < 2 {
		p.errorf("missing operand")
		return 1
	}
	if _, ok := changeMode(0, args[0]); !ok {
		p.errorf("invalid mode '%s'", args[0])
		return 1
	}
	return p.forEachOperand(args[1:], "%s: %s", func(name string) error {
		p.task.ns.mu.Lock()
		defer p.task.ns.mu.Unlock()
		n, err := p.task.find(name, true)
		if err == nil {
			err = p.task.chmod(n, args[0], recursive)
		}
		return err
	})
}

func (t *task) chmod(n *node, change string, recursive bool) error {
	if t.m.config.UID != 0 && t.m.config.UID != n.uid || n.lookup != nil {
		return errNotPermitted
	}
	n.mode, _ = changeMode(n.mode, change)
	if recursive {
		for _, child := range n.children {
			if err := t.chmod(child, change, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// changeMode applies an octal mode such as 755, or symbolic changes such as u+x,go-w.
func changeMode(mode fs.FileMode, change string) (fs.FileMode, bool) {
	if n, err := strconv.ParseUint(change, 8, 12); err == nil {
		mode = mode.Type() | fs.FileMode(n)&0o777
		specials := map[uint64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid,
			0o1000: fs.ModeSticky}
		for bit, special := range specials {
			if n&bit != 0 {
				mode |= special
			}
		}
		return mode, true
	}
	for part := range strings.SplitSeq(change, ",") {
		at := strings.IndexAny(part, "+-=")
		if at < 0 || strings.Trim(part[:at], "ugoa") != "" || strings.Trim(part[at+1:],
			"rwxXst") != "" {
			return mode, false
		}
		var who, bits fs.FileMode
		for _, c := range part[:at] {
			who |= map[rune]fs.FileMode{'u': 0o700, 'g': 0o070, 'o': 0o007, 'a': 0o777}[c]
		}
		if at == 0 {
			who = 0o777
		}
		for _, c := range part[at+1:] {
			bits |= map[rune]fs.FileMode{'r': 0o444, 'w': 0o222, 'x': 0o111}[c]
			if c == 'X' && (mode.IsDir() || mode&0o111 != 0) {
				bits |= 0o111
			}
			if c == 't' {
				bits |= fs.ModeSticky
				who |= fs.ModeSticky
			}
		}
		switch part[at] {
		case '+':
			mode |= who & bits
		case '-':
			mode &^= who & bits
		case '=':
			mode = mode&^(who&0o777) | who&bits
		}
	}
	return mode, true
}
