// Package jsonpath finds values in JSON documents by the JSONPath templates of kubectl
// (https://kubernetes.io/docs/reference/kubectl/jsonpath/).
//
// A template is text with actions in braces:
//
//	{.status.phase}                     a member; a backslash escapes the next character
//	{.metadata.labels['example.com/a']} a member whose name has dots
//	{.items[0]} {.items[-1]}            an item, from the start and from the end
//	{.items[1:3]} {.items[::2]}         a slice [start:end:step]
//	{.items[*]} {.status.*}             all items of an array, all members of an object
//	{..image}                           the members called image at every depth
//	{['kind','apiVersion']} {[0,2]}     a union
//	{.items[?(@.kind=="Pod")]}          items by a filter: == != < <= > >=, or @.path alone
//	{range .items[*]}{.kind}{"\n"}{end} a template for each value
//	{"\t"} {'text'}                     text with the escapes of Go
//
// It differs from k8s.io/client-go/util/jsonpath in these points:
//
//   - Numbers keep the text that the document has, and are compared exactly.
//   - ['a.b'] is the member a.b. client-go reads .a.b there.
//   - ["key"] and line breaks in actions are accepted, filters nest, and null can be compared.
//   - An empty name, [], an unknown word, and a range without {end} are syntax errors.
//   - A string has no items: ".*" of it finds nothing.
//   - [*] continues after an empty array. client-go drops the arrays after that.
//   - A range over nothing writes nothing, even where each member is required.
package jsonpath

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Template is a parsed template. Several goroutines may use it at once.
type Template struct {
	text  string
	parts []part
}

// part is an action, text outside of the braces, or a range with its body.
type part struct {
	steps   []step
	isRange bool
	body    []part // of a range
}

// Missing is what the absence of a value means.
type Missing int

const (
	// MissingNothing finds nothing where a member or an index is absent, or where a value has
	// another type than the path expects.
	MissingNothing Missing = iota
	// MissingIndex fails for an absent index and for another type. It finds nothing for an absent
	// member. It is kubectl's default.
	MissingIndex
	// MissingMember fails for an absent member as well, if no value has that member.
	MissingMember
)

// Find returns the values that each action of t finds in document. Text counts as an action that
// finds itself. The values may share memory with document, which must be valid JSON.
func (t *Template) Find(document jsontext.Value, missing Missing) ([][]jsontext.Value, error) {
	f := finder{text: t.text, missing: missing}
	var results [][]jsontext.Value
	err := f.parts(document, t.parts, func(values []jsontext.Value) error {
		results = append(results, values)
		return nil
	})
	return results, err
}

// Execute writes the text of t for document, which must be valid JSON. Strings are written without
// quotes, objects and arrays as compact JSON with sorted members. A space separates the values of
// one action. Execute writes nothing after an error.
func (t *Template) Execute(w io.Writer, document jsontext.Value, missing Missing) error {
	results, err := t.Find(document, missing)
	if err != nil {
		return err
	}
	var text []byte
	for _, values := range results {
		for i, value := range values {
			if i > 0 {
				text = append(text, ' ')
			}
			text, err = AppendText(text, value)
			if err != nil {
				return err
			}
		}
	}
	_, err = w.Write(text)
	return err
}
