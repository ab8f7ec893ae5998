package resources

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSONPath waits until the value at a path of the object is value: the text of a string, or the
// JSON of a number, a boolean or null. A path without a value is not met yet. A path that leads to
// several values, to an object or to an array fails.
//
// The path is a part of kubectl's JSONPath, with or without the braces: fields, ['keys'], [indices]
// (a negative one counts from the end) and filters by equality. Any other path fails.
//
//	{.status.phase}
//	{.metadata.annotations['example.com/state']}
//	{.status.conditions[?(@.type=="Ready")].status}
func JSONPath(path, value string) func(*Object) (Progress, error) {
	return waitForPath(path, func(found jsontext.Value) (Progress, error) {
		if found.Kind() == '{' || found.Kind() == '[' {
			return Progress{}, fmt.Errorf("jsonpath %q leads to an object or an array", path)
		}
		text := scalarText(found)
		return Progress{Done: text == value, Message: path + " is " + text}, nil
	})
}

// JSONPathExists waits until there is a value at a path of the object, of any type. Its paths are
// those of [JSONPath]. A path that leads to several values fails.
func JSONPathExists(path string) func(*Object) (Progress, error) {
	return waitForPath(path, func(jsontext.Value) (Progress, error) {
		return Progress{Done: true}, nil
	})
}

// waitForPath waits until check is content with the value at a path.
func waitForPath(path string,
	check func(jsontext.Value) (Progress, error)) func(*Object) (Progress, error) {
	steps, parseErr := parseJSONPath(path)
	return func(object *Object) (Progress, error) {
		if parseErr != nil {
			return Progress{}, parseErr
		}
		document, err := json.Marshal(object)
		if err != nil {
			return Progress{}, err
		}
		found := findJSONPath(document, steps)
		switch {
		case len(found) == 0:
			return Progress{Message: path + " has no value"}, nil
		case len(found) > 1:
			return Progress{}, fmt.Errorf("jsonpath %q leads to %d values", path, len(found))
		}
		return check(found[0])
	}
}

// scalarText returns the text of a string, and the JSON of another scalar.
func scalarText(value jsontext.Value) string {
	if value.Kind() == '"' {
		return unquote(string(value))
	}
	return strings.TrimSpace(string(value))
}

// findJSONPath returns the values at a path of a document.
func findJSONPath(document jsontext.Value, steps []pathStep) []jsontext.Value {
	if len(steps) == 0 {
		return []jsontext.Value{document}
	}
	step, rest := steps[0], steps[1:]
	if step.kind == fieldStep {
		var members map[string]jsontext.Value
		if document.Kind() != '{' || json.Unmarshal(document, &members) != nil {
			return nil
		}
		member, ok := members[step.name]
		if !ok {
			return nil
		}
		return findJSONPath(member, rest)
	}
	var items []jsontext.Value
	if document.Kind() != '[' || json.Unmarshal(document, &items) != nil {
		return nil
	}
	if step.kind == indexStep {
		index := step.index
		if index < 0 {
			index += len(items)
		}
		if index < 0 || index >= len(items) {
			return nil
		}
		return findJSONPath(items[index], rest)
	}
	var found []jsontext.Value
	for _, item := range items {
		candidates := findJSONPath(item, step.filter)
		if len(candidates) == 1 && equalScalars(candidates[0], step.literal) {
			found = append(found, findJSONPath(item, rest)...)
		}
	}
	return found
}

// equalScalars reports whether two scalars have the same type and text.
func equalScalars(a, b jsontext.Value) bool {
	return a.Kind() == b.Kind() && scalarText(a) == scalarText(b)
}
