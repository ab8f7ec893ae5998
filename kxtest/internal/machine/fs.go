package machine

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// disk counts what a machine's files take.
type disk struct {
	m      *Machine
	used   int64
	inodes atomic.Int64
}

// inodeSize is what a file takes besides its content.
const inodeSize = 1 << 10

func (d *disk) take(n int64) error {
	if d.used+n > maxDisk {
		return errNoSpace
	}
	d.used += n
	return nil
}

// node is a file in the file system. What it holds is under the namespace's lock.
type node struct {
	disk     *disk
	inode    int64
	mode     fs.FileMode
	uid, gid int
	modified time.Time
	links    int
	parent   *node // of a directory

	children map[string]*node // of a directory
	data     data             // of a regular file
	target   string           // of a symbolic link
	device   file

	// What /proc needs: children, content and a link that are found when asked for.
	lookup func(name string) *node
	list   func() []string
	read   func() string
	jump   func(t *task) (*node, error) // where a link leads, whatever its target says
	open   func(t *task) *description   // what opening it gives
}

func (d *disk) newNode(mode fs.FileMode, uid, gid int) (*node, error) {
	if err := d.take(inodeSize); err != nil {
		return nil, err
	}
	n := &node{disk: d, inode: d.inodes.Add(1), mode: mode, uid: uid, gid: gid, modified: now(), links: 1}
	if mode.IsDir() {
		n.children, n.links = map[string]*node{}, 2
	}
	return n, nil
}

// free gives back what a node takes when its last name is gone. An open file keeps its content, not its place.
func (n *node) free() {
	n.links--
	if n.links <= 0 || n.mode.IsDir() {
		n.disk.used -= inodeSize + n.data.size
	}
}

func (n *node) isDir() bool { return n.mode.IsDir() }

// child finds a name in a directory.
func (n *node) child(name string) *node {
	if n.lookup != nil {
		found := n.lookup(name)
		if found != nil {
			return found
		}
	}
	return n.children[name]
}

// names lists a directory in order.
func (n *node) names() []string {
	names := slices.Collect(maps.Keys(n.children))
	if n.list != nil {
		names = append(names, n.list()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// size is the length of a file as stat gives it.
func (n *node) size() int64 {
	switch {
	case n.mode&fs.ModeSymlink != 0:
		return int64(len(n.target))
	case n.isDir() && n.list == nil:
		return 4096
	case n.isDir():
		return 0
	}
	return n.data.size
}

// The rights that allowed asks for.
const (
	mayRead  = 4
	mayWrite = 2
	mayRun   = 1
)

func (t *task) allowed(n *node, right fs.FileMode) bool {
	uid, gid := t.m.config.UID, t.m.config.GID
	switch {
	case uid == 0:
		return right != mayRun || n.isDir() || n.mode&0o111 != 0
	case uid == n.uid:
		right <<= 6
	case gid == n.gid:
		right <<= 3
	}
	return n.mode&right != 0
}

// maxLinks is how many symbolic links a path may lead through.
const maxLinks = 40

// walk finds a path's node, and the directory and the name that it has there. Without an entry of that name the node is nil, and the error errNoEntry.
// Links are followed, the last one only if asked. The namespace is locked.
func (t *task) walk(name string, follow bool) (dir *node, base string, found *node, err error) {
	if name == "" {
		return nil, "", nil, errNoEntry
	}
	if len(name) > 4096 {
		return nil, "", nil, errNameTooLong
	}
	stack, links := []*node{t.m.root}, 0
	rest := strings.Split(t.abs(name), "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		last := !slices.ContainsFunc(rest, func(s string) bool { return s != "" && s != "." })
		here := stack[len(stack)-1]
		switch {
		case part == "" || part == ".":
			continue
		case !here.isDir():
			return nil, "", nil, errNotDirectory
		case !t.allowed(here, mayRun):
			return nil, "", nil, errAccess
		case part == "..":
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
			base = ""
			continue
		case len(part) > 255:
			return nil, "", nil, errNameTooLong
		}
		next := here.child(part)
		if next == nil {
			if last {
				return here, part, nil, errNoEntry
			}
			return nil, "", nil, errNoEntry
		}
		if next.mode&fs.ModeSymlink != 0 && (!last || follow || len(rest) > 0) {
			links++
			if links > maxLinks {
				return nil, "", nil, errLoop
			}
			if next.jump != nil {
				if next, err = next.jump(t); err != nil {
					return nil, "", nil, err
				}
				stack = append(stack, next)
				base = ""
				continue
			}
			if strings.HasPrefix(next.target, "/") {
				stack = stack[:1]
			}
			rest = append(strings.Split(next.target, "/"), rest...)
			continue
		}
		if !next.isDir() && len(rest) > 0 {
			return nil, "", nil, errNotDirectory
		}
		stack = append(stack, next)
		base = part
	}
	found = stack[len(stack)-1]
	if len(stack) > 1 {
		dir = stack[len(stack)-2]
	}
	return dir, base, found, nil
}

// find is walk for a path that must be there.
func (t *task) find(name string, follow bool) (*node, error) {
	_, _, n, err := t.walk(name, follow)
	return n, err
}

// mayExec says why a file cannot be run.
func (t *task) mayExec(name string) error {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	n, err := t.find(name, true)
	switch {
	case err != nil:
		return err
	case n.isDir(), !t.allowed(n, mayRun):
		return errAccess
	}
	return nil
}

// create adds an entry to a directory.
func (t *task) create(dir *node, base string, mode fs.FileMode) (*node, error) {
	switch {
	case dir.lookup != nil:
		return nil, errNoEntry // /proc
	case !t.allowed(dir, mayWrite):
		return nil, errAccess
	}
	n, err := dir.disk.newNode(mode&^fs.FileMode(t.mask), t.m.config.UID, t.m.config.GID)
	if err != nil {
		return nil, err
	}
	dir.add(base, n)
	return n, nil
}

func (n *node) add(base string, child *node) {
	n.children[base] = child
	n.modified = now()
	if child.isDir() {
		n.links++
		child.parent = n
	}
}

// unlink takes an entry out of a directory.
func (t *task) unlink(dir *node, base string) error {
	if dir == nil || dir.lookup != nil || base == "" {
		return errNotPermitted
	}
	if !t.allowed(dir, mayWrite) || dir.mode&fs.ModeSticky != 0 && t.m.config.UID != 0 && dir.children[base].uid != t.m.config.UID {
		return errAccess
	}
	child := dir.children[base]
	if child == nil {
		return errNotPermitted
	}
	if child.isDir() {
		if len(child.children) > 0 || child.lookup != nil {
			return errNotEmpty
		}
		dir.links--
	}
	delete(dir.children, base)
	dir.modified = now()
	child.free()
	return nil
}

// clean is what the shell remembers as the working directory after cd.
func (t *task) clean(name string) string { return path.Clean(t.abs(name)) }
