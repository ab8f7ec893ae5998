package conformance_test

import (
	"fmt"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func access() []behaviour {
	read := right{verbs: []string{"get", "list", "watch"}, resources: []string{"pods", "pods/ephemeralcontainers"}}
	return []behaviour{
		{"an invalid token is unauthorized", func(t *testing.T, w *world) {
			cfg := &kubeconfig.Config{
				Server:      w.config.Server,
				Namespace:   w.config.Namespace,
				TLS:         w.config.TLS,
				BearerToken: "no-such-token",
				ProxyURL:    w.config.ProxyURL,
			}
			cfg.TLS.CertData, cfg.TLS.KeyData, cfg.TLS.CertFile, cfg.TLS.KeyFile = nil, nil, "", ""
			_, err := resources.New[resources.Pod](connect(t, cfg)).Get(t.Context(), "a")
			refused(t, err, transport.ErrUnauthorized, "Unauthorized")
			require.NotContains(t, err.Error(), "no-such-token")
		}},
		{"a user who may only read pods cannot add ephemeral containers", func(t *testing.T, w *world) {
			cfg, user := w.addUser(t, "viewer", read)
			pods := resources.New[resources.Pod](connect(t, cfg))
			ec := subresource.EphemeralContainers(pods)
			name := w.pod(t, "first")
			pod, err := ec.Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, []string{"first"}, containerNames(pod))
			for verb, write := range map[string]func() error{
				"patch":  func() error { _, err := ec.Add(t.Context(), name, container("debugger")); return err },
				"update": func() error { _, err := ec.Replace(t.Context(), name, pod); return err },
			} {
				refused(
					t, write(), transport.ErrForbidden,
					fmt.Sprintf(
						`pods %q is forbidden: User %q cannot %s resource "pods/ephemeralcontainers" in API group "" `+
							`in the namespace %q`,
						name,
						user,
						verb,
						w.config.Namespace,
					),
				)
			}
			w.has(t, name, "first")
		}},
		{"a user who may write pods cannot add ephemeral containers without that right", func(t *testing.T, w *world) {
			cfg, user := w.addUser(t, "writer", right{
				verbs:     []string{"get", "patch", "update", "list"},
				resources: []string{"pods"},
			})
			name := w.pod(t)
			_, err := subresource.EphemeralContainers(resources.New[resources.Pod](connect(t, cfg))).
				Patch(t.Context(), name, patch.Strategic(list(container("debugger"))))
			refused(
				t, err, transport.ErrForbidden,
				fmt.Sprintf(
					`pods %q is forbidden: User %q cannot patch resource "pods/ephemeralcontainers" in API group "" `+
						`in the namespace %q`,
					name,
					user,
					w.config.Namespace,
				),
			)
		}},
		{"a user without rights reads nothing, whether it exists or not", func(t *testing.T, w *world) {
			cfg, user := w.addUser(t, "nobody")
			pods := resources.New[resources.Pod](connect(t, cfg))
			for _, name := range []string{w.pod(t), "no-such"} {
				_, err := pods.Get(t.Context(), name)
				refused(
					t, err, transport.ErrForbidden,
					fmt.Sprintf(
						`pods %q is forbidden: User %q cannot get resource "pods" in API group "" in the namespace %q`,
						name, user, w.config.Namespace,
					),
				)
			}
			_, err := pods.List(t.Context(), resources.ListOptions{})
			refused(
				t, err, transport.ErrForbidden,
				fmt.Sprintf(
					`pods is forbidden: User %q cannot list resource "pods" in API group "" in the namespace %q`,
					user, w.config.Namespace,
				),
			)
			_, err = resources.New[resources.Node](connect(t, cfg)).List(t.Context(), resources.ListOptions{})
			refused(
				t, err, transport.ErrForbidden,
				fmt.Sprintf(
					`nodes is forbidden: User %q cannot list resource "nodes" in API group "" at the cluster scope`,
					user,
				),
			)
		}},
		{"a user without rights can review their own access", func(t *testing.T, w *world) {
			cfg, _ := w.addUser(t, "asker", read)
			client := connect(t, cfg)
			require.True(t, isAllowed(t, client, "get", "pods", "ephemeralcontainers", w.config.Namespace))
			require.False(t, isAllowed(t, client, "patch", "pods", "ephemeralcontainers", w.config.Namespace))
			require.False(t, isAllowed(t, client, "get", "pods", "ephemeralcontainers", "kx-no-such"))
		}},
		{
			"an administrator has all rights, and only those of the other user when impersonating",
			func(t *testing.T, w *world) {
				require.True(t, isAllowed(t, w.client, "patch", "pods", "ephemeralcontainers", w.config.Namespace))
				as := *w.config
				as.Impersonate.User = "kx-somebody"
				client := connect(t, &as)
				require.False(t, isAllowed(t, client, "patch", "pods", "ephemeralcontainers", w.config.Namespace))
				_, err := resources.New[resources.Pod](client).Get(t.Context(), "a")
				refused(
					t, err, transport.ErrForbidden,
					fmt.Sprintf(
						`pods "a" is forbidden: User "kx-somebody" cannot get resource "pods" in API group "" in the `+
							`namespace %q`,
						w.config.Namespace,
					),
				)
			},
		},
	}
}

// isAllowed asks the server whether the client's user may do this.
func isAllowed(t *testing.T, client *transport.Client, verb, resource, subresource, namespace string) bool {
	t.Helper()
	kind, err := resources.DiscoverObject(t.Context(), client, "authorization.k8s.io/v1", "SelfSubjectAccessReview")
	require.NoError(t, err)
	review, err := resources.ForKind(client, kind).CreateRaw(t.Context(), fmt.Appendf(
		nil,
		`{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",`+
			`"spec":{"resourceAttributes":{"verb":%q,"resource":%q,"subresource":%q,"namespace":%q}}}`,
		verb,
		resource,
		subresource,
		namespace,
	))
	require.NoError(t, err)
	var answer struct {
		Status struct {
			Allowed *bool `json:"allowed"`
		} `json:"status"`
	}
	require.NoError(t, json.Unmarshal(review.Unknown, &answer))
	require.NotNil(t, answer.Status.Allowed)
	return *answer.Status.Allowed
}
