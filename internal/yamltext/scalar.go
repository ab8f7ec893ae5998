package yamltext

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxWidth is the column after which text continues on the next line, at a space.
const maxWidth = 80

// onOneLine in place of an indentation forbids to continue text on the next line.
const onOneLine = -1

// Escaped is the style of a string that Append writes in double quotes, and never as a block. A
// writer that knows no block may then write escapes for characters of the string.
const Escaped = yaml.DoubleQuotedStyle | yaml.FlowStyle

// Quote returns s as a scalar on one line:
//
//   - plain, if that is safe and style asks for no quotes;
//   - in single quotes, if style asks for them, or if only special characters forbid the plain
//     form;
//   - in double quotes, if style asks for them, or if s reads as another type or needs escapes.
func Quote(s string, style yaml.Style) string {
	return string(appendFlow(nil, s, quoteOf(s, style), onOneLine))
}

// quoteOf returns the quote of a scalar on one line, or 0 for the plain form.
func quoteOf(s string, style yaml.Style) byte {
	quoted := style & (yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle)
	isSpecial := hasSpecial(s) || strings.Contains(s, "\n")
	switch {
	case quoted == yaml.DoubleQuotedStyle || isSpecial:
		return '"'
	case quoted == yaml.SingleQuotedStyle:
		return '\''
	case misread(s):
		return '"'
	case plain(s):
		return 0
	}
	return '\''
}

// appendString appends a string as a value. Further lines have the indentation.
func appendString(out []byte, s string, style yaml.Style, indent int) []byte {
	if style != Escaped && strings.Contains(s, "\n") && literal(s) {
		return appendLiteral(out, s, indent)
	}
	return appendFlow(out, s, quoteOf(s, style), indent)
}

// appendFlow appends a scalar that is plain or in quotes. It breaks lines where kubectl does
// (go.yaml.in/yaml/v2).
func appendFlow(out []byte, s string, quote byte, indent int) []byte {
	line := out[bytes.LastIndexByte(out, '\n')+1:]
	if quote == 0 && (indent == onOneLine || len(line)+len(s) <= maxWidth) {
		return append(out, s...)
	}
	column := utf8.RuneCount(line)
	if quote != 0 {
		out = append(out, quote)
		column++
	}
	afterSpace := false
	for i, r := range s {
		start := len(out)
		isSpace := r == ' '
		switch {
		case isSpace && indent != onOneLine && column > maxWidth && !afterSpace && i > 0 &&
			i < len(s)-1 && (quote == '"' || s[i+1] != ' '):
			out = append(append(out, '\n'), strings.Repeat(" ", indent)...)
			start, column = len(out), indent
			if s[i+1] == ' ' {
				out = append(out, '\\')
			}
		case quote == '"':
			out = appendEscaped(out, r)
		case quote == '\'' && r == '\'':
			out = append(out, "''"...)
		default:
			out = utf8.AppendRune(out, r)
		}
		column += utf8.RuneCount(out[start:])
		afterSpace = isSpace
	}
	if quote != 0 {
		out = append(out, quote)
	}
	return out
}

// shortEscapes are characters, each before the letter of its escape (YAML 1.2.2, section 5.7).
const shortEscapes = "\x000\aa\bb\tt\nn\vv\ff\rr\x1be\"\"\\\\\u0085N\u2028L\u2029P"

// appendEscaped appends a character of a double-quoted scalar.
func appendEscaped(out []byte, r rune) []byte {
	if r != '"' && r != '\\' && r != '\n' && !special(r) {
		return utf8.AppendRune(out, r)
	}
	found := false
	for i, known := range []rune(shortEscapes) {
		if i%2 == 1 && found {
			return append(out, '\\', byte(known))
		}
		found = i%2 == 0 && known == r
	}
	letter, digits := "U", 8
	switch {
	case r <= 0xff:
		letter, digits = "x", 2
	case r <= 0xffff:
		letter, digits = "u", 4
	}
	hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return append(out, `\`+letter+strings.Repeat("0", digits-len(hex))+hex...)
}

// special reports whether a character is written as an escape. Tabs are: they look like spaces.
// kubectl also escapes the characters above U+FFFF.
func special(r rune) bool {
	switch {
	case r < ' ':
		return r != '\n'
	case r < 0xa0:
		return r > '~'
	}
	return r == '\u2028' || r == '\u2029' || r == '\ufeff' || r > utf8.RuneError
}

func hasSpecial(s string) bool { return strings.IndexFunc(s, special) >= 0 }

// literal reports whether the lines of a text can be written unchanged in a block. They cannot if
// white space ends a line.
func literal(s string) bool {
	return !hasSpecial(s) && !strings.Contains(s, " \n") && !strings.HasSuffix(s, " ")
}

func appendLiteral(out []byte, s string, indent int) []byte {
	out = append(out, '|')
	if s[0] == ' ' || s[0] == '\n' { // the first line does not show the indentation
		out = append(out, '2')
	}
	switch {
	case !strings.HasSuffix(s, "\n"):
		out = append(out, '-')
	case s == "\n" || strings.HasSuffix(s, "\n\n"):
		out = append(out, '+')
	}
	pad := strings.Repeat(" ", max(indent, 2))
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		out = append(out, '\n')
		if line != "" {
			out = append(append(out, pad...), line...)
		}
	}
	return out
}

// plain reports whether s, which is not special and not misread, can stand without quotes (YAML
// 1.2.2, section 7.3.3).
func plain(s string) bool {
	if strings.Trim(s, " ") != s || strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") ||
		strings.Contains(s, ": ") || strings.HasSuffix(s, ":") || strings.Contains(s, " #") {
		return false
	}
	if strings.IndexByte("?:-", s[0]) >= 0 {
		return len(s) > 1 && s[1] != ' '
	}
	return strings.IndexByte(",[]{}#&*!|>'\"%@`", s[0]) < 0
}

// misread reports whether s without quotes reads as another type: a number, boolean, date or
// null, or for YAML 1.1 a boolean, a merge key, a default value, or a number in base 60.
func misread(s string) bool {
	switch s {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
		"OFF", "<<", "=":
		return true
	}
	return (&yaml.Node{Kind: yaml.ScalarNode, Value: s}).ShortTag() != "!!str" || base60(s)
}

// base60 reports whether s is a number such as 12:30:45.5 (https://yaml.org/type/float.html).
func base60(s string) bool {
	if !strings.Contains(s, ":") {
		return false
	}
	if s[0] == '+' || s[0] == '-' {
		s = s[1:]
	}
	s, fraction, _ := strings.Cut(s, ".")
	first, rest, _ := strings.Cut(s, ":")
	if first == "" || first[0] == '_' || strings.Trim(first+fraction, "0123456789_") != "" {
		return false
	}
	for part := range strings.SplitSeq(rest, ":") {
		value, err := strconv.ParseUint(part, 10, 8)
		if err != nil || value > 59 || len(part) > 2 {
			return false
		}
	}
	return true
}
