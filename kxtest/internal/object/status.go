package object

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Status is a refusal, which the server sends instead of the object.
type Status struct {
	Code    int
	Reason  string // "" in a 500
	Message string
	Kind    string  // details.kind: the kind in a 422, the resource in a 409
	Group   string  // details.group
	Name    string  // details.name
	Causes  []Cause // details.causes; not nil if the details are empty
}

func (s *Status) Error() string { return s.Message }

// Cause is an entry of details.causes.
type Cause struct {
	Reason  string
	Message string
	Field   string
}

func badRequest(format string, args ...any) *Status {
	return &Status{Code: 400, Reason: "BadRequest", Message: fmt.Sprintf(format, args...)}
}

func internal(format string, args ...any) *Status {
	return &Status{Code: 500, Message: fmt.Sprintf(format, args...)}
}

// FieldError is one fault of an object.
type FieldError struct {
	Reason  string // FieldValueRequired, FieldValueInvalid, FieldValueForbidden …
	Field   string // such as "spec.containers[0].name"
	Message string // such as "Required value", without the field
}

// InvalidMessage returns the message of the 422 for the errors: `Pod "x" is invalid:
// spec.containers[0].name: Required value`. Several errors stand as [a, b], each once. The kind
// includes its group, such as "Deployment.apps".
func InvalidMessage(kind, name string, errs []FieldError) string {
	var texts []string
	for _, e := range errs {
		text := e.Field + ": " + e.Message
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	all := strings.Join(texts, ", ")
	if len(texts) > 1 {
		all = "[" + all + "]"
	}
	return fmt.Sprintf("%s %q is invalid: %s", kind, name, all)
}

// InvalidCauses returns details.causes for the errors, one cause each.
func InvalidCauses(errs []FieldError) []Cause {
	var causes []Cause
	for _, e := range errs {
		causes = append(causes, Cause{Reason: e.Reason, Message: e.Message, Field: e.Field})
	}
	return causes
}

// invalid returns the 422 for the errors, or nil if there are none.
func invalid(group, kind, name string, errs []FieldError) error {
	if len(errs) == 0 {
		return nil
	}
	qualified := kind
	if group != "" {
		qualified += "." + group
	}
	return &Status{
		Code: 422, Reason: "Invalid", Message: InvalidMessage(qualified, name, errs),
		Kind: kind, Group: group, Name: name, Causes: InvalidCauses(errs),
	}
}

func required(field, detail string) FieldError {
	return FieldError{"FieldValueRequired", field, withDetail("Required value", detail)}
}

func invalidValue(field string, value any, detail string) FieldError {
	return FieldError{"FieldValueInvalid", field, withDetail("Invalid value: "+shown(value),
		detail)}
}

func forbidden(field, detail string) FieldError {
	return FieldError{"FieldValueForbidden", field, withDetail("Forbidden", detail)}
}

func duplicate(field string, value any) FieldError {
	return FieldError{"FieldValueDuplicate", field, "Duplicate value: " + shown(value)}
}

func notFound(field string, value any) FieldError {
	return FieldError{"FieldValueNotFound", field, "Not found: " + shown(value)}
}

func tooLong(field string, limit int) FieldError {
	return FieldError{"FieldValueTooLong", field,
		fmt.Sprintf("Too long: may not be more than %d bytes", limit)}
}

func notSupported(field string, value any, supported ...string) FieldError {
	quoted := make([]string, len(supported))
	for i, s := range supported {
		quoted[i] = strconv.Quote(s)
	}
	return FieldError{
		"FieldValueNotSupported",
		field,
		"Unsupported value: " + shown(value) + ": supported values: " + strings.Join(quoted, ", "),
	}
}

func withDetail(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + ": " + detail
}

func shown(value any) string {
	if s, ok := value.(string); ok {
		return strconv.Quote(s)
	}
	text, _ := Encode(value)
	return string(text)
}
