package conformance_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func adding() []behaviour {
	return []behaviour{
		{"Add adds a container to a pod without any", func(t *testing.T, w *world) {
			name := w.pod(t)
			pod, err := w.ec.Add(t.Context(), name, container("debugger"))
			require.NoError(t, err)
			require.Equal(t, encode(t, w.get(t, name)), encode(t, pod))
			w.has(t, name, "debugger")
		}},
		{"Add adds a container to the existing ones", func(t *testing.T, w *world) {
			name := w.pod(t, "first", "second")
			_, err := w.ec.Add(t.Context(), name, container("debugger"))
			require.NoError(t, err)
			w.has(t, name, "second", "first", "debugger")
		}},
		{
			"Add with the name of an ephemeral container fails and names its kind",
			func(t *testing.T, w *world) { w.exists(t, "first", "ephemeral container", true) },
		},
		{
			"Add with the name of a container fails and names its kind",
			func(t *testing.T, w *world) { w.exists(t, "app", "container", false) },
		},
		{"Add keeps every field of the existing containers", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(
				t,
				name,
				applied(raw(
					"first",
					`"env":[{"name":"A","value":"1"}],"securityContext":{"runAsUser":0,"procMount":"Default"},`+
						`"stdin":true,"tty":true,"volumeMounts":[{"name":"data","mountPath":"/data"}]`,
				)),
				subresource.FieldManager(setup),
			)
			before := encode(t, w.get(t, name).Spec.EphemeralContainers[0])
			_, err := w.ec.Add(t.Context(), name, container("debugger"))
			require.NoError(t, err)
			after := w.get(t, name).Spec.EphemeralContainers
			require.Len(t, after, 2)
			require.Equal(t, before, encode(t, after[0]))
		}},
		{"twenty concurrent Adds all succeed", addsAtOnce},
		{"Add to a pod that does not exist is refused", func(t *testing.T, w *world) {
			_, err := w.ec.Add(t.Context(), "no-such", container("debugger"))
			refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
		}},
		{"Add retries after a conflict with another writer", func(t *testing.T, w *world) {
			name := w.pod(t)
			faster := &beforeFirstPatch{run: func() {
				_, err := w.ec.Add(t.Context(), name, container("first"))
				require.NoError(t, err)
			}}
			client := connect(t, w.config, transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
				faster.next = next
				return faster
			}))
			_, err := subresource.EphemeralContainers(resources.New[resources.Pod](client)).
				Add(t.Context(), name, container("debugger"))
			require.NoError(t, err)
			w.has(t, name, "first", "debugger")
		}},
	}
}

// beforeFirstPatch runs a function before the first patch is sent.
type beforeFirstPatch struct {
	next http.RoundTripper
	run  func()
	once sync.Once
}

func (o *beforeFirstPatch) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPatch {
		o.once.Do(o.run)
	}
	return o.next.RoundTrip(req)
}

// exists requires Add to refuse a container with this name in a pod that has the ephemeral
// container "first".
func (w *world) exists(t *testing.T, container, kind string, same bool) {
	t.Helper()
	name := w.pod(t, "first")
	w.unchanged(t, name, func() {
		_, err := w.ec.Add(t.Context(), name, resources.EphemeralContainer{Name: container, Image: image})
		var exists *subresource.ContainerExistsError
		require.ErrorAs(t, err, &exists)
		require.Equal(
			t,
			subresource.ContainerExistsError{Pod: name, Container: container, Kind: kind, Matches: same},
			*exists,
		)
	})
}

func addsAtOnce(t *testing.T, w *world) {
	name := w.pod(t)
	var want []string
	errs := make([]error, 20)
	var wait sync.WaitGroup
	for i := range errs {
		c := fmt.Sprintf("debugger-%d", i)
		want = append(want, c)
		wait.Go(func() { _, errs[i] = w.ec.Add(t.Context(), name, container(c)) })
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.ElementsMatch(t, want, containerNames(w.get(t, name)))
}
