package machine

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fileInfo describes a file for ls and for pathname expansion.
type fileInfo struct {
	name string
	node *node
	mode fs.FileMode
	size int64
}

func (f fileInfo) Name() string { return f.name }

func (f fileInfo) Size() int64 { return f.size }

func (f fileInfo) Mode() fs.FileMode { return f.mode }

func (f fileInfo) ModTime() time.Time { return f.node.modified }

func (f fileInfo) IsDir() bool { return f.mode.IsDir() }

func (f fileInfo) Sys() any { return nil }

// modeString formats a mode as ls -l does.
func modeString(m fs.FileMode) string {
	kind := "-"
	switch {
	case m.IsDir():
		kind = "d"
	case m&fs.ModeSymlink != 0:
		kind = "l"
	case m&fs.ModeCharDevice != 0:
		kind = "c"
	}
	bits := []byte("rwxrwxrwx")
	for i := range bits {
		if m&(1<<(8-i)) == 0 {
			bits[i] = '-'
		}
	}
	for _, special := range []struct {
		bit  fs.FileMode
		at   int
		sign byte
	}{{fs.ModeSetuid, 2, 's'}, {fs.ModeSetgid, 5, 's'}, {fs.ModeSticky, 8, 't'}} {
		if m&special.bit != 0 {
			if bits[special.at] == '-' {
				special.sign -= 'a' - 'A'
			}
			bits[special.at] = special.sign
		}
	}
	return kind + string(bits)
}

// ls lists files and directories.
func ls(_ context.Context, p *Process) int {
	options, names, ok := p.options("1laAdhnirtSRFpCs")
	if !ok {
		return 1
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	l := &lister{p: p, options: options}
	var files []fileInfo
	var dirs []string
	for _, name := range names {
		p.task.ns.mu.Lock()
		n, err := p.task.find(name, options['l'] == "" && options['d'] == "" ||
			strings.HasSuffix(name, "/"))
		if err == nil && n.mode&fs.ModeSymlink != 0 && n.jump != nil && options['l'] == "" {
			n, err = n.jump(p.task)
		}
		var info fileInfo
		if err == nil {
			info = fileInfo{name, n, n.mode, n.size()}
		}
		p.task.ns.mu.Unlock()
		switch {
		case err != nil:
			p.fileError(name, err)
			l.status = 1
		case info.IsDir() && options['d'] == "":
			dirs = append(dirs, name)
		default:
			files = append(files, info)
		}
	}
	l.show(files)
	for i, dir := range dirs {
		if i > 0 || len(files) > 0 {
			p.printf("\n")
		}
		l.list(dir, len(names) > 1 || options['R'] != "", 0)
	}
	return l.status
}

type lister struct {
	p       *Process
	options map[byte]string
	status  int
}

// entries reads a directory.
func (l *lister) entries(dir string) ([]fileInfo, error) {
	t := l.p.task
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	n, err := t.find(dir, true)
	switch {
	case err != nil:
		return nil, err
	case !t.allowed(n, mayRead):
		return nil, errAccess
	}
	var entries []fileInfo
	add := func(name string, child *node) {
		if child != nil {
			entries = append(entries, fileInfo{name, child, child.mode, child.size()})
		}
	}
	if l.options['a'] != "" {
		add(".", n)
		add("..", cmp.Or(n.parent, n))
	}
	for _, name := range n.names() {
		if strings.HasPrefix(name, ".") && l.options['a'] == "" && l.options['A'] == "" {
			continue
		}
		add(name, n.child(name))
	}
	return entries, nil
}

func (l *lister) list(dir string, title bool, depth int) {
	if title {
		l.p.printf("%s:\n", dir)
	}
	entries, err := l.entries(dir)
	if err != nil {
		l.p.errorf("can't open '%s': %s", dir, reason(err))
		l.status = 1
		return
	}
	if l.options['l'] != "" {
		var blocks int64
		for _, e := range entries {
			if e.mode.IsRegular() || e.IsDir() {
				blocks += (e.size + 4095) / 4096 * 4
			}
		}
		l.p.printf("total %d\n", blocks)
	}
	l.show(entries)
	for _, e := range entries {
		if l.options['R'] != "" && e.IsDir() && e.name != "." && e.name != ".." &&
			depth < maxLinks &&
			l.p.task.ctx.Err() == nil {
			l.p.printf("\n")
			l.list(strings.TrimSuffix(dir, "/")+"/"+e.name, true, depth+1)
		}
	}
}

// show prints entries, in columns on a terminal.
func (l *lister) show(entries []fileInfo) {
	o := l.options
	less := func(a, b fileInfo) int {
		switch {
		case o['S'] != "":
			return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.name, b.name))
		case o['t'] != "":
			return cmp.Or(b.node.modified.Compare(a.node.modified), cmp.Compare(a.name, b.name))
		}
		return cmp.Compare(a.name, b.name)
	}
	slices.SortStableFunc(entries, func(a, b fileInfo) int {
		if o['r'] != "" {
			a, b = b, a
		}
		return less(a, b)
	})
	if o['l'] != "" || o['n'] != "" {
		l.long(entries)
		return
	}
	names, longest := make([]string, len(entries)), 0
	for i, e := range entries {
		names[i] = e.name + l.typeSuffix(e)
		longest = max(longest, len(names[i]))
	}
	width := 0
	d := l.p.task.fds[1]
	if d != nil && o['1'] == "" {
		if t, ok := d.file.(*terminal); ok {
			width, _ = t.size()
			if width == 0 {
				width = 80
			}
		}
	}
	columns := max(1, width/(longest+2))
	rows := (len(names) + columns - 1) / columns
	for row := range rows {
		var line strings.Builder
		for i := row; i < len(names); i += rows {
			line.WriteString(names[i])
			if i+rows < len(names) {
				line.WriteString(strings.Repeat(" ", longest+2-len(names[i])))
			}
		}
		if !l.p.printf("%s\n", line.String()) {
			return
		}
	}
}

// typeSuffix returns the character that -F and -p append to a name.
func (l *lister) typeSuffix(e fileInfo) string {
	switch {
	case l.options['F'] == "" && l.options['p'] == "":
		return ""
	case e.IsDir():
		return "/"
	case l.options['F'] == "":
		return ""
	case e.mode&fs.ModeSymlink != 0:
		return "@"
	case e.mode.IsRegular() && e.mode&0o111 != 0:
		return "*"
	}
	return ""
}

func (l *lister) long(entries []fileInfo) {
	for _, e := range entries {
		user, group := strconv.Itoa(e.node.uid), strconv.Itoa(e.node.gid)
		if l.options['n'] == "" {
			user = l.p.task.m.userName(e.node.uid)
			if e.node.gid == 0 {
				group = "root"
			}
		}
		size := fmt.Sprintf("%9d", e.size)
		switch {
		case e.mode&fs.ModeCharDevice != 0:
			size = "   1,   3"
		case l.options['h'] != "":
			size = fmt.Sprintf("%9s", humanSize(e.size))
		}
		l.p.task.ns.mu.Lock()
		modified, links, target := e.node.modified.UTC(), e.node.links, e.node.target
		l.p.task.ns.mu.Unlock()
		stamp := modified.Format("Jan _2 15:04")
		age := now().Sub(modified)
		if age > 180*24*time.Hour || age < -time.Hour {
			stamp = modified.Format("Jan _2  2006")
		}
		name := e.name + l.typeSuffix(e)
		if e.mode&fs.ModeSymlink != 0 {
			name += " -> " + target
		}
		if !l.p.printf("%s %4d %-8s %-8s %s %s %s\n", modeString(e.mode), links, user, group, size,
			stamp, name) {
			return
		}
	}
}

func humanSize(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10)
	}
	f, unit := float64(n), 0
	for ; f >= 1024 && unit < 4; unit++ {
		f /= 1024
	}
	return fmt.Sprintf("%.1f%c", f, " KMGT"[unit])
}
