package machine

import (
	"mvdan.cc/sh/v3/syntax"
)

func command(s *sh, words []string) {
	words = words[1:]
	if len(words) > 1 && (words[0] == "-v" || words[0] == "-V") {
		for _, name := range words[1:] {
			s.describe(name, words[0] == "-V")
		}
		return
	}
	if len(words) > 0 && (words[0] == "-p" || words[0] == "--") {
		words = words[1:]
	}
	if len(words) > 0 {
		s.command(words, false, false)
	}
}

func typeOf(s *sh, words []string) {
	for _, name := range words[1:] {
		s.describe(name, true)
	}
}

// describe prints what a command name refers to.
func (s *sh) describe(name string, verbose bool) {
	s.t.setEnviron(s.environ())
	file, err := s.t.lookPath(name)
	short, long := name, ""
	switch {
	case syntax.IsKeyword(name):
		long = name + " is a shell keyword"
	case s.funcs[name] != nil:
		long = name + " is a function"
	case builtins[name] != nil, inShell[name], name == "export", name == "readonly",
		name == "local", name == "let":
		long = name + " is a shell builtin"
	case err == nil:
		short, long = file, name+" is "+file
	case verbose:
		s.print("%s: not found\n", name)
		s.status = 127
		return
	default:
		s.status = 127
		return
	}
	if verbose {
		short = long
	}
	s.print("%s\n", short)
}
