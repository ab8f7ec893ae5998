package machine

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// read reads a line into variables. It takes a byte at a time: what follows the line is for others.
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
			s.fatal(2, "illegal option %s", option)
			return
		}
	}
	if len(args) == 0 {
		args = []string{"REPLY"}
		raw = raw || len(words) == 1
	}
	for _, name := range args {
		if !syntax.ValidName(name) {
			s.fatal(2, "'%s': bad variable name", name)
			return
		}
	}
	d := s.t.fds[0]
	if d == nil {
		s.status = 1
		return
	}
	_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, prompt)
	ctx := s.t.untilNoticed()
	var line []byte
	escaped, b := false, make([]byte, 1)
	for limit < 0 || len(line) < limit {
		n, err := d.file.read(ctx, b)
		if n == 0 || err != nil {
			s.status = 1
			if s.t.noticed() == closedChannel {
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

// assignFields splits a line into variables, the last of which gets the rest.
func (s *sh) assignFields(names []string, line string, raw bool) {
	values := expand.ReadFields(s.config(), line, len(names), raw)
	for i, name := range names {
		value := ""
		if i < len(values) {
			value = values[i]
		}
		if !s.set(name, value) {
			return
		}
	}
}

// getopts reads the next option of a script's parameters. OPTIND says which word is next, and the rest of a word of several is kept.
func getopts(s *sh, words []string) {
	if len(words) < 3 {
		s.fatal(2, "usage: getopts optstring var [arg ...]")
		return
	}
	args := s.params
	if len(words) > 3 {
		args = words[3:]
	}
	index, _ := strconv.Atoi(s.vars["OPTIND"].value)
	if index < 1 || index != s.optionWord {
		s.optionWord, s.optionRest = max(index, 1), ""
	}
	finish := func(name, argument string, hasArgument bool) {
		s.store("OPTIND", strconv.Itoa(s.optionWord))
		s.store(words[2], name)
		delete(s.vars, "OPTARG")
		if hasArgument {
			s.store("OPTARG", argument)
		}
	}
	if s.optionRest == "" {
		if s.optionWord > len(args) || len(args[s.optionWord-1]) < 2 || args[s.optionWord-1][0] != '-' {
			finish("?", "", false)
			s.status = 1
			return
		}
		word := args[s.optionWord-1]
		s.optionWord++
		if word == "--" {
			finish("?", "", false)
			s.status = 1
			return
		}
		s.optionRest = word[1:]
	}
	letter := s.optionRest[:1]
	s.optionRest = s.optionRest[1:]
	spec, silent := strings.CutPrefix(words[1], ":")
	i := strings.Index(spec, letter)
	switch {
	case i < 0 || letter == ":":
		if !silent {
			_, _ = fmt.Fprintf(stream{s.t, s.t.fds[2]}, "Illegal option -%s\n", letter)
		}
		finish("?", letter, silent)
	case i+1 < len(spec) && spec[i+1] == ':':
		argument := s.optionRest
		s.optionRest = ""
		if argument == "" {
			if s.optionWord > len(args) {
				if silent {
					finish(":", letter, true)
				} else {
					_, _ = fmt.Fprintf(stream{s.t, s.t.fds[2]}, "No arg for -%s option\n", letter)
					finish("?", "", false)
				}
				return
			}
			argument = args[s.optionWord-1]
			s.optionWord++
		}
		finish(letter, argument, true)
	default:
		finish(letter, "", false)
	}
}
