package kxtest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// Process is a process in a container that runs a function of the test; see [WithProgram].
type Process struct{ process *machine.Process }

// Args are the words of the command, the program's name first.
func (p *Process) Args() []string { return p.process.Args() }

// Getenv is the value of an environment variable, or "".
func (p *Process) Getenv(name string) string { return p.process.Getenv(name) }

// Stdin is what the process is sent; it is empty when nothing is connected.
func (p *Process) Stdin() io.Reader { return p.process.Stdin() }

// Stdout takes the process's output. A Write waits while nobody takes what was written before, and fails when nobody ever will.
func (p *Process) Stdout() io.Writer { return p.process.Stdout() }

// Stderr is like Stdout; with a terminal it is the same.
func (p *Process) Stderr() io.Writer { return p.process.Stderr() }

// Size is the size of the process's terminal in columns and rows: 0 and 0 without one, and as long as the client has not said it.
func (p *Process) Size() (width, height int) { return p.process.Size() }

// WithProgram puts a command into every container, whatever its image: program is what it does. The name is looked up in PATH,
// unless it is an absolute path. It can be a container's own command as well as one that is run with exec.
//
// The function returns the exit code, 0 to 255. It runs in a goroutine of its own and must return soon after ctx ends, which is when the process was
// killed; its reads and writes then fail.
func WithProgram(name string, program func(ctx context.Context, p *Process) int) Option {
	return func(s *settings) error {
		if name == "" || program == nil {
			return fmt.Errorf("program %q has no name or no function", name)
		}
		programs := maps.Clone(s.programs)
		if programs == nil {
			programs = map[string]machine.Program{}
		}
		programs[name] = func(ctx context.Context, p *machine.Process) int { return program(ctx, &Process{p}) }
		s.programs = programs
		return nil
	}
}

// Listen opens a TCP port of the process's pod, as on its loopback address: port-forwarding reaches it. 0 is any port that is free. The containers of a
// pod share its ports, which are in memory and none of the host's. The listener, and what it has accepted, close when the process ends.
func (p *Process) Listen(port int) (net.Listener, error) {
	l, err := p.process.Listen(port)
	if err != nil {
		return nil, fmt.Errorf("listen on port %d: %w", port, err)
	}
	return l, nil
}
