package machine

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strconv"
	"strings"
)

// find walks directories.
func find(ctx context.Context, p *Process) int {
	args := p.args[1:]
	var roots []string
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && args[0] != "!" && args[0] != "(" {
		roots, args = append(roots, args[0]), args[1:]
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	f := &finder{p: p, deepest: 64}
	if !f.parse(args) {
		return 1
	}
	for _, root := range roots {
		f.walk(ctx, root, 0)
	}
	return f.status
}

// finder is one find.
type finder struct {
	p                 *Process
	tests             []func(name string, n *node) bool
	actions           []func(name string)
	deepest, shallows int
	bottomUp          bool
	status            int
}

func (f *finder) parse(args []string) bool {
	negated := false
	test := func(t func(string, *node) bool) {
		if negated {
			f.tests = append(f.tests, func(name string, n *node) bool { return !t(name, n) })
		} else {
			f.tests = append(f.tests, t)
		}
		negated = false
	}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		switch word {
		case "!", "-not":
			negated = !negated
			continue
		case "-print":
			f.actions = append(f.actions, func(name string) { f.p.printf("%s\n", name) })
			continue
		case "-print0":
			f.actions = append(f.actions, func(name string) { f.p.printf("%s\x00", name) })
			continue
		case "-delete":
			f.actions, f.bottomUp = append(f.actions, f.delete), true
			continue
		case "-depth":
			f.bottomUp = true
			continue
		case "-exec":
			end := slices.Index(args, ";")
			if end < 1 {
				f.p.complain("-exec needs a command and ';'")
				return false
			}
			words := args[:end]
			args = args[end+1:]
			f.actions = append(f.actions, func(name string) {
				line, ok := replaceIn(words, "{}", name)
				if !ok {
					f.p.complain("argument line too long")
					f.status = 1
					return
				}
				f.p.child(line)
			})
			continue
		case "-name", "-iname", "-path", "-type", "-maxdepth", "-mindepth", "-size":
		default:
			f.p.complain("unrecognized: %s", word)
			return false
		}
		if len(args) == 0 {
			f.p.complain("%s requires an argument", word)
			return false
		}
		value := args[0]
		args = args[1:]
		number, err := strconv.Atoi(strings.TrimRight(strings.TrimLeft(value, "+-"), "ck"))
		switch word {
		case "-name":
			test(func(name string, _ *node) bool { return match(value, path.Base(name)) })
		case "-iname":
			test(func(name string, _ *node) bool {
				return match(strings.ToLower(value), strings.ToLower(path.Base(name)))
			})
		case "-path":
			test(func(name string, _ *node) bool { return match(value, name) })
		case "-type":
			test(func(_ string, n *node) bool {
				return strings.HasPrefix(strings.Replace(modeString(n.mode), "-", "f", 1), value)
			})
		default:
			if err != nil {
				f.p.complain("invalid number '%s'", value)
				return false
			}
			switch word {
			case "-maxdepth":
				f.deepest = min(number, f.deepest)
			case "-mindepth":
				f.shallows = number
			case "-size":
				unit := map[byte]int64{'c': 1, 'k': 1024}[value[len(value)-1]]
				test(func(_ string, n *node) bool {
					blocks := n.size()
					if unit != 1 {
						blocks = (blocks + cmp.Or(unit, 512) - 1) / cmp.Or(unit, 512)
					}
					switch value[0] {
					case '+':
						return blocks > int64(number)
					case '-':
						return blocks < int64(number)
					}
					return blocks == int64(number)
				})
			}
		}
	}
	return true
}

// delete removes what was found; a directory has to be empty, and so it is when all that was in it was found before.
func (f *finder) delete(name string) {
	t := f.p.task
	t.ns.mu.Lock()
	dir, base, _, err := t.walk(name, false)
	if err == nil {
		err = t.unlink(dir, base)
	}
	t.ns.mu.Unlock()
	if err != nil {
		f.p.fileError(name, err)
		f.status = 1
	}
}

func (f *finder) walk(ctx context.Context, name string, depth int) {
	t := f.p.task
	t.ns.mu.Lock()
	n, err := t.find(name, false)
	var names []string
	fits := err == nil && depth >= f.shallows
	if fits {
		for _, test := range f.tests {
			fits = fits && test(name, n)
		}
	}
	if err == nil && n.isDir() && depth < f.deepest {
		if !t.allowed(n, mayRead) {
			err = errAccess
		} else {
			names = n.names()
		}
	}
	t.ns.mu.Unlock()
	if fits && !f.bottomUp {
		f.act(name)
	}
	if err != nil {
		f.p.fileError(name, err)
		f.status = 1
	}
	for _, child := range names {
		if ctx.Err() != nil {
			return
		}
		f.walk(ctx, strings.TrimSuffix(name, "/")+"/"+child, depth+1)
	}
	if fits && f.bottomUp {
		f.act(name)
	}
}

func (f *finder) act(name string) {
	if len(f.actions) == 0 {
		f.p.printf("%s\n", name)
	}
	for _, action := range f.actions {
		action(name)
	}
}
