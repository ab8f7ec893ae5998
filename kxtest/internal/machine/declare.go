package machine

import (
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// quote quotes a value so that the shell reads it back.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'"'"'`) + "'" }

func unset(s *sh, words []string) {
	functions := false
	for _, name := range words[1:] {
		switch {
		case name == "-f":
			functions = true
		case name == "-v":
		case functions:
			delete(s.funcs, name)
		case s.vars[name].readOnly:
			s.fatalf("%s: is read only", name)
			return
		default:
			delete(s.vars, name)
		}
	}
}

// declare runs export, readonly and local, which the parser knows as keywords.
func (s *sh) declare(c *syntax.DeclClause) {
	name := c.Variant.Value
	s.status = 0
	if name != "export" && name != "readonly" && name != "local" {
		s.failf(127, "%s: not found", name)
		return
	}
	if name == "local" && len(s.calls) == 0 {
		s.fatalf("local: not in a function")
		return
	}
	on, listing := true, len(c.Args) == 0
	for _, a := range c.Args {
		if a.Name != nil {
			value := ""
			if a.Value != nil {
				var ok bool
				if value, ok = s.literal(a.Value); !ok {
					return
				}
			}
			if !s.declareVariable(name, a.Name.Value, value, !a.Naked, on) {
				return
			}
			continue
		}
		words, ok := s.fields([]*syntax.Word{a.Value})
		if !ok {
			return
		}
		for _, word := range words {
			variable, value, set := strings.Cut(word, "=")
			switch {
			case word == "-p":
				listing = true
			case word == "-n":
				on = false
			case !syntax.ValidName(variable):
				s.fatalf("%s: %s: bad variable name", name, word)
				return
			case !s.declareVariable(name, variable, value, set, on):
				return
			}
		}
	}
	if listing && name != "local" {
		for _, variable := range slices.Sorted(maps.Keys(s.vars)) {
			v := s.vars[variable]
			switch {
			case name == "export" && !v.exported, name == "readonly" && !v.readOnly:
			case v.set:
				s.print("%s %s=%s\n", name, variable, quote(v.value))
			default:
				s.print("%s %s\n", name, variable)
			}
		}
	}
}

func (s *sh) declareVariable(command, name, value string, set, on bool) bool {
	if command == "local" {
		locals := s.calls[len(s.calls)-1]
		if locals == nil { // a subshell of the function restores nothing
			locals = map[string]variable{}
		}
		if _, already := locals[name]; !already {
			locals[name] = s.vars[name]
		}
	}
	if set && !s.setVariable(name, value) {
		return false
	}
	v := s.vars[name]
	switch command {
	case "export":
		v.exported = on
	case "readonly":
		v.readOnly = true
	}
	s.vars[name] = v
	return true
}
