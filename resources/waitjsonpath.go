package resources

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/jsonpath"
)

// JSONPath waits until the value at a path of the object is value: the text of a string, or the
// JSON of a number, a boolean or null. A path without a value is not met yet. A path that leads to
// several values, to an object or to an array fails.
//
// The path is one JSONPath expression of kubectl, with or without the braces
// (https://kubernetes.io/docs/reference/kubectl/jsonpath/). In brackets a quoted key may hold dots.
// A path that does not parse fails.
//
//	{.status.phase}
//	{.metadata.annotations['example.com/state']}
//	{.status.conditions[?(@.type=="Ready")].status}
func JSONPath(path, value string) func(*Object) (Progress, error) {
	return waitForPath(path, func(found jsontext.Value) (Progress, error) {
		if found.Kind() == '{' || found.Kind() == '[' {
			return Progress{}, fmt.Errorf("jsonpath %q leads to an object or an array", path)
		}
		text := strings.TrimSpace(jsonpath.Text(found))
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
	template, parseErr := jsonpath.ParsePath(path)
	return func(object *Object) (Progress, error) {
		if parseErr != nil {
			return Progress{}, parseErr
		}
		document, err := json.Marshal(object)
		if err != nil {
			return Progress{}, err
		}
		results, err := template.Find(document, jsonpath.MissingNothing)
		if err != nil {
			return Progress{}, err
		}
		found := results[0]
		switch {
		case len(found) == 0:
			return Progress{Message: path + " has no value"}, nil
		case len(found) > 1:
			return Progress{}, fmt.Errorf("jsonpath %q leads to %d values", path, len(found))
		}
		return check(found[0])
	}
}
