package object

import (
	"errors"
	"fmt"
	"strings"
)

// patched returns the stored object after a JSON, merge or strategic merge patch, with unknown
// fields pruned. Problems become warnings or an error, as fieldValidation says.
func (w *Write) patched(stored map[string]any, contentType string, body []byte) (map[string]any,
	error) {
	if contentType == strategicPatchType {
		return w.strategic(stored, body)
	}
	result, problems, err := w.ApplyPatch(stored, contentType, body)
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
	if err := w.handles(Text(result, "apiVersion"), Text(result, "kind")); err != nil &&
		size(result) > 0 &&
		At(result, "kind") != nil {
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

// badPatch is the 422 for a patch whose result is no object of the kind.
func badPatch(shown, detail string) error {
	errs := []FieldError{invalidValue("patch", shown, detail)}
	return &Status{Code: 422, Reason: "Invalid", Message: InvalidMessage("", "", errs),
		Causes: InvalidCauses(errs)}
}

// strictObject decodes a patch that must be an object, and returns its duplicate fields.
func strictObject(body []byte) (map[string]any, []string, error) {
	value, err := decodeValue(body)
	if err != nil {
		return nil, nil, err
	}
	object, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, nil, wrongType(value, "Go value of type map[string]interface {}")
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

// apply performs a server-side apply.
func (w *Write) apply(stored map[string]any, body []byte) (map[string]any, error) {
	configuration := map[string]any{}
	if len(body) > 0 {
		value, err := decodeValue(body)
		if err != nil {
			return nil, badRequest("error decoding YAML: error converting YAML to JSON: %v", err)
		}
		object, ok := value.(map[string]any)
		if !ok && value != nil {
			return nil, badRequest(
				"error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot "+
					"unmarshal %s into Go value of type map[string]interface {}",
				jsonKind(value),
			)
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
	merged, err = syncLastApplied(merged, configuration, w.Manager)
	if err != nil {
		return nil, err
	}
	problems := duplicateKeys(body)
	if len(problems) > 0 {
		problem := "error converting YAML to JSON: yaml: unmarshal errors:\n  " +
			strings.Join(problems, "\n  ")
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
		if err := w.checkIdentity(object); err != nil {
			return nil, err
		}
		return w.finishUpdate(stored, object)
	}
	if Text(object, "metadata", "name") == "" {
		ensureFields(object, "metadata")["name"] = w.Name
	}
	if err := w.checkIdentity(object); err != nil {
		return nil, err
	}
	return w.finishCreate(object)
}
