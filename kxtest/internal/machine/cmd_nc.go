package machine

import (
	"context"
	"io"
	"strconv"
)

// nc listens on a port of the pod: with -l for one connection, with -ll for one after the other.
// With -e it runs a program whose stdin and stdout are the connection; with -ll each connection
// gets a process.
func nc(ctx context.Context, p *Process) int {
	options, program, ok := p.ncOptions()
	if !ok {
		return 1
	}
	port, err := strconv.ParseUint(options['p'], 10, 16)
	switch {
	case options['l'] == "" || options['p'] == "":
		p.errorf("kxtest's nc only listens: -l -p PORT")
		return 1
	case err != nil:
		p.errorf("bad port '%s'", options['p'])
		return 1
	}
	l, err := p.Listen(int(port))
	if err != nil {
		p.errorf("bind: %s", reason(err))
		return 1
	}
	forever := len(options['l']) > 1 && program != nil
	for {
		c, err := l.acceptUnowned()
		if err != nil {
			return 1 // Accept fails once the process has ended
		}
		if !forever {
			_ = l.Close() // never fails
		}
		if program == nil {
			return p.relay(ctx, c)
		}
		child, code := p.serve(c, program)
		if !forever {
			if child != nil {
				<-child.done
				code = child.code
			}
			return code
		}
	}
}

// ncOptions parses the options. -e is the last one: the program and its arguments follow it.
func (p *Process) ncOptions() (options map[byte]string, program []string, ok bool) {
	for i, word := range p.args {
		if i > 0 && word == "-e" {
			program = p.args[i+1:]
			if len(program) == 0 {
				p.errorf("option requires an argument -- 'e'")
				return nil, nil, false
			}
			p = &Process{task: p.task, args: p.args[:i]}
			break
		}
	}
	options, _, ok = p.options("lp:")
	return options, program, ok
}

// serve starts a program for a connection, in a new process.
func (p *Process) serve(c *Conn, program []string) (child *task, code int) {
	d := open(connFile{c}, "socket:[1]")
	defer d.drop()
	file, err := p.task.lookPath(program[0])
	if err != nil {
		p.errorf("can't execute '%s': %s", program[0], reason(err))
		return nil, 127
	}
	t := p.task.fork()
	for fd := range 2 {
		old := t.setFile(fd, d.share())
		if old != nil {
			old.drop()
		}
	}
	run, err := t.load(file, program)
	if err == nil {
		err = t.start(run)
	}
	if err != nil {
		t.abort()
		p.errorf("can't execute '%s': %s", program[0], reason(err))
		return nil, 126
	}
	return t, 0
}

// relay copies stdin to the connection, and the connection to stdout until it ends.
func (p *Process) relay(ctx context.Context, c *Conn) int {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	defer func() { _ = c.Close() }() // never fails
	go func() {
		_, _ = io.Copy(c, p.Stdin()) // an error ends the other direction too
		_ = c.CloseWrite()           // never fails
	}()
	if _, err := io.Copy(p.Stdout(), c); err != nil {
		return 1
	}
	return 0
}
