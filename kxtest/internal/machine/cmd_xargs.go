package machine

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// xargs runs a program with the words of its input.
func xargs(ctx context.Context, p *Process) int {
	options, args, ok := p.options("+n:I:0r")
	if !ok {
		return 1
	}
	if len(args) == 0 {
		args = []string{"echo"}
	}
	text, err := p.readAll(p.Stdin())
	if err != nil {
		p.complain("%s", reason(err))
		return 1
	}
	words := strings.Fields(string(text))
	switch {
	case options['0'] != "":
		words = strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
	case options['I'] != "":
		words = strings.FieldsFunc(string(text), func(c rune) bool { return c == '\n' })
	}
	each := 5000
	if n := options['n']; n != "" {
		if each, err = strconv.Atoi(n); err != nil || each < 1 {
			p.complain("invalid number '%s'", n)
			return 1
		}
	}
	if options['I'] != "" {
		each = 1
	}
	status := 0
	for first := true; (first && options['r'] == "" && options['I'] == "" || len(words) > 0) && ctx.Err() == nil; first = false {
		n := min(each, len(words))
		line := slices.Concat(args, words[:n])
		mark := options['I']
		if mark != "" {
			if line, ok = replaceIn(args, mark, words[0]); !ok {
				p.complain("argument line too long")
				return 1
			}
		}
		words = words[n:]
		code := p.child(line)
		if code == 126 || code == 127 {
			return code
		}
		if code != 0 {
			status = 123
		}
	}
	return status
}

// maxArguments is how long a command line that a program makes may be, as in Linux.
const maxArguments = 2 << 20

// replaceIn puts a value in the place of a mark in a command line, unless that becomes too long.
func replaceIn(line []string, mark, value string) (replaced []string, ok bool) {
	left := maxArguments
	for _, word := range line {
		left -= len(word) + strings.Count(word, mark)*len(value)
		if left < 0 {
			return nil, false
		}
		replaced = append(replaced, strings.ReplaceAll(word, mark, value))
	}
	return replaced, true
}

// child runs a program in a process of its own and waits for it.
func (p *Process) child(args []string) int {
	file, err := p.task.lookPath(args[0])
	if err != nil {
		p.complain("%s: %s", args[0], reason(err))
		return 127
	}
	t := p.task.fork()
	program, err := t.load(file, args)
	if err == nil {
		err = t.start(program)
	}
	if err != nil {
		t.abort()
		p.complain("%s: %s", args[0], reason(err))
		return 126
	}
	select {
	case <-t.done:
		return t.code
	case <-p.task.ctx.Done():
		return 1
	}
}
