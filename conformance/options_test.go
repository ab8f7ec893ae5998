package conformance_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// options are those of the writes of ephemeral containers.
func options() []behaviour {
	unknown := patch.Strategic(list(raw("debugger", `"imagee":"a"`)))
	const where = `spec.ephemeralContainers[0].imagee`
	return []behaviour{
		{"a dry run answers as the write would and stores nothing", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.unchanged(t, name, func() {
				for _, write := range []func() (*resources.Pod, error){
					func() (*resources.Pod, error) {
						return w.ec.Add(t.Context(), name, container("debugger"), subresource.DryRun())
					},
					func() (*resources.Pod, error) {
						return w.ec.Patch(t.Context(), name, patch.Merge(list(container("debugger"))), subresource.DryRun())
					},
					func() (*resources.Pod, error) {
						pod := w.get(t, name)
						pod.Spec.EphemeralContainers = []resources.EphemeralContainer{container("debugger")}
						return w.ec.Replace(t.Context(), name, pod, subresource.DryRun())
					},
				} {
					pod, err := write()
					require.NoError(t, err)
					require.Equal(t, []string{"debugger"}, containerNames(pod))
					require.Equal(t, "File", pod.Spec.EphemeralContainers[0].TerminationMessagePolicy, "with the defaults")
				}
			})
		}},
		{"a dry run is refused as the write would be", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(t, name, patch.Merge(list(container("debugger"))), subresource.DryRun())
			refused(t, err, transport.ErrInvalid, removed(name, "first"))
		}},
		{"strict field validation refuses a field that the server does not know", func(t *testing.T, w *world) {
			name := w.pod(t)
			err := w.refusedPatch(t, name, unknown, subresource.FieldValidation(subresource.Strict))
			refused(t, err, transport.ErrInvalid, ` "" is invalid: patch: Invalid value: "map[spec:map[ephemeralContainers:[map[image:kx.local/busybox:1 imagee:a name:debugger]]]]": strict decoding error: unknown field "`+where+`"`)
		}},
		{"field validation by warning drops the field and tells it", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, unknown, subresource.FieldValidation(subresource.Warn))
			w.told(t, `unknown field "`+where+`"`)
			require.NotContains(t, encode(t, w.get(t, name)), `"imagee":`)
		}},
		{"without field validation the server warns", func(t *testing.T, w *world) {
			w.patched(t, w.pod(t), unknown)
			w.told(t, `unknown field "`+where+`"`)
		}},
		{"field validation that ignores drops the field without a word", func(t *testing.T, w *world) {
			w.patched(t, w.pod(t), unknown, subresource.FieldValidation(subresource.Ignore))
			w.told(t)
		}},
		{"the field manager of a write owns what it added", func(t *testing.T, w *world) {
			name := w.pod(t)
			_, err := w.ec.Add(t.Context(), name, container("debugger"), subresource.FieldManager("me"))
			require.NoError(t, err)
			require.Equal(t, map[string]string{"me Update ephemeralcontainers": `{"f:spec":{"f:ephemeralContainers":{".":{},"k:{\"name\":\"debugger\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},` +
				`"f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}}}}`}, owners(w.get(t, name), "me"))
		}},
		{"without a field manager the program's name owns what it added", func(t *testing.T, w *world) {
			name := w.pod(t)
			client := connect(t, w.config, transport.WithUserAgent("injector/1.2 (linux/amd64)"))
			_, err := subresource.EphemeralContainers(resources.New[resources.Pod](client)).Add(t.Context(), name, container("debugger"))
			require.NoError(t, err)
			require.Len(t, owners(w.get(t, name), "injector"), 1)
		}},
		{"a field manager's name that does not print is refused", func(t *testing.T, w *world) {
			err := w.refusedPatch(t, w.pod(t), patch.Strategic(list(container("debugger"))), subresource.FieldManager("a\tb"))
			refused(t, err, transport.ErrInvalid, `PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\tb": invalid character U+0009 (at position 1)`)
		}},
		{"a field manager's name that is too long is refused before it is sent", func(t *testing.T, w *world) {
			_, err := w.ec.Patch(t.Context(), w.pod(t), patch.Strategic(list(container("debugger"))), subresource.FieldManager(strings.Repeat("m", 129)))
			var option *resources.OptionError
			require.ErrorAs(t, err, &option)
		}},
		{"force with another patch than apply is refused before it is sent", func(t *testing.T, w *world) {
			_, err := w.ec.Patch(t.Context(), w.pod(t), patch.Merge(list(container("debugger"))), subresource.Force())
			var option *resources.OptionError
			require.ErrorAs(t, err, &option)
			require.Equal(t, "Force", option.Option)
		}},
		{"a call can go to another namespace", func(t *testing.T, w *world) {
			elsewhere := subresource.EphemeralContainers(resources.New[resources.Pod](w.client, resources.InNamespace("kx-no-such")))
			name := w.pod(t)
			_, err := elsewhere.Add(t.Context(), name, container("debugger"))
			require.ErrorIs(t, err, transport.ErrNotFound)
			_, err = elsewhere.Add(t.Context(), name, container("debugger"), subresource.Namespace(w.config.Namespace))
			require.NoError(t, err)
			w.has(t, name, "debugger")
		}},
		{"a call can have a time limit of its own", func(t *testing.T, w *world) {
			client := connect(t, w.config, transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return stalled{} }))
			_, err := subresource.EphemeralContainers(resources.New[resources.Pod](client)).Get(t.Context(), "a", subresource.RequestTimeout(time.Millisecond))
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}},
	}
}

// stalled is a network that never answers.
type stalled struct{}

func (stalled) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, context.Cause(req.Context())
}
