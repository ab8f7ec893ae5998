package machine

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

func tty(_ context.Context, p *Process) int {
	d := p.task.fds[0]
	if d != nil {
		if _, ok := d.file.(*terminal); ok {
			p.printf("/dev/pts/0\n")
			return 0
		}
	}
	p.printf("not a tty\n")
	return 1
}

// stty prints and changes the modes of the terminal on stdin.
func stty(_ context.Context, p *Process) int {
	var t *terminal
	d := p.task.fds[0]
	if d != nil {
		t, _ = d.file.(*terminal)
	}
	if t == nil {
		p.errorf("standard input: %s", errNotTerminal)
		return 1
	}
	args := p.args[1:]
	width, height := t.size()
	modes := t.mode()
	flags := []struct {
		name string
		on   *bool
	}{
		{"icrnl", &modes.icrnl},
		{"opost", &modes.opost},
		{"onlcr", &modes.onlcr},
		{"isig", &modes.isig},
		{"icanon", &modes.icanon},
		{"echo", &modes.echo},
	}
	if len(args) == 0 || args[0] == "-a" {
		p.printf("speed 38400 baud;")
		if len(args) > 0 {
			p.printf(
				" rows %d; columns %d; line = 0;\nintr = ^C; quit = ^\\; erase = ^?; kill = ^U; "+
					"eof = ^D; susp = ^Z; werase = ^W;\n", height, width)
			for i, flag := range flags {
				sign := "-"
				if *flag.on {
					sign = ""
				}
				p.printf("%s%s%s", strings.Repeat(" ", min(i, 1)), sign, flag.name)
			}
		} else {
			p.printf(" line = 0;")
		}
		p.printf("\n")
		return 0
	}
	for i := 0; i < len(args); i++ {
		name, off := strings.CutPrefix(args[i], "-")
		switch {
		case args[i] == "size":
			p.printf("%d %d\n", height, width)
			continue
		case name == "raw" && !off, name == "cooked" && off:
			modes.icanon, modes.isig, modes.icrnl, modes.opost = false, false, false, false
			continue
		case name == "raw", name == "cooked":
			modes.icanon, modes.isig, modes.icrnl, modes.opost = true, true, true, true
			continue
		case args[i] == "sane":
			modes = saneModes
			continue
		case (args[i] == "rows" || args[i] == "cols" || args[i] == "columns") && i+1 < len(args):
			n, err := strconv.Atoi(args[i+1])
			if err != nil || n < 0 {
				p.errorf("invalid number '%s'", args[i+1])
				return 1
			}
			if args[i] == "rows" {
				height = n
			} else {
				width = n
				_, height = t.size()
			}
			t.resize(width, height)
			i++
			continue
		case slices.Contains(strings.Fields(
			"echoe echok echoctl echoke iexten ixon brkint imaxbel min time"), name):
			continue // fixed modes
		}
		at := slices.IndexFunc(flags, func(f struct {
			name string
			on   *bool
		}) bool {
			return f.name == name
		})
		if at < 0 {
			p.errorf("invalid argument '%s'", args[i])
			return 1
		}
		*flags[at].on = !off
	}
	t.setMode(modes)
	return 0
}
