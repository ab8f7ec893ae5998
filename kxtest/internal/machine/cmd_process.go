package machine

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// env prints the environment, or runs a program in a changed one.
func env(_ context.Context, p *Process) int {
	options, args, ok := p.options("+iu:0")
	if !ok {
		return 1
	}
	environ := slices.Clone(p.task.env)
	if options['i'] != "" {
		environ = nil
	}
	name := options['u']
	if name != "" {
		environ = slices.DeleteFunc(environ, func(v string) bool {
			return strings.HasPrefix(v,
				name+"=")
		})
	}
	for len(args) > 0 && (strings.Contains(args[0], "=") || args[0] == "-") {
		if args[0] != "-" {
			environ = setEnv(environ, args[0])
		}
		args = args[1:]
	}
	if len(args) == 0 {
		for _, v := range environ {
			if !p.printf("%s\n", v) {
				return 1
			}
		}
		return 0
	}
	p.task.setEnviron(environ)
	return p.replaceWith(args)
}

// replaceWith replaces the command by a program, as execvp(3) does.
func (p *Process) replaceWith(args []string) int {
	file, err := p.task.lookPath(args[0])
	if err == nil {
		var program Program
		if program, err = p.task.load(file, args); err == nil {
			p.task.next = program
			return 0
		}
	}
	p.errorf("can't execute '%s': %s", args[0], reason(err))
	if errors.Is(err, errNoEntry) {
		return 127
	}
	return 126
}

// chroot runs a program in another root directory.
func chroot(_ context.Context, p *Process) int {
	if len(p.args) < 3 {
		p.errorf("missing operand")
		return 1
	}
	t := p.task
	t.ns.mu.Lock()
	root, err := t.find(p.args[1], true)
	switch {
	case err != nil:
	case !root.isDir():
		err = errNotDirectory
	case t.m.config.UID != 0:
		err = errNotPermitted
	default:
		t.root, t.dir = root, "/"
	}
	t.ns.mu.Unlock()
	if err != nil {
		p.errorf("can't change root directory to '%s': %s", p.args[1], reason(err))
		return 1
	}
	return p.replaceWith(p.args[2:])
}

// sleep waits for the sum of its arguments.
func sleep(ctx context.Context, p *Process) int {
	if len(p.args) == 1 {
		p.errorf("missing operand")
		return 1
	}
	for _, arg := range p.args[1:] {
		if !sleepFor(ctx, arg) {
			if ctx.Err() == nil {
				p.errorf("invalid number '%s'", arg)
			}
			return 1
		}
	}
	return 0
}

// sleepFor waits for a number of seconds, or of minutes, hours or days with a suffix.
func sleepFor(ctx context.Context, text string) bool {
	unit := map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
	number := strings.TrimRight(text, "smhd")
	n, err := strconv.ParseFloat(number, 64)
	scale, known := unit[text[len(number):]]
	var expired <-chan time.Time // nil, so never ready, for inf
	switch {
	case text == "inf" || text == "infinity":
	case err != nil || !known || n < 0:
		return false
	case n*scale < 1e9:
		timer := time.NewTimer(time.Duration(n * scale * float64(time.Second)))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-expired:
		return true
	case <-ctx.Done():
		return false
	}
}

// ps lists the processes of the namespace.
func ps(_ context.Context, p *Process) int {
	type row struct {
		pid           int
		user, command string
	}
	p.task.ns.mu.Lock()
	tasks := slices.SortedFunc(maps.Values(p.task.ns.tasks),
		func(a, b *task) int { return cmp.Compare(a.pid, b.pid) })
	var rows []row
	for _, t := range tasks {
		rows = append(rows, row{t.pid, strconv.Itoa(t.m.config.UID), strings.Join(t.args, " ")})
	}
	p.task.ns.mu.Unlock()
	if !p.printf("PID   USER     COMMAND\n") {
		return 1
	}
	for _, r := range rows {
		uid, _ := strconv.Atoi(r.user)
		name := p.task.m.userName(uid)
		if !p.printf("%5d %-8s %s\n", r.pid, name[:min(8, len(name))], r.command) {
			return 1
		}
	}
	return 0
}

// killCommand is kill: it sends a signal to each process.
func killCommand(_ context.Context, p *Process) int {
	args, sig := p.args[1:], TERM
	if len(args) > 0 && args[0] == "-l" {
		for _, name := range args[1:] {
			n, ok := parseSignal(name)
			if number, err := strconv.Atoi(name); err == nil && number > 128 {
				n, ok = parseSignal(strconv.Itoa(number - 128))
			}
			if !ok {
				p.errorf("unknown signal '%s'", name)
				return 1
			}
			if _, err := strconv.Atoi(name); err == nil {
				p.printf("%s\n", signalNames[n])
			} else {
				p.printf("%d\n", n)
			}
		}
		if len(args) == 1 {
			for n, name := range signalNames[1:] {
				p.printf("%2d) %s\n", n+1, name)
			}
		}
		return 0
	}
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && args[0] != "--" {
		name := args[0][1:]
		args = args[1:]
		if name == "s" && len(args) > 0 {
			name, args = args[0], args[1:]
		}
		n, ok := parseSignal(name)
		if !ok {
			p.errorf("bad signal name '%s'", name)
			return 1
		}
		sig = n
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		p.errorf("you need to specify whom to kill")
		return 1
	}
	status := 0
	for _, arg := range args {
		pid, err := strconv.Atoi(arg)
		if err != nil {
			p.errorf("invalid number '%s'", arg)
			status = 1
			continue
		}
		if err := p.task.kill(pid, sig); err != nil {
			p.errorf("can't kill pid %d: %s", pid, reason(err))
			status = 1
		}
	}
	return status
}

// kill implements kill(2): a negative pid is a process group, and -1 is every other process.
func (t *task) kill(pid int, sig Signal) error {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	found, err := false, error(errNoProcess)
	for _, other := range t.ns.tasks {
		switch {
		case pid > 0 && other.pid != pid, pid == 0 && other.group != t.group, pid < -1 &&
			other.group != -pid,
			pid == -1 && (other.pid == 1 || other == t):
			continue
		case t.m.config.UID != 0 && t.m.config.UID != other.m.config.UID:
			err = errNotPermitted
			continue
		case other.pid == 1 && sig == KILL: // no process of a namespace can kill its first
		default:
			other.signalLocked(sig)
		}
		found = true
	}
	if found {
		return nil
	}
	return err
}
