package conformance_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// workloadTemplate is the template of pods that are never scheduled.
const workloadTemplate = `"selector":{"matchLabels":{"d":%[1]q}},"template":{"metadata":{"labels":{"d":%[1]q}},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"a"}]}}`

// objectsWithStatus are the specs of objects that no controller removes or starts, by kind.
var objectsWithStatus = map[string]string{
	"deployments":            `{"replicas":0,"paused":true,` + workloadTemplate + `}`,
	"replicasets":            `{"replicas":0,` + workloadTemplate + `}`,
	"statefulsets":           `{"replicas":0,"serviceName":"none",` + workloadTemplate + `}`,
	"daemonsets":             `{"selector":{"matchLabels":{"d":%[1]q}},"template":{"metadata":{"labels":{"d":%[1]q}},"spec":{"nodeSelector":{"no":"node"},"containers":[{"name":"app","image":"a"}]}}}`,
	"jobs":                   `{"suspend":true,"template":{"metadata":{"labels":{"d":%[1]q}},"spec":{"restartPolicy":"Never","containers":[{"name":"app","image":"a"}]}}}`,
	"persistentvolumeclaims": `{"storageClassName":"none-%[1]s","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}`,
	"services":               `{"selector":{"d":%[1]q},"ports":[{"port":80}]}`,
}

// scaling returns the behaviours of scale and status for each kind that has them.
func scaling() (all []behaviour) {
	for _, kind := range []string{"deployments", "replicasets", "statefulsets"} {
		all = append(all, behaviour{"the scale of " + kind + " is read, replaced and changed by each kind of patch", func(t *testing.T, w *world) {
			must := existing(t)
			name, api := w.object(t, kind)
			scale, err := subresource.Dispatch(api, "scale")
			require.NoError(t, err)
			require.Equal(t, 0, replicasOf(t, must(scale.Get(t.Context(), name))))
			object := must(scale.Get(t.Context(), name))
			object.Metadata.ResourceVersion = "" // a controller may write meanwhile
			require.NoError(t, object.SetField(1, "spec", "replicas"))
			require.Equal(t, 1, replicasOf(t, must(scale.Replace(t.Context(), name, object))))
			for want, p := range map[int]patch.Patch{
				2: patch.Merge(`{"spec":{"replicas":2}}`),
				3: patch.Strategic(`{"spec":{"replicas":3}}`),
				4: patch.JSON().Add("/spec/replicas", 4),
			} {
				require.Equal(t, want, replicasOf(t, must(scale.Patch(t.Context(), name, p))))
			}
			stored := must(api.Get(t.Context(), name))
			require.Equal(t, replicasOf(t, must(scale.Get(t.Context(), name))), replicasOf(t, stored))
			require.Equal(t, 0, replicasOf(t, must(scale.Patch(t.Context(), name, patch.Merge(`{"spec":{"replicas":0}}`)))))
		}})
	}
	for kind := range objectsWithStatus {
		all = append(all, behaviour{"the status of " + kind + " is read, replaced and changed by each kind of patch", func(t *testing.T, w *world) {
			must := existing(t)
			name, api := w.object(t, kind)
			status, err := subresource.Dispatch(api, "status")
			require.NoError(t, err)
			// Controllers own the status itself. An annotation shows that the write was stored.
			annotations := func(value string) string {
				return `{"metadata":{"annotations":{"example.com/a":"` + value + `"}}}`
			}
			written := func(object *resources.Object, err error) string {
				require.NoError(t, err)
				return object.Metadata.Annotations["example.com/a"]
			}
			require.Equal(t, "merge", written(status.Patch(t.Context(), name, patch.Merge(annotations("merge")))))
			require.Equal(t, "strategic", written(status.Patch(t.Context(), name, patch.Strategic(annotations("strategic")))))
			require.Equal(t, "json", written(status.Patch(t.Context(), name, patch.JSON().Add("/metadata/annotations/example.com~1a", "json"))))
			applied := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{"annotations":{"example.com/a":"apply"}}}`, api.Kind().APIVersion(), api.Kind().Kind)
			require.Equal(t, "apply", written(status.Patch(t.Context(), name, patch.Apply(applied), subresource.FieldManager("applier"), subresource.Force())))
			// A controller may write between the two. Without a resourceVersion that write would
			// be undone, which the server refuses of some fields.
			replace := func() (*resources.Object, error) {
				object := must(status.Get(t.Context(), name))
				object.Metadata.Annotations["example.com/a"] = "replace"
				return status.Replace(t.Context(), name, object)
			}
			object, err := replace()
			for errors.Is(err, transport.ErrConflict) {
				object, err = replace()
			}
			require.Equal(t, "replace", written(object, err))
			require.Equal(t, "replace", written(api.Get(t.Context(), name)))
		}})
	}
	return all
}

// object creates an object of a kind of objectsWithStatus, and deletes it with the test.
func (w *world) object(t *testing.T, kind string) (name string, api *resources.API[resources.Object]) {
	t.Helper()
	found, ok := resources.Lookup(kind)
	require.True(t, ok, kind)
	api, name = resources.ForKind(w.client, found), w.name()
	_, err := api.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":%[2]q,"kind":%[3]q,"metadata":{"name":%[1]q},"spec":`+objectsWithStatus[kind]+`}`,
		name, found.APIVersion(), found.Kind))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := api.Delete(atEnd(t), name, resources.PropagationPolicy(resources.Background))
		require.NoError(t, err)
	})
	return name, api
}

func replicasOf(t *testing.T, object *resources.Object) int {
	t.Helper()
	var scaled struct {
		Spec struct {
			Replicas int `json:"replicas"`
		} `json:"spec"`
	}
	require.NoError(t, object.Decode(&scaled))
	return scaled.Spec.Replicas
}

// existing returns a function that requires the success of a call, and returns its object.
func existing(t *testing.T) func(*resources.Object, error) *resources.Object {
	return func(object *resources.Object, err error) *resources.Object {
		t.Helper()
		require.NoError(t, err)
		return object
	}
}
