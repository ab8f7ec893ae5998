package machine

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
)

// sortLines is sort.
func sortLines(_ context.Context, p *Process) int {
	options, files, ok := p.options("nruft:k:bsh")
	if !ok {
		return 1
	}
	var lines []string
	status := p.eachInput(files, func(_ string, r io.Reader) error {
		return p.eachLine(r, func(line []byte) error {
			lines = append(lines, string(line))
			return p.task.reserve(len(line) + 32)
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
		if numeric {
			c := cmp.Compare(leadingNumber(key(a)), leadingNumber(key(b)))
			if c != 0 {
				return c
			}
			if options['u'] != "" {
				return 0
			}
		} else if c := strings.Compare(key(a), key(b)); c != 0 || options['u'] != "" {
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

// leadingNumber is what a line begins with, or 0.
func leadingNumber(line string) float64 {
	line = strings.TrimLeft(line, " \t")
	end := 0
	for end < len(line) && strings.IndexByte("0123456789.-", line[end]) >= 0 && (line[end] != '-' || end == 0) {
		end++
	}
	n, _ := strconv.ParseFloat(line[:end], 64)
	return n
}

// uniq writes one of several equal lines that follow each other.
func uniq(_ context.Context, p *Process) int {
	options, files, ok := p.options("cdui")
	if !ok {
		return 1
	}
	w := p.output()
	var last []byte
	count := 0
	show := func() {
		if count == 0 || options['d'] != "" && count == 1 || options['u'] != "" && count > 1 {
			return
		}
		if options['c'] != "" {
			number := strconv.Itoa(count)
			_, _ = w.WriteString(strings.Repeat(" ", max(0, 7-len(number))) + number + " ")
		}
		_, _ = w.Write(append(last, '\n'))
	}
	status := p.eachInput(files[:min(1, len(files))], func(_ string, r io.Reader) error {
		return p.eachLine(r, func(line []byte) error {
			if count > 0 && (bytes.Equal(line, last) || options['i'] != "" && bytes.EqualFold(line, last)) {
				count++
				return nil
			}
			show()
			grown := len(line) - cap(last)
			if grown > 0 {
				if err := p.task.reserve(grown); err != nil {
					return err
				}
			}
			last, count = append(last[:0], line...), 1
			return nil
		})
	})
	show()
	if w.Flush() != nil {
		return 1
	}
	return status
}

// cut writes parts of lines.
func cut(_ context.Context, p *Process) int {
	options, files, ok := p.options("d:f:c:b:s")
	if !ok {
		return 1
	}
	list := cmp.Or(options['f'], options['c'], options['b'])
	if list == "" {
		p.complain("expected a list of bytes, characters, or fields")
		return 1
	}
	var ranges [][2]int
	for part := range strings.SplitSeq(list, ",") {
		low, high, dash := strings.Cut(part, "-")
		from, err1 := strconv.Atoi(cmp.Or(low, "1"))
		to, err2 := strconv.Atoi(cmp.Or(high, "1000000000"))
		if !dash {
			to = from
		}
		if err1 != nil || err2 != nil || from < 1 || to < from || part == "-" || part == "" {
			p.complain("invalid range %s-%s", low, high)
			return 1
		}
		ranges = append(ranges, [2]int{from, to})
	}
	within := func(n int) bool {
		return slices.ContainsFunc(ranges, func(r [2]int) bool { return r[0] <= n && n <= r[1] })
	}
	delimiter := cmp.Or(options['d'], "\t")
	w := p.output()
	status := p.eachInput(files, func(_ string, r io.Reader) error {
		return p.eachLine(r, func(line []byte) error {
			switch {
			case options['f'] == "":
				for i, c := range line {
					if within(i + 1) {
						_ = w.WriteByte(c)
					}
				}
				return w.WriteByte('\n')
			case !bytes.Contains(line, []byte(delimiter)):
				if options['s'] != "" {
					return nil
				}
			default:
				separator := ""
				for i, rest, more := 1, line, true; more; i++ {
					var field []byte
					field, rest, more = bytes.Cut(rest, []byte(delimiter))
					if within(i) {
						_, _ = w.WriteString(separator)
						_, _ = w.Write(field)
						separator = delimiter
					}
				}
				return w.WriteByte('\n')
			}
			_, _ = w.Write(line)
			return w.WriteByte('\n')
		})
	})
	if w.Flush() != nil {
		return 1
	}
	return status
}

// tr replaces bytes, or with -d deletes and with -s squeezes them.
func tr(_ context.Context, p *Process) int {
	options, sets, ok := p.options("+dscC")
	if !ok || len(sets) == 0 || len(sets) == 1 && options['d'] == "" && options['s'] == "" {
		p.complain("usage: tr [-cds] STRING1 [STRING2]")
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

// byteSet is what a string of tr stands for: escapes, a-z, and [:alpha:].
func byteSet(text string) []byte {
	text, _ = unescape(text, false)
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
