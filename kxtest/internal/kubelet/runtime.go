package kubelet

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// startedContainer is a container that was started: the machine in which it runs, its own process, and what that is connected to.
type startedContainer struct {
	id      string // as in the status
	pod     string // the pod's key
	machine *machine.Machine
	process *machine.Process
	output  *output
	since   time.Time

	stdin     *io.PipeWriter // nil for a container without stdin
	stdinOnce bool
	tty       bool
}

// ended reports whether the container has ended, and with which code.
func (r *startedContainer) ended() (code int, ended bool) {
	select {
	case <-r.process.Done():
		return r.process.Wait(), true
	default:
		return 0, false
	}
}

// containerRuntime is the container runtime: it knows the containers that were started, until their pods go.
type containerRuntime struct {
	programs   map[string]machine.Program
	goroutines sync.WaitGroup
	woken      chan struct{} // has an element when some container has ended

	mu          sync.Mutex
	runs        map[string]*startedContainer // by id
	networks    map[string]*network          // by the pod's key
	changedPods map[string]bool              // keys of pods to look at
	closed      bool
}

func newRuntime(programs map[string]machine.Program) *containerRuntime {
	return &containerRuntime{programs: programs, woken: make(chan struct{}, 1), runs: map[string]*startedContainer{},
		networks: map[string]*network{}, changedPods: map[string]bool{}}
}

// find returns the container of a status, or nil.
func (r *containerRuntime) find(status any) *startedContainer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.runs[object.Text(status, "containerID")]
}

// runningContainer returns the container of a pod's status if its process runs, or nil.
func (r *containerRuntime) runningContainer(pod map[string]any, name string) *startedContainer {
	for _, field := range []string{"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"} {
		status := statusOfContainer(pod, field, name)
		if status != nil && object.At(status, "state", "running") != nil {
			found := r.find(status)
			if found != nil {
				if _, ended := found.ended(); !ended {
					return found
				}
			}
		}
	}
	return nil
}

// takeChangedPods returns the keys of the pods in which a container has ended since it was last called.
func (r *containerRuntime) takeChangedPods() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	ended := r.changedPods
	r.changedPods = map[string]bool{}
	return ended
}

// start starts a container. The error is in the runtime's words.
func (r *containerRuntime) start(key, id string, config machine.Config, container map[string]any) (*startedContainer,
	error) {
	started := &startedContainer{id: id, pod: key, output: newOutput(), since: time.Now()}
	started.tty, _ = object.At(container, "tty").(bool)
	started.stdinOnce, _ = object.At(container, "stdinOnce").(bool)
	config.Network = r.network(key).Network
	streams := machine.IO{Stdout: started.output.stream(0), Stderr: started.output.stream(1), TTY: started.tty}
	endStdin := func() {}
	stdin, _ := object.At(container, "stdin").(bool)
	if stdin {
		reader, writer := io.Pipe()
		streams.Stdin, started.stdin = reader, writer
		endStdin = func() { _ = reader.Close() } // never fails
	}
	args := commandLine(config, container)
	var err error
	started.machine, started.process, err = r.boot(config, args, streams)
	if err != nil {
		endStdin()
		return nil, err
	}
	r.mu.Lock()
	r.runs[id] = started
	closed := r.closed
	r.mu.Unlock()
	if closed {
		started.machine.Kill()
	}
	r.goroutines.Go(func() {
		<-started.process.Done()
		endStdin()
		started.output.end()
		r.mu.Lock()
		r.changedPods[key] = true
		r.mu.Unlock()
		select {
		case r.woken <- struct{}{}:
		default:
		}
	})
	return started, nil
}

// boot makes a machine and starts its first process. Of an image that is none of ours nothing is known: what it lacks runs for ever.
func (r *containerRuntime) boot(config machine.Config, args []string, streams machine.IO) (*machine.Machine,
	*machine.Process, error) {
	config.Programs = map[string]machine.Program{}
	for name, program := range r.programs {
		config.Programs[name] = program
	}
	if strings.Contains(imageName(config.Image), "busybox") && config.Programs["httpd"] == nil {
		config.Programs["httpd"] = idle
	}
	m := machine.New(config)
	process, err := m.Start(args, streams)
	var notFound *machine.NotFoundError
	if errors.As(err, &notFound) && !isComplete(config.Image) && !strings.HasPrefix(path.Base(args[0]), "nosuch") {
		config.Programs[args[0]] = idle
		m = machine.New(config)
		process, err = m.Start(args, streams)
	}
	if err != nil {
		return nil, nil, errors.New(startFailure(args[0], err))
	}
	return m, process, nil
}

// startFailure says why a process did not start, as runc does.
func startFailure(name string, err error) string {
	message := err.Error()
	if strings.HasPrefix(message, "stat ") {
		message = "exec: " + strconv.Quote(name) + ": " + message
	}
	return "unable to start container process: " + message + ": unknown"
}

// kill ends the containers of a pod, and forgets them when it has gone.
func (r *containerRuntime) kill(key string, forget bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if forget {
		delete(r.networks, key)
	}
	for id, started := range r.runs {
		if started.pod == key {
			started.machine.Kill()
			if forget {
				delete(r.runs, id)
			}
		}
	}
}

// close ends all containers and waits until nothing of them is left.
func (r *containerRuntime) close() {
	r.mu.Lock()
	r.closed = true
	for _, started := range r.runs {
		started.machine.Kill()
	}
	r.mu.Unlock()
	r.goroutines.Wait()
}

// imageName is an image's base name without tag and digest.
func imageName(image string) string {
	name := path.Base(strings.SplitN(image, "@", 2)[0])
	return strings.SplitN(name, ":", 2)[0]
}

// isComplete reports whether a container of this image has just what such an image has.
func isComplete(image string) bool {
	name := imageName(image)
	return slices.ContainsFunc([]string{"busybox", "distroless", "pause"},
		func(known string) bool { return strings.Contains(name, known) })
}

// commandLine is what a container runs: its command and args, or what its image has instead.
func commandLine(config machine.Config, container map[string]any) []string {
	variables := map[string]string{}
	for _, variable := range config.Env {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	words := func(field string) []string {
		var expanded []string
		for _, word := range object.List(container, field) {
			s, _ := word.(string)
			expanded = append(expanded, expand(s, variables))
		}
		return expanded
	}
	command, args := words("command"), words("args")
	if len(command) > 0 {
		return append(command, args...)
	}
	name := imageName(config.Image)
	switch {
	case strings.Contains(name, "busybox"): // it has a CMD, which args replace
		if len(args) > 0 {
			return args
		}
		return []string{"sh"}
	case strings.Contains(name, "distroless"):
		command = []string{"/app"}
	case strings.Contains(name, "pause"):
		command = []string{"/pause"}
	default:
		command = []string{"/" + name}
	}
	return append(command, args...)
}

// idle is the program of an image of which nothing is known: it runs until it is killed.
func idle(ctx context.Context, _ *machine.Process) int {
	<-ctx.Done()
	return 0
}
