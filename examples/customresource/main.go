// Command customresource sets the size of a Widget, creating the Widget if there is none, and then
// prints all Widgets:
//
//	customresource NAME SIZE
//
// A Widget is a custom resource: widgets.yaml defines it. The struct below has the fields that the
// program needs, and keeps all others. For a kind that is known only at run time there is
// resources.Discover.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// Widget is a custom resource.
type Widget struct {
	Kind       string               `json:"kind,omitzero"`
	APIVersion string               `json:"apiVersion,omitzero"`
	Metadata   resources.ObjectMeta `json:"metadata,omitzero"`
	Spec       WidgetSpec           `json:"spec"`
	Unknown    jsontext.Value       `json:",embed"` // the other members, such as status
}

// WidgetSpec is what a Widget should be.
type WidgetSpec struct {
	Size    int64          `json:"size"`
	Color   string         `json:"color,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// APIKind and Meta are what resources.New needs.
func (*Widget) APIKind() resources.Kind {
	return resources.Kind{
		Group: "example.com", Version: "v1", Kind: "Widget", Resource: "widgets", Namespaced: true,
	}
}

// Meta returns the metadata.
func (w *Widget) Meta() *resources.ObjectMeta { return &w.Metadata }

func main() {
	var size int64
	err := errors.New("an argument is missing")
	if len(os.Args) == 3 {
		size, err = strconv.ParseInt(os.Args[2], 10, 64)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "usage: customresource NAME SIZE")
		os.Exit(2)
	}
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	if err == nil {
		err = run(context.Background(), cfg, os.Args[1], size, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "customresource:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *kubeconfig.Config, name string, size int64,
	out io.Writer) error {
	client, err := transport.New(cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	widgets := resources.New[Widget](client)

	// A server-side apply creates the object, or changes the fields that it names.
	_, err = widgets.Patch(ctx, name, patch.Apply(&Widget{
		Kind: "Widget", APIVersion: "example.com/v1",
		Metadata: resources.ObjectMeta{Name: name}, Spec: WidgetSpec{Size: size},
	}), resources.FieldManager("customresource"))
	if errors.Is(err, transport.ErrNotFound) {
		return fmt.Errorf("the server has no Widgets: create widgets.yaml first: %w", err)
	}
	if err != nil {
		return err
	}
	for widget, err := range widgets.All(ctx, resources.ListOptions{}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: size %d, color %s\n", widget.Metadata.Name, widget.Spec.Size,
			widget.Spec.Color)
	}
	return nil
}
