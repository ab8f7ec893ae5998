package machine

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// programMark begins a file that stands for a program. The program's key follows.
const programMark = "\x7fELF\x02\x01\x01\x00"

// makeRoot makes the file system of the image and the configuration.
func (m *Machine) makeRoot() {
	m.disk = &disk{m: m}
	m.root, _ = m.disk.newNode(fs.ModeDir|0o755, 0, 0)
	for _, dir := range strings.Fields(
		"/bin /dev /dev/pts /dev/shm /etc /proc /root /sys /tmp /var /var/run /var/tmp") {
		m.put(dir, fs.ModeDir|0o755, "")
	}
	for _, dir := range []string{"/tmp", "/var/tmp", "/dev/shm"} {
		m.lookup(dir).mode |= fs.ModeSticky | 0o777
	}
	m.lookup("/root").mode = fs.ModeDir | 0o700
	m.lookup("/dev/shm").uid = 0
	m.root.children["proc"] = m.makeProc()
	m.makeDevices()
	m.put(
		"/etc/passwd", 0o644,
		"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n")
	m.put("/etc/group", 0o644, "root:x:0:\nnobody:x:65534:\n")
	m.put("/etc/hostname", 0o644, m.config.Hostname+"\n")
	m.put(
		"/etc/hosts", 0o644, "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"+
			"::1\tlocalhost ip6-localhost ip6-loopback\n")
	m.put("/etc/resolv.conf", 0o644,
		"search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver "+
			"10.96.0.10\noptions ndots:5\n")
	base, _, _ := strings.Cut(path.Base(m.config.Image), "@")
	base, _, _ = strings.Cut(base, ":")
	switch {
	case strings.Contains(base, "distroless"):
		m.program("/app", waitForSignal)
	case strings.Contains(base, "pause"):
		m.program("/pause", waitForSignal)
	default:
		m.programs["busybox"] = runBusybox
		for name := range commands {
			m.put("/bin/"+name, 0o755, programMark+"busybox")
		}
		m.put("/bin/busybox", 0o755, programMark+"busybox")
	}
	if m.config.NodeRoot != "" {
		m.programs["busybox"] = runBusybox
		for name := range commands {
			m.put(m.config.NodeRoot+"/bin/"+name, 0o755, programMark+"busybox")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.config.Programs)) {
		file := name
		if !strings.HasPrefix(name, "/") {
			file = "/bin/" + name
		}
		m.program(file, m.config.Programs[name])
	}
	for _, name := range slices.Sorted(maps.Keys(m.config.Files)) {
		if strings.HasSuffix(name, "/") {
			m.put(name, fs.ModeDir|0o755, "")
		} else {
			m.put(name, 0o644, m.config.Files[name])
		}
	}
	m.put(m.config.Dir, fs.ModeDir|0o755, "")
	m.disk.used = 0 // the image is not charged to the container
}

func (m *Machine) program(file string, p Program) {
	m.programs[file] = p
	m.put(file, 0o755, programMark+file)
}

// put adds a file or a directory to the image, with its parent directories.
func (m *Machine) put(name string, mode fs.FileMode, content string) {
	m.disk.used = 0
	dir := m.root
	parts := strings.Split(strings.Trim(path.Clean("/"+name), "/"), "/")
	for i, part := range parts {
		if part == "" {
			return // the root itself
		}
		next, last := dir.children[part], i == len(parts)-1
		if next != nil && last && mode.IsDir() {
			return
		}
		if next == nil || !next.isDir() || last {
			kind := fs.ModeDir | 0o755
			if last {
				kind = mode
			}
			next, _ = m.disk.newNode(kind, 0, 0)
			dir.add(part, next)
		}
		if next.children == nil && !last {
			return // /proc takes no files
		}
		dir = next
	}
	if !mode.IsDir() {
		dir.data.writeAt([]byte(content), 0)
	}
}

// lookup returns a file of the image.
func (m *Machine) lookup(name string) *node {
	n := m.root
	for part := range strings.SplitSeq(strings.Trim(name, "/"), "/") {
		n = n.children[part]
	}
	return n
}

func (m *Machine) makeDevices() {
	device := func(name string, f file) *node {
		m.put("/dev/"+name, fs.ModeDevice|fs.ModeCharDevice|0o666, "")
		n := m.lookup("/dev/" + name)
		n.device = f
		return n
	}
	device("null", nullDevice{})
	device("zero", zeroDevice{})
	device("full", fullDevice{})
	device("random", randomDevice{})
	device("urandom", randomDevice{})
	device("tty", nil).open = func(t *task) *description {
		if t.tty == nil {
			return nil
		}
		return open(t.tty, "/dev/tty")
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0",
		"stdout": "/" +
			"proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		m.put("/dev/"+name, fs.ModeSymlink|0o777, "")
		m.lookup("/dev/" + name).target = target
	}
	m.put("/etc/mtab", fs.ModeSymlink|0o777, "")
	m.lookup("/etc/mtab").target = "/proc/mounts"
}

// waitForSignal is the program of distroless images: it runs until a signal ends it.
func waitForSignal(ctx context.Context, p *Process) int {
	for _, s := range []Signal{INT, TERM} {
		p.task.handle(s, handleCatch)
	}
	select {
	case <-p.task.signalled():
	case <-ctx.Done():
	}
	return 0
}

// load returns the program that a file stands for, and sets the task's arguments. A script's
// program is the interpreter in its first line.
func (t *task) load(file string, args []string) (Program, error) {
	for range 4 {
		head, owner, err := t.readHead(file)
		if err != nil {
			return nil, err
		}
		if key, ok := strings.CutPrefix(head, programMark); ok {
			program := owner.programs[key]
			if program == nil {
				program = t.m.programs[key]
			}
			if program == nil {
				return nil, errNotExec
			}
			t.setArgs(file, args)
			return program, nil
		}
		line, ok := strings.CutPrefix(head, "#!")
		if !ok {
			return nil, errNotExec
		}
		line, _, _ = strings.Cut(line, "\n")
		interpreter, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
		words := []string{interpreter}
		argument = strings.TrimSpace(argument)
		if argument != "" {
			words = append(words, argument)
		}
		args = append(append(words, file), args[1:]...)
		file = t.abs(interpreter)
		if t.mayExec(file) != nil {
			return nil, errNoEntry
		}
	}
	return nil, errLoop
}

// readHead returns the beginning of a file and the machine that owns it.
func (t *task) readHead(file string) (string, *Machine, error) {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	n, err := t.find(file, true)
	if err != nil {
		return "", nil, err
	}
	b := make([]byte, 256)
	return string(b[:n.data.readAt(b, 0)]), n.disk.m, nil
}
