package patch

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Explain returns a function that reports which test operation fails for a document, as a
// [*TestError]. The API server answers 422 to such a patch without a reason. Explain returns nil
// for a patch without a test operation.
//
// The function returns nil if every test succeeds. It applies nothing, so that programs which send
// patches need no library that does. It passes over a test of a value that an earlier operation of
// the patch changes.
func (p Patch) Explain() func(document []byte) error {
	if !slices.ContainsFunc(p.ops, func(o operation) bool { return o.op == opTest }) {
		return nil
	}
	return func(document []byte) error {
		value, err := compactObject(document)
		if err != nil {
			return nil //nolint:nilerr // a document that cannot be read explains nothing
		}
		for i, o := range p.ops {
			if o.op != opTest || o.followsChange(value, p.ops[:i]) || o.succeeds(value) {
				continue
			}
			return newTestError(i, o, value)
		}
		return nil
	}
}

// followsChange reports whether one of the operations may change the value that o tests.
func (o operation) followsChange(document jsontext.Value, before []operation) bool {
	return slices.ContainsFunc(before, func(earlier operation) bool {
		return earlier.op != opTest && (changesAt(document, earlier.path, o.path) ||
			earlier.op == opMove && changesAt(document, earlier.from, o.path))
	})
}

// changesAt reports whether a change at one pointer may change the value at another. A change of a
// list element moves the other elements.
func changesAt(document jsontext.Value, changed, tested string) bool {
	parent := changed[:max(0, strings.LastIndexByte(changed, '/'))]
	list, _ := present(document, parent)
	if list.Kind() == '[' {
		changed = parent
	}
	return strings.HasPrefix(tested+"/", changed+"/") || strings.HasPrefix(changed+"/", tested+"/")
}

// succeeds reports whether the document has the value that o tests. As on the server, the value of
// an absent member is null.
func (o operation) succeeds(document jsontext.Value) bool {
	got, found := present(document, o.path)
	if !found {
		parent, hasParent := present(document, o.path[:strings.LastIndexByte(o.path, '/')])
		return o.value.Kind() == 'n' && hasParent && parent.Kind() == '{'
	}
	return bytes.Equal(sorted(got), sorted(o.value))
}

// sorted returns value with sorted members and without escapes that JSON does not need.
func sorted(value jsontext.Value) jsontext.Value {
	value = value.Clone()
	if err := value.Format(jsontext.ReorderRawObjects(true)); err != nil {
		return nil // it nests too deeply
	}
	return value
}

// present returns the value at a pointer. Like json-patch it accepts negative indices.
func present(v jsontext.Value, pointer string) (jsontext.Value, bool) {
	if pointer == "" {
		return v, true
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if v.Kind() == '[' {
			i, err := strconv.Atoi(token)
			if err == nil && i < 0 {
				i += len(elements(v))
			}
			if err == nil {
				token = strconv.Itoa(i)
			}
		}
		var found bool
		if v, found = child(v, token); !found {
			return nil, false
		}
	}
	return v, true
}
