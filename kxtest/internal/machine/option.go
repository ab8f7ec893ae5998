package machine

import (
	"maps"
	"slices"
	"strings"
)

// optionLetters are the options of set. optionNames has their long names in the same order.
// pipefail has no letter in busybox; p stands for it.
const optionLetters = "efInuxvabmCp"

var optionNames = []string{
	"errexit", "noglob", "ignoreeof", "noexec", "nounset", "xtrace", "verbose", "allexport",
	"notify", "monitor", "noclobber", "pipefail",
}

func (s *sh) setOption(name string, on bool) bool {
	i := slices.Index(optionNames, name)
	if i >= 0 {
		s.options[rune(optionLetters[i])] = on
		maps.DeleteFunc(s.options, func(_ rune, on bool) bool { return !on })
	}
	return i >= 0
}

func setOptions(s *sh, words []string) {
	args := words[1:]
	if len(args) == 0 {
		for _, name := range slices.Sorted(maps.Keys(s.vars)) {
			v := s.vars[name]
			if v.set {
				s.print("%s=%s\n", name, quote(v.value))
			}
		}
		return
	}
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') {
		option := args[0]
		args = args[1:]
		if option == "--" {
			s.params = args
			return
		}
		for _, c := range option[1:] {
			switch {
			case c == 'o' && len(args) == 0:
				for i, name := range optionNames {
					state := "off"
					if s.options[rune(optionLetters[i])] {
						state = "on"
					}
					s.print("%-16s%s\n", name, state)
				}
			case c == 'o':
				if !s.setOption(args[0], option[0] == '-') {
					s.fatalf("illegal option -o %s", args[0])
					return
				}
				args = args[1:]
			case strings.ContainsRune(optionLetters, c) && c != 'p':
				s.setOption(optionNames[strings.IndexRune(optionLetters, c)], option[0] == '-')
			default:
				s.fatalf("illegal option -%c", c)
				return
			}
		}
	}
	if len(args) > 0 {
		s.params = args
	}
}
