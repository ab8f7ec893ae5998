package machine

import (
	"bufio"
	"context"
	"strconv"
	"strings"
)

// printf writes its arguments as its format says, again and again while there are arguments left.
func printf(_ context.Context, p *Process) int {
	if len(p.args) < 2 {
		p.complain("usage: printf FORMAT [ARG]...")
		return 1
	}
	w := p.output()
	f := formatter{p: p, w: w, args: p.args[2:]}
	for {
		left := len(f.args)
		if !f.format(p.args[1]) || len(f.args) == 0 || len(f.args) == left {
			break
		}
	}
	if w.Flush() != nil {
		return 1
	}
	return f.status
}

// formatter is one run of printf.
type formatter struct {
	p      *Process
	w      *bufio.Writer
	args   []string
	status int
}

func (f *formatter) next() string {
	if len(f.args) == 0 {
		return ""
	}
	arg := f.args[0]
	f.args = f.args[1:]
	return arg
}

// format writes the format once. It is false when no more is to be written.
func (f *formatter) format(format string) bool {
	for format != "" {
		before, after, found := strings.Cut(format, "%")
		text, stop := unescape(before, false)
		_, _ = f.w.WriteString(text)
		if stop || !found {
			return !stop
		}
		if rest, ok := strings.CutPrefix(after, "%"); ok {
			_ = f.w.WriteByte('%')
			format = rest
			continue
		}
		size := len(after) - len(strings.TrimLeft(after, "-+ #0123456789.*"))
		flags := after[:size]
		for strings.Contains(flags, "*") {
			flags = strings.Replace(flags, "*", f.next(), 1)
		}
		format = strings.TrimLeft(after[size:], "hlLjzt")
		if format == "" {
			f.p.complain("%s: invalid format", "%"+flags)
			f.status = 1
			return false
		}
		verb := format[0]
		format = format[1:]
		if !f.verb(flags, verb) {
			return false
		}
	}
	return true
}

func (f *formatter) verb(flags string, verb byte) bool {
	width, precision := flags, -1
	before, after, ok := strings.Cut(flags, ".")
	if ok {
		width = before
		precision, _ = strconv.Atoi(after)
	}
	signs := width[:len(width)-len(strings.TrimLeft(width, "-+ #0"))]
	total, err := strconv.Atoi(strings.TrimLeft(width, "-+ #0"))
	if err != nil && strings.TrimLeft(width, "-+ #0") != "" || total > 1<<20 || precision > 1<<20 {
		f.p.complain("%%%s%c: invalid format", flags, verb)
		f.status = 1
		return false
	}
	text, numeric, stop := "", true, false
	switch verb {
	case 's', 'b', 'c':
		text, numeric = f.next(), false
		if verb == 'b' {
			text, stop = unescape(text, true)
		}
		if verb == 'c' {
			text = text[:min(1, len(text))]
		}
		if precision >= 0 && precision < len(text) {
			text = text[:precision]
		}
	case 'd', 'i', 'u', 'x', 'X', 'o':
		text = f.integer(signs, verb, precision)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		arg := f.next()
		n, err := strconv.ParseFloat(arg, 64)
		if err != nil && arg != "" {
			f.invalid(arg)
		}
		if precision < 0 {
			precision = 6
		}
		text = strconv.FormatFloat(n, strings.ToLower(string(verb))[0], min(precision, 1000), 64)
	default:
		f.p.complain("%%%s%c: invalid format", flags, verb)
		f.status = 1
		return false
	}
	fill := max(0, total-len([]rune(text)))
	switch {
	case strings.Contains(signs, "-"):
		text += strings.Repeat(" ", fill)
	case strings.Contains(signs, "0") && numeric:
		sign := text[:len(text)-len(strings.TrimLeft(text, "+-"))]
		text = sign + strings.Repeat("0", fill) + text[len(sign):]
	default:
		text = strings.Repeat(" ", fill) + text
	}
	_, _ = f.w.WriteString(text)
	return !stop
}

func (f *formatter) integer(signs string, verb byte, precision int) string {
	arg := f.next()
	var n int64
	if rest, ok := strings.CutPrefix(strings.Replace(arg, `"`, "'", 1), "'"); ok {
		for _, c := range rest {
			n = int64(c)
			break
		}
	} else if parsed, err := strconv.ParseInt(strings.TrimSpace(arg), 0, 64); err == nil {
		n = parsed
	} else if unsigned, err := strconv.ParseUint(strings.TrimSpace(arg), 0, 64); err == nil {
		n = int64(unsigned)
	} else if arg != "" {
		f.invalid(arg)
	}
	base := map[byte]int{'d': 10, 'i': 10, 'u': 10, 'x': 16, 'X': 16, 'o': 8}[verb]
	text := strconv.FormatUint(uint64(n), base)
	if verb == 'd' || verb == 'i' {
		text = strconv.FormatInt(n, 10)
	}
	if verb == 'X' {
		text = strings.ToUpper(text)
	}
	fill := precision - len(strings.TrimPrefix(text, "-"))
	if fill > 0 {
		text = strings.Repeat("-", strings.Count(text, "-")) + strings.Repeat("0", fill) + strings.TrimPrefix(text, "-")
	}
	switch {
	case strings.Contains(signs, "#") && base == 16:
		text = "0" + strings.ToLower(string(verb)) + text
	case strings.Contains(signs, "+") && n >= 0 && base == 10:
		text = "+" + text
	}
	return text
}

func (f *formatter) invalid(arg string) {
	f.p.complain("invalid number '%s'", arg)
	f.status = 1
}
