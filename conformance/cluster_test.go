package conformance_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// newCluster returns the cluster that $KUBECONFIG names.
func newCluster(t *testing.T) *target {
	file := os.Getenv("KUBECONFIG")
	require.NotEmpty(t, file, "-e2e needs $KUBECONFIG, with a cluster that may be written to")
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	require.NoError(t, err)
	tgt := &target{config: cfg, kubeconfig: file, kubectl: findKubectl()}
	tgt.minor = minorVersion(t, connect(t, cfg))
	cfg.Namespace = newNamespace(t, cfg)
	tgt.await(t, "serviceaccounts", "default") // without it, pods are refused
	tgt.addUser = tgt.addServiceAccount
	tgt.clientCertificate = func(t *testing.T) (cert, key []byte) {
		require.True(
			t,
			cfg.TLS.CertFile != "" || cfg.TLS.CertData != nil,
			"-e2e needs a kubeconfig with a client certificate",
		)
		return contents(t, cfg.TLS.CertData, cfg.TLS.CertFile), contents(t, cfg.TLS.KeyData, cfg.TLS.KeyFile)
	}
	tgt.otherCertificate = func(t *testing.T) (cert, key []byte) {
		other, err := kubeconfig.Load(
			kubeconfig.Options{Path: filepath.Join(os.Getenv("KX_CLUSTER_DIR"), "scheduler.kubeconfig")},
		)
		require.NoError(t, err)
		return contents(t, other.TLS.CertData, other.TLS.CertFile), contents(t, other.TLS.KeyData, other.TLS.KeyFile)
	}
	tgt.users = findUsers(t)
	tgt.isLocal = tgt.users != nil
	return tgt
}

func contents(t *testing.T, data []byte, file string) []byte {
	if data != nil {
		return data
	}
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return data
}

// findUsers returns the kubeconfigs of the test cluster's users. Other clusters have none.
func findUsers(t *testing.T) map[string]string {
	dir := os.Getenv("KX_CLUSTER_DIR")
	if dir == "" {
		return nil
	}
	users := map[string]string{}
	for _, name := range []string{"admin", "editor", "viewer", "nobody"} {
		users[name] = filepath.Join(dir, name+".kubeconfig")
		require.FileExists(t, users[name])
	}
	return users
}

// findKubectl returns the path of the kubectl to compare with, or "". It is that of the test
// cluster, unless $KUBECTL names another one.
func findKubectl() string {
	path := os.Getenv("KUBECTL")
	if path != "" {
		return path
	}
	path = filepath.Join(os.Getenv("KX_CLUSTER_BIN"), "kubectl")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// await waits until an object of the core group exists.
func (tgt *target) await(t *testing.T, resource, name string) {
	client := connect(t, tgt.config)
	kind, err := resources.Discover(t.Context(), client, resource)
	require.NoError(t, err)
	ctx := within(t, waitLimit)
	selected := resources.ListOptions{FieldSelector: "metadata.name=" + name}
	for event, err := range resources.ForKind(client, kind).Watch(ctx, selected) {
		require.NoError(t, err)
		if event.Type == resources.Added {
			return
		}
	}
}

// addServiceAccount creates a service account, binds a role to it, and requests a token.
func (tgt *target) addServiceAccount(t *testing.T, name string, rights ...right) (*kubeconfig.Config, string) {
	client, ns := connect(t, tgt.config), tgt.config.Namespace
	create := func(apiVersion, kind, document string) {
		found, err := resources.DiscoverObject(t.Context(), client, apiVersion, kind)
		require.NoError(t, err)
		_, err = resources.ForKind(client, found).CreateRaw(t.Context(), []byte(document))
		require.NoError(t, err)
	}
	create(
		"v1",
		"ServiceAccount",
		fmt.Sprintf(`{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":%q}}`, name),
	)
	if len(rights) > 0 {
		var rules []string
		for _, r := range rights {
			for _, resource := range r.resources {
				name, group, _ := strings.Cut(resource, ".")
				rules = append(rules, fmt.Sprintf(`{"apiGroups":[%q],"resources":[%q],"verbs":["%s"]}`,
					group, name, strings.Join(r.verbs, `","`)))
			}
		}
		create("rbac.authorization.k8s.io/v1", "Role", fmt.Sprintf(
			`{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":%q},"rules":[%s]}`,
			name,
			strings.Join(rules, ","),
		))
		create("rbac.authorization.k8s.io/v1", "RoleBinding", fmt.Sprintf(
			`{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":%[1]q},`+
				`"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":%[1]q},`+
				`"subjects":[{"kind":"ServiceAccount","name":%[1]q}]}`,
			name,
		))
	}
	answer, err := client.Fetch(t.Context(), &transport.Request{
		Method: http.MethodPost, Path: []string{"api", "v1", "namespaces", ns, "serviceaccounts", name, "token"},
		Body: []byte(`{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}`),
	})
	require.NoError(t, err)
	var request struct {
		Status struct {
			Token string `json:"token"`
		} `json:"status"`
	}
	require.NoError(t, json.Unmarshal(answer, &request))
	cfg := &kubeconfig.Config{
		Server:      tgt.config.Server,
		Namespace:   ns,
		BearerToken: request.Status.Token,
		ProxyURL:    tgt.config.ProxyURL,
	}
	cfg.TLS = kubeconfig.TLS{
		CAFile:     tgt.config.TLS.CAFile,
		CAData:     tgt.config.TLS.CAData,
		ServerName: tgt.config.TLS.ServerName,
		Insecure:   tgt.config.TLS.Insecure,
	}
	if len(rights) > 0 { // the authorizer sees the binding with a delay
		probe := resources.New[resources.Pod](connect(t, cfg))
		eventually(t, "the role holds", func() bool {
			_, err := probe.List(t.Context(), resources.ListOptions{Limit: 1})
			return !errors.Is(err, transport.ErrForbidden)
		})
	}
	return cfg, fmt.Sprintf("system:serviceaccount:%s:%s", ns, name)
}

// eventually polls until the condition is true.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, waitLimit, 20*time.Millisecond, what)
}
