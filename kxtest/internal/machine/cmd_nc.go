package machine

import (
	"context"
	"io"
	"strconv"
)

// nc listens on a port of the pod: for one connection with -l, for one after the other with -ll. With -e a program has the connection as its
// stdin and stdout, and with -ll each has a process of its own.
func nc(ctx context.Context, p *Process) int {
	options, program, ok := p.ncOptions()
	if !ok {
		return 1
	}
	port, err := strconv.ParseUint(options['p'], 10, 16)
	switch {
	case options['l'] == "" || options['p'] == "":
		p.complain("kxtest's nc only listens: -l -p PORT")
		return 1
	case err != nil:
		p.complain("bad port '%s'", options['p'])
		return 1
	}
	l, err := p.Listen(int(port))
	if err != nil {
		p.complain("bind: %s", reason(err))
		return 1
	}
	forever := len(options['l']) > 1 && program != nil
	for {
		c, err := l.accept()
		if err != nil {
			return 1 // the process has ended
		}
		if !forever {
			_ = l.Close() // never fails
		}
		if program == nil {
			return p.converse(ctx, c)
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

// ncOptions reads the options. -e is the last of them: the program and its own follow.
func (p *Process) ncOptions() (options map[byte]string, program []string, ok bool) {
	for i, word := range p.args {
		if i > 0 && word == "-e" {
			program = p.args[i+1:]
			if len(program) == 0 {
				p.complain("option requires an argument -- 'e'")
				return nil, nil, false
			}
			p = &Process{task: p.task, args: p.args[:i]}
			break
		}
	}
	options, _, ok = p.options("lp:")
	return options, program, ok
}

// serve starts a program for a connection, in a process of its own.
func (p *Process) serve(c *Conn, program []string) (child *task, code int) {
	d := open(c, "socket:[1]")
	defer d.drop()
	file, err := p.task.lookPath(program[0])
	if err != nil {
		p.complain("can't execute '%s': %s", program[0], reason(err))
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
		p.complain("can't execute '%s': %s", program[0], reason(err))
		return nil, 126
	}
	return t, 0
}

// converse passes stdin on to the connection, and what comes from there to stdout, until that ends.
func (p *Process) converse(ctx context.Context, c *Conn) int {
	stop := context.AfterFunc(ctx, c.close)
	defer stop()
	defer c.close()
	go func() {
		_, _ = io.Copy(c, p.Stdin()) // the other way tells
		_ = c.CloseWrite()           // never fails
	}()
	if _, err := io.Copy(p.Stdout(), c); err != nil {
		return 1
	}
	return 0
}
