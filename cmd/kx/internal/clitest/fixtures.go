package clitest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

// Complete returns the completions of a shell, without their descriptions.
func Complete(c *Cluster, args ...string) (words []string) {
	r := c.Kx(append([]string{"__complete"}, args...)...)
	require.Equal(c.t, Result{Out: r.Out}, r)
	offered, directive, _ := strings.Cut("\n"+r.Out, "\n:")
	require.NotEmpty(c.t, directive, r.Out)
	for line := range strings.Lines(strings.TrimPrefix(offered, "\n")) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		words = append(words, word)
	}
	return words
}

// WithPlugin returns the cluster with a user whose token comes from a program, and that program.
func (c *Cluster) WithPlugin() (*Cluster, string) {
	cfg := c.ConfigOf("kx-editor")
	plugin := c.Write("plugin", `#!/bin/sh
echo "asked" >&2
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
	"status": {"token": "`+cfg.BearerToken+`"}}'
`)
	require.NoError(c.t, os.Chmod(plugin, 0o700))
	other := *c
	other.KubeconfigFile = KubeconfigFor(c.t, cfg.Server, ", certificate-authority-data: "+
		base64.StdEncoding.EncodeToString(cfg.TLS.CAData),
		`exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, `+
			`command: "`+plugin+`"}`)
	return &other, plugin
}

// DebugTools returns the command line of kx debug with a container named tools in the pod
// distroless.
func DebugTools(words ...string) []string {
	return append([]string{"debug", "distroless", "-c", "tools", "-q", "--image",
		kxtest.BusyboxImage}, words...)
}

// StaticProgram returns an ELF file for linux/amd64 that needs no dynamic linker.
func StaticProgram() []byte {
	header := make([]byte, 64) // without program headers
	copy(header, "\x7fELF\x02\x01\x01")
	header[16], header[18] = 2, 62 // ET_EXEC, EM_X86_64
	return header
}

// Ephemeral returns the ephemeral containers of a stored pod.
func Ephemeral(t *testing.T, c *Cluster, pod string) []map[string]any {
	var stored struct {
		Spec struct {
			EphemeralContainers []map[string]any `json:"ephemeralContainers"`
		} `json:"spec"`
	}
	require.NoError(t, json.Unmarshal(c.Pod("default", pod), &stored))
	return stored.Spec.EphemeralContainers
}

// Watched returns how many pods kx watches. Each of them has its container.
func (c *Cluster) Watched() int {
	pods := map[string]bool{}
	for _, r := range c.Requests() {
		if r.Query.Has("watch") && strings.HasSuffix(r.Path, "/pods") {
			pods[r.Query.Get("fieldSelector")] = true
		}
	}
	return len(pods)
}

// Web adds pods web-0, web-1 and so on, and waits until each pod with a node is ready.
func (c *Cluster) Web(nodes ...string) {
	c.t.Helper()
	for i, node := range nodes {
		_, err := c.Create(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod",
			"metadata":{"name":"web-%d","labels":{"app":"web"}},
			"spec":{"schedulerName":"none","nodeName":%q,"terminationGracePeriodSeconds":0,
				"restartPolicy":"Never","containers":[{"name":"app","image":"kx.local/busybox:1",
					"imagePullPolicy":"Never","command":["sleep","3600"]}]}}`, i, node))
		require.NoError(c.t, err)
	}
	for i, node := range nodes {
		if node != "" {
			c.WaitForPod("default", fmt.Sprintf("web-%d", i), `"ready":true`)
		}
	}
}

// Deployment creates a deployment that selects the pods with this label.
func (c *Cluster) Deployment(name, app string, replicas int) {
	c.t.Helper()
	_, err := c.Create(fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment",
		"metadata":{"name":%q},"spec":{"replicas":%d,"selector":{"matchLabels":{"app":%q}},
			"template":{"metadata":{"labels":{"app":%[3]q}},
				"spec":{"containers":[{"name":"app","image":"x"}]}}}}`, name, replicas, app))
	require.NoError(c.t, err)
}

// DebugArgs returns the command line of kx debug with a container named tools that sleeps.
func DebugArgs(words ...string) []string {
	return append(append([]string{"debug"}, words...), "-c", "tools", "--image",
		kxtest.BusyboxImage, "--", "sleep", "60")
}

// Held is an object with a finalizer.
const Held = `{"apiVersion": "v1", "kind": "ConfigMap",
	"metadata": {"name": "held", "finalizers": ["example.com/hold"]}}`

// Debugged is the pod of pod.yaml with an ephemeral container, as in an example of kx replace.
const Debugged = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {
	"containers": [{"name": "app", "image": "kx.local/busybox:1"}],
	"ephemeralContainers": [{"name": "tools", "image": "kx.local/busybox:1"}]}}`

// CompletedPod creates the pod done, whose container has ended with code 0.
func CompletedPod(t *testing.T, c *Cluster) {
	c.Pipe(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "done"},
		"spec": {"restartPolicy": "Never", "containers": [{"name": "app",
			"image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["true"]}]}}`,
		"create", "-f", "-")
	c.WaitForPod("default", "done", `"Succeeded"`)
}

// Interrupt runs kx, and cancels its context when the program has printed "ready". The first signal
// does the same.
func Interrupt(t *testing.T, c *Cluster, args ...string) Result {
	ctx, cancel := context.WithCancel(WithLimit(t))
	defer cancel()
	var out, err LockedBuffer
	in, hold := io.Pipe()
	defer hold.Close()
	defer When(t, cancel, func() bool { return strings.Contains(out.String(), "ready") })()
	code := Run(ctx, in, &out, &err, append([]string{"--kubeconfig", c.KubeconfigFile}, args...))
	return Result{Code: code, Out: out.String(), Err: err.String()}
}

// WithContainer creates a pod named one, whose container is not restarted.
func WithContainer(t *testing.T, c *Cluster, fields string) {
	c.Pipe(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"},
		"spec": {"restartPolicy": "Never", "containers": [{"name": "app",
			"image": "kx.local/busybox:1", "imagePullPolicy": "Never", `+fields+`}]}}`,
		"create", "-f", "-")
	c.WaitForPod("default", "one", `"running"`)
}

// StreamRequest returns the last request of a subresource.
func (c *Cluster) StreamRequest(subresource string) kxtest.Request {
	all := c.Requests()
	slices.Reverse(all)
	i := slices.IndexFunc(all, func(r kxtest.Request) bool {
		return strings.HasSuffix(r.Path,
			"/"+subresource)
	})
	require.GreaterOrEqual(c.t, i, 0)
	return all[i]
}

// KubeconfigFor writes a kubeconfig file for server, with these fields of its cluster and its user.
func KubeconfigFor(t *testing.T, server, cluster, user string) string {
	return WriteFile(t, "config",
		"apiVersion: v1\nkind: Config\ncurrent-context: dev\ncontexts:\n- name: dev\n"+
			"  context: {cluster: one, user: me}\nclusters:\n- name: one\n  cluster: {server: "+
			"\""+server+"\""+cluster+
			"}\nusers:\n- name: me\n  user: {"+user+"}\n")
}

// PlainServer starts a server that speaks HTTP without TLS, and returns its address.
func PlainServer(t *testing.T) string {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// Lines returns the lines of text.
func Lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// Methods returns the methods of the requests, in order.
func Methods(c *Cluster) (all []string) {
	for _, r := range c.Requests() {
		all = append(all, r.Method)
	}
	return all
}

// DebuggerJSON is the JSON of a list with one ephemeral container, and a comma.
const DebuggerJSON = `"ephemeralContainers": [{"name": "tools", "image": "kx.local/busybox:1",
	"imagePullPolicy": "Never", "command": ["sleep", "60"]}], `

// TLSServer starts a server with these certificates that answers 404.
func TLSServer(t *testing.T, certificates ...tls.Certificate) *httptest.Server {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: certificates}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // failed handshakes are expected
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// ExpiredCertificate returns a self-signed certificate for 127.0.0.1. authority is its PEM in
// base64.
func ExpiredCertificate(t *testing.T) (certificate tls.Certificate, authority string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "expired"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-2 * time.Hour),
		NotAfter: time.Now().Add(-time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
			Bytes: der}))
}
