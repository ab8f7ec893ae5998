package machine

import (
	"context"
	"io"
	"strconv"
	"strings"
)

// echo prints its arguments. As in busybox, only -e interprets backslash escapes.
func echo(_ context.Context, p *Process) int {
	args, newline, escapes := p.args[1:], "\n", false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:],
		"neE") == "" {
		for _, c := range args[0][1:] {
			switch c {
			case 'n':
				newline = ""
			default:
				escapes = c == 'e'
			}
		}
		args = args[1:]
	}
	text := strings.Join(args, " ")
	if escapes {
		var ended bool
		text, ended = unescape(text)
		if ended {
			newline = ""
		}
	}
	if _, err := io.WriteString(p.Stdout(), text+newline); err != nil {
		p.errorf("write error: %s", reason(err))
		return 1
	}
	return 0
}

// unescape interprets backslash escapes. Octal numbers may begin with \0. ended reports whether \c
// ended the text.
func unescape(text string) (result string, ended bool) {
	if !strings.Contains(text, `\`) {
		return text, false
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		c := text[i]
		at := strings.IndexByte(`abefnrtv\`, c)
		if at >= 0 {
			b.WriteByte("\a\b\x1b\f\n\r\t\v\\"[at])
			continue
		}
		digits, base, from := 0, 8, i
		switch {
		case c == 'c':
			return b.String(), true
		case c == 'x':
			digits, base, from = 2, 16, i+1
		case c == '0':
			digits, from = 3, i+1
		case c >= '0' && c <= '7':
			digits = 3
		}
		end := from
		for end < len(text) && end-from < digits {
			if _, err := strconv.ParseUint(text[end:end+1], base, 8); err != nil {
				break
			}
			end++
		}
		switch {
		case end > from:
			n, _ := strconv.ParseUint(text[from:end], base, 16)
			b.WriteByte(byte(n))
			i = end - 1
		case c == '0':
			b.WriteByte(0)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String(), false
}

func cat(_ context.Context, p *Process) int {
	_, files, ok := p.options("uvnet")
	if !ok {
		return 1
	}
	b := make([]byte, 64<<10)
	return p.eachInput(files, func(_ string, r io.Reader) error {
		_, err := io.CopyBuffer(p.Stdout(), r, b)
		return err
	})
}

func yes(_ context.Context, p *Process) int {
	text := "y"
	if len(p.args) > 1 {
		text = strings.Join(p.args[1:], " ")
	}
	b := []byte(strings.Repeat(text+"\n", max(1, 8192/(len(text)+1))))
	for {
		if _, err := p.Stdout().Write(b); err != nil {
			p.errorf("write error: %s", reason(err))
			return 1
		}
	}
}

func seq(ctx context.Context, p *Process) int {
	args, separator, wide := p.args[1:], "\n", false
	for len(args) > 0 && (args[0] == "-w" || strings.HasPrefix(args[0], "-s")) {
		option := args[0]
		args = args[1:]
		if option == "-w" {
			wide = true
			continue
		}
		separator = option[2:]
		if separator == "" && len(args) > 0 {
			separator, args = args[0], args[1:]
		}
	}
	if len(args) < 1 || len(args) > 3 {
		p.errorf("usage: seq [-w] [-s SEP] [FIRST [INC]] LAST")
		return 1
	}
	numbers := make([]float64, len(args))
	for i, arg := range args {
		n, err := strconv.ParseFloat(arg, 64)
		if err != nil {
			p.errorf("invalid number '%s'", arg)
			return 1
		}
		numbers[i] = n
	}
	first, step, last := 1.0, 1.0, numbers[len(numbers)-1]
	if len(numbers) > 1 {
		first = numbers[0]
	}
	if len(numbers) > 2 {
		step = numbers[1]
	}
	decimals := 0
	for _, arg := range args[:min(2, len(args))] {
		_, after, ok := strings.Cut(arg, ".")
		if ok {
			decimals = max(decimals, len(after))
		}
	}
	show := func(n float64) string { return strconv.FormatFloat(n, 'f', min(decimals, 20), 64) }
	width := 0
	if wide {
		width = max(len(show(first)), len(show(last)))
	}
	w, begun := p.output(), false
	for i := 0; ctx.Err() == nil; i++ {
		n := first + float64(i)*step
		// the negation ends the loop at NaN
		if step >= 0 && !(n <= last) || step < 0 && n < last {
			break
		}
		if begun {
			_, _ = w.WriteString(separator)
		}
		begun = true
		text := show(n)
		text = text[:len(text)-len(strings.TrimPrefix(text, "-"))] + strings.Repeat(
			"0",
			max(0, width-len(text)),
		) + strings.TrimPrefix(
			text,
			"-",
		)
		if _, err := w.WriteString(text); err != nil {
			return 1
		}
	}
	if begun {
		_ = w.WriteByte('\n')
	}
	if w.Flush() != nil {
		return 1
	}
	return 0
}

func clearScreen(_ context.Context, p *Process) int { p.printf("\x1b[H\x1b[J"); return 0 }
