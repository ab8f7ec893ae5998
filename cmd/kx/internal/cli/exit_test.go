package cli

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
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestAnUnknownCommandOrFlagIsWrongUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"gett"}, `error: unknown command "gett" for "kx": did you mean get?; see kx --help`},
		{[]string{"frobnicate"}, `error: unknown command "frobnicate" for "kx"; see kx --help`},
		{[]string{"--frobnicate"}, `error: unknown flag: --frobnicate; see kx --help`},
		{[]string{"get", "pods", "-Z"}, `error: unknown shorthand flag: 'Z' in -Z; see kx get --help`},
		{[]string{"get", "pods", "--namespace"}, `error: flag needs an argument: --namespace; see kx get --help`},
		{[]string{"get", "pods", "--request-timeout", "soon"}, `error: invalid argument "soon" for "--request-timeout" flag: must be a time such as 30s or 2m, or a number of seconds; see kx get --help`},
		{[]string{"help", "config", "frobnicate"}, `error: there is no command "config frobnicate" to help with; see kx help --help`},
		{[]string{"config", "frobnicate"}, `error: unknown command "frobnicate" for "kx config"; see kx config --help`},
	} {
		require.Equal(t, test.want, execute(t.Context(), "", test.args...).fails(t, 2))
	}
}

func TestHelpGoesToStdout(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"help"}, {"config"}, {"get", "-h"}, {"help", "config", "view"}} {
		r := execute(t.Context(), "", args...)
		require.Equal(t, result{0, r.out, ""}, r)
		require.Contains(t, r.out, "Usage:\n  kx")
		require.Contains(t, r.out, exitStatus)
	}
}

// kubeconfigFor makes a file whose only context leads to server, with what else its cluster and its user have.
func kubeconfigFor(t *testing.T, server, cluster, user string) string {
	return writeFile(t, "config", "apiVersion: v1\nkind: Config\ncurrent-context: dev\ncontexts:\n- name: dev\n  context: {cluster: one, user: me}\n"+
		"clusters:\n- name: one\n  cluster: {server: \""+server+"\""+cluster+"}\nusers:\n- name: me\n  user: {"+user+"}\n")
}

func TestAConnectionThatFailsSaysWhereAndWhy(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := listener.Addr().String()
	require.NoError(t, listener.Close())

	certificate, authority := expiredCertificate(t)
	stranger, expired := tlsServer(t), tlsServer(t, certificate)

	for name, test := range map[string]struct {
		server, cluster string
		want            []string
	}{
		"refused":                {"https://" + closed, "", []string{"cannot reach " + closed, `context "dev" in /`, "connection refused", "is the API server running there?"}},
		"an unknown authority":   {stranger.URL, "", []string{"certificate signed by unknown authority", "check it in context \"dev\""}},
		"an expired certificate": {expired.URL, ", certificate-authority-data: " + authority, []string{"certificate has expired", "check the clock of this machine, and have the server's certificate renewed"}},
		"no TLS there":           {"https://" + plainServer(t), "", []string{"the server does not speak TLS at this port"}},
		"no such host":           {"https://kx.invalid", "", []string{"cannot reach kx.invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			line := execute(t.Context(), "", "--kubeconfig", kubeconfigFor(t, test.server, test.cluster, "token: hunter2"), "get", "pods").fails(t, 1)
			for _, part := range test.want {
				require.Contains(t, line, part)
			}
			require.NotContains(t, line, "hunter2")
		})
	}
}

func tlsServer(t *testing.T, certificates ...tls.Certificate) *httptest.Server {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: certificates}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it is meant to see failed handshakes
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func plainServer(t *testing.T) string {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// expiredCertificate is for 127.0.0.1, signed by itself; authority is base64 of its PEM.
func expiredCertificate(t *testing.T) (certificate tls.Certificate, authority string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "expired"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestARefusalShowsTheServersWords(t *testing.T) {
	c := start(t)
	nobody := c.as("kx-nobody")
	require.Equal(t, `error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods: pods is forbidden: User "kx-nobody" cannot list resource "pods" in API group "" in the namespace "default" (403)`+
		`; "kx auth check --kubeconfig `+nobody.kubeconfig+` -n default" says what this user may do`,
		nobody.kx("get", "pods").fails(t, 1))

	admin := string(c.KubeconfigOf("kx-viewer"))
	c.RevokeToken("kx-viewer")
	stale := c.write("stale.kubeconfig", admin)
	require.Regexp(t, `^error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods: Unauthorized \(401\); the server does not accept the token of user "kx-viewer": set a new one in context "kx-viewer" in \S+/stale.kubeconfig$`,
		execute(t.Context(), "", "--kubeconfig", stale, "get", "pods").fails(t, 1))

	line := c.pipe("apiVersion: v1\nkind: Pod\nmetadata: {name: A}\nspec: {containers: [{name: B, image: x}]}\n", "create", "-f", "-").fails(t, 1)
	require.Contains(t, line, `(422)`)
	require.Contains(t, line, `metadata.name: Invalid value: "A"`)
	require.Contains(t, line, `spec.containers[0].name: Invalid value: "B"`)
}

func TestACauseThatTheMessageLeavesOutIsShown(t *testing.T) {
	c := start(t)
	body := `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "admission webhook \"x\" denied the request", "reason": "Invalid", "code": 422,
		"details": {"causes": [{"field": "spec.a", "message": "is \nbad"}, {"message": "denied the request"}, {"message": "and more"}]}}`
	c.Fault(kxtest.Fault{Method: "GET", Then: kxtest.Answer(422, http.Header{"Content-Type": {"application/json"}}, body)})
	require.Regexp(t, `: admission webhook "x" denied the request \(422\); spec\.a: is bad; and more$`, c.kx("get", "pods").fails(t, 1))
}

func TestAnAnswerOfAProxyIsToldFromTheServers(t *testing.T) {
	c := start(t)
	c.Fault(kxtest.Fault{Method: "GET", Then: kxtest.Answer(502, nil, "<html>\x1b[31mBad Gateway</html>")})
	line := c.kx("get", "pods").fails(t, 1)
	require.Contains(t, line, "a proxy may have answered in the API server's place")
	require.NotContains(t, line, "\x1b")
}

func TestContextsAndFilesThatAreNotThereAreNamed(t *testing.T) {
	c := start(t)
	require.Regexp(t, `^error: kubeconfig: context "nope" is not in \S+; contexts there: "kx-admin"$`, c.kx("get", "pods", "--context", "nope").fails(t, 1))
	require.Regexp(t, `^error: kubeconfig: user "nope" is not in `, c.kx("get", "pods", "--user", "nope").fails(t, 1))
	require.Regexp(t, `^error: kubeconfig: cluster "nope" is not in `, c.kx("get", "pods", "--cluster", "nope").fails(t, 1))
	require.Regexp(t, `no such file or directory`, execute(t.Context(), "", "--kubeconfig", t.TempDir()+"/nope", "get", "pods").fails(t, 1))
	require.Equal(t, "pod/shell\n", c.done("get", "pod", "shell", "-o", "name", "--context", "kx-admin", "--cluster", "kxtest", "--user", "kx-admin"))
}

func TestAKindThatIsNoneIsNamed(t *testing.T) {
	require.Equal(t, `error: the server has no resource type "wibble": check its spelling, and its group when it is from a custom resource`, start(t).kx("get", "wibble").fails(t, 1))
}

func TestARequestThatTakesTooLongEnds(t *testing.T) {
	c := start(t)
	c.Fault(kxtest.Fault{Method: "GET", Times: -1, Delay: time.Minute})
	require.Regexp(t, `^error: GET \S+/pods: the server did not finish its answer within 3s; `, c.kx("get", "pods", "--request-timeout", "3s").fails(t, 1))
}

func TestTheRequestTimeoutIsSecondsOrADuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": 0, "30": 30 * time.Second, "1m30s": 90 * time.Second, "0s": 0} {
		var s seconds
		require.NoError(t, s.Set(text))
		require.Equal(t, want, time.Duration(s))
	}
	for _, text := range []string{"", "-1", "-1s", "1x", "99999999999999"} {
		require.Error(t, new(seconds).Set(text), text)
	}
}

func TestAnInterruptIsOneLineAndAFailure(t *testing.T) {
	c := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	c.Fault(kxtest.Fault{Times: -1, Delay: time.Minute})
	c.ForgetRequests()
	defer once(t, cancel, func() bool { return len(c.Requests()) > 0 })()
	require.Equal(t, "error: interrupted", execute(ctx, "", "--kubeconfig", c.kubeconfig, "get", "pods").fails(t, 1))
}

func TestAWriteThatIsInterruptedMayHaveHappened(t *testing.T) {
	c := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	fault := c.Fault(kxtest.Fault{Method: "POST", Delay: time.Minute})
	defer once(t, cancel, func() bool { return fault.Hits() > 0 })()
	require.Regexp(t, `^error: interrupted: stdin: POST .*the write may have happened: read the object before you send it again$`,
		execute(ctx, podYAML, "--kubeconfig", c.kubeconfig, "create", "-f", "-").fails(t, 1))
}

func TestAClosedPipeEndsQuietly(t *testing.T) {
	c := start(t)
	for _, args := range [][]string{{"get", "pods"}, {"get", "pods", "-o", "json"}, {"get", "pods", "-o", "yaml"}, {"get", "pods", "-o", "name"}, {"get", "pods", "-A"}, {"config", "view"}, {"version"}, {"help"}} {
		var err strings.Builder
		code := run(t.Context(), streams{in: strings.NewReader(""), out: brokenWriter{syscall.EPIPE}, err: &err}, append([]string{"--kubeconfig", c.kubeconfig}, args...))
		require.Empty(t, err.String(), args)
		if args[0] != "help" { // cobra ignores the errors of printing help
			require.Equal(t, 1, code, args)
		}
	}
	var err strings.Builder
	require.Equal(t, 1, run(t.Context(), streams{out: brokenWriter{errors.New("no space left on device")}, err: &err}, []string{"--kubeconfig", c.kubeconfig, "get", "pods", "-o", "json"}))
	require.Contains(t, err.String(), "cannot write the output: no space left on device")
}

func TestWarningsComeOnceEachOnStderr(t *testing.T) {
	c := start(t)
	header := http.Header{"Content-Type": {"application/json"}, "Warning": {`299 - "v1 Old is deprecated"`, `299 - "another one"`}}
	c.Fault(kxtest.Fault{Method: "GET", Times: -1, Then: kxtest.Answer(200, header, `{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": [{"name": "Name"}], "rows": [{"cells": ["a"]}]}`)})
	require.Equal(t, result{0, "NAME\na\na\n", "Warning: v1 Old is deprecated\nWarning: another one\n"}, c.kx("get", "pods", "a", "a"))
}

func TestTheLogGoesToStderrWithoutCredentials(t *testing.T) {
	c := start(t)
	r := c.kx("get", "pods", "-v", "8")
	require.Equal(t, 0, r.code)
	require.Len(t, lines(r.out), 3)
	require.Contains(t, r.err, "GET")
	require.Contains(t, r.err, "/api/v1/namespaces/default/pods")
	require.NotContains(t, r.err, "kxtest-admin-token")
	require.Empty(t, c.kx("get", "pods", "-v=5").err)
}

func TestTheConfigurationsWarningsAreShown(t *testing.T) {
	c := start(t)
	path := c.write("two.kubeconfig", string(c.Kubeconfig())+"---\napiVersion: v1\n")
	r := execute(t.Context(), "", "--kubeconfig", path, "get", "pods", "-o", "name")
	require.Equal(t, 0, r.code)
	require.Equal(t, "pod/distroless\npod/shell\n", r.out)
	require.Regexp(t, `^Warning: .*several YAML documents.*\n$`, r.err)
}
