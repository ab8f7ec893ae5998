package patch

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxCopied is the number of bytes that the copies of one JSON Patch may add. It is
	// JSONPatchMaxCopyBytes of k8s.io/apiserver/pkg/server/config.go.
	maxCopied = 3 << 20
	// maxOperations is the number of operations of one JSON Patch. It is maxJSONPatchOperations of
	// k8s.io/apiserver/pkg/endpoints/handlers/patch.go; the server answers a longer patch with 413.
	maxOperations = 10_000
)

// applyOperations applies a JSON Patch with json-patch v5, under the options of the API server.
//
// The API server of Kubernetes 1.35 links json-patch v4: see applyJSPatch in
// k8s.io/apiserver/pkg/endpoints/handlers/patch.go. Where v5 differs, applyOperations does the same
// as v4, or returns an error:
//
//	operation                                 v4, the server    v5         here
//	replace of an absent field                adds the field    fails      adds the field
//	copy of an absent field                   adds null         fails      adds null
//	add, remove, copy or move of the document fails             succeeds   fails
//	a path with an empty name inside          finds the field   misreads   [ErrServerSide]
//
// Both versions accept a negative index, an index such as "01", and a test of an absent field for
// null. Both compare the literals of numbers: 1 and 1.0 differ.
func applyOperations(doc jsontext.Value, ops []operation) (jsontext.Value, error) {
	for i, o := range ops {
		if err := o.checkAppliesLikeServer(); err != nil {
			return nil, o.failedAt(i, err)
		}
	}
	operations, err := jsonpatch.DecodePatch(encodeOperations(ops))
	if err != nil {
		return nil, fmt.Errorf("json patch: %w", err)
	}
	for {
		out, err := applyWithLibrary(doc, operations)
		if err == nil {
			return out, nil
		}
		// The library does not report which operation failed. The failed operation is the last
		// one of the shortest prefix that fails.
		i := sort.Search(len(operations)-1, func(n int) bool {
			_, err := applyWithLibrary(doc, operations[:n+1])
			return err != nil
		})
		replacement, ok := asServerWould(doc, operations[:i], ops[i], err)
		if !ok {
			if ops[i].op == opTest && !errors.Is(err, errNullInList) {
				before, _ := applyWithLibrary(doc, operations[:i]) // the prefix applies
				return nil, newTestError(i, ops[i], before)
			}
			return nil, ops[i].failedAt(i, reasonOf(err))
		}
		operations[i] = replacement
	}
}

// checkAppliesLikeServer returns an error if the library would not apply the operation like the
// server.
func (o operation) checkAppliesLikeServer() error {
	if o.path == "" {
		switch {
		case o.op != opTest && o.op != opReplace:
			return errors.New("the whole document can only be tested or replaced")
		case o.op == opReplace && o.value.Kind() != '{':
			return errors.New("the whole document must stay an object")
		}
	}
	names := strings.Split(o.path, "/")[min(1, len(o.path)):]
	if o.op != opTest && len(names) > 0 {
		// The library reads an empty last name of add, remove and replace correctly.
		names = names[:len(names)-1]
	}
	if o.op == opCopy || o.op == opMove {
		if o.from == "" {
			return errors.New("the whole document cannot be copied or moved")
		}
		names = append(names, strings.Split(o.from, "/")[1:]...)
	}
	if slices.Contains(names, "") {
		return fmt.Errorf("a path with an empty name: %w", ErrServerSide)
	}
	return nil
}

// applyWithLibrary returns an error if the library panics: v5.9.11 does on a test of a list with a
// null in it.
func applyWithLibrary(
	doc jsontext.Value, operations jsonpatch.Patch,
) (out jsontext.Value, err error) {
	defer func() {
		if recover() != nil {
			err = errNullInList
		}
	}()
	options := jsonpatch.NewApplyOptions() // negative indices are supported, as on the server
	options.AccumulatedCopySizeLimit = maxCopied
	return operations.ApplyWithOptions(doc, options)
}

var errNullInList = errors.New("a list with a null in it cannot be tested")

// asServerWould returns the operation to apply in place of one that failed because of an absent
// field: the operation that has the result of json-patch v4, the server's. ok is false if the
// operation fails with v4 too. before are the operations ahead of the failed one.
func asServerWould(doc jsontext.Value, before jsonpatch.Patch, failed operation,
	err error) (replacement jsonpatch.Operation, ok bool) {
	if !errors.Is(err, jsonpatch.ErrMissing) {
		return nil, false
	}
	absent, lenient := failed.path, operation{op: opAdd, path: failed.path, value: failed.value}
	switch failed.op {
	case opReplace:
	case opCopy:
		absent, lenient.value = failed.from, jsontext.Value("null")
	default:
		return nil, false
	}
	// A test for null succeeds if the field is absent, and fails if the field's parent is absent.
	probe := operation{op: opTest, path: absent, value: jsontext.Value("null")}
	operations, err := jsonpatch.DecodePatch(encodeOperations([]operation{probe, lenient}))
	if err != nil {
		return nil, false
	}
	_, err = applyWithLibrary(doc, append(slices.Clone(before), operations...))
	return operations[1], err == nil
}

// reasonOf returns why an operation failed: the library's error as one of this package.
func reasonOf(err error) error {
	var copied *jsonpatch.AccumulatedCopySizeError
	switch {
	case errors.Is(err, errNullInList):
		return err
	case errors.As(err, &copied):
		return fmt.Errorf("copies add more than %d bytes", maxCopied)
	}
	return ErrNotFound
}

// failedAt adds the operation and its index, from 0, to the reason why it failed.
func (o operation) failedAt(i int, err error) error {
	return fmt.Errorf("json patch: operation %d (%s %q): %w", i+1, o.op, o.path, err)
}
