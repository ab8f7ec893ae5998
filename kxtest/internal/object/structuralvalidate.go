package object

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// validate returns what is wrong with a value, in the server's words. The members of an object come
// in the order of their names; the server's order is random.
func (s *Structural) validate(value any, field string) (faults []FieldError) {
	if s == nil || s.keepsUnknown && s.kind == "" {
		return nil
	}
	if value == nil && s.nullable {
		return nil
	}
	wrong := s.wrongType(value)
	if wrong != "" {
		faults = append(faults, FieldError{"FieldValueTypeInvalid", field,
			fmt.Sprintf("Invalid value: %q: %s in body must be of type %s: %q", wrong, field,
				s.typeName(), wrong)})
	}
	if len(s.enum) > 0 && !s.allows(value) {
		faults = append(faults, notSupported(field, value, texts(s.enum)...))
	}
	if wrong != "" {
		return faults
	}
	inBody := func(format string, args ...any) {
		faults = append(faults, invalidValue(field, value, field+" in body "+
			fmt.Sprintf(format, args...)))
	}
	switch v := value.(type) {
	case map[string]any:
		faults = append(faults, s.validateMembers(v, field)...)
	case []any:
		for i, item := range v {
			faults = append(faults, s.items.validate(item, field+"["+strconv.Itoa(i)+"]")...)
		}
		if int64(len(v)) > s.maxItems {
			faults = append(faults, FieldError{"FieldValueTooMany", field, fmt.Sprintf(
				"Too many: %d: must have at most %d items", len(v), s.maxItems)})
		}
		if int64(len(v)) < s.minItems {
			inBody("should have at least %d items", s.minItems)
		}
	case string:
		length := int64(utf8.RuneCountInString(v))
		if length > s.maxLength {
			return append(faults, tooLong(field, int(s.maxLength)))
		}
		if length < s.minLength {
			inBody("should be at least %d chars long", s.minLength)
			return faults
		}
		expression, err := regexp.Compile(s.pattern)
		if err == nil && !expression.MatchString(v) {
			inBody("should match '%s'", s.pattern)
		}
	case int64, float64:
		number := bound(map[string]any{"n": v}, "n", 0)
		if number > s.maximum {
			inBody("should be less than or equal to %v", s.maximum)
		}
		if number < s.minimum {
			inBody("should be greater than or equal to %v", s.minimum)
		}
	}
	return faults
}

func (s *Structural) validateMembers(value map[string]any, field string) (faults []FieldError) {
	prefix := field + "."
	if field == "" {
		prefix = ""
	}
	for _, name := range s.required {
		if _, found := value[name]; !found {
			faults = append(faults, required(prefix+name, ""))
		}
	}
	for _, name := range sortedKeys(value) {
		isTypeMeta := field == "" && (name == "metadata" || name == "apiVersion" || name == "kind")
		inner := s.member(name)
		if inner != nil && !isTypeMeta {
			faults = append(faults, inner.validate(value[name], prefix+name)...)
		}
	}
	return faults
}

func (s *Structural) typeName() string {
	if s.isIntOrString {
		return "integer,string"
	}
	return s.kind
}

// wrongType returns the name of a value's type if the schema has another one, and otherwise "".
func (s *Structural) wrongType(value any) string {
	is := map[string]string{"bool": "boolean"}[jsonKind(value)]
	if is == "" {
		is = jsonKind(value)
	}
	whole := false
	switch v := value.(type) {
	case int64:
		is, whole = "integer", true
	case float64:
		whole = v == math.Trunc(v)
	}
	want := s.typeName()
	if strings.Contains(","+want+",", ","+is+",") || want == "number" && is == "integer" ||
		want == "integer" && whole || want == "" {
		return ""
	}
	return is
}
