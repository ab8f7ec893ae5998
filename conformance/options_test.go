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

// options are the behaviours of write options for ephemeral containers.
func options() []behaviour {
	unknown := patch.Strategic(list(raw("debugger", `"imagee":"a"`)))
	const where = `spec.ephemeralContainers[0].imagee`
	return []behaviour{
		{"a dry run returns the result of the write and stores nothing", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.unchanged(t, name, func() {
				for _, write := range []func() (*resources.Pod, error){
					func() (*resources.Pod, error) {
						return w.ec.Add(t.Context(), name, container("debugger"), subresource.DryRun())
					},
					func() (*resources.Pod, error) {
						patched := patch.Merge(list(container("debugger")))
						return w.ec.Patch(t.Context(), name, patched, subresource.DryRun())
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
					require.Equal(
						t,
						"File",
						pod.Spec.EphemeralContainers[0].TerminationMessagePolicy,
						"with the defaults",
					)
				}
			})
		}},
		{"a dry run is refused for the same reason as the write", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(t, name, patch.Merge(list(container("debugger"))), subresource.DryRun())
			refused(t, err, transport.ErrInvalid, removedMessage(name, "first"))
		}},
		{"fieldValidation=Strict refuses an unknown field", func(t *testing.T, w *world) {
			name := w.pod(t)
			err := w.refusedPatch(t, name, unknown, subresource.FieldValidation(subresource.Strict))
			refused(
				t, err, transport.ErrInvalid,
				` "" is invalid: patch: Invalid value: `+
					`"map[spec:map[ephemeralContainers:[map[image:kx.local/busybox:1 imagee:a name:debugger]]]]": `+
					`strict decoding error: unknown field "`+where+`"`,
			)
		}},
		{"fieldValidation=Warn drops an unknown field and warns", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, unknown, subresource.FieldValidation(subresource.Warn))
			w.requireWarnings(t, `unknown field "`+where+`"`)
			require.NotContains(t, encode(t, w.get(t, name)), `"imagee":`)
		}},
		{"without fieldValidation the server warns of an unknown field", func(t *testing.T, w *world) {
			w.patched(t, w.pod(t), unknown)
			w.requireWarnings(t, `unknown field "`+where+`"`)
		}},
		{"fieldValidation=Ignore drops an unknown field without a warning", func(t *testing.T, w *world) {
			w.patched(t, w.pod(t), unknown, subresource.FieldValidation(subresource.Ignore))
			w.requireWarnings(t)
		}},
		{"the field manager of a write owns the fields that it added", func(t *testing.T, w *world) {
			name := w.pod(t)
			_, err := w.ec.Add(t.Context(), name, container("debugger"), subresource.FieldManager("me"))
			require.NoError(t, err)
			require.Equal(
				t,
				map[string]string{
					"me Update ephemeralcontainers": `{"f:spec":{"f:ephemeralContainers":{".":{},` +
						`"k:{\"name\":\"debugger\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},` +
						`"f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}}}}`,
				},
				owners(w.get(t, name), "me"),
			)
		}},
		{"without a field manager, the program's name owns the fields that it added", func(t *testing.T, w *world) {
			name := w.pod(t)
			client := connect(t, w.config, transport.WithUserAgent("injector/1.2 (linux/amd64)"))
			_, err := subresource.EphemeralContainers(resources.New[resources.Pod](client)).
				Add(t.Context(), name, container("debugger"))
			require.NoError(t, err)
			require.Len(t, owners(w.get(t, name), "injector"), 1)
		}},
		{"a field manager with an unprintable name is refused", func(t *testing.T, w *world) {
			err := w.refusedPatch(
				t,
				w.pod(t),
				patch.Strategic(list(container("debugger"))),
				subresource.FieldManager("a\tb"),
			)
			refused(
				t, err, transport.ErrInvalid,
				`PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\tb": invalid character `+
					`U+0009 (at position 1)`,
			)
		}},
		{"a field manager with too long a name is refused before it is sent", func(t *testing.T, w *world) {
			_, err := w.ec.Patch(
				t.Context(),
				w.pod(t),
				patch.Strategic(list(container("debugger"))),
				subresource.FieldManager(strings.Repeat("m", 129)),
			)
			var option *resources.OptionError
			require.ErrorAs(t, err, &option)
		}},
		{"force with a patch other than apply is refused before it is sent", func(t *testing.T, w *world) {
			_, err := w.ec.Patch(t.Context(), w.pod(t), patch.Merge(list(container("debugger"))), subresource.Force())
			var option *resources.OptionError
			require.ErrorAs(t, err, &option)
			require.Equal(t, "Force", option.Option)
		}},
		{"a call can override the namespace", func(t *testing.T, w *world) {
			elsewhere := subresource.EphemeralContainers(
				resources.New[resources.Pod](w.client, resources.InNamespace("kx-no-such")),
			)
			name := w.pod(t)
			_, err := elsewhere.Add(t.Context(), name, container("debugger"))
			require.ErrorIs(t, err, transport.ErrNotFound)
			_, err = elsewhere.Add(t.Context(), name, container("debugger"), subresource.Namespace(w.config.Namespace))
			require.NoError(t, err)
			w.has(t, name, "debugger")
		}},
		{"a call can override the time limit", func(t *testing.T, w *world) {
			client := connect(
				t,
				w.config,
				transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return stalled{} }),
			)
			_, err := subresource.EphemeralContainers(resources.New[resources.Pod](client)).
				Get(t.Context(), "a", subresource.RequestTimeout(time.Millisecond))
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}},
	}
}

// stalled is a network that never responds.
type stalled struct{}

func (stalled) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, context.Cause(req.Context())
}
