package printer

import (
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/sortedjson"
	"github.com/kx-k8s/kx/resources"
)

// WriteDocument writes a value as JSON or YAML.
func WriteDocument(w io.Writer, format string, value any) error {
	document, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err
	}
	if format == FormatYAML {
		return WriteYAML(w, document)
	}
	return jsontext.NewEncoder(w, jsontext.WithIndent("    ")).WriteValue(document)
}

// The formats of --output.
const (
	FormatWide = "wide"
	FormatJSON = "json"
	FormatYAML = "yaml"
	FormatName = "name"

	FormatJSONPath     = "jsonpath"
	FormatJSONPathFile = "jsonpath-file"
	FormatColumns      = "custom-columns"
	FormatColumnsFile  = "custom-columns-file"
)

// Printer prints objects in one format.
type Printer interface {
	// OpenList and CloseList surround the objects of a list.
	OpenList() error
	Print(kind resources.Kind, name string, object *resources.Object) error
	// PrintEvent prints an object as the event of a watch.
	PrintEvent(event resources.WatchEventType, kind resources.Kind, name string,
		object *resources.Object) error
	CloseList() error
}

// New returns the printer of a format, or nil for a table.
func New(w io.Writer, format string, managedFields bool) Printer {
	switch format {
	case FormatJSON:
		return &jsonPrinter{w: w, managedFields: managedFields}
	case FormatYAML:
		return newYAML(w, managedFields)
	case FormatName:
		return namePrinter{w}
	}
	return nil
}

// encode returns object as JSON, in the memory of reused. apiVersion, kind and metadata come first,
// and the rest in the order of the server. An item of a list may lack apiVersion and kind: encode
// adds those of kind.
func encode(reused []byte, kind resources.Kind, object *resources.Object,
	managedFields bool) (jsontext.Value, error) {
	shown := struct {
		APIVersion string               `json:"apiVersion"`
		Kind       string               `json:"kind"`
		Metadata   resources.ObjectMeta `json:"metadata"`
	}{object.APIVersion, object.Kind, object.Metadata}
	if shown.Kind == "" {
		shown.APIVersion, shown.Kind = kind.APIVersion(), kind.Kind
	}
	if !managedFields {
		shown.Metadata.ManagedFields = nil
	}
	head, err := json.Marshal(&shown)
	document := append(reused[:0], head...)
	if err == nil && len(object.Unknown) > len("{}") {
		// Decoding has checked the rest. Copying it saves the scan of an embedded value.
		document[len(document)-1] = ','
		document = append(document, object.Unknown[1:]...)
	}
	return document, err
}

// encodeEvent returns an event as JSON, as the API server sends it in a watch. Like kubectl, it
// keeps the managed fields.
func encodeEvent(event resources.WatchEventType, kind resources.Kind,
	object *resources.Object) (jsontext.Value, error) {
	document, err := encode(nil, kind, object, true)
	if err != nil {
		return nil, err
	}
	sorted, err := sortedjson.Append([]byte(`{"type":"`+string(event)+`","object":`), document)
	return append(sorted, '}'), err
}

// QualifiedName returns a name as kubectl prints it: "pod/web-0", "deployment.apps/web".
func QualifiedName(kind resources.Kind, name string) string { return Singular(kind) + "/" + name }

// Singular returns a kind as kubectl prints it: "pod", "deployment.apps".
func Singular(kind resources.Kind) string {
	if kind.Group == "" {
		return strings.ToLower(kind.Kind)
	}
	return strings.ToLower(kind.Kind + "." + kind.Group)
}

// Untyped returns the value of a model as an Object.
func Untyped(model any) (*resources.Object, error) {
	document, err := json.Marshal(model)
	if err != nil {
		return nil, err
	}
	object := &resources.Object{}
	return object, json.Unmarshal(document, object)
}
