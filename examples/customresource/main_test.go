package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestAWidgetIsCreatedAndChangedAndKeepsItsOtherFields(t *testing.T) {
	cluster := clustertest.Start(t)
	set := func(name string, size int64) (string, error) {
		var out strings.Builder
		err := run(clustertest.Within(t), cluster.Config, name, size, &out)
		return out.String(), err
	}
	_, err := set("a", 1)
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.ErrorContains(t, err, "create widgets.yaml first")

	define(t, cluster)
	out, err := set("a", 1)
	require.NoError(t, err)
	require.Equal(t, "a: size 1, color red\n", out)

	widgets := resources.New[Widget](cluster.Client, resources.InNamespace(cluster.Config.Namespace))
	_, err = widgets.Modify(t.Context(), "a", func(w *Widget) error {
		w.Spec.Color, w.Spec.Unknown = "blue", []byte(`{"note":"kept"}`)
		return nil
	}, resources.FieldManager("another"))
	require.NoError(t, err)
	_, err = set("b", 2)
	require.NoError(t, err)
	out, err = set("a", 3)
	require.NoError(t, err)
	require.Equal(t, "a: size 3, color blue\nb: size 2, color red\n", out)
	changed, err := widgets.Get(t.Context(), "a")
	require.NoError(t, err)
	require.JSONEq(t, `{"note":"kept"}`, string(changed.Spec.Unknown))

	_, err = set("a", 0)
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.ErrorContains(t, err, "spec.size")
}

// define creates the definition of widgets.yaml, and waits until the kind is served.
func define(t *testing.T, cluster *clustertest.Cluster) {
	t.Helper()
	text, err := os.ReadFile("widgets.yaml")
	require.NoError(t, err)
	var definition map[string]any
	require.NoError(t, yaml.Unmarshal(text, &definition))
	kind, err := resources.Discover(t.Context(), cluster.Client, "customresourcedefinitions")
	require.NoError(t, err)
	definitions := resources.ForKind(cluster.Client, kind)
	document, err := json.Marshal(definition)
	require.NoError(t, err)
	_, err = definitions.CreateRaw(t.Context(), document)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := definitions.Delete(context.WithoutCancel(t.Context()), "widgets.example.com")
		require.NoError(t, err)
	})
	require.NoError(t, resources.WaitFor(clustertest.Within(t), definitions, "widgets.example.com", resources.ConditionIs("Established", "True")))
}
