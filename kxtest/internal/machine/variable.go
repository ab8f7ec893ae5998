package machine

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// Get returns a variable for package expand. It bounds the size of the current expansion.
func (s *sh) Get(name string) expand.Variable {
	text := func(value string) expand.Variable {
		s.expanded += len(value)
		if s.expanded > maxExpansion {
			value = ""
		}
		return expand.Variable{Set: true, Kind: expand.String, Str: value}
	}
	switch name {
	case "#":
		return text(strconv.Itoa(len(s.params)))
	case "@", "*":
		for _, param := range s.params {
			s.expanded += len(param) + 16
		}
		if s.expanded > maxExpansion {
			return expand.Variable{Set: true, Kind: expand.Indexed, List: []string{}}
		}
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{},
			s.params...)}
	case "?":
		return text(strconv.Itoa(s.status))
	case "$":
		return text(strconv.Itoa(s.shellPID()))
	case "PPID":
		return text(strconv.Itoa(s.t.parentPID()))
	case "!":
		if s.lastJob == 0 {
			return expand.Variable{}
		}
		return text(strconv.Itoa(s.lastJob))
	case "-":
		return text(string(slices.Sorted(maps.Keys(s.options))))
	case "0":
		return text(s.name)
	case "RANDOM":
		return text(strconv.Itoa(rand.IntN(1 << 15)))
	case "LINENO":
		return text("0")
	}
	// ~user; without an answer, package expand asks the host
	if user, ok := strings.CutPrefix(name, "HOME "); ok {
		if home, ok := s.t.m.homeDir(user); ok {
			return text(home)
		}
		return text("~" + user)
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n > len(s.params) || n < 1 {
			return expand.Variable{}
		}
		return text(s.params[n-1])
	}
	v := s.vars[name]
	if !v.set {
		return expand.Variable{}
	}
	return text(v.value)
}

// Set sets a variable for package expand, such as for ${x:=y}.
func (s *sh) Set(name string, v expand.Variable) error {
	if s.vars[name].readOnly {
		return fmt.Errorf("%s: is read only", name)
	}
	if len(v.Str) > len(s.vars[name].value) &&
		s.t.reserve(len(v.Str)-len(s.vars[name].value)) != nil {
		return errNoMemory
	}
	s.store(name, v.Str)
	return nil
}

// Each lists the variables for package expand.
func (s *sh) Each(each func(string, expand.Variable) bool) {
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		v := s.vars[name]
		if v.set && !each(name, expand.Variable{Set: true, Kind: expand.String, Str: v.value}) {
			return
		}
	}
}

// shellPID returns $$, which in a subshell is the number of the outer shell.
func (s *sh) shellPID() int { return s.pid }

func (s *sh) store(name, value string) {
	v := s.vars[name]
	v.value, v.set = value, true
	v.exported = v.exported || s.options['a']
	s.vars[name] = v
}

// setVariable sets a variable unless it is read-only.
func (s *sh) setVariable(name, value string) bool {
	if s.vars[name].readOnly {
		s.fatalf("%s: is read only", name)
		return false
	}
	if s.t.reserve(len(value)-len(s.vars[name].value)) != nil {
		s.fatalf("out of memory")
		return false
	}
	s.store(name, value)
	return true
}

// assign runs one assignment: to the shell's own variable, or with export set to the command's
// environment.
func (s *sh) assign(a *syntax.Assign, export bool) bool {
	value := ""
	if a.Value != nil {
		var ok bool
		if value, ok = s.literal(a.Value); !ok {
			return false
		}
	}
	name := a.Name.Value
	if a.Append {
		value = s.vars[name].value + value
	}
	if len(value) > maxExpansion || !s.setVariable(name, value) {
		return false
	}
	if export {
		v := s.vars[name]
		v.exported = true
		s.vars[name] = v
	}
	if s.options['x'] && !export {
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, s.vars["PS4"].value+name+"="+value+"\n")
	}
	return true
}

// environ returns the environment of the programs that the shell runs.
func (s *sh) environ() []string {
	var env []string
	seen := map[string]bool{}
	add := func(name string) {
		v := s.vars[name]
		if v.set && v.exported && !seen[name] {
			seen[name] = true
			env = append(env, name+"="+v.value)
		}
	}
	for _, v := range s.t.env { // keeps the order of the inherited ones
		name, _, _ := strings.Cut(v, "=")
		add(name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		add(name)
	}
	return env
}
