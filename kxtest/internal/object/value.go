package object

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode decodes a JSON object. Of duplicate names the last one wins, as on the server. Malformed
// JSON, another value than an object, and trailing bytes are errors in the server's words.
func Decode(data []byte) (map[string]any, error) {
	value, err := decodeValue(data)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, syntaxError(
			"json: cannot unmarshal " + jsonKind(value) +
				" into Go value of type map[string]interface {}",
		)
	}
	return object, nil
}

// decodeValue decodes a JSON value of any kind.
func decodeValue(data []byte) (any, error) {
	d := newDecoder(data)
	value, err := readAny(d)
	if err == nil {
		err = requireEOF(d)
	}
	if err != nil {
		return nil, jsonError(data, err)
	}
	return value, nil
}

func newDecoder(data []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(
		bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true),
	)
}

func readAny(d *jsontext.Decoder) (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		object := map[string]any{}
		for d.PeekKind() != '}' {
			name, err := d.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String()
			if object[key], err = readAny(d); err != nil {
				return nil, err
			}
		}
		_, err := d.ReadToken()
		return object, err
	case '[':
		list := []any{}
		for d.PeekKind() != ']' {
			item, err := readAny(d)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := d.ReadToken()
		return list, err
	case '"':
		return token.String(), nil
	case '0':
		return parseNumber(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

// parseNumber returns an int64 for an integer literal that fits, and a float64 for other numbers.
func parseNumber(literal string) any {
	if !strings.ContainsAny(literal, ".eE") {
		if i, err := strconv.ParseInt(literal, 10, 64); err == nil {
			return i
		}
	}
	f, _ := strconv.ParseFloat(literal, 64) // ±Inf if out of range, which is limited below
	return max(-math.MaxFloat64, min(math.MaxFloat64, f))
}

// Encode encodes a decoded value as JSON with sorted names. Integers keep their digits.
func Encode(value any) ([]byte, error) {
	return json.Marshal(value, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
}

// Copy returns a deep copy of a decoded value.
func Copy[V any](value V) V {
	copied, _ := copyAny(value).(V)
	return copied
}

func copyAny(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if v == nil {
			return v
		}
		object := make(map[string]any, len(v))
		for name, field := range v {
			object[name] = copyAny(field)
		}
		return object
	case []any:
		if v == nil {
			return v
		}
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = copyAny(item)
		}
		return list
	}
	return value
}

// Equal reports whether two decoded values are the same JSON value. An integer equals a float of
// the same value. The order of names does not matter.
func Equal(a, b any) bool { return compare(a, b) == 0 }

// compare orders decoded values: numbers, strings, booleans, null, lists, objects.
func compare(a, b any) int {
	c := cmp.Compare(rank(a), rank(b))
	if c != 0 {
		return c
	}
	switch x := a.(type) {
	case string:
		return cmp.Compare(x, b.(string))
	case bool:
		y := b.(bool)
		switch {
		case x == y:
			return 0
		case x:
			return 1
		}
		return -1
	case []any:
		return slices.CompareFunc(x, b.([]any), compare)
	case map[string]any:
		y := b.(map[string]any)
		xs, ys := slices.Sorted(maps.Keys(x)), slices.Sorted(maps.Keys(y))
		for i := range min(len(xs), len(ys)) {
			c := cmp.Compare(xs[i], ys[i])
			if c == 0 {
				c = compare(x[xs[i]], y[ys[i]])
			}
			if c != 0 {
				return c
			}
		}
		return cmp.Compare(len(xs), len(ys))
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(float64(x), b.(float64))
	case float64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, float64(y))
		}
		return cmp.Compare(x, b.(float64))
	}
	return 0
}

func rank(value any) int {
	switch value.(type) {
	case int64, float64:
		return 1
	case string:
		return 2
	case bool:
		return 3
	case []any:
		return 5
	case map[string]any:
		return 6
	}
	return 4
}

// jsonKind returns the server's word for a value's JSON type in decoding errors.
func jsonKind(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case int64, float64:
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}
