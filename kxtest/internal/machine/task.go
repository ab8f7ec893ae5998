package machine

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// task is the kernel's side of a process. The namespace's lock guards it. Only the task's own
// goroutine changes args, env, dir and files, under the lock.
type task struct {
	m       *Machine
	ns      *namespace
	pid     int
	parent  *task // nil for a process that was started from outside
	group   int
	started time.Time
	ctx     context.Context // ends when the process is killed
	cancel  context.CancelFunc
	tty     *terminal
	done    chan struct{} // closed when the process has ended
	// closed when its output is delivered too; for processes started from outside
	delivered chan struct{}

	args []string
	exe  string
	env  []string
	dir  string
	root *node // of chroot(2); nil for the machine's
	mask uint32
	fds  map[int]*description

	handling      map[Signal]int
	pending       []Signal
	signalArrived chan struct{}
	killedBy      Signal
	exited        bool
	code          int
	reserved      int64
	next          Program // replaces this program when it returns, as execve(2) does
}

func (m *Machine) newTask(parent *task) *task {
	t := &task{
		m:             m,
		ns:            m.ns,
		parent:        parent,
		started:       now(),
		done:          make(chan struct{}),
		delivered:     make(chan struct{}),
		signalArrived: make(chan struct{}),
		handling:      map[Signal]int{},
		fds:           map[int]*description{},
		dir:           m.config.Dir,
		mask:          0o022,
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// fork returns a process like t that does not run yet. It shares t's open files and catches no
// signals.
func (t *task) fork() *task {
	child := t.m.newTask(t)
	child.group, child.tty, child.dir, child.mask = t.group, t.tty, t.dir, t.mask
	child.root = t.root
	child.args, child.exe, child.env = t.args, t.exe, slices.Clone(t.env)
	for fd, d := range t.fds {
		child.fds[fd] = d.share()
	}
	for s, how := range t.handling {
		if how == handleIgnore {
			child.handling[s] = how
		}
	}
	return child
}

// start runs a process. If it fails, the files stay open.
func (t *task) start(program Program) error {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	switch {
	case t.m.ended || t.parent == nil && t.m.config.Target != nil && t.ns.tasks[1] == nil:
		return errNoProcess
	case t.m.tasks >= maxProcesses, t.parent != nil && t.parent.killedBy != 0:
		return errAgain
	}
	t.ns.lastPID++
	t.pid = t.ns.lastPID
	if t.group == 0 {
		t.group = t.pid
	}
	if t.parent == nil && t.tty != nil {
		t.tty.foreground.Store(int64(t.group))
	}
	t.ns.tasks[t.pid] = t
	t.m.tasks++
	if t.m.first == nil {
		t.m.first = t
	}
	t.m.running.Add(1)
	p := &Process{task: t, args: t.args}
	go func() {
		defer t.m.running.Done()
		code := program(t.ctx, p)
		for t.next != nil && t.ctx.Err() == nil {
			program, t.next = t.next, nil
			code = program(t.ctx, &Process{task: t, args: t.args})
		}
		t.exit(code)
	}()
	return nil
}

// release closes the files of a process.
func (t *task) release() {
	t.ns.mu.Lock()
	fds := t.fds
	t.fds = nil
	t.ns.mu.Unlock()
	for _, d := range fds {
		d.drop()
	}
	t.cancel()
}

// abort releases a process that could not start.
func (t *task) abort() {
	t.release()
	close(t.done)
}

// exit removes a process from the table. The container's own process takes the container's
// processes with it; the first process of a namespace takes all of the namespace's.
func (t *task) exit(code int) {
	t.ns.mu.Lock()
	t.exited, t.code = true, code&0xff
	if t.killedBy != 0 {
		t.code = 128 + int(t.killedBy)
	}
	delete(t.ns.tasks, t.pid)
	t.m.tasks--
	if t == t.m.first {
		t.m.killAll()
	}
	for _, other := range t.ns.tasks {
		switch {
		case t.pid == 1:
			other.m.killAll()
		case other.parent == t:
			other.parent = t.ns.tasks[1]
		}
	}
	t.ns.mu.Unlock()
	t.m.memory.Add(-t.reserved)
	t.release()
	close(t.done)
}

// reserve charges n bytes to the machine's memory until the process ends.
func (t *task) reserve(n int) error {
	if t.m.memory.Add(int64(n)) > maxMemory && n > 0 {
		t.m.memory.Add(-int64(n))
		return errNoMemory
	}
	t.reserved += int64(n)
	return nil
}

// abs returns an absolute path without cleaning it.
func (t *task) abs(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return strings.TrimSuffix(t.dir, "/") + "/" + name
}

// descriptors lists the open files.
func (t *task) descriptors() []int { return slices.Sorted(maps.Keys(t.fds)) }

// name returns the name of the process in ps and /proc.
func (t *task) name() string {
	name := path.Base(t.args[0])
	return name[:min(len(name), 15)]
}

// Other processes read the following in /proc, so it changes under the lock.

func (t *task) setArgs(exe string, args []string) {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	t.exe, t.args = exe, args
}

func (t *task) setEnviron(env []string) {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	t.env = env
}

// setFile replaces the open file of a descriptor and returns the old one. nil closes the
// descriptor.
func (t *task) setFile(fd int, d *description) *description {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	old := t.fds[fd]
	if d == nil {
		delete(t.fds, fd)
	} else if t.fds != nil {
		t.fds[fd] = d
	}
	return old
}

// chdir changes the working directory.
func (t *task) chdir(dir string) error {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	n, err := t.find(dir, true)
	switch {
	case err != nil:
		return err
	case !n.isDir():
		return errNotDirectory
	case !t.allowed(n, mayExecute):
		return errAccess
	}
	t.dir = t.clean(dir)
	return nil
}
