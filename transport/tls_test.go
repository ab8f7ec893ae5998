package transport_test

import (
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func TestCertificatesAreTakenFromDataOrFiles(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	serverPair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	_, cert, key := ca.issue(t, "alice", time.Now().Add(time.Hour))
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}, func(s *httptest.Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{serverPair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	})
	caFile, certFile, keyFile := write(t, dir, "ca", ca.pem), write(t, dir, "cert", cert), write(t, dir, "key", key)
	missing := filepath.Join(dir, "missing")
	for name, conf := range map[string]kubeconfig.TLS{
		"data":             {CAData: ca.pem, CertData: cert, KeyData: key},
		"files":            {CAFile: caFile, CertFile: certFile, KeyFile: keyFile},
		"data beats files": {CAData: ca.pem, CertData: cert, KeyData: key, CAFile: missing, CertFile: missing, KeyFile: missing},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := newClient(t, &kubeconfig.Config{Server: cfg.Server, TLS: conf}).Fetch(t.Context(), get())
			require.NoError(t, err)
			require.Equal(t, "alice", string(body))
		})
	}
}

func TestARefusedClientCertificateIsNamedAsTheCause(t *testing.T) {
	ca := newAuthority(t)
	serverPair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	end := time.Now().Add(-time.Minute)
	_, cert, key := ca.issue(t, "alice", end)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	none, old := kubeconfig.TLS{CAData: ca.pem}, kubeconfig.TLS{CAData: ca.pem, CertData: cert, KeyData: key}
	expired := "the client certificate expired at " + end.UTC().Format(time.RFC3339) + ": have it renewed"
	for name, tc := range map[string]struct {
		version uint16
		conf    kubeconfig.TLS
		want    string
	}{
		"TLS 1.2: none":    {tls.VersionTLS12, none, "the server refused the client certificate, or the lack of one: check it in the configuration"},
		"TLS 1.2: expired": {tls.VersionTLS12, old, expired},
		"TLS 1.3: none":    {tls.VersionTLS13, none, ""}, // the alert may be lost with the connection
		"TLS 1.3: expired": {tls.VersionTLS13, old, expired},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := serve(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
				s.TLS = &tls.Config{Certificates: []tls.Certificate{serverPair}, MaxVersion: tc.version, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
			})
			_, err := newClient(t, &kubeconfig.Config{Server: cfg.Server, TLS: tc.conf}).Fetch(t.Context(), send("POST", "{}"))
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			if tc.version == tls.VersionTLS12 {
				require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
			}
		})
	}
}

func TestNewRefusesCertificatesThatCannotBeUsed(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	_, cert, key := ca.issue(t, "alice", time.Now().Add(time.Hour))
	_, _, otherKey := ca.issue(t, "bob", time.Now().Add(time.Hour))
	garbage := []byte("-----BEGIN NOTHING-----\n")
	empty := write(t, dir, "empty", nil)
	for name, tc := range map[string]struct {
		conf kubeconfig.TLS
		want string
	}{
		"missing authority":       {kubeconfig.TLS{CAFile: filepath.Join(dir, "none")}, "read certificate-authority: open"},
		"missing certificate":     {kubeconfig.TLS{CertFile: filepath.Join(dir, "none"), KeyData: key}, "read client-certificate: open"},
		"missing key":             {kubeconfig.TLS{CertData: cert, KeyFile: filepath.Join(dir, "none")}, "read client-key: open"},
		"empty authority":         {kubeconfig.TLS{CAFile: empty}, "certificate-authority " + empty + " is empty"},
		"garbage authority":       {kubeconfig.TLS{CAData: garbage}, "certificate-authority-data holds no PEM certificate"},
		"garbage certificate":     {kubeconfig.TLS{CertData: garbage, KeyData: key}, "the client certificate (client-certificate-data) and key (client-key-data) cannot be used"},
		"a key that does not fit": {kubeconfig.TLS{CertData: cert, KeyData: otherKey}, "private key does not match public key"},
		"certificate without key": {kubeconfig.TLS{CertData: cert}, "without a client key"},
		"key without certificate": {kubeconfig.TLS{KeyData: key}, "without a client certificate"},
		"authority and insecure":  {kubeconfig.TLS{CAData: ca.pem, Insecure: true}, "together with insecure-skip-tls-verify"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := transport.New(&kubeconfig.Config{Server: "https://h", TLS: tc.conf})
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "BEGIN")
		})
	}
	_, err := transport.New(&kubeconfig.Config{Server: "https://h", TLS: kubeconfig.TLS{CAFile: filepath.Join(dir, "none")}})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestAServerThatCannotBeTrustedIsRefusedWithTheReasonAndTheRemedy(t *testing.T) {
	ca := newAuthority(t)
	good, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	other, _, _ := ca.issue(t, "api.example", time.Now().Add(time.Hour))
	expired, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(-time.Minute))
	answer := func(http.ResponseWriter, *http.Request) {}
	for name, tc := range map[string]struct {
		pair tls.Certificate
		conf kubeconfig.TLS
		want []string
	}{
		"trusted":                 {good, kubeconfig.TLS{CAData: ca.pem}, nil},
		"another name is allowed": {other, kubeconfig.TLS{CAData: ca.pem, ServerName: "api.example"}, nil},
		"anything is allowed":     {expired, kubeconfig.TLS{Insecure: true}, nil},
		"unknown authority": {good, kubeconfig.TLS{CAData: newAuthority(t).pem}, []string{
			"certificate signed by unknown authority", `certificate-authority: check it in context "dev" in /home/me/.kube/config`}},
		"wrong name": {other, kubeconfig.TLS{CAData: ca.pem}, []string{"use that name in server, or set tls-server-name"}},
		"expired":    {expired, kubeconfig.TLS{CAData: ca.pem}, []string{"certificate has expired", "check the clock of this machine"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := serve(t, answer, serveAs(tc.pair))
			cfg.TLS = tc.conf
			_, err := newClient(t, cfg).Fetch(t.Context(), send("POST", "{}"))
			if tc.want == nil {
				require.NoError(t, err)
				return
			}
			requireOneLine(t, err)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			var ce *transport.ConnectionError
			require.ErrorAs(t, err, &ce)
			require.False(t, ce.Sent)
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
		})
	}
}

func TestTLSBelow12IsRefused(t *testing.T) {
	cfg := serve(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	}, http1)
	_, err := newClient(t, cfg).Fetch(t.Context(), get())
	requireOneLine(t, err)
	require.ErrorContains(t, err, "protocol version")
	require.ErrorContains(t, err, "TLS 1.2 or newer")
}

func TestBothHTTPVersionsAreSpoken(t *testing.T) {
	for want, with := range map[string]func(*httptest.Server){"HTTP/2.0": protocols["HTTP/2"], "HTTP/1.1": http1} {
		cfg := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }, with)
		body, err := newClient(t, cfg).Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Equal(t, want, string(body))
	}
}

func TestCompressionIsAskedForUnlessDisabled(t *testing.T) {
	for disabled, want := range map[bool]string{false: "gzip", true: ""} {
		var got string
		cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if got = r.Header.Get("Accept-Encoding"); got == "gzip" {
				w.Header().Set("Content-Encoding", "gzip")
				packed := gzip.NewWriter(w)
				defer packed.Close()
				_, _ = io.WriteString(packed, "text")
				return
			}
			_, _ = io.WriteString(w, "text")
		})
		cfg.DisableCompression = disabled
		body, err := newClient(t, cfg).Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, "text", string(body))
	}
}
