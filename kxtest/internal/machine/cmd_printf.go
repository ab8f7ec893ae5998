package machine

import (
	"context"
	"regexp"

	"mvdan.cc/sh/v3/expand"
)

// wideVerb matches a verb whose width has more than three digits. Padding is built in the host's
// memory, so its size is bounded.
var wideVerb = regexp.MustCompile(`%[-+ ]*[0-9]{4}`)

// printf writes its arguments in a format, which it repeats while arguments are left.
func printf(_ context.Context, p *Process) int {
	if len(p.args) < 2 {
		p.errorf("usage: printf FORMAT [ARG]...")
		return 1
	}
	format := p.args[1]
	args := append([]string{}, p.args[2:]...) // Format reads no verbs if it gets nil
	if wideVerb.MatchString(format) {
		p.errorf("%s: invalid format", format)
		return 1
	}
	w := p.output()
	for {
		text, used, err := expand.Format(&expand.Config{Env: expand.ListEnviron()}, format, args)
		if err != nil {
			_ = w.Flush()
			p.errorf("%s", err)
			return 1
		}
		if _, err := w.WriteString(text); err != nil {
			return 1
		}
		args = args[used:]
		if used == 0 || len(args) == 0 {
			break
		}
	}
	if w.Flush() != nil {
		return 1
	}
	return 0
}
