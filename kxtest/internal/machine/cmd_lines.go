package machine

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// sortLines is the command sort.
func sortLines(_ context.Context, p *Process) int {
	options, files, ok := p.options("nruft:k:bsh")
	if !ok {
		return 1
	}
	var lines []string
	status := p.eachInput(files, func(_ string, r io.Reader) error {
		return p.eachLine(r, func(line []byte) error {
			lines = append(lines, string(line))
			// A line is charged for more than it takes, so that fewer lines fill the memory.
			return p.task.reserve(len(line) + 128)
		})
	})
	if status != 0 {
		return status
	}
	field, numeric, reverse := 0, options['n'] != "", options['r'] != ""
	k := options['k']
	if k != "" {
		digits := k[:len(k)-len(strings.TrimLeft(k, "0123456789"))]
		field, _ = strconv.Atoi(digits)
		numeric = numeric || strings.Contains(k, "n")
		reverse = reverse || strings.Contains(k, "r")
	}
	key := func(line string) string {
		if field > 0 {
			var parts []string
			t := options['t']
			if t != "" {
				parts = strings.Split(line, t)
			} else {
				parts = strings.Fields(line)
			}
			line = strings.Join(parts[min(field-1, len(parts)):], cmp.Or(options['t'], " "))
		}
		if options['f'] != "" {
			line = strings.ToLower(line)
		}
		return line
	}
	order := func(a, b string) int {
		c := strings.Compare(key(a), key(b))
		if numeric {
			c = cmp.Compare(leadingNumber(key(a)), leadingNumber(key(b)))
		}
		if c != 0 || options['u'] != "" {
			return c
		}
		return strings.Compare(a, b)
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		if reverse {
			a, b = b, a
		}
		return order(a, b)
	})
	if options['u'] != "" {
		lines = slices.CompactFunc(lines, func(a, b string) bool { return order(a, b) == 0 })
	}
	w := p.output()
	for _, line := range lines {
		_, _ = w.WriteString(line)
		if w.WriteByte('\n') != nil {
			return 1
		}
	}
	if w.Flush() != nil {
		return 1
	}
	return 0
}

// leadingNumber returns the number at the beginning of a line, or 0.
func leadingNumber(line string) float64 {
	line = strings.TrimLeft(line, " \t")
	end := 0
	for end < len(line) && strings.IndexByte("0123456789.-", line[end]) >= 0 &&
		(line[end] != '-' || end == 0) {
		end++
	}
	n, _ := strconv.ParseFloat(line[:end], 64)
	return n
}

// tr replaces bytes. With -d it deletes them, and with -s it squeezes repeated ones.
func tr(_ context.Context, p *Process) int {
	options, sets, ok := p.options("+dscC")
	if !ok || len(sets) == 0 || len(sets) == 1 && options['d'] == "" && options['s'] == "" {
		p.errorf("usage: tr [-cds] STRING1 [STRING2]")
		return 1
	}
	from, to := byteSet(sets[0]), []byte(nil)
	if options['c'] != "" || options['C'] != "" {
		var rest []byte
		for c := range 256 {
			if !bytes.Contains(from, []byte{byte(c)}) {
				rest = append(rest, byte(c))
			}
		}
		from = rest
	}
	if len(sets) > 1 {
		to = byteSet(sets[1])
	}
	var replace [256]byte
	var drop, squeeze [256]bool
	for c := range replace {
		replace[c] = byte(c)
	}
	for i, c := range from {
		drop[c] = options['d'] != ""
		if !drop[c] && len(to) > 0 {
			replace[c] = to[min(i, len(to)-1)]
		}
	}
	if options['s'] != "" {
		set := to
		if len(to) == 0 {
			set = from
		}
		for _, c := range set {
			squeeze[c] = true
		}
	}
	last := -1
	b := make([]byte, 32<<10)
	for {
		n, err := p.Stdin().Read(b)
		kept := b[:0]
		for _, c := range b[:n] {
			if drop[c] {
				continue
			}
			c = replace[c]
			if squeeze[c] && last == int(c) {
				continue
			}
			last = int(c)
			kept = append(kept, c)
		}
		if _, err := p.Stdout().Write(kept); err != nil {
			return 1
		}
		if err != nil {
			return 0
		}
	}
}

// classes are the character classes that tr knows, such as [:alpha:].
var classes = map[string]func(rune) bool{
	"alpha": unicode.IsLetter, "digit": unicode.IsDigit, "lower": unicode.IsLower,
	"space": unicode.IsSpace, "upper": unicode.IsUpper,
}

// byteSet expands an operand of tr: escapes, ranges such as a-z, and character classes.
func byteSet(text string) []byte {
	text, _ = unescape(text)
	var set []byte
	for i := 0; i < len(text); i++ {
		name, _, found := strings.Cut(strings.TrimPrefix(text[i:], "[:"), ":]")
		if found && strings.HasPrefix(text[i:], "[:") && classes[name] != nil {
			for c := range 128 {
				if classes[name](rune(c)) {
					set = append(set, byte(c))
				}
			}
			i += len(name) + 3
			continue
		}
		if i+2 < len(text) && text[i+1] == '-' && text[i+2] >= text[i] {
			for c := int(text[i]); c <= int(text[i+2]); c++ {
				set = append(set, byte(c))
			}
			i += 2
			continue
		}
		set = append(set, text[i])
	}
	return set
}
