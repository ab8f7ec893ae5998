package machine

import (
	"maps"
	"slices"
	"strings"
)

// trap sets the action for a signal or for the shell's end.
func trap(s *sh, words []string) {
	args := words[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		for _, sig := range slices.Sorted(maps.Keys(s.traps)) {
			s.print("trap -- %s %s\n", quote(s.traps[sig]), signalNames[sig])
		}
		return
	}
	if args[0] == "-l" {
		s.print("%s\n", strings.Join(signalNames[1:], " "))
		return
	}
	action, reset := args[0], args[0] == "-"
	_, isSignal := parseSignal(action)
	if isSignal && (len(args) == 1 || strings.Trim(action, "0123456789") == "") {
		reset = true
	} else {
		args = args[1:]
	}
	for _, name := range args {
		sig, ok := parseSignal(name)
		if !ok {
			s.failf(1, "%s: invalid signal specification", name)
			continue
		}
		switch {
		case reset:
			delete(s.traps, sig)
			s.t.handle(sig, handleDefault)
		case action == "":
			s.traps[sig] = ""
			s.t.handle(sig, handleIgnore)
		default:
			s.traps[sig] = action
			s.t.handle(sig, handleCatch)
		}
		if sig == INT && reset && s.options['i'] && s.main {
			s.t.handle(sig, handleCatch)
		}
	}
}
