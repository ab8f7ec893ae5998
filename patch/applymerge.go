package patch

import (
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-json-experiment/json/jsontext"
)

// applyMerge applies a merge patch with json-patch v5. The API server uses MergePatch of v4
// (applyJSPatch in k8s.io/apiserver/pkg/endpoints/handlers/patch.go). Both drop the null members
// of objects inside lists, which RFC 7386 keeps.
func applyMerge(doc, merge jsontext.Value) (jsontext.Value, error) {
	out, err := jsonpatch.MergePatch(doc, merge)
	if err != nil {
		return nil, fmt.Errorf("merge patch: %w", err)
	}
	return out, nil
}
