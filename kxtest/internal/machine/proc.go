package machine

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// makeProc makes /proc. Its content is computed on demand.
func (m *Machine) makeProc() *node {
	proc := m.procDir(0, 0, func(name string) *node {
		if name == "self" {
			return nil // the entry below depends on the asking process
		}
		pid, err := strconv.Atoi(name)
		t := m.ns.tasks[pid]
		if err != nil || t == nil || name != strconv.Itoa(pid) {
			return nil
		}
		return m.procTask(t)
	}, func() []string {
		var names []string
		for pid := range m.ns.tasks {
			names = append(names, strconv.Itoa(pid))
		}
		return names
	})
	self := m.procNode(fs.ModeSymlink|0o777, 0, 0)
	self.jump = func(t *task) (*node, error) { return m.procTask(t), nil }
	proc.children = map[string]*node{
		"self": self,
		"mounts": m.procText(0, 0, func() string {
			return "overlay / overlay rw,relatime 0 0\nproc /proc proc " +
				"rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /dev tmpfs rw,nosuid,mode=755 0 0\n"
		}),
		"version": m.procText(
			0,
			0,
			func() string { return "Linux version " + kernelRelease + " " + kernelVersion + "\n" },
		),
		"loadavg": m.procText(
			0,
			0,
			func() string {
				return fmt.Sprintf("0.00 0.00 0.00 1/%d %d\n", len(m.ns.tasks),
					m.ns.lastPID)
			},
		),
	}
	return proc
}

// The kernel that uname prints.
const (
	kernelRelease = "6.1.0"
	kernelVersion = "#1 SMP"
)

func (m *Machine) procNode(mode fs.FileMode, uid, gid int) *node {
	return &node{disk: m.disk, mode: mode, uid: uid, gid: gid, modified: now(), links: 1}
}

func (m *Machine) procDir(uid, gid int, lookup func(string) *node, list func() []string) *node {
	n := m.procNode(fs.ModeDir|0o555, uid, gid)
	n.lookup, n.list = lookup, list
	return n
}

func (m *Machine) procText(uid, gid int, read func() string) *node {
	n := m.procNode(0o444, uid, gid)
	n.read = read
	return n
}

// procTask returns /proc/PID.
func (m *Machine) procTask(t *task) *node {
	uid, gid := t.m.config.UID, t.m.config.GID
	text := func(read func() string) *node { return m.procText(uid, gid, read) }
	private := func(n *node) *node { n.mode = n.mode&^0o777 | 0o500; return n }
	link := func(target string, to func() (*node, error)) *node {
		n := m.procNode(fs.ModeSymlink|0o777, uid, gid)
		n.target = target
		n.jump = func(asker *task) (*node, error) {
			c := &asker.m.config
			// PTRACE_MODE_READ_FSCREDS of ptrace(2)
			if (c.UID != uid || c.GID != gid) && (c.UID != 0 || !c.Traces) {
				return nil, errAccess
			}
			return to()
		}
		return n
	}
	find := func(name string) func() (*node, error) {
		return func() (*node,
			error) {
			return t.find(name, true)
		}
	}
	entries := map[string]func() *node{
		"cmdline": func() *node {
			return text(func() string {
				return strings.Join(t.args, "\x00") +
					"\x00"
			})
		},
		"comm": func() *node { return text(func() string { return t.name() + "\n" }) },
		"environ": func() *node {
			n := text(func() string { return strings.Join(t.env, "\x00") + "\x00" })
			n.mode = 0o400
			return n
		},
		"cgroup": func() *node { return text(t.cgroup) },
		"status": func() *node { return text(func() string { return t.status() }) },
		"stat": func() *node {
			return text(func() string {
				return fmt.Sprintf("%d (%s) S %d %d %d 0 -1\n", t.pid, t.name(), t.parentPID(),
					t.group, t.group)
			})
		},
		"root": func() *node { return link("/", func() (*node, error) { return t.m.root, nil }) },
		"cwd":  func() *node { return link(t.dir, find(t.dir)) },
		"exe":  func() *node { return link(t.exe, find(t.exe)) },
		"fd": func() *node {
			return private(m.procDir(uid, gid, func(name string) *node {
				fd, err := strconv.Atoi(name)
				d := t.fds[fd]
				if err != nil || d == nil {
					return nil
				}
				n := m.procNode(0o666, uid, gid)
				n.open = func(*task) *description { return d.share() }
				return link(d.name, func() (*node, error) { return n, nil })
			}, func() []string {
				var names []string
				for _, fd := range t.descriptors() {
					names = append(names, strconv.Itoa(fd))
				}
				return names
			}))
		},
		"ns": func() *node {
			n := m.procDir(uid, gid, func(name string) *node {
				space := map[string]*node{"mnt": t.m.mounts, "pid": t.ns.file}[name]
				if space == nil {
					return nil
				}
				return link(
					name+":["+strconv.FormatInt(space.inode, 10)+"]",
					func() (*node, error) { return space, nil },
				)
			}, func() []string { return []string{"mnt", "pid"} })
			n.mode = fs.ModeDir | 0o511
			return n
		},
	}
	return m.procDir(uid, gid, func(name string) *node {
		entry := entries[name]
		if entry != nil {
			return entry()
		}
		return nil
	}, func() []string { return slices.Collect(maps.Keys(entries)) })
}

// newNamespaceFile returns the target of a link in /proc/PID/ns. Each namespace has its own, so
// that inode numbers tell namespaces apart.
func (m *Machine) newNamespaceFile() *node {
	n := m.procNode(0o444, 0, 0)
	n.inode = 0xf0000000 + rand.Int64N(1<<27) // the range that Linux uses
	return n
}

func (t *task) parentPID() int {
	if t.parent == nil || t.parent.ns != t.ns {
		return 0
	}
	return t.parent.pid
}

// status returns the content of /proc/PID/status.
func (t *task) status() string {
	uid, gid := t.m.config.UID, t.m.config.GID
	return fmt.Sprintf(
		"Name:\t%s\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nUid:\t%d\t%d\t%d\t%d\n"+
			"Gid:\t%d\t%d\t%d\t%d\nThreads:\t1\n",
		t.name(), t.pid, t.pid, t.parentPID(), uid, uid, uid, uid, gid, gid, gid, gid)
}

// cgroup returns the content of /proc/PID/cgroup on a node with cgroups v1 and v2, where containerd
// makes a group for each container.
func (t *task) cgroup() string {
	var b strings.Builder
	controllers := []string{
		"name=systemd", "pids", "blkio", "freezer",
		"devices", "memory", "cpuset", "cpuacct", "cpu", "",
	}
	for i, controller := range controllers {
		fmt.Fprintf(&b, "%d:%s:/k8s.io/%s\n", 9-i, controller, t.m.config.ID)
	}
	return b.String()
}
