package machine

import (
	"context"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what a container is made of.
type Config struct {
	ID       string   // the container's, as /proc/PID/cgroup tells it; it may be empty
	Hostname string   // the pod's name
	Image    string   // its base name decides the root file system: distroless and pause have only their own program, every other is like busybox
	Env      []string // NAME=VALUE; PATH, HOSTNAME, HOME and, with a terminal, TERM are added as a runtime does
	Dir      string   // the working directory; "" is /
	UID, GID int
	Traces   bool               // root may look into the processes of others (CAP_SYS_PTRACE)
	Target   *Machine           // a machine whose process namespace this one shares, as targetContainerName asks for
	Network  *Network           // of its pod; nil without one
	Files    map[string]string  // files besides the image's, by absolute path
	Programs map[string]Program // commands written in Go, by absolute path or, for /bin/NAME, by name
}

// Program is a command written in Go. It returns the exit code, and returns soon after ctx ends, which is when its process was killed.
type Program func(ctx context.Context, p *Process) int

// The bounds of a machine.
const (
	maxProcesses = 256
	maxDisk      = 64 << 20  // bytes of files
	maxMemory    = 128 << 20 // bytes that commands keep in memory
)

// Machine is a container.
type Machine struct {
	config   Config
	programs map[string]Program // by the key in the file that stands for them
	ns       *namespace
	disk     *disk
	root     *node
	mounts   *node // stands for its mount namespace
	memory   atomic.Int64
	running  sync.WaitGroup // its tasks
	killed   chan struct{}  // closed by Kill
	once     sync.Once

	// Under ns.mu:
	tasks int
	first *task
	over  bool
}

// namespace is a process namespace. Its lock is also that of the files of every machine in it, since these see each other's through /proc.
type namespace struct {
	mu    sync.Mutex
	tasks map[int]*task
	last  int
	file  *node // stands for it in /proc
}

// New makes a machine in which nothing runs yet.
func New(c Config) *Machine {
	m := &Machine{config: c, programs: map[string]Program{}, killed: make(chan struct{})}
	if c.Target != nil {
		m.ns = c.Target.ns
	} else {
		m.ns = &namespace{tasks: map[int]*task{}}
	}
	if m.config.Dir == "" {
		m.config.Dir = "/"
	}
	m.makeRoot()
	m.mounts = m.newNamespaceFile()
	if m.ns.file == nil {
		m.ns.file = m.newNamespaceFile()
	}
	return m
}

// NotFoundError says that a program is not there, in the runtime's words.
type NotFoundError struct {
	Program string
}

func (e *NotFoundError) Error() string {
	if strings.Contains(e.Program, "/") {
		return "stat " + e.Program + ": no such file or directory"
	}
	return `exec: "` + e.Program + `": executable file not found in $PATH`
}

// IO is what a process started from outside is connected to.
//
// Stdin is read ahead by at most 64 KiB. A Read that waits when the process ends is not interrupted: whoever gave Stdin ends it. After [Process.Done],
// nothing is written any more, unless a Write was under way when [Machine.Kill] was called.
type IO struct {
	Stdin          io.Reader // nil is an empty one
	Stdout, Stderr io.Writer // nil is /dev/null; a terminal has no Stderr
	TTY            bool      // a terminal with a line discipline stands between the process and Stdin and Stdout
	Width, Height  int       // of the terminal
}

// Start runs a program, which is looked up in PATH, as a new process. The first one started is the container's own: when it ends all others are killed.
// The error is a [*NotFoundError], or says that the machine is over, full, or may not run that file.
func (m *Machine) Start(args []string, streams IO) (*Process, error) {
	if len(args) == 0 {
		return nil, &NotFoundError{}
	}
	t := m.newTask(nil)
	t.env = m.environ(streams.TTY)
	file, err := t.lookPath(args[0])
	if err == errNoEntry || err == errNotDirectory {
		return nil, &NotFoundError{Program: args[0]}
	}
	var program Program
	if err == nil {
		program, err = t.load(file, slices.Clone(args))
	}
	if err != nil {
		return nil, &startError{program: args[0], err: err}
	}
	p := &Process{task: t, args: t.args}
	t.connect(streams)
	if err := t.start(program); err != nil {
		t.abort()
		return nil, &startError{program: args[0], err: err}
	}
	return p, nil
}

// startError is in the runtime's words too.
type startError struct {
	program string
	err     error
}

func (e *startError) Error() string {
	return `exec: "` + e.program + `": ` + strings.ToLower(reason(e.err))
}
func (e *startError) Unwrap() error { return e.err }

// Kill ends every process of the machine with code 137, and lets no more start.
func (m *Machine) Kill() {
	m.ns.mu.Lock()
	defer m.ns.mu.Unlock()
	m.once.Do(func() { close(m.killed) })
	m.kill()
}

func (m *Machine) kill() {
	m.over = true
	for _, t := range m.ns.tasks {
		if t.m == m {
			t.signalLocked(KILL)
		}
	}
}

// environ is what the runtime gives a process.
func (m *Machine) environ(tty bool) []string {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=" + m.config.Hostname}
	if tty {
		env = append(env, "TERM=xterm")
	}
	for _, variable := range m.config.Env {
		env = setEnv(env, variable)
	}
	if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "HOME=") }) {
		home := "/"
		if m.config.UID == 0 {
			home = "/root"
		}
		env = append(env, "HOME="+home)
	}
	return env
}

// setEnv sets a NAME=VALUE in a list of them.
func setEnv(env []string, variable string) []string {
	name, _, _ := strings.Cut(variable, "=")
	for i := range env {
		if strings.HasPrefix(env[i], name+"=") {
			env[i] = variable
			return env
		}
	}
	return append(env, variable)
}

func getEnv(env []string, name string) (value string, set bool) {
	for _, variable := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// lookPath finds a program's file as execvp does.
func (t *task) lookPath(name string) (string, error) {
	if name == "" {
		return "", errNoEntry
	}
	if strings.Contains(name, "/") {
		full := t.abs(name)
		return full, t.mayExec(full)
	}
	err := error(errNoEntry)
	dirs, set := getEnv(t.env, "PATH")
	if !set {
		dirs = "/bin:/usr/bin"
	}
	for dir := range strings.SplitSeq(dirs, ":") {
		full := t.abs(path.Join(dir, name))
		found := t.mayExec(full)
		switch found {
		case nil:
			return full, nil
		case error(errNoEntry), error(errNotDirectory):
		default:
			err = found
		}
	}
	return "", err
}

func now() time.Time { return time.Now() }
