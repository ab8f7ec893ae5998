// Package machine runs the containers of kxtest. A [Machine] has a file system in memory, a process
// table and a shell.
//
// A machine uses nothing of the host: no program, file, environment variable, user or network.
// Memory, processes and files are bounded, and [Machine.Kill] ends every process within moments.
//
// A pod's container is one machine:
//
//	m := machine.New(machine.Config{Hostname: "web-0", Image: "busybox:1"})
//	defer m.Kill()
//	p, err := m.Start([]string{"sh", "-c", "echo hi; exit 3"}, machine.IO{Stdout: &out})
//	if err != nil {
//		return err // such as a *machine.NotFoundError
//	}
//	code := p.Wait() // 3, once out has taken "hi\n"
//
// A [Process] also has Done, Signal and Resize for the caller, and Args, Stdin, Getenv and others
// for a [Program] written in Go. Two rules hold for the streams:
//
//   - A caller whose Stdin can block in Read ends that Read once Done is closed.
//   - Done waits until Stdout and Stderr have taken all output, except after [Machine.Kill].
//
// The shell evaluates the syntax trees of mvdan.cc/sh's parser, with that module's expansion. Its
// interpreter is not used, because it stands for the host's shell: `command -v`, `pwd -P`,
// `[ -t 0 ]` and process substitution ask the host. Infinite recursion in a function ends the whole
// program, and signals and process numbers are missing.
package machine
