package conformance_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// requests are the server's answers to requests that it does not serve.
func requests() []behaviour {
	return []behaviour{
		{"ephemeral containers cannot be deleted", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.do(t, &transport.Request{Method: http.MethodDelete, Path: w.path(name, "ephemeralcontainers")})
			refused(
				t, err, transport.ErrMethodNotAllowed,
				"the server does not allow this method on the requested resource",
			)
			w.has(t, name, "first")
		}},
		{"an unknown subresource of a pod is not found", func(t *testing.T, w *world) {
			err := w.do(t, &transport.Request{Method: http.MethodGet, Path: w.path(w.pod(t), "nosuch")})
			refused(t, err, transport.ErrNotFound, "the server could not find the requested resource")
			require.Empty(t, statusOf(t, err).Status.Details.Name, "by that it is told from a missing pod")
		}},
		{"an unknown path is not found", func(t *testing.T, w *world) {
			err := w.do(t, &transport.Request{Method: http.MethodGet, Path: []string{"nosuch"}})
			require.ErrorIs(t, err, transport.ErrNotFound)
		}},
		{"an unknown resource is not found", func(t *testing.T, w *world) {
			for _, path := range [][]string{{"api", "v1", "gadgets"}, {"apis", "apps", "v1", "gadgets"}} {
				err := w.do(t, &transport.Request{Method: http.MethodGet, Path: path})
				refused(t, err, transport.ErrNotFound, "the server could not find the requested resource")
			}
		}},
		{"a patch with an unknown content type is refused", func(t *testing.T, w *world) {
			err := w.do(t, &transport.Request{
				Method:      http.MethodPatch,
				Path:        w.path(w.pod(t), "ephemeralcontainers"),
				ContentType: "application/json",
				Body:        []byte(`{}`),
			})
			refused(t, err, transport.ErrUnsupportedMediaType, "415: Unsupported Media Type")
		}},
		{"a body that is not JSON is refused", func(t *testing.T, w *world) {
			err := w.do(t, &transport.Request{
				Method:      http.MethodPatch,
				Path:        w.path(w.pod(t)),
				ContentType: "application/merge-patch+json",
				Body:        []byte(`{"a`),
			})
			refused(t, err, transport.ErrBadRequest, `error decoding patch: unexpected end of JSON input`)
		}},
		{"force with a patch other than apply is refused by the server too", func(t *testing.T, w *world) {
			err := w.do(t, &transport.Request{
				Method:      http.MethodPatch,
				Path:        w.path(w.pod(t)),
				ContentType: "application/merge-patch+json",
				Body:        []byte(`{}`),
				Query:       url.Values{"force": {"true"}},
			})
			refused(
				t, err, transport.ErrInvalid,
				`PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch`,
			)
		}},
		{"an apply without a field manager is refused by the server too", func(t *testing.T, w *world) {
			err := w.do(t, &transport.Request{
				Method:      http.MethodPatch,
				Path:        w.path(w.pod(t)),
				ContentType: "application/apply-patch+yaml",
				Body:        []byte(`{"apiVersion":"v1","kind":"Pod"}`),
			})
			refused(
				t, err, transport.ErrInvalid,
				`PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch`,
			)
		}},
		{"a dry run other than All is refused", func(t *testing.T, w *world) {
			err := w.do(t, &transport.Request{
				Method:      http.MethodPatch,
				Path:        w.path(w.pod(t)),
				ContentType: "application/merge-patch+json",
				Body:        []byte(`{}`),
				Query:       url.Values{"dryRun": {"true"}},
			})
			refused(
				t, err, transport.ErrInvalid,
				`PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["true"]: supported values: "All"`,
			)
		}},
		{"a request for an unsupported response type is refused", func(t *testing.T, w *world) {
			err := w.do(t, &transport.Request{Method: http.MethodGet, Path: w.path(w.pod(t)), Accept: "text/html"})
			require.ErrorIs(t, err, transport.ErrNotAcceptable)
		}},
	}
}

// path returns the segments of a pod's path, or of a path below it.
func (w *world) path(pod string, more ...string) []string {
	return append([]string{"api", "v1", "namespaces", w.config.Namespace, "pods", pod}, more...)
}

func (w *world) do(t *testing.T, req *transport.Request) error {
	t.Helper()
	resp, err := w.client.Do(t.Context(), req)
	if err == nil {
		require.NoError(t, resp.Body.Close())
	}
	return err
}

// otherSubresources are scale and status.
func otherSubresources() []behaviour {
	return []behaviour{
		{"scale is read, replaced and patched", scales},
		{"a scale with an outdated resourceVersion is a conflict", func(t *testing.T, w *world) {
			name := w.deployment(t)
			scale := subresource.Scale(resources.New[resources.Deployment](w.client))
			s, err := scale.Get(t.Context(), name)
			require.NoError(t, err)
			s.Metadata.ResourceVersion, s.Spec.Replicas = "1", 0
			_, err = scale.Replace(t.Context(), name, s)
			require.ErrorIs(t, err, transport.ErrConflict)
		}},
		{"a negative scale is refused", func(t *testing.T, w *world) {
			_, err := subresource.Scale(resources.New[resources.Deployment](w.client)).
				Patch(t.Context(), w.deployment(t), patch.Merge(`{"spec":{"replicas":-1}}`))
			require.ErrorIs(t, err, transport.ErrInvalid)
			require.Equal(t, []string{"spec.replicas FieldValueInvalid"}, causesOf(statusOf(t, err)))
			require.Contains(
				t,
				statusOf(t, err).Status.Message,
				"spec.replicas: Invalid value: -1: must be greater than or equal to 0",
			)
		}},
		{"a write of the status changes the status alone", func(t *testing.T, w *world) {
			name := w.pod(t)
			pod, err := subresource.Status(w.pods).
				Patch(t.Context(), name, patch.Merge(`{"metadata":{"annotations":{"example.com/b":"2"}},`+
					`"spec":{"nodeName":"kx-node"},"status":{"message":"hello"}}`))
			require.NoError(t, err)
			require.Equal(t, "hello", pod.Status.Message)
			require.Empty(t, pod.Spec.NodeName)
			require.Equal(t, "2", w.get(t, name).Metadata.Annotations["example.com/b"], "metadata is taken as well")
		}},
		{"a write of the pod does not change the status", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.unchanged(t, name, func() {
				_, err := w.pods.Patch(t.Context(), name, patch.Merge(`{"status":{"message":"hello"}}`))
				require.NoError(t, err)
			})
		}},
	}
}

// deployment creates a deployment whose pods are never scheduled.
func (w *world) deployment(t *testing.T) string {
	t.Helper()
	name := w.name()
	deployments := resources.New[resources.Deployment](w.client)
	_, err := deployments.CreateRaw(
		t.Context(),
		fmt.Appendf(
			nil,
			`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%[1]q},"spec":{"replicas":1,"paused":true,
		"selector":{"matchLabels":{"d":%[1]q}},"template":{"metadata":{"labels":{"d":%[1]q}},
		"spec":{"schedulerName":"none","containers":[{"name":"app","image":"a"}]}}}}`,
			name,
		),
	)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := deployments.Delete(atEnd(t), name)
		require.NoError(t, err)
	})
	return name
}

func scales(t *testing.T, w *world) {
	name := w.deployment(t)
	scale := subresource.Scale(resources.New[resources.Deployment](w.client))
	s, err := scale.Get(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, "Scale", s.Kind)
	require.Equal(t, "autoscaling/v1", s.APIVersion)
	require.EqualValues(t, 1, s.Spec.Replicas)
	require.Equal(t, "d="+name, s.Status.Selector)
	s.Spec.Replicas, s.Metadata.ResourceVersion = 3, ""
	s, err = scale.Replace(t.Context(), name, s)
	require.NoError(t, err)
	require.EqualValues(t, 3, s.Spec.Replicas)
	s, err = scale.Patch(t.Context(), name, patch.Merge(`{"spec":{"replicas":2}}`))
	require.NoError(t, err)
	require.EqualValues(t, 2, s.Spec.Replicas)
	d, err := resources.New[resources.Deployment](w.client).Get(t.Context(), name)
	require.NoError(t, err)
	require.EqualValues(t, 2, *d.Spec.Replicas)
}
