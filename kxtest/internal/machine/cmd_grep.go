package machine

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// maxMatches is the number of matches that grep -o finds in one line.
const maxMatches = 1 << 16

// grep prints the lines that match a regular expression.
func grep(_ context.Context, p *Process) int {
	options, args, ok := p.options("cinvqEFGolsxwhHe:m:rR")
	if !ok {
		return 2
	}
	pattern, given := options['e']
	if !given {
		if len(args) == 0 {
			p.errorf("usage: grep [-HhnlLoqvsrRiwFE] [-m N] PATTERN [FILE]...")
			return 2
		}
		pattern, args = args[0], args[1:]
	}
	limit := int64(1 << 62)
	if options['m'] != "" {
		if limit, ok = p.number(options['m']); !ok {
			return 2
		}
	}
	expression, err := compile(pattern, options)
	if err != nil {
		p.errorf("bad regex '%s': %s", pattern, err)
		return 2
	}
	w := p.output()
	found := false
	several := options['r'] != "" || options['R'] != ""
	if several {
		args = p.filesIn(args)
	}
	status := p.eachInput(args, func(name string, r io.Reader) error {
		prefix := ""
		if (several || len(args) > 1) && options['h'] == "" || options['H'] != "" {
			prefix = name + ":"
		}
		count, line := int64(0), 0
		err := p.eachLine(r, func(text []byte) error {
			line++
			if expression.Match(text) == (options['v'] != "") || count >= limit {
				return nil
			}
			count++
			found = true
			switch {
			case options['q'] != "" || options['l'] != "":
				return io.EOF
			case options['c'] != "":
				return nil
			}
			start := prefix
			if options['n'] != "" {
				start += strconv.Itoa(line) + ":"
			}
			shown := [][]byte{text}
			if options['o'] != "" {
				shown = expression.FindAll(text, maxMatches)
				if len(shown) == maxMatches {
					return errNoMemory
				}
			}
			for _, part := range shown {
				_, _ = w.WriteString(start)
				_, _ = w.Write(part)
				if err := w.WriteByte('\n'); err != nil {
					return err
				}
			}
			return nil
		})
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if options['c'] != "" {
			_, _ = w.WriteString(prefix + strconv.FormatInt(count, 10) + "\n")
		}
		if options['l'] != "" && count > 0 {
			_, _ = w.WriteString(name + "\n")
		}
		return err
	})
	switch {
	case w.Flush() != nil:
		return 2
	case found && options['q'] != "":
		return 0
	case status != 0:
		return 2
	case !found:
		return 1
	}
	return 0
}

// filesIn replaces directories by the regular files below them. Without names it searches the
// working directory.
func (p *Process) filesIn(names []string) []string {
	t := p.task
	var files []string
	var add func(name string, depth int)
	add = func(name string, depth int) {
		n, err := t.find(name, depth == 0)
		switch {
		case err == nil && n.isDir() && n.lookup == nil && t.allowed(n, mayRead) &&
			depth < maxLinks:
			for _, child := range n.names() {
				add(strings.TrimSuffix(name, "/")+"/"+child, depth+1)
			}
		case depth == 0 || err == nil && n.mode.IsRegular() && n.read == nil:
			files = append(files, name)
		}
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	for _, name := range names {
		add(name, 0)
	}
	return files
}

// compile translates a pattern of grep into a Go regular expression.
func compile(pattern string, options map[byte]string) (*regexp.Regexp, error) {
	alternatives := strings.Split(pattern, "\n")
	for i, alternative := range alternatives {
		switch {
		case options['F'] != "":
			alternatives[i] = regexp.QuoteMeta(alternative)
		case options['E'] == "":
			alternatives[i] = extended(alternative)
		}
	}
	pattern = "(?:" + strings.Join(alternatives, "|") + ")"
	if options['w'] != "" {
		pattern = `\b` + pattern + `\b`
	}
	if options['x'] != "" {
		pattern = "^" + pattern + "$"
	}
	if options['i'] != "" {
		pattern = "(?i)" + pattern
	}
	return regexp.Compile(pattern)
}

// extended translates a basic regular expression into an extended one. In one syntax an operator
// needs a backslash, in the other the literal character does.
func extended(basic string) string {
	var b strings.Builder
	set := false
	for i := 0; i < len(basic); i++ {
		c := basic[i]
		switch {
		case set:
			set = c != ']' || i > 0 && basic[i-1] == '['
			b.WriteByte(c)
		case c == '\\' && i+1 < len(basic):
			i++
			if !strings.ContainsRune("(){}+?|", rune(basic[i])) {
				b.WriteByte('\\')
			}
			b.WriteByte(basic[i])
		case strings.ContainsRune("(){}+?|", rune(c)), c == '*' && i == 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			set = c == '['
			b.WriteByte(c)
		}
	}
	return b.String()
}
