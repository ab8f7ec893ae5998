package patch

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/printable"
)

// maxShown is how many bytes of a value an error shows.
const maxShown = 120

// TestError reports the operation of a JSON Patch that tests for a value which is not there. It
// matches [ErrTestFailed].
type TestError struct {
	// Operation is the number of the operation in the patch, from 1. Path is its pointer.
	Operation int
	Path      string
	// Want is the value of the test. Got is the value in its place, or empty if there is none. Both
	// are empty if the object is a Secret.
	Want, Got jsontext.Value

	isSecret bool
}

func (e *TestError) Error() string {
	return fmt.Sprintf("json patch: operation %d (%s %q): %v: %s", e.Operation, opTest, e.Path,
		ErrTestFailed, e.comparison())
}

// Is matches ErrTestFailed.
func (e *TestError) Is(target error) bool { return target == ErrTestFailed }

func (e *TestError) comparison() string {
	switch {
	case e.isSecret:
		return "the value is another one, or absent (values of a Secret are not shown)"
	case len(e.Got) == 0:
		return fmt.Sprintf("want %s, but there is no such field or element", shown(e.Want))
	}
	return fmt.Sprintf("want %s, got %s", shown(e.Want), shown(e.Got))
}

// newTestError returns the error of the test at index i, from 0, of a document as it is then.
func newTestError(i int, o operation, document jsontext.Value) *TestError {
	e := &TestError{Operation: i + 1, Path: o.path}
	kind, _ := child(document, "kind")
	if kind.Kind() == '"' && unquote(kind) == "Secret" {
		e.isSecret = true
		return e
	}
	e.Want = unescaped(o.value)
	got, found := present(document, o.path)
	if found {
		e.Got = unescaped(got)
	}
	return e
}

// unescaped returns a copy of value with the escapes that JSON needs, and no others.
func unescaped(value jsontext.Value) jsontext.Value {
	value = value.Clone()
	if err := value.Format(); err != nil {
		return value // it nests too deeply
	}
	return value
}

// shown returns the beginning of a value for a message.
func shown(value jsontext.Value) string {
	if len(value) <= maxShown {
		return printable.Text(string(value))
	}
	return printable.Text(strings.ToValidUTF8(string(value[:maxShown]), "")) + "…"
}
