package object

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// unappliable is the server's answer to a JSON patch that does not apply: it
// keeps to itself which operation failed and why.
const unappliable = "the server rejected our request due to an error in our request"

// patched is the stored object behind a JSON, merge or strategic merge patch,
// pruned; problems with its fields are warned of or refused.
func (w *Write) patched(stored map[string]any, contentType string, body []byte) (map[string]any, error) {
	if contentType == strategicPatchType {
		return w.strategic(stored, body)
	}
	var problems []string
	var result any
	var err error
	if contentType == jsonPatchType {
		result, problems, err = w.jsonPatched(stored, body)
	} else {
		result, problems, err = w.merged(stored, body)
	}
	if err != nil {
		return nil, err
	}
	data, err := Encode(result)
	if err != nil {
		return nil, internal("%v", err)
	}
	fault := headFault(data)
	if fault != "" {
		return nil, badPatch(string(data), "couldn't get version/kind; json parse error: "+fault)
	}
	if err := w.handles(Text(result, "apiVersion"), Text(result, "kind")); err != nil && size(result) > 0 && At(result, "kind") != nil {
		return nil, badPatch(string(data), err.Error())
	}
	object, unknown, err := w.kind().Read(data)
	if err != nil {
		return nil, badPatch(string(data), err.Error())
	}
	object["apiVersion"], object["kind"] = w.APIVersion, w.Kind
	problems = append(problems, unknown...)
	if len(problems) > 0 && w.FieldValidation == "Strict" {
		return nil, badPatch(string(data), StrictError(problems))
	}
	w.warn(problems)
	return object, nil
}

// badPatch is the 422 for a patch whose outcome is no object of the kind.
func badPatch(shown, detail string) error {
	errs := []FieldError{invalidValue("patch", shown, detail)}
	return &Status{Code: 422, Reason: "Invalid", Message: InvalidMessage("", "", errs), Causes: InvalidCauses(errs)}
}

// strictObject reads a patch that is an object, and names its duplicate fields.
func strictObject(body []byte) (map[string]any, []string, error) {
	value, err := decodeValue(body)
	if err != nil {
		return nil, nil, err
	}
	object, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, nil, errors.New("json: cannot unmarshal " + jsonKind(value) + " into Go value of type map[string]interface {}")
	}
	return object, duplicateFields(body), nil
}

func (w *Write) strategic(stored map[string]any, body []byte) (map[string]any, error) {
	patch, problems, err := strictObject(body)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	result, err := w.kind().StrategicMerge(stored, patch)
	var format patchFormat
	var lists unprocessable
	switch {
	case errors.As(err, &format):
		return nil, badRequest("%v", err)
	case errors.As(err, &lists):
		return nil, &Status{Code: 422, Reason: "Invalid", Message: err.Error(), Causes: []Cause{}}
	case err != nil:
		return nil, internal("%v", err)
	}
	object, unknown, err := w.kind().Prune(result)
	m := (*mismatch)(nil)
	if errors.As(err, &m) {
		return nil, badPatch(fmt.Sprintf("%v", patch), m.converted())
	} else if err != nil {
		return nil, internal("%v", err)
	}
	object["apiVersion"], object["kind"] = w.APIVersion, w.Kind
	problems = append(problems, unknown...)
	if len(problems) > 0 && w.FieldValidation == "Strict" {
		return nil, badPatch(fmt.Sprintf("%v", patch), StrictError(problems))
	}
	w.warn(problems)
	return object, nil
}

func (w *Write) merged(stored map[string]any, body []byte) (any, []string, error) {
	patch, problems, err := strictObject(body)
	switch {
	case err != nil && w.FieldValidation != "Ignore":
		return nil, nil, badRequest("error decoding patch: %v", err)
	case err != nil:
		if value, err := decodeValue(body); err == nil && jsonKind(value) == "array" {
			return value, nil, nil // it takes the place of the object, and is none
		}
		return nil, nil, badRequest("Invalid JSON Patch")
	case patch == nil:
		return nil, nil, badRequest("Invalid JSON Patch")
	}
	return Merge(stored, patch), problems, nil
}

func (w *Write) jsonPatched(stored map[string]any, body []byte) (any, []string, error) {
	fail := func(strict, lenient string) (any, []string, error) {
		if w.FieldValidation == "Ignore" {
			return nil, nil, badRequest("%s", lenient)
		}
		return nil, nil, badRequest("error decoding patch: %s", strict)
	}
	value, err := decodeValue(body)
	if err != nil {
		return fail(err.Error(), err.Error())
	}
	items, ok := value.([]any)
	if !ok && value != nil {
		into := "json: cannot unmarshal " + jsonKind(value) + " into Go value of type "
		return fail(into+"[]handlers.jsonPatchOp", into+"jsonpatch.Patch")
	}
	var operations []Operation
	var problems []string
	for i, item := range items {
		o, ok := item.(map[string]any)
		if !ok {
			into := "json: cannot unmarshal " + jsonKind(item) + " into Go value of type "
			return fail(into+"handlers.jsonPatchOp", into+"jsonpatch.Operation")
		}
		for _, name := range []string{"op", "path", "from"} {
			if _, ok := o[name].(string); !ok && o[name] != nil && w.FieldValidation != "Ignore" {
				return fail("json: cannot unmarshal "+jsonKind(o[name])+" into Go struct field jsonPatchOp."+name+" of type string", "")
			}
		}
		for _, name := range sortedKeys(o) {
			switch name {
			case "op", "path", "from", "value":
			default:
				problems = append(problems, "json patch unknown field "+strconv.Quote(fmt.Sprintf("[%d].%s", i, name)))
			}
		}
		if o["path"] == nil || o["op"] == nil {
			return nil, nil, &Status{Code: 422, Reason: "Invalid", Message: unappliable, Causes: []Cause{}}
		}
		operations = append(operations, Operation{Op: Text(o, "op"), Path: Text(o, "path"), From: from(o), Value: o["value"]})
	}
	result, err := JSONPatch(stored, operations)
	if err != nil {
		return nil, nil, &Status{Code: 422, Reason: "Invalid", Message: unappliable, Causes: []Cause{}}
	}
	return result, problems, nil
}

// from is the pointer of a move or copy; one that is not there names nothing.
func from(operation map[string]any) string {
	if pointer, ok := operation["from"].(string); ok {
		return pointer
	}
	return "-"
}

// apply is a server-side apply.
func (w *Write) apply(stored map[string]any, body []byte) (map[string]any, error) {
	configuration := map[string]any{}
	if len(body) > 0 {
		value, err := decodeValue(body)
		if err != nil {
			return nil, badRequest("error decoding YAML: error converting YAML to JSON: %v", err)
		}
		object, ok := value.(map[string]any)
		if !ok && value != nil {
			return nil, badRequest("error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go value of type map[string]interface {}", jsonKind(value))
		}
		configuration = object
	}
	live := stored
	if live == nil {
		live = w.kind().blank()
	}
	merged, err := w.kind().Apply(live, configuration, w.manager(), w.Force)
	if err != nil {
		return nil, err
	}
	problems := duplicateKeys(body)
	if len(problems) > 0 {
		problem := "error converting YAML to JSON: yaml: unmarshal errors:\n  " + strings.Join(problems, "\n  ")
		if w.FieldValidation == "Strict" {
			return nil, badRequest("error strict decoding YAML: %s", problem)
		}
		w.warn([]string{problem})
	}
	object, _, err := w.kind().Prune(merged)
	if err != nil {
		return nil, internal("%v", err)
	}
	object["apiVersion"], object["kind"] = w.APIVersion, w.Kind
	Default(w.APIVersion, w.Kind, object)
	if stored != nil {
		if err := w.identify(object); err != nil {
			return nil, err
		}
		return w.update(stored, object)
	}
	if Text(object, "metadata", "name") == "" {
		ensureFields(object, "metadata")["name"] = w.Name
	}
	if err := w.identify(object); err != nil {
		return nil, err
	}
	return w.create(object)
}
