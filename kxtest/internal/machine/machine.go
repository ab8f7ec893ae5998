package machine

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config describes a container.
type Config struct {
	ID       string // the container's ID in /proc/PID/cgroup; may be empty
	Hostname string // the pod's name
	// The base name selects the root file system. distroless and pause have one program; every
	// other image is like busybox.
	Image string
	// NAME=VALUE; PATH, HOSTNAME, HOME and TERM (with a terminal) are added, as a runtime does
	Env      []string
	Dir      string // the working directory; "" is /
	UID, GID int
	// Traces lets root read the processes of other containers (CAP_SYS_PTRACE).
	Traces bool
	// Target is the machine whose process namespace this one shares (targetContainerName).
	Target *Machine
	// Network is the pod's network; nil for none.
	Network *Network
	// Files are files in addition to the image's, by absolute path. A path that ends with a slash
	// is a directory.
	Files map[string]string
	// NodeRoot is the directory where the node's files are, with the commands of busybox; or "".
	NodeRoot string
	// Programs are commands written in Go, by absolute path or by name in /bin.
	Programs map[string]Program
}

// Program is a command written in Go. It returns the exit code. It must return soon after ctx ends,
// which is when its process is killed.
type Program func(ctx context.Context, p *Process) int

// Machine is a container.
type Machine struct {
	config   Config
	programs map[string]Program // by the key in the file that stands for the program
	ns       *namespace
	disk     *disk
	root     *node
	mounts   *node // its mount namespace
	memory   atomic.Int64
	running  sync.WaitGroup // its tasks
	killed   chan struct{}  // closed by Kill
	once     sync.Once

	// The namespace's lock guards these.
	tasks int
	first *task
	ended bool
}

// namespace is a process namespace. Its lock guards the files of all its machines too, because
// /proc leads from one to the other.
type namespace struct {
	mu      sync.Mutex
	tasks   map[int]*task
	lastPID int
	file    *node // its file in /proc
}

// New returns a machine without processes.
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

// NotFoundError reports that a program does not exist, in the runtime's words.
type NotFoundError struct {
	Program string
}

func (e *NotFoundError) Error() string {
	if strings.Contains(e.Program, "/") {
		return "stat " + e.Program + ": no such file or directory"
	}
	return `exec: "` + e.Program + `": executable file not found in $PATH`
}

// IO has the streams of a process that is started from outside.
//
// The machine reads up to 64 KiB of Stdin ahead. A Read that is blocked when the process ends is
// not interrupted: the caller ends it. After [Process.Done] nothing is written, except by a Write
// that was running when [Machine.Kill] was called.
type IO struct {
	Stdin          io.Reader // nil is empty
	Stdout, Stderr io.Writer // nil is /dev/null; with TTY, Stderr is unused
	// puts a terminal with a line discipline between the process and Stdin and Stdout
	TTY           bool
	Width, Height int // of the terminal
}

// Start looks a program up in PATH and runs it as a new process. The first process is the
// container's own: when it ends, all others are killed. The error is a [*NotFoundError], or reports
// that the machine has ended, is full, or may not run the file.
func (m *Machine) Start(args []string, streams IO) (*Process, error) {
	if len(args) == 0 {
		return nil, &NotFoundError{}
	}
	t := m.newTask(nil)
	t.env = m.environ(streams.TTY)
	file, err := t.lookPath(args[0])
	if errors.Is(err, errNoEntry) || errors.Is(err, errNotDirectory) {
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

// Kill ends every process of the machine with code 137 and prevents new ones.
func (m *Machine) Kill() {
	m.ns.mu.Lock()
	defer m.ns.mu.Unlock()
	m.once.Do(func() { close(m.killed) })
	m.killAll()
}

// killAll ends every process. The caller holds the namespace's lock.
func (m *Machine) killAll() {
	m.ended = true
	for _, t := range m.ns.tasks {
		if t.m == m {
			t.signalLocked(KILL)
		}
	}
}

// environ returns the environment that the runtime sets.
func (m *Machine) environ(tty bool) []string {
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOSTNAME=" + m.config.Hostname,
	}
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

// setEnv sets a NAME=VALUE in a list.
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

// lookPath finds a program's file as execvp(3) does.
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
		switch {
		case found == nil:
			return full, nil
		case errors.Is(found, errNoEntry), errors.Is(found, errNotDirectory):
		default:
			err = found
		}
	}
	return "", err
}

func now() time.Time { return time.Now() }
