package kxtest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// Process is a process in a container that runs a function of the test. See [WithProgram].
type Process struct{ process *machine.Process }

// Args returns the words of the command. The first is the program's name.
func (p *Process) Args() []string { return p.process.Args() }

// Getenv returns the value of an environment variable, or "".
func (p *Process) Getenv(name string) string { return p.process.Getenv(name) }

// Stdin returns the process's stdin. Without a connected stdin it is empty.
func (p *Process) Stdin() io.Reader { return p.process.Stdin() }

// Stdout returns the process's stdout. A Write waits until its output is read, and fails if nothing
// can read it any more.
func (p *Process) Stdout() io.Writer { return p.process.Stdout() }

// Stderr returns the process's stderr. With a terminal it is the same as Stdout.
func (p *Process) Stderr() io.Writer { return p.process.Stderr() }

// Size returns the size of the process's terminal in columns and rows: 0 and 0 without a terminal,
// or before the client has sent a size.
func (p *Process) Size() (width, height int) { return p.process.Size() }

// WithProgram adds a command to every container, whatever its image. The name is looked up in PATH,
// unless it is an absolute path. A container or an exec can run it.
//
// The function returns the exit code, 0 to 255. It runs in its own goroutine. When the process is
// killed, ctx ends, reads and writes fail, and the function must return soon.
func WithProgram(name string, program func(ctx context.Context, p *Process) int) Option {
	return func(s *settings) error {
		if name == "" || program == nil {
			return fmt.Errorf("program %q has no name or no function", name)
		}
		programs := maps.Clone(s.programs)
		if programs == nil {
			programs = map[string]machine.Program{}
		}
		programs[name] = func(ctx context.Context, p *machine.Process) int {
			return program(ctx,
				&Process{p})
		}
		s.programs = programs
		return nil
	}
}

// Listen opens a TCP port of the process's pod on its loopback address, which port-forward reaches.
// Port 0 chooses a free port.
//
// The containers of a pod share its ports, which are in memory and not the host's. When the process
// ends, the listener and its connections close.
func (p *Process) Listen(port int) (net.Listener, error) {
	l, err := p.process.Listen(port)
	if err != nil {
		return nil, fmt.Errorf("listen on port %d: %w", port, err)
	}
	return l, nil
}
