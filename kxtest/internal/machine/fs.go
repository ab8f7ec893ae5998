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

// disk counts the space that a machine's files take.
type disk struct {
	m      *Machine
	used   int64
	inodes atomic.Int64
}

// inodeSize is the space of a file apart from its content.
const inodeSize = 1 << 10

func (d *disk) take(n int64) error {
	if d.used+n > maxDisk {
		return errNoSpace
	}
	d.used += n
	return nil
}

// node is an inode of the file system. The namespace's lock guards its fields.
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

	// /proc computes these on demand: children, content, and the target of a link.
	lookup func(name string) *node
	list   func() []string
	read   func() string
	jump   func(t *task) (*node, error) // the node that a link leads to; target is only its text
	open   func(t *task) *description   // opens the node
}

func (d *disk) newNode(mode fs.FileMode, uid, gid int) (*node, error) {
	if err := d.take(inodeSize); err != nil {
		return nil, err
	}
	n := &node{disk: d, inode: d.inodes.Add(1), mode: mode, uid: uid, gid: gid, modified: now(),
		links: 1}
	if mode.IsDir() {
		n.children, n.links = map[string]*node{}, 2
	}
	return n, nil
}

// free gives a node's space back once its last name is removed. An open file keeps its content but
// not its space.
func (n *node) free() {
	n.links--
	if n.links <= 0 || n.mode.IsDir() {
		n.disk.used -= inodeSize + n.data.size
	}
}

func (n *node) isDir() bool { return n.mode.IsDir() }

// child returns the entry of a directory by name, or nil.
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

// size returns the length of a file as stat(2) does.
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

// The rights that allowed checks.
const (
	mayRead    = 4
	mayWrite   = 2
	mayExecute = 1
)

func (t *task) allowed(n *node, right fs.FileMode) bool {
	uid, gid := t.m.config.UID, t.m.config.GID
	switch {
	case uid == 0:
		return right != mayExecute || n.isDir() || n.mode&0o111 != 0
	case uid == n.uid:
		right <<= 6
	case gid == n.gid:
		right <<= 3
	}
	return n.mode&right != 0
}

// maxLinks is the number of symbolic links that a path may pass through.
const maxLinks = 40

// walk resolves a path to its node, its directory and its name there. For a missing entry, the node
// is nil and the error is errNoEntry. walk follows symbolic links, the last one only with follow
// set. The caller holds the namespace's lock.
func (t *task) walk(name string, follow bool) (dir *node, base string, found *node, err error) {
	if name == "" {
		return nil, "", nil, errNoEntry
	}
	if len(name) > 4096 {
		return nil, "", nil, errNameTooLong
	}
	stack, links := []*node{t.m.root}, 0
	if t.root != nil {
		stack[0] = t.root
	}
	rest := strings.Split(t.abs(name), "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		last := !slices.ContainsFunc(rest, func(s string) bool { return s != "" && s != "." })
		current := stack[len(stack)-1]
		switch {
		case part == "" || part == ".":
			continue
		case !current.isDir():
			return nil, "", nil, errNotDirectory
		case !t.allowed(current, mayExecute):
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
		next := current.child(part)
		if next == nil {
			if last {
				return current, part, nil, errNoEntry
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

// find is walk for a path that must exist.
func (t *task) find(name string, follow bool) (*node, error) {
	_, _, n, err := t.walk(name, follow)
	return n, err
}

// mayExec returns why a file cannot be executed, or nil.
func (t *task) mayExec(name string) error {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	n, err := t.find(name, true)
	switch {
	case err != nil:
		return err
	case n.isDir(), !t.allowed(n, mayExecute):
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

// unlink removes an entry from a directory.
func (t *task) unlink(dir *node, base string) error {
	if dir == nil || dir.lookup != nil || base == "" {
		return errNotPermitted
	}
	if !t.allowed(dir, mayWrite) ||
		dir.mode&fs.ModeSticky != 0 && t.m.config.UID != 0 &&
			dir.children[base].uid != t.m.config.UID {
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

// clean returns the absolute path without "." and "..", which is PWD after cd.
func (t *task) clean(name string) string { return path.Clean(t.abs(name)) }
