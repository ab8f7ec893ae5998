package resources_test

import (
	"context"
	"fmt"
	"log"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// Widget is a custom resource with the fields that the program needs.
type Widget struct {
	Kind       string               `json:"kind,omitzero"`
	APIVersion string               `json:"apiVersion,omitzero"`
	Metadata   resources.ObjectMeta `json:"metadata,omitzero"`
	Spec       WidgetSpec           `json:"spec"`
	Unknown    jsontext.Value       `json:",embed"` // the other members, such as status
}

type WidgetSpec struct {
	Size    int64          `json:"size"`
	Unknown jsontext.Value `json:",embed"`
}

func (*Widget) APIKind() resources.Kind {
	return resources.Kind{Group: "example.com", Version: "v1", Kind: "Widget", Resource: "widgets", Namespaced: true}
}

func (w *Widget) Meta() *resources.ObjectMeta { return &w.Metadata }

const widgetDefinition = `{
	"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.com"},
	"spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
		"versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {
			"spec": {"type": "object", "properties": {"size": {"type": "integer"}, "color": {"type": "string", "default": "red"}}}}}}}]}}`

func Example_customResource() {
	server, err := kxtest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	if _, err := server.Create(widgetDefinition); err != nil {
		log.Fatal(err)
	}
	client, err := transport.New(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx := context.Background()
	widgets := resources.New[Widget](client)
	widget := &Widget{Metadata: resources.ObjectMeta{Name: "a"}, Spec: WidgetSpec{Size: 3}}
	widget, err = widgets.Create(ctx, widget)
	if err != nil {
		log.Fatal(err)
	}
	widget.Spec.Size++
	widget, err = widgets.Update(ctx, widget)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(widget.Kind, widget.Metadata.Name, widget.Spec.Size, string(widget.Spec.Unknown))
	// Output: Widget a 4 {"color":"red"}
}
