package object

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	jsonpatch "gopkg.in/evanphx/json-patch.v4" // the version that the API server of 1.35 links
)

const (
	// maxOperations is the number of operations that a JSON Patch may have. It is
	// maxJSONPatchOperations of k8s.io/apiserver/pkg/endpoints/handlers/patch.go.
	maxOperations = 10_000
	// maxCopied is the number of bytes that the copy operations of a JSON Patch may add. It is
	// JSONPatchMaxCopyBytes of k8s.io/apiserver/pkg/server/config.go.
	maxCopied = 3 << 20
)

// The library has one limit for the whole program. The API server sets it in the same way.
func init() { jsonpatch.AccumulatedCopySizeLimit = maxCopied }

// ApplyPatch applies a JSON Patch (RFC 6902) or a JSON Merge Patch (RFC 7386) to a document as it
// is stored. It returns the problems that fieldValidation reports of the patch itself.
func (w *Write) ApplyPatch(document map[string]any, contentType string, body []byte) (
	result any, problems []string, err error,
) {
	apply, check := mergePatch, checkMergePatch
	if contentType == jsonPatchType {
		apply, check = jsonPatch, checkJSONPatch
	}
	if w.FieldValidation != "Ignore" {
		problems, err = check(body)
		if err != nil {
			return nil, nil, badRequest("error decoding patch: %v", err)
		}
	}
	encoded, err := Encode(document)
	if err != nil {
		return nil, nil, internal("%v", err)
	}
	// The server's encoder escapes markup, and the library compares strings byte by byte.
	err = (*jsontext.Value)(&encoded).Format(jsontext.EscapeForHTML(true),
		jsontext.EscapeForJS(true))
	if err != nil {
		return nil, nil, internal("%v", err)
	}
	patched, err := apply(encoded, body)
	if err != nil {
		return nil, nil, err
	}
	result, err = decodeValue(patched)
	if err != nil {
		return nil, nil, internal("%v", err)
	}
	return result, problems, nil
}

func mergePatch(document, patch []byte) ([]byte, error) {
	patched, err := jsonpatch.MergePatch(document, patch)
	if errors.Is(err, jsonpatch.ErrBadJSONPatch) {
		return nil, badRequest("%v", err)
	}
	if err != nil {
		return nil, internal("%v", err)
	}
	return patched, nil
}

// jsonPatch applies the operations in order. Like the API server, it does not say which one failed.
func jsonPatch(document, patch []byte) ([]byte, error) {
	operations, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	if len(operations) > maxOperations {
		return nil, &Status{Code: 413, Reason: "RequestEntityTooLarge", Message: fmt.Sprintf(
			"Request entity too large: The allowed maximum operations in a JSON patch is %d, got "+
				"%d",
			maxOperations, len(operations))}
	}
	patched, err := operations.Apply(document)
	if err != nil {
		return nil, &Status{
			Code: 422, Reason: "Invalid", Causes: []Cause{},
			Message: "the server rejected our request due to an error in our request",
		}
	}
	return patched, nil
}

// checkMergePatch returns the duplicate fields of a merge patch.
func checkMergePatch(body []byte) (problems []string, err error) {
	_, problems, err = strictObject(body)
	return problems, err
}

// checkJSONPatch returns the problems that the server reports of a JSON Patch unless
// fieldValidation is Ignore. err is the message for a body that is no list of operations.
func checkJSONPatch(body []byte) (problems []string, err error) {
	value, err := decodeValue(body)
	if err != nil {
		return nil, err
	}
	items, ok := value.([]any)
	if !ok && value != nil {
		return nil, wrongType(value, "Go value of type []handlers.jsonPatchOp")
	}
	for i, item := range items {
		operation, ok := item.(map[string]any)
		if !ok {
			return nil, wrongType(item, "Go value of type handlers.jsonPatchOp")
		}
		for _, name := range []string{"op", "path", "from"} {
			if _, ok := operation[name].(string); !ok && operation[name] != nil {
				return nil, wrongType(operation[name], "Go struct field jsonPatchOp."+name+
					" of type string")
			}
		}
		for _, name := range sortedKeys(operation) {
			switch name {
			case "op", "path", "from", "value":
			default:
				problems = append(problems, "json patch unknown field "+
					strconv.Quote(fmt.Sprintf("[%d].%s", i, name)))
			}
		}
	}
	return problems, nil
}

// wrongType is the error of encoding/json for a value of the wrong JSON type.
func wrongType(value any, target string) error {
	return errors.New("json: cannot unmarshal " + jsonKind(value) + " into " + target)
}
