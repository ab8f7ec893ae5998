package object

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// syntaxError is malformed JSON in the words of the server's decoder.
type syntaxError string

func (e syntaxError) Error() string { return string(e) }

var errTrailing = errors.New("bytes after the value")

// requireEOF fails if anything except white space follows the value.
func requireEOF(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

// jsonError translates an error of the token reader into the words of the server's decoder.
func jsonError(data []byte, err error) error {
	s := scan(string(data))
	if s != "" {
		return syntaxError(s)
	}
	return syntaxError(strings.TrimPrefix(err.Error(), "jsontext: "))
}

// scan returns what is wrong with malformed JSON, or "" if it finds nothing.
func scan(s string) string {
	c := &scanner{rest: s}
	c.value()
	if c.fault == "" {
		c.space()
		if c.rest != "" {
			c.fail("after top-level value")
		}
	}
	return c.fault
}

type scanner struct {
	rest  string
	fault string
}

func (c *scanner) space() { c.rest = strings.TrimLeft(c.rest, " \t\r\n") }

func (c *scanner) fail(context string) {
	if c.fault != "" {
		return
	}
	if c.rest == "" {
		c.fault = "unexpected end of JSON input"
		return
	}
	c.fault = "invalid character " + quoteByte(c.rest[0]) + " " + context
}

func quoteByte(b byte) string {
	switch b {
	case '\'':
		return `'\''`
	case '"':
		return `'"'`
	}
	if b >= utf8.RuneSelf {
		return "'" + strings.Trim(strconv.Quote(string(rune(b))), `"`) + "'"
	}
	return "'" + strings.Trim(strconv.Quote(string([]byte{b})), `"`) + "'"
}

func (c *scanner) value() {
	c.space()
	if c.rest == "" {
		c.fail("")
		return
	}
	b := c.rest[0]
	switch {
	case b == '{':
		c.members('}', "looking for beginning of object key string", "after object key:value pair")
	case b == '[':
		c.members(']', "looking for beginning of value", "after array element")
	case b == '"':
		c.str()
	case b == '-' || b >= '0' && b <= '9':
		c.number()
	case b == 't':
		c.literal("true")
	case b == 'f':
		c.literal("false")
	case b == 'n':
		c.literal("null")
	default:
		c.fail("looking for beginning of value")
	}
}

func (c *scanner) members(end byte, first, after string) {
	c.rest = c.rest[1:]
	for n := 0; c.fault == ""; n++ {
		c.space()
		if c.rest != "" && c.rest[0] == end && n == 0 {
			break
		}
		if end == '}' {
			if c.rest == "" || c.rest[0] != '"' {
				c.fail(first)
				return
			}
			c.str()
			c.space()
			if c.fault == "" && (c.rest == "" || c.rest[0] != ':') {
				c.fail("after object key")
				return
			}
			if c.fault != "" {
				return
			}
			c.rest = c.rest[1:]
		}
		c.value()
		c.space()
		if c.fault != "" {
			return
		}
		if c.rest != "" && c.rest[0] == ',' {
			c.rest = c.rest[1:]
			continue
		}
		if c.rest == "" || c.rest[0] != end {
			c.fail(after)
			return
		}
		break
	}
	c.rest = c.rest[1:]
}

func (c *scanner) str() {
	for c.rest = c.rest[1:]; ; c.rest = c.rest[1:] {
		switch {
		case c.rest == "":
			c.fail("")
			return
		case c.rest[0] == '"':
			c.rest = c.rest[1:]
			return
		case c.rest[0] < ' ':
			c.fail("in string literal")
			return
		case c.rest[0] != '\\':
			continue
		}
		c.rest = c.rest[1:]
		if c.rest == "" || !strings.ContainsRune(`"\/bfnrtu`, rune(c.rest[0])) {
			c.fail("in string escape code")
			return
		}
		if c.rest[0] != 'u' {
			continue
		}
		for range 4 {
			c.rest = c.rest[1:]
			if c.rest == "" || !strings.ContainsRune("0123456789abcdefABCDEF", rune(c.rest[0])) {
				c.fail(`in \u hexadecimal character escape`)
				return
			}
		}
	}
}

func (c *scanner) digits(context string) {
	n := len(c.rest) - len(strings.TrimLeft(c.rest, "0123456789"))
	if n == 0 {
		c.fail(context)
		return
	}
	c.rest = c.rest[n:]
}

func (c *scanner) number() {
	c.rest = strings.TrimPrefix(c.rest, "-")
	if strings.HasPrefix(c.rest, "0") {
		c.rest = c.rest[1:]
	} else {
		c.digits("in numeric literal")
	}
	if c.fault == "" && strings.HasPrefix(c.rest, ".") {
		c.rest = c.rest[1:]
		c.digits("after decimal point in numeric literal")
	}
	if c.fault == "" && c.rest != "" && (c.rest[0] == 'e' || c.rest[0] == 'E') {
		c.rest = c.rest[1:]
		if c.rest != "" && (c.rest[0] == '+' || c.rest[0] == '-') {
			c.rest = c.rest[1:]
		}
		c.digits("in exponent of numeric literal")
	}
}

func (c *scanner) literal(word string) {
	for i := range len(word) {
		if c.rest == "" || c.rest[0] != word[i] {
			c.fail(fmt.Sprintf("in literal %s (expecting %s)", word, quoteByte(word[i])))
			return
		}
		c.rest = c.rest[1:]
	}
}
