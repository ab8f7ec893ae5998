package patch

import (
	"errors"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-json-experiment/json/jsontext"
)

// Diff returns the merge patch that turns before into after, both JSON objects;
// applied to before it gives a document equal to after. Numbers are compared and
// taken over as they are written: 1 and 1.0 differ. A list in which anything
// changed is in the patch as a whole.
//
// A merge patch cannot set a field to null, since null deletes: a null that
// after holds as a field comes out as an absent field. In lists nulls are kept.
//
// Errors are a [*SyntaxError], or that a document is not an object.
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
	// The library writes <, > and & as escapes; this writes strings plainly.
	if err := body.Format(); err != nil {
		return Patch{}, errors.New("diff: the documents nest too deeply")
	}
	return Patch{typ: TypeMerge, body: body}, nil
}
