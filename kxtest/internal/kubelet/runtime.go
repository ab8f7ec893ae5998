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

// startedContainer is a container with its machine, its own process and that process's output.
type startedContainer struct {
	id      string // as in the status
	pod     string // the pod's key
	machine *machine.Machine
	process *machine.Process
	output  *output
	since   time.Time

	stdin     *io.PipeWriter // nil if the container has no stdin
	stdinOnce bool
	tty       bool
}

// exitCode returns the exit code of the container's process. exited reports whether it has one.
func (r *startedContainer) exitCode() (code int, exited bool) {
	select {
	case <-r.process.Done():
		return r.process.Wait(), true
	default:
		return 0, false
	}
}

// containerRuntime holds the started containers, until their pods are gone.
type containerRuntime struct {
	programs   map[string]machine.Program
	goroutines sync.WaitGroup
	woken      chan struct{} // has an element when a container has ended

	mu          sync.Mutex
	runs        map[string]*startedContainer // by id
	networks    map[string]*network          // by the pod's key
	changedPods map[string]bool              // keys of pods with ended containers
	closed      bool
}

func newRuntime(programs map[string]machine.Program) *containerRuntime {
	return &containerRuntime{
		programs:    programs,
		woken:       make(chan struct{}, 1),
		runs:        map[string]*startedContainer{},
		networks:    map[string]*network{},
		changedPods: map[string]bool{},
	}
}

// find returns the container of a status, or nil.
func (r *containerRuntime) find(status any) *startedContainer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.runs[object.Text(status, "containerID")]
}

// runningContainer returns the container of a name in a pod's status, or nil if its process does
// not run.
func (r *containerRuntime) runningContainer(pod map[string]any, name string) *startedContainer {
	for _, field := range []string{"containerStatuses", "initContainerStatuses",
		"ephemeralContainerStatuses"} {
		status := statusOfContainer(pod, field, name)
		if status != nil && object.At(status, "state", "running") != nil {
			found := r.find(status)
			if found != nil {
				if _, ended := found.exitCode(); !ended {
					return found
				}
			}
		}
	}
	return nil
}

// takeChangedPods returns the keys of pods in which a container has ended since the last call.
func (r *containerRuntime) takeChangedPods() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	ended := r.changedPods
	r.changedPods = map[string]bool{}
	return ended
}

// start starts a container. Its errors have the runtime's messages.
func (r *containerRuntime) start(
	key, id string, config machine.Config, container map[string]any,
) (*startedContainer, error) {
	started := &startedContainer{id: id, pod: key, output: newOutput(), since: time.Now()}
	started.tty, _ = object.At(container, "tty").(bool)
	started.stdinOnce, _ = object.At(container, "stdinOnce").(bool)
	config.Network = r.network(key).Network
	streams := machine.IO{Stdout: started.output.writer(0), Stderr: started.output.writer(1),
		TTY: started.tty}
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
		started.output.close()
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

// boot creates a machine and starts its first process. In an unknown image, a command that does not
// exist runs until it is killed.
func (r *containerRuntime) boot(
	config machine.Config, args []string, streams machine.IO,
) (*machine.Machine, *machine.Process, error) {
	if config.Programs == nil {
		config.Programs = map[string]machine.Program{}
	}
	for name, program := range r.programs {
		config.Programs[name] = program
	}
	if strings.Contains(imageName(config.Image), "busybox") && config.Programs["httpd"] == nil {
		config.Programs["httpd"] = idle
	}
	m := machine.New(config)
	process, err := m.Start(args, streams)
	var notFound *machine.NotFoundError
	if errors.As(err, &notFound) && !isComplete(config.Image) &&
		!strings.HasPrefix(path.Base(args[0]), "nosuch") {
		config.Programs[args[0]] = idle
		m = machine.New(config)
		process, err = m.Start(args, streams)
	}
	if err != nil {
		return nil, nil, errors.New(startFailure(args[0], err))
	}
	return m, process, nil
}

// startFailure returns runc's message for a process that did not start.
func startFailure(name string, err error) string {
	message := err.Error()
	if strings.HasPrefix(message, "stat ") {
		message = "exec: " + strconv.Quote(name) + ": " + message
	}
	return "unable to start container process: " + message + ": unknown"
}

// kill kills the containers of a pod. With forget, the pod is gone.
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

// close kills all containers and waits for their goroutines.
func (r *containerRuntime) close() {
	r.mu.Lock()
	r.closed = true
	for _, started := range r.runs {
		started.machine.Kill()
	}
	r.mu.Unlock()
	r.goroutines.Wait()
}

// imageName returns an image's base name, without tag and digest.
func imageName(image string) string {
	name := path.Base(strings.SplitN(image, "@", 2)[0])
	return strings.SplitN(name, ":", 2)[0]
}

// isComplete reports whether kxtest knows all commands of an image.
func isComplete(image string) bool {
	name := imageName(image)
	return slices.ContainsFunc([]string{"busybox", "distroless", "pause"},
		func(known string) bool { return strings.Contains(name, known) })
}

// commandLine returns what a container runs: its command and args, with the defaults of its image.
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
	case strings.Contains(name, "busybox"): // the image has a CMD, which args replace
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

// idle runs until it is killed. It stands for a program of an unknown image.
func idle(ctx context.Context, _ *machine.Process) int {
	<-ctx.Done()
	return 0
}
