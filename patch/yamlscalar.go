package patch

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

func (c *yamlConverter) scalar(n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!str", "!!timestamp", "!!merge":
		if value, ok := yamlnode.Bool(n); ok {
			c.out = strconv.AppendBool(c.out, value)
			return nil
		}
		out, err := jsontext.AppendQuote(c.out, n.Value)
		if err != nil {
			return yamlnode.ErrorAt(n, "the text is not valid UTF-8")
		}
		c.out = out
		return nil
	case "!!null":
		switch n.Value {
		case "", "~", "null", "Null", "NULL":
			c.out = append(c.out, "null"...)
			return nil
		}
		return yamlnode.ErrorAt(n, "tagged as null, but it is not")
	case "!!bool":
		value, ok := yamlnode.Bool(n)
		if !ok {
			return yamlnode.ErrorAt(n, "tagged as a boolean, but neither true nor false")
		}
		c.out = strconv.AppendBool(c.out, value)
		return nil
	case "!!int", "!!float":
		number, ok := jsonNumber(n.Value)
		if !ok {
			return yamlnode.ErrorAt(n, "JSON has no such number")
		}
		c.out = append(c.out, number...)
		return nil
	case "!!binary":
		return yamlnode.ErrorAt(n, "JSON has no binary values: write the base64 text as a string")
	}
	return yamlnode.ErrorAt(n, "JSON has no equivalent of this tag")
}

// jsonNumber returns the literal where JSON has it, else a literal of the same value. It reports
// false for infinities, and for text that is no number.
func jsonNumber(literal string) (string, bool) {
	if isJSONNumber(literal) {
		return literal, true
	}
	plain := strings.ReplaceAll(literal, "_", "")
	// Base 0 reads 0x, 0o, 0b and a leading 0 as the YAML parser does.
	if i, ok := new(big.Int).SetString(plain, 0); ok {
		return i.String(), true
	}
	sign := ""
	if rest, ok := strings.CutPrefix(plain, "-"); ok {
		sign, plain = "-", rest
	} else {
		plain = strings.TrimPrefix(plain, "+")
	}
	mantissa, exponent := plain, ""
	i := strings.IndexAny(plain, "eE")
	if i >= 0 {
		mantissa, exponent = plain[:i], plain[i:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" {
		return "", false
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	number := sign + whole + fraction + exponent
	return number, isJSONNumber(number)
}

func isJSONNumber(s string) bool {
	v := jsontext.Value(s)
	return s != "" && strings.Trim(s, " \t\r\n") == s && v.Kind() == '0' && v.IsValid()
}
