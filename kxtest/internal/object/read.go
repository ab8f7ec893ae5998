package object

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Read decodes an object of a type as the server's decoder does.
//
// - Fields that the type does not have are dropped.
// - Nulls, and the zero values that the API never sends, are dropped.
// - Quantities and times get their canonical form.
//
// problems lists unknown and duplicate fields in the server's words, such as `unknown field
// "spec.foo"`. err is the server's message for a body that it cannot decode: malformed JSON, or a
// value of the wrong JSON type.
func (t *Type) Read(data []byte) (object map[string]any, problems []string, err error) {
	r := &reader{decoder: newDecoder(data), reported: map[string]bool{}}
	value, err := r.value(t, nil, location{owner: t})
	if err == nil {
		err = requireEOF(r.decoder)
	}
	switch {
	case err != nil:
		return nil, nil, jsonError(data, err)
	case r.mismatch != nil:
		return nil, nil, r.mismatch
	}
	object, _ = value.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	return object, r.problems, nil
}

// Prune brings the result of a patch into the form that Read returns. problems lists the unknown
// fields. err reports a value of the wrong JSON type.
func (t *Type) Prune(object map[string]any) (pruned map[string]any, problems []string, err error) {
	data, err := Encode(object)
	if err != nil {
		return nil, nil, err
	}
	return t.Read(data)
}

// StrictError returns the server's message for problems under fieldValidation=Strict.
func StrictError(problems []string) string {
	return "strict decoding error: " + strings.Join(problems, ", ")
}

type reader struct {
	decoder  *jsontext.Decoder
	problems []string
	reported map[string]bool
	mismatch error
	offsets  []int64 // the end of each duplicate that duplicates finds
}

func (r *reader) report(kind string, path []string) {
	problem := kind + " field " + strconv.Quote(pathString(path))
	if !r.reported[problem] && !r.reported["unknown field "+strconv.Quote(pathString(path))] {
		r.reported[problem] = true
		r.problems = append(r.problems, problem)
	}
}

// pathString joins names with dots. An index, which begins with "[", follows without a dot.
func pathString(path []string) string {
	return strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
}

// noteMismatch keeps the first mismatch. Like the server's decoder, the reader continues.
func (r *reader) noteMismatch(m *mismatch) {
	if r.mismatch == nil {
		r.mismatch = m
	}
}

// value reads one value of a type. It returns nil for null and for a value that does not fit.
func (r *reader) value(t *Type, path []string, at location) (any, error) {
	if t.isFree() {
		return readAny(r.decoder)
	}
	resolved := t.resolve()
	kind := r.decoder.PeekKind()
	switch {
	case kind == '{' && resolved.Type == "object":
		return r.object(t, path, at)
	case kind == '[' && resolved.Type == "array":
		return r.list(t, path, at)
	}
	numeral := ""
	if kind == '0' {
		raw, err := r.decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		numeral = string(raw)
		return r.scalar(resolved, parseNumber(numeral), numeral, at), nil
	}
	value, err := readAny(r.decoder)
	if err != nil || value == nil {
		return nil, err
	}
	return r.scalar(resolved, value, "", at), nil
}

func (r *reader) object(t *Type, path []string, at location) (any, error) {
	if _, err := r.decoder.ReadToken(); err != nil {
		return nil, err
	}
	object, seen := map[string]any{}, map[string]bool{}
	for r.decoder.PeekKind() != '}' {
		token, err := r.decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		memberPath := append(path[:len(path):len(path)], name)
		field := t.field(name)
		if field == nil {
			r.report("unknown", memberPath)
			if err := r.decoder.SkipValue(); err != nil {
				return nil, err
			}
			continue
		}
		if seen[name] {
			r.report("duplicate", memberPath)
		}
		seen[name] = true
		where := at
		if t.isStruct() {
			names := at.names[:len(at.names):len(at.names)]
			if field.Embed != "" {
				names = append(names, field.Embed)
			}
			where = location{owner: t, names: append(names, name)}
		}
		value, err := r.value(field, memberPath, where)
		if err != nil {
			return nil, err
		}
		if isStored(t, field, &value) {
			object[name] = value
		} else {
			delete(object, name)
		}
	}
	_, err := r.decoder.ReadToken()
	if t.isStruct() {
		emitEmpty(t, object)
	}
	return object, err
}

// isStored reports whether the store keeps a field of a struct. Null in a map of strings becomes
// "".
func isStored(owner, field *Type, value *any) bool {
	if !owner.isStruct() {
		if *value == nil && field.resolve().Type == "string" {
			*value = ""
		}
		return *value != nil
	}
	switch v := (*value).(type) {
	case nil:
		return false
	case []any: // an empty managedFields requests a reset
		return len(v) > 0 || field.resolve().Elem.structName() == "ManagedFieldsEntry"
	case map[string]any:
		return len(v) > 0 || field.isStruct() || field.isFree()
	case string:
		return v != "" || field.Zero != "omit"
	case bool:
		return v || field.Zero != "omit"
	case int64:
		return v != 0 || field.Zero != "omit"
	}
	return true
}

// emitEmpty adds the empty structs and nulls that the API sends.
func emitEmpty(t *Type, object map[string]any) {
	for name, value := range t.blank() {
		if object[name] == nil {
			object[name] = value
		}
	}
}

func (r *reader) list(t *Type, path []string, at location) (any, error) {
	if _, err := r.decoder.ReadToken(); err != nil {
		return nil, err
	}
	items, elem := []any{}, t.resolve().Elem
	for r.decoder.PeekKind() != ']' {
		item, err := r.value(elem, append(path[:len(path):len(path)], "["+strconv.Itoa(len(items))+
			"]"), at)
		if err != nil {
			return nil, err
		}
		if item == nil { // null is the zero value of the item's type
			switch elem.resolve().Type {
			case "object":
				item = elem.blank()
			case "string":
				item = ""
			}
		}
		items = append(items, item)
	}
	_, err := r.decoder.ReadToken()
	return items, err
}

const quantityPattern = "quantities must match the regular expression " +
	"'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

// scalar checks a scalar of a type and returns its canonical form.
func (r *reader) scalar(t *Type, value any, numeral string, at location) any {
	fail := func(goType, numeral string) any {
		r.noteMismatch(&mismatch{got: value, goType: goType, numeral: numeral, place: at})
		return nil
	}
	switch t.Type {
	case "boolean":
		if b, ok := value.(bool); ok {
			return b
		}
		return fail("bool", "")
	case "integer":
		i, ok := value.(int64)
		if ok && (t.Format != "int32" || i == int64(int32(i))) {
			return i
		}
		return fail(t.goName(), numeral)
	case "number":
		switch value.(type) {
		case int64, float64:
			return value
		}
		return fail("float64", numeral)
	case "string":
		switch {
		case t.name == "api.resource.Quantity":
			written := numeral
			if s, ok := value.(string); ok {
				written = s
			}
			canonical, ok := canonicalQuantity(written)
			if !ok {
				r.noteMismatch(&mismatch{message: quantityPattern})
				return nil
			}
			return canonical
		case t.Format == "int-or-string":
			switch v := value.(type) {
			case string:
				return v
			case int64:
				if v == int64(int32(v)) {
					return v
				}
			}
			return fail("int32", numeral)
		}
		s, ok := value.(string)
		if !ok {
			return fail("string", "")
		}
		if t.Format == "date-time" {
			layout := time.RFC3339
			if strings.HasSuffix(t.name, ".MicroTime") {
				layout = microTimeLayout
			}
			parsed, err := time.Parse(layout, s)
			if err != nil {
				r.noteMismatch(&mismatch{message: err.Error()})
				return nil
			}
			year := parsed.UTC().Year()
			if year < 0 || year > 9999 {
				r.noteMismatch(
					&mismatch{message: "parsing time " + strconv.Quote(s) +
						": year outside of range [0,9999]"},
				)
				return nil
			}
			return parsed.UTC().Format(layout)
		}
		return s
	}
	return fail(t.goName(), "")
}
