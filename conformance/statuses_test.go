package conformance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// statuses are the behaviours of writes of a status by kind. Those of pods are in requests_test.go.
func statuses() []behaviour {
	return []behaviour{
		{"a write of a CronJob's status changes neither its schedule nor its generation", func(t *testing.T, w *world) {
			jobs := resources.New[resources.CronJob](w.client)
			document := fmt.Sprintf(`{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":%q},"spec":{"schedule":"@yearly","suspend":true,
				"jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":%q}]}}}}}}`, w.name(), image)
			made, err := jobs.CreateRaw(t.Context(), []byte(document))
			require.NoError(t, err)
			name := made.Metadata.Name
			const last = "2026-01-02T03:04:05Z"
			_, err = subresource.Status(jobs).Patch(t.Context(), name, patch.Merge(`{"spec":{"schedule":"@daily"},"status":{"lastScheduleTime":"`+last+`"}}`))
			require.NoError(t, err)
			stored, err := jobs.Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, "@yearly", stored.Spec.Schedule)
			require.Equal(t, made.Metadata.Generation, stored.Metadata.Generation)
			require.Equal(t, last, stored.Status.LastScheduleTime.String())
			_, err = jobs.Patch(t.Context(), name, patch.Merge(`{"spec":{"schedule":"@daily"},"status":{"lastScheduleTime":null}}`))
			require.NoError(t, err)
			stored, err = jobs.Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, made.Metadata.Generation+1, stored.Metadata.Generation)
			require.Equal(t, last, stored.Status.LastScheduleTime.String())
		}},
		{"a write of a namespace's status keeps its labels and changes a condition", func(t *testing.T, w *world) {
			namespaces := resources.New[resources.Namespace](w.client)
			name := newNamespace(t, w.config)
			_, err := resources.Sub[resources.Object](namespaces, "status").Patch(t.Context(), name, patch.Merge(
				`{"status":{"conditions":[{"type":"example.com/Checked","status":"True","reason":"Test","message":"it is"}]}}`))
			require.NoError(t, err)
			stored, err := resources.ForKind(w.client, (*resources.Namespace)(nil).APIKind()).Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, name, stored.Metadata.Labels["kubernetes.io/metadata.name"])
			require.Equal(t, `"Active"`, field(t, stored, "status", "phase"))
			require.Equal(t, `"example.com/Checked"`, field(t, stored, "status", "conditions", "0", "type"))
			_, err = namespaces.Patch(t.Context(), name, patch.Merge(`{"status":null}`))
			require.NoError(t, err)
			stored, err = resources.ForKind(w.client, (*resources.Namespace)(nil).APIKind()).Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, `"it is"`, field(t, stored, "status", "conditions", "0", "message"))
		}},
		{"a review of the rules lists the group of a custom resource", func(t *testing.T, w *world) {
			kind := newCustomKind(t, w)
			cfg, _ := w.addUser(t, w.name(), right{verbs: []string{"list"}, resources: []string{"pods", kind.plural + "." + kind.group}})
			list, err := auth.Rules(t.Context(), connect(t, cfg), w.config.Namespace)
			require.NoError(t, err)
			require.Contains(t, list.Rules, auth.PolicyRule{Verbs: []string{"list"}, APIGroups: []string{kind.group}, Resources: []string{kind.plural}})
			_, err = resources.ForKind(connect(t, cfg), kind.kind).Get(t.Context(), "a")
			require.ErrorIs(t, err, transport.ErrForbidden)
		}},
	}
}
