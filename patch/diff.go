package patch

import (
	"errors"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-json-experiment/json/jsontext"
)

// Diff returns the merge patch that turns before into after, both JSON objects. Applied to
// before, it results in a document equal to after. Numbers are compared and copied in their
// literals: 1 and 1.0 differ. A changed list is in the patch as a whole.
//
// A merge patch cannot set a field to null, because null deletes. A field that is null in after
// is absent in the result. Nulls in lists stay.
//
// Diff fails with a [*SyntaxError], or for a document that is not an object.
func Diff(before, after []byte) (Patch, error) {
	a, err := compactObject(before)
	if err != nil {
		return Patch{}, fmt.Errorf("diff: before: %w", err)
	}
	b, err := compactObject(after)
	if err != nil {
		return Patch{}, fmt.Errorf("diff: after: %w", err)
	}
	text, err := jsonpatch.CreateMergePatch(a, b)
	if err != nil {
		return Patch{}, fmt.Errorf("diff: %w", err)
	}
	body := jsontext.Value(text)
	// The library escapes <, > and &; Format does not.
	if err := body.Format(); err != nil {
		return Patch{}, errors.New("diff: the documents nest too deeply")
	}
	return Patch{typ: TypeMerge, body: body}, nil
}
