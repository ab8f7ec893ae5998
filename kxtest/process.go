package kxtest

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// process is what a container's command does.
type process struct {
	lasts    time.Duration // forever when negative
	code     int64
	notFound bool // there is no such command in the image
}

const forever = time.Duration(-1)

// simulate says what a container's command does; see [WithImage].
func simulate(container map[string]any) process {
	var words []string
	for _, word := range append(slices.Clone(list(container, "command")), list(container, "args")...) {
		s, _ := word.(string)
		words = append(words, s)
	}
	image := text(container, "image")
	if len(list(container, "command")) == 0 {
		if len(words) > 0 || !strings.Contains(path.Base(image), "busybox") {
			if len(words) == 0 || !strings.Contains(path.Base(image), "busybox") {
				return process{lasts: forever}
			}
		} else {
			words = []string{"sh"}
		}
	}
	stdin, _ := at(container, "stdin").(bool)
	return run(words, stdin)
}

func run(words []string, stdin bool) process {
	switch name := path.Base(words[0]); {
	case strings.HasPrefix(name, "nosuch"):
		return process{notFound: true}
	case name == "true":
		return process{}
	case name == "false":
		return process{code: 1}
	case name == "sleep" && len(words) == 2:
		if seconds, err := strconv.ParseFloat(words[1], 64); err == nil && seconds >= 0 {
			return process{lasts: time.Duration(seconds * float64(time.Second))}
		}
		return process{code: 1}
	case name == "exit":
		code := 0
		if len(words) > 1 {
			code, _ = strconv.Atoi(words[1])
		}
		return process{code: int64(uint8(code))}
	case name == "sh" && len(words) == 3 && words[1] == "-c":
		if inner := strings.Fields(words[2]); len(inner) > 0 && !strings.ContainsAny(words[2], ";|&$") {
			return run(inner, stdin)
		}
	case (name == "sh" || name == "cat") && len(words) == 1 && !stdin:
		return process{}
	}
	return process{lasts: forever}
}
