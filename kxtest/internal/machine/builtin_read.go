package machine

import (
	"io"
	"strconv"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// read is the builtin: it reads a line into variables. It reads one byte at a time, because the
// bytes after the line belong to the next reader.
func read(s *sh, words []string) {
	raw, prompt, limit, args := false, "", -1, words[1:]
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		option := args[0]
		args = args[1:]
		switch {
		case option == "-r":
			raw = true
		case option == "-s":
		case len(args) > 0 && option == "-p":
			prompt, args = args[0], args[1:]
		case len(args) > 0 && option == "-n":
			limit, _ = strconv.Atoi(args[0])
			args = args[1:]
		case len(args) > 0 && option == "-t":
			args = args[1:]
		default:
			s.fatalf("illegal option %s", option)
			return
		}
	}
	if len(args) == 0 {
		args = []string{"REPLY"}
		raw = raw || len(words) == 1
	}
	for _, name := range args {
		if !syntax.ValidName(name) {
			s.fatalf("'%s': bad variable name", name)
			return
		}
	}
	d := s.t.fds[0]
	if d == nil {
		s.status = 1
		return
	}
	_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, prompt)
	ctx := s.t.untilSignalled()
	var line []byte
	escaped, b := false, make([]byte, 1)
	for limit < 0 || len(line) < limit {
		n, err := d.file.read(ctx, b)
		if n == 0 || err != nil {
			s.status = 1
			if s.t.signalled() == closedChannel {
				s.status = 130
			}
			break
		}
		if b[0] == '\n' && !escaped {
			break
		}
		if b[0] == '\n' && !raw {
			line = line[:len(line)-1]
		} else if len(line) < maxSource {
			line = append(line, b[0])
		}
		escaped = b[0] == '\\' && !escaped && !raw
	}
	s.assignFields(args, string(line), raw)
}

// assignFields splits a line into variables. The last variable takes the rest of the line.
func (s *sh) assignFields(names []string, line string, raw bool) {
	values := expand.ReadFields(s.config(), line, len(names), raw)
	for i, name := range names {
		value := ""
		if i < len(values) {
			value = values[i]
		}
		if !s.setVariable(name, value) {
			return
		}
	}
}
