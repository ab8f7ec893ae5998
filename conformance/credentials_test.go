package conformance_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// editing are the rights for get, patch and exec.
var editing = []right{
	{verbs: []string{"get", "list", "patch"}, resources: []string{"pods"}},
	{verbs: []string{"get", "create"}, resources: []string{"pods/exec"}},
}

// credentials are the kinds of credentials. Each is used for a read, a write and a stream.
func credentials() []behaviour {
	return []behaviour{
		{"a bearer token is used for get, patch and exec", func(t *testing.T, w *world) {
			cfg, _ := w.addUser(t, "token", editing...)
			w.used(t, identity{file: w.write(t, cfg, "token: "+cfg.BearerToken)})
		}},
		{"a client certificate is used for get, patch and exec", func(t *testing.T, w *world) {
			cert, key := w.clientCertificate(t)
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "cert.pem"), cert, 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "key.pem"), key, 0o600))
			w.used(
				t,
				identity{
					file: w.write(
						t,
						w.config,
						fmt.Sprintf(
							"client-certificate: %q, client-key: %q",
							filepath.Join(dir, "cert.pem"),
							filepath.Join(dir, "key.pem"),
						),
					),
				},
			)
		}},
		{"flags alone, without a kubeconfig, are used for get, patch and exec", func(t *testing.T, w *world) {
			cfg, _ := w.addUser(t, "flags", editing...)
			empty := filepath.Join(t.TempDir(), "empty")
			require.NoError(t, os.WriteFile(empty, nil, 0o600))
			flags := []string{
				"--server", cfg.Server, "--token", cfg.BearerToken, "--certificate-authority", w.caFile(t),
			}
			if cfg.TLS.ServerName != "" {
				flags = append(flags, "--tls-server-name", cfg.TLS.ServerName)
			}
			w.used(t, identity{file: empty, flags: flags})
		}},
		{"a credential plugin's token is used for get, patch and exec", func(t *testing.T, w *world) {
			cfg, user := w.addUser(t, "plugin", editing...)
			p := newPlugin(t, answer(map[string]any{"token": cfg.BearerToken}))
			file := w.write(t, cfg, p.entry(execV1))
			w.used(t, identity{file: file})
			require.Equal(t, 3, p.runs(t), "one for each command")
			require.Equal(t, user, w.whoAmI(t, file))
			info := p.info(t)
			require.Equal(t, execV1, info.APIVersion)
			require.Equal(t, "ExecCredential", info.Kind)
			require.False(t, info.Spec.Interactive)
			require.Equal(t, cfg.Server, info.Spec.Cluster.Server)
			require.NotEmpty(t, info.Spec.Cluster.CA, "the CA file is passed in-line")
		}},
		{"a credential plugin's certificate is used for get, patch and exec", func(t *testing.T, w *world) {
			cert, key := w.clientCertificate(t)
			p := newPlugin(t, answer(map[string]any{
				"clientCertificateData": string(cert),
				"clientKeyData":         string(key),
			}))
			w.used(t, identity{file: w.write(t, w.config, p.entry(execV1))})
			require.Equal(t, 3, p.runs(t))
		}},
		{
			"a credential plugin whose token is refused runs once more, and the request is sent again",
			func(t *testing.T, w *world) {
				cfg, _ := w.addUser(t, "refreshed", editing...)
				for _, call := range []string{"get", "patch", "exec"} {
					p := newPlugin(
						t,
						answer(map[string]any{"token": "stale"}),
						answer(map[string]any{"token": cfg.BearerToken}),
					)
					w.used(t, identity{file: w.write(t, cfg, p.entry(execV1))}, call)
					require.Equal(t, 2, p.runs(t), call)
				}
			},
		},
		{"a credential plugin that --allow-exec-plugin does not allow is not run", func(t *testing.T, w *world) {
			cfg, _ := w.addUser(t, "unwanted", editing...)
			p := newPlugin(t, answer(map[string]any{"token": cfg.BearerToken}))
			file := w.write(t, cfg, p.entry(execV1))
			done := w.as(t, identity{file: file, flags: []string{"--allow-exec-plugin", "none"}}, "get", "pods")
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, p.path)
			require.Zero(t, p.runs(t))
			done = w.as(t, identity{file: file, flags: []string{"--allow-exec-plugin", p.path}}, "get", "pods")
			require.Equal(t, 0, done.code, done.stderr)
		}},
		{"a token file is read again after a 401, and get, patch and exec succeed", func(t *testing.T, w *world) {
			cfg, user := w.addUser(t, "rotated", editing...)
			dir := t.TempDir()
			project := func(version, token string) { // as the kubelet replaces a projected volume
				require.NoError(t, os.Mkdir(filepath.Join(dir, version), 0o700))
				require.NoError(t, os.WriteFile(filepath.Join(dir, version, "token"), []byte(token+"\n"), 0o600))
				require.NoError(t, os.Symlink(version, filepath.Join(dir, "..data_tmp")))
				require.NoError(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
			}
			project("..1", cfg.BearerToken)
			require.NoError(t, os.Symlink("..data/token", filepath.Join(dir, "token")))
			file := w.write(t, cfg, fmt.Sprintf("tokenFile: %q", filepath.Join(dir, "token")))
			w.used(t, identity{file: file})
			name := w.running(t)
			for i, call := range calling(t, name) {
				project(fmt.Sprintf("..stale%d", i), "stale")
				loaded, err := kubeconfig.Load(kubeconfig.Options{Path: file, Namespace: w.config.Namespace})
				require.NoError(t, err)
				client := connect(t, loaded) // reads the stale token
				project(fmt.Sprintf("..fresh%d", i), cfg.BearerToken)
				require.NoError(t, call(resources.New[resources.Pod](client)))
			}
			require.Equal(t, user, w.whoAmI(t, file))
		}},
		{
			"a replaced CA file is read by the first request that needs it, for get, patch and exec",
			func(t *testing.T, w *world) {
				good, err := os.ReadFile(w.caFile(t))
				require.NoError(t, err)
				cfg, _ := w.addUser(t, "ca", editing...)
				name := w.running(t)
				for _, call := range calling(t, name) {
					file := filepath.Join(t.TempDir(), "ca.crt")
					require.NoError(t, os.WriteFile(file, foreignAuthority(), 0o600))
					loaded, err := kubeconfig.Load(kubeconfig.Options{
						Path:      w.write(t, cfg, "token: "+cfg.BearerToken),
						Namespace: w.config.Namespace,
						Override:  kubeconfig.Overrides{CAFile: file},
					})
					require.NoError(t, err)
					// reads the wrong token
					pods := resources.New[resources.Pod](connect(t, loaded))
					require.ErrorContains(t, call(pods), "unknown authority")
					require.NoError(t, os.WriteFile(file, good, 0o600))
					require.NoError(t, call(pods))
				}
			},
		},
		{
			"an administrator who impersonates a user has the rights of that user for get, patch and exec",
			func(t *testing.T, w *world) {
				_, user := w.addUser(t, "impersonated", editing...)
				_, idle := w.addUser(t, "idle")
				w.used(t, identity{file: w.kubeconfig, flags: []string{"--as", user}})
				w.used(t, identity{file: w.write(t, w.config, w.administrator(t)+", as: "+user)})
				w.refusedAs(t, identity{file: w.kubeconfig, flags: []string{"--as", idle}}, "get", "patch", "exec")
			},
		},
		{"impersonation sets every field of the user", func(t *testing.T, w *world) {
			done := w.as(
				t,
				identity{
					file: w.kubeconfig,
					flags: []string{
						"--as", "kx-somebody", "--as-uid", "u-1", "--as-group", "kx-a", "--as-group", "kx-b",
						"--as-user-extra", "example.com/Scopes%=x", "--as-user-extra",
						"example.com/scopes%=y",
					},
				},
				"auth",
				"whoami",
				"-o",
				"json",
			)
			require.Equal(t, 0, done.code, done.stderr)
			var review struct {
				Status struct {
					UserInfo struct {
						Username, UID string
						Groups        []string
						Extra         map[string][]string
					} `json:"userInfo"`
				} `json:"status"`
			}
			require.NoError(t, json.Unmarshal([]byte(done.stdout), &review, json.MatchCaseInsensitiveNames(true)))
			info := review.Status.UserInfo
			require.Equal(t, "kx-somebody", info.Username)
			require.Equal(t, "u-1", info.UID)
			require.Equal(t, []string{"kx-a", "kx-b", "system:authenticated"}, info.Groups)
			require.Equal(t, map[string][]string{"example.com/scopes%": {"x", "y"}}, info.Extra)
		}},
	}
}

// calling returns a read, a write and a stream of a pod through the library.
func calling(t *testing.T, pod string) []func(*resources.API[resources.Pod]) error {
	return []func(*resources.API[resources.Pod]) error{
		func(pods *resources.API[resources.Pod]) error { _, err := pods.Get(t.Context(), pod); return err },
		func(pods *resources.API[resources.Pod]) error {
			_, err := pods.Patch(
				t.Context(),
				pod,
				patch.Merge(map[string]any{"metadata": map[string]any{"labels": map[string]any{"kx-patched": "yes"}}}),
			)
			return err
		},
		func(pods *resources.API[resources.Pod]) error {
			_, err := subresource.Exec(pods).Run(t.Context(), pod, subresource.ExecOptions{Command: []string{"true"}})
			return err
		},
	}
}

// foreignAuthority returns a certificate authority that signed nothing here.
func foreignAuthority() []byte {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return encodeCertificate(s.Certificate())
}

// ofKubeconfigs are the behaviours of the test cluster's four users.
func ofKubeconfigs() []behaviour {
	return []behaviour{
		{"the admin's kubeconfig gets, patches and execs", func(t *testing.T, w *world) {
			w.used(t, identity{file: w.users["admin"]})
		}},
		{
			"a replaced client certificate is used by the next stream and the requests after it",
			func(t *testing.T, w *world) {
				dir := t.TempDir()
				cfg := *w.config
				cfg.BearerToken = ""
				cfg.TLS.CertData, cfg.TLS.KeyData, cfg.TLS.CertFile, cfg.TLS.KeyFile = nil, nil, filepath.Join(
					dir,
					"cert.pem",
				), filepath.Join(
					dir,
					"key.pem",
				)
				present := func(cert, key []byte) {
					require.NoError(t, os.WriteFile(cfg.TLS.CertFile, cert, 0o600))
					require.NoError(t, os.WriteFile(cfg.TLS.KeyFile, key, 0o600))
				}
				present(w.clientCertificate(t))
				client := connect(t, &cfg)
				first, err := auth.WhoAmI(t.Context(), client)
				require.NoError(t, err)
				name := w.running(t)
				exec := calling(t, name)[2]
				require.NoError(t, exec(resources.New[resources.Pod](client)))
				present(w.otherCertificate(t))
				eventually(t, "a stream is another user's, who may not have it", func() bool {
					return errors.Is(exec(resources.New[resources.Pod](client)), transport.ErrForbidden)
				})
				second, err := auth.WhoAmI(t.Context(), client)
				require.NoError(t, err)
				require.NotEqual(t, first.Username, second.Username)
			},
		},
		{"the editor's kubeconfig gets, patches and execs", func(t *testing.T, w *world) {
			w.used(t, identity{file: w.users["editor"], pod: "shell"})
		}},
		{"the viewer's kubeconfig gets, and neither patches nor execs", func(t *testing.T, w *world) {
			w.used(t, identity{file: w.users["viewer"], pod: "shell"}, "get")
			w.refusedAs(t, identity{file: w.users["viewer"], pod: "shell"}, "patch", "exec")
		}},
		{"the nobody's kubeconfig neither gets, patches nor execs", func(t *testing.T, w *world) {
			w.refusedAs(t, identity{file: w.users["nobody"], pod: "shell"}, "get", "patch", "exec")
		}},
	}
}
