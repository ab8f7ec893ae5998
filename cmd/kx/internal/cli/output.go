package cli

import (
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
)

const (
	formatWide = "wide"
	formatJSON = "json"
	formatYAML = "yaml"
	formatName = "name"
)

// outputFlags say in which form objects are printed.
type outputFlags struct {
	format        choice
	managedFields bool
}

func (o *outputFlags) register(cmd *cobra.Command, formats ...string) {
	o.format = oneOf("", formats...)
	addChoice(cmd, &o.format, "output", "o", "the form of the output")
	cmd.Flags().BoolVar(&o.managedFields, "show-managed-fields", false, "keep metadata.managedFields in JSON and YAML")
}

// printer prints objects in one form.
type printer interface {
	// openList and closeList surround the objects of a list.
	openList() error
	print(kind resources.Kind, name string, object *resources.Object) error
	closeList() error
}

// printer gives the one for the chosen form, nil when none is chosen.
func (o *outputFlags) printer(w io.Writer) printer {
	switch o.format.value {
	case formatJSON:
		return newJSONPrinter(w, o)
	case formatYAML:
		return &yamlPrinter{w: w, flags: o}
	case formatName:
		return namePrinter{w}
	}
	return nil
}

// encode gives object as JSON in the order that people know: apiVersion, kind, metadata, and the rest as the server sent it.
// An object from within a list may lack apiVersion and kind, which are then kind's.
func (o *outputFlags) encode(kind resources.Kind, object *resources.Object) (jsontext.Value, error) {
	shown := struct {
		APIVersion string               `json:"apiVersion"`
		Kind       string               `json:"kind"`
		Metadata   resources.ObjectMeta `json:"metadata"`
		Unknown    jsontext.Value       `json:",embed"`
	}{object.APIVersion, object.Kind, object.Metadata, object.Unknown}
	if shown.Kind == "" {
		shown.APIVersion, shown.Kind = kind.APIVersion(), kind.Kind
	}
	if !o.managedFields {
		shown.Metadata.ManagedFields = nil
	}
	return json.Marshal(shown)
}

// qualified names an object as kubectl does: "pod/web-0", "deployment.apps/web".
func qualified(kind resources.Kind, name string) string { return singular(kind) + "/" + name }

func singular(kind resources.Kind) string {
	if kind.Group == "" {
		return strings.ToLower(kind.Kind)
	}
	return strings.ToLower(kind.Kind + "." + kind.Group)
}

// untyped gives a model's value as an object of any kind.
func untyped(model any) (*resources.Object, error) {
	document, err := json.Marshal(model)
	if err != nil {
		return nil, err
	}
	object := &resources.Object{}
	return object, json.Unmarshal(document, object)
}
