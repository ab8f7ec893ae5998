package patch

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// equal compares as RFC 6902, section 4.6 defines: numbers by value, strings by
// their characters, objects without regard to the order of members.
func equal(a, b jsontext.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case '{':
		am, bm := members(a), members(b)
		if len(am) != len(bm) {
			return false
		}
		values := make(map[string]jsontext.Value, len(bm))
		for _, m := range bm {
			values[m.name] = m.value
		}
		for _, m := range am {
			v, found := values[m.name]
			if !found || !equal(m.value, v) {
				return false
			}
		}
		return true
	case '[':
		av, bv := elements(a), elements(b)
		if len(av) != len(bv) {
			return false
		}
		for i := range av {
			if !equal(av[i], bv[i]) {
				return false
			}
		}
		return true
	case '"':
		return unquote(a) == unquote(b)
	case '0':
		return decimal(string(a)) == decimal(string(b))
	}
	return true // null, true and false are their kind
}

// decimal writes a JSON number in one way: sign, digits without zeros at either
// end, exponent. It works on the text, so that 1e1000000000 costs nothing.
func decimal(literal string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(literal, "-"); ok {
		sign, literal = "-", rest
	}
	mantissa, exponent := literal, "0"
	i := strings.IndexAny(literal, "eE")
	if i >= 0 {
		mantissa, exponent = literal[:i], literal[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return "0"
	}
	power, err := strconv.Atoi(exponent)
	if err != nil {
		return sign + literal // an exponent beyond 64 bits equals only itself
	}
	power += len(digits) - len(trimmed) - len(fraction)
	return sign + trimmed + "e" + strconv.Itoa(power)
}
