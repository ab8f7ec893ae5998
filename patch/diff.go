package patch

import (
	"errors"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-json-experiment/json/jsontext"
)

// Diff returns the merge patch that turns before into after, both JSON objects. Applied to
// before, the patch results in after, except that fields which are null in after are absent: in a
// merge patch, null deletes a field. Nulls in lists stay.
//
// Diff compares and copies the literals of numbers: 1 and 1.0 differ. The patch has a changed list
// as a whole.
//
// Diff fails with a [*SyntaxError], or if a document is not an object.
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
