package machine

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// match reports whether a name fits a pattern of the shell: * ? [a-z] [!a] [[:alpha:]], and \ before what stands for itself.
func match(pattern, name string) bool {
	p, n := 0, 0
	star, retry := -1, 0 // where to go on when the rest does not fit: the last star takes one character more
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, retry = p, n
			p++
			continue
		}
		c, width := utf8.DecodeRuneInString(name[n:])
		if p < len(pattern) {
			if size, ok := matchOne(pattern[p:], c); ok {
				p, n = p+size, n+width
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, width = utf8.DecodeRuneInString(name[retry:])
		retry += width
		p, n = star+1, retry
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne matches one character, and says how long its part of the pattern is.
func matchOne(pattern string, c rune) (int, bool) {
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		if size, ok := matchSet(pattern, c); size > 0 {
			return size, ok
		}
	case '\\':
		if len(pattern) > 1 {
			want, width := utf8.DecodeRuneInString(pattern[1:])
			return 1 + width, want == c
		}
	}
	want, width := utf8.DecodeRuneInString(pattern)
	return width, want == c
}

var classes = map[string]func(rune) bool{
	"alpha": unicode.IsLetter, "digit": func(c rune) bool { return c >= '0' && c <= '9' }, "space": unicode.IsSpace, "upper": unicode.IsUpper,
	"lower": unicode.IsLower, "punct": func(c rune) bool { return c > ' ' && c < 0x7f && !unicode.IsLetter(c) && !unicode.IsDigit(c) },
	"alnum": func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }, "print": unicode.IsPrint, "cntrl": unicode.IsControl,
	"blank": func(c rune) bool { return c == ' ' || c == '\t' }, "graph": unicode.IsGraphic,
	"xdigit": func(c rune) bool { return strings.ContainsRune("0123456789abcdefABCDEF", c) },
}

// matchSet matches […]; without a closing bracket it is no set, and the size 0.
func matchSet(pattern string, c rune) (size int, ok bool) {
	i := 1
	negated := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negated {
		i++
	}
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return i + 1, ok != negated
		}
		name, _, found := strings.Cut(strings.TrimPrefix(pattern[i:], "[:"), ":]")
		if found && strings.HasPrefix(pattern[i:], "[:") && classes[name] != nil {
			ok = ok || classes[name](c)
			i += len(name) + 4
			continue
		}
		low, width := literalRune(pattern[i:])
		i += width
		high := low
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			high, width = literalRune(pattern[i+1:])
			i += 1 + width
		}
		ok = ok || low <= c && c <= high
	}
	return 0, false
}

func literalRune(pattern string) (rune, int) {
	if pattern[0] == '\\' && len(pattern) > 1 {
		c, width := utf8.DecodeRuneInString(pattern[1:])
		return c, 1 + width
	}
	return utf8.DecodeRuneInString(pattern)
}
