package machine

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// task is a process as the kernel knows it. Its lock is the namespace's; args, env, dir and files are its own goroutine's to change, under the lock.
type task struct {
	m       *Machine
	ns      *namespace
	pid     int
	parent  *task // nil: started from outside
	group   int
	started time.Time
	ctx     context.Context // ends when the process is killed
	cancel  context.CancelFunc
	tty     *terminal
	done    chan struct{} // the process is gone
	settled chan struct{} // and what it wrote is delivered; for processes started from outside

	args []string
	exe  string
	env  []string
	dir  string
	mask uint32
	fds  map[int]*description

	handling map[Signal]int
	pending  []Signal
	notice   chan struct{}
	killedBy Signal
	exited   bool
	code     int
	reserved int64
	next     Program // takes this one's place when it returns, as after execve
}

func (m *Machine) newTask(parent *task) *task {
	t := &task{m: m, ns: m.ns, parent: parent, started: now(), done: make(chan struct{}), settled: make(chan struct{}), notice: make(chan struct{}),
		handling: map[Signal]int{}, fds: map[int]*description{}, dir: m.config.Dir, mask: 0o022}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// fork makes a process like t, which does not run yet: it shares t's open files, and catches no signals.
func (t *task) fork() *task {
	child := t.m.newTask(t)
	child.group, child.tty, child.args, child.exe, child.env, child.dir, child.mask = t.group, t.tty, t.args, t.exe, slices.Clone(t.env), t.dir, t.mask
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

// start lets a process run. When it cannot, its files are still open.
func (t *task) start(program Program) error {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	switch {
	case t.m.over || t.parent == nil && t.m.config.Target != nil && t.ns.tasks[1] == nil:
		return errNoProcess
	case t.m.tasks >= maxProcesses, t.parent != nil && t.parent.killedBy != 0:
		return errAgain
	}
	t.ns.last++
	t.pid = t.ns.last
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

// abort is for a process that could not start.
func (t *task) abort() {
	t.release()
	close(t.done)
}

// exit takes a process off the table. When it was the container's own, or the first of its namespace, it takes the others with it.
func (t *task) exit(code int) {
	t.ns.mu.Lock()
	t.exited, t.code = true, code&0xff
	if t.killedBy != 0 {
		t.code = 128 + int(t.killedBy)
	}
	delete(t.ns.tasks, t.pid)
	t.m.tasks--
	if t == t.m.first {
		t.m.kill()
	}
	for _, other := range t.ns.tasks {
		switch {
		case t.pid == 1:
			other.m.kill()
		case other.parent == t:
			other.parent = t.ns.tasks[1]
		}
	}
	t.ns.mu.Unlock()
	t.m.memory.Add(-t.reserved)
	t.release()
	close(t.done)
}

// reserve counts memory that a command keeps until its process ends.
func (t *task) reserve(n int) error {
	if t.m.memory.Add(int64(n)) > maxMemory && n > 0 {
		t.m.memory.Add(-int64(n))
		return errNoMemory
	}
	t.reserved += int64(n)
	return nil
}

// abs makes a path absolute, without looking at it.
func (t *task) abs(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return strings.TrimSuffix(t.dir, "/") + "/" + name
}

// descriptors lists the open files.
func (t *task) descriptors() []int { return slices.Sorted(maps.Keys(t.fds)) }

// name is what ps and /proc call the process.
func (t *task) name() string {
	name := path.Base(t.args[0])
	return name[:min(len(name), 15)]
}

// What others see of a process in /proc changes under the lock.

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

// setFile makes d the open file of that number, and gives back what it was before; nil closes it.
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
	case !t.allowed(n, mayRun):
		return errAccess
	}
	t.dir = t.clean(dir)
	return nil
}
