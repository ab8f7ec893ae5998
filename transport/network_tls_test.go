package transport_test

import (
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func TestCertificatesAreReadFromDataOrFiles(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	serverPair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	_, cert, key := ca.issue(t, "alice", time.Now().Add(time.Hour))
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}, func(s *httptest.Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{serverPair}, ClientAuth: tls.RequireAndVerifyClientCert,
			ClientCAs: pool}
	})
	caFile, certFile, keyFile := write(t, dir, "ca", ca.pem), write(t, dir, "cert", cert), write(t, dir, "key", key)
	missing := filepath.Join(dir, "missing")
	for name, conf := range map[string]kubeconfig.TLS{
		"data":  {CAData: ca.pem, CertData: cert, KeyData: key},
		"files": {CAFile: caFile, CertFile: certFile, KeyFile: keyFile},
		"data and files": {CAData: ca.pem, CertData: cert, KeyData: key, CAFile: missing, CertFile: missing,
			KeyFile: missing},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := newClient(t, &kubeconfig.Config{Server: cfg.Server, TLS: conf}).Fetch(t.Context(), get())
			require.NoError(t, err)
			require.Equal(t, "alice", string(body))
		})
	}
}

func TestTheErrorNamesARefusedClientCertificate(t *testing.T) {
	ca := newAuthority(t)
	serverPair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	end := time.Now().Add(-time.Minute)
	_, cert, key := ca.issue(t, "alice", end)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	none, old := kubeconfig.TLS{CAData: ca.pem}, kubeconfig.TLS{CAData: ca.pem, CertData: cert, KeyData: key}
	_, cert, key = newAuthority(t).issue(t, "alice", time.Now().Add(time.Hour))
	foreign := kubeconfig.TLS{CAData: ca.pem, CertData: cert, KeyData: key}
	const refused = "the server refused the client certificate, or the lack of one: check it in the configuration"
	expired := "the client certificate expired at " + end.UTC().Format(time.RFC3339) + ": have it renewed"
	for name, tc := range map[string]struct {
		version uint16
		conf    kubeconfig.TLS
		want    string
	}{
		"TLS 1.2: none":                 {tls.VersionTLS12, none, refused},
		"TLS 1.2: expired":              {tls.VersionTLS12, old, expired},
		"TLS 1.2: by another authority": {tls.VersionTLS12, foreign, refused},
		// The alert may be lost with the connection.
		"TLS 1.3: none":                 {tls.VersionTLS13, none, ""},
		"TLS 1.3: expired":              {tls.VersionTLS13, old, expired},
		"TLS 1.3: by another authority": {tls.VersionTLS13, foreign, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := serve(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
				s.TLS = &tls.Config{Certificates: []tls.Certificate{serverPair}, MaxVersion: tc.version,
					ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
			})
			_, err := newClient(t, &kubeconfig.Config{Server: cfg.Server, TLS: tc.conf}).Fetch(t.Context(), send("POST", "{}"))
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			var lost *transport.ConnectionError
			require.ErrorAs(t, err, &lost)
			if tc.version == tls.VersionTLS12 {
				require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
			}
		})
	}
}

func TestNewFailsForInvalidCertificates(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	_, cert, key := ca.issue(t, "alice", time.Now().Add(time.Hour))
	_, _, otherKey := ca.issue(t, "bob", time.Now().Add(time.Hour))
	garbage := []byte("-----BEGIN NOTHING-----\n")
	empty := write(t, dir, "empty", nil)
	broken := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no DER")})
	pkcs8 := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("s3cret")})
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY",
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("s3cret")})
	const encrypted = "the client key (client-key-data) is encrypted, and kx asks for no passphrase: decrypt it, as by " +
		"openssl pkey -in FILE -out FILE"
	for name, tc := range map[string]struct {
		conf kubeconfig.TLS
		want string
	}{
		"missing authority": {kubeconfig.TLS{CAFile: filepath.Join(dir, "none")},
			"read certificate-authority: open"},
		"missing certificate": {kubeconfig.TLS{CertFile: filepath.Join(dir, "none"), KeyData: key},
			"read client-certificate: open"},
		"missing key": {kubeconfig.TLS{CertData: cert, KeyFile: filepath.Join(dir, "none")},
			"read client-key: open"},
		"empty authority": {kubeconfig.TLS{CAFile: empty}, "certificate-authority " + empty + " is empty"},
		"garbage authority": {kubeconfig.TLS{CAData: garbage},
			"certificate-authority-data holds no PEM certificate"},
		"garbage certificate": {kubeconfig.TLS{CertData: garbage, KeyData: key},
			"the client certificate (client-certificate-data) and key (client-key-data) cannot be used"},
		"a key that does not fit": {kubeconfig.TLS{CertData: cert, KeyData: otherKey},
			"private key does not match public key"},
		"a broken certificate as authority": {kubeconfig.TLS{CAData: broken},
			"certificate-authority-data holds no PEM certificate"},
		"certificate and key switched": {kubeconfig.TLS{CertData: key, KeyData: cert},
			"PEM inputs may have been switched"},
		"encrypted key (PKCS #8)": {kubeconfig.TLS{CertData: cert, KeyData: pkcs8}, encrypted},
		"encrypted key (PKCS #1)": {kubeconfig.TLS{CertData: cert, KeyData: pkcs1}, encrypted},
		"certificate without key": {kubeconfig.TLS{CertData: cert}, "without a client key"},
		"key without certificate": {kubeconfig.TLS{KeyData: key}, "without a client certificate"},
		"authority and insecure": {kubeconfig.TLS{CAData: ca.pem, Insecure: true},
			"together with insecure-skip-tls-verify"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := transport.New(&kubeconfig.Config{Server: "https://h", TLS: tc.conf})
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "BEGIN")
		})
	}
	_, err := transport.New(&kubeconfig.Config{Server: "https://h",
		TLS: kubeconfig.TLS{CAFile: filepath.Join(dir, "none")}})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestTheErrorOfAnUntrustedServerNamesTheRemedy(t *testing.T) {
	ca := newAuthority(t)
	good, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	other, _, _ := ca.issue(t, "api.example", time.Now().Add(time.Hour))
	nameless, _, _ := ca.issue(t, "", time.Now().Add(time.Hour))
	expired, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(-time.Minute))
	early, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(3*time.Hour))
	middle := ca.intermediate(t)
	chained, _, _ := middle.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	whole := chained
	whole.Certificate = append(slices.Clone(whole.Certificate), middle.cert.Raw)
	broken := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no DER")})
	bundle := slices.Concat([]byte("# our authorities\n"), newAuthority(t).pem, []byte("garbage\n-----BEGIN"),
		[]byte("\n"), broken, []byte("\r\n"), ca.pem, []byte("more"))
	const unknown = `certificate-authority: check it in context "dev" in /home/me/.kube/config`
	const otherName = "the server's certificate is for another name: use that name in server, or set tls-server-name"
	answer := func(http.ResponseWriter, *http.Request) {}
	for name, tc := range map[string]struct {
		pair tls.Certificate
		conf kubeconfig.TLS
		want []string
	}{
		"trusted": {good, kubeconfig.TLS{CAData: ca.pem}, nil},
		"another name is allowed": {other, kubeconfig.TLS{CAData: ca.pem,
			ServerName: "api.example"}, nil},
		"verification is disabled":                         {expired, kubeconfig.TLS{Insecure: true}, nil},
		"one of a bundle's authorities":                    {good, kubeconfig.TLS{CAData: bundle}, nil},
		"by an intermediate authority":                     {whole, kubeconfig.TLS{CAData: ca.pem}, nil},
		"an intermediate authority that is trusted itself": {chained, kubeconfig.TLS{CAData: middle.pem}, nil},
		"without its intermediate": {chained, kubeconfig.TLS{CAData: ca.pem},
			[]string{"certificate signed by unknown authority", unknown}},
		"unknown authority": {good, kubeconfig.TLS{CAData: newAuthority(t).pem},
			[]string{"certificate signed by unknown authority", unknown}},
		"no authority, and unknown to this machine": {good, kubeconfig.TLS{},
			[]string{"certificate signed by unknown authority",
				`by an authority that this machine does not trust: set certificate-authority in context "dev" ` +
					`in /home/me/.kube/config`}},
		"no name": {nameless, kubeconfig.TLS{CAData: ca.pem},
			[]string{"have it reissued with its host names"}},
		"wrong name": {other, kubeconfig.TLS{CAData: ca.pem}, []string{"doesn't contain any IP SANs", otherName}},
		"wrong tls-server-name": {other, kubeconfig.TLS{CAData: ca.pem, ServerName: "b.example"},
			[]string{"certificate is valid for api.example, not b.example", otherName}},
		"expired": {expired, kubeconfig.TLS{CAData: ca.pem},
			[]string{"certificate has expired", "check the clock of this machine, and have the server's certificate renewed"}},
		"not valid yet": {early, kubeconfig.TLS{CAData: ca.pem},
			[]string{"is not yet valid", "check the clock of this machine"}},
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

func TestTLSBelow12Fails(t *testing.T) {
	cfg := serve(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	}, http1)
	_, err := newClient(t, cfg).Fetch(t.Context(), get())
	requireOneLine(t, err)
	require.ErrorContains(t, err, "protocol version")
	require.ErrorContains(t, err, "TLS 1.2 or newer")
}

func TestHTTP1AndHTTP2Work(t *testing.T) {
	for want, with := range map[string]func(*httptest.Server){"HTTP/2.0": protocols["HTTP/2"], "HTTP/1.1": http1} {
		cfg := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }, with)
		body, err := newClient(t, cfg).Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Equal(t, want, string(body))
	}
}

func TestCompressionIsRequestedUnlessDisabled(t *testing.T) {
	for disabled, want := range map[bool]string{false: "gzip", true: ""} {
		var got string
		cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("Accept-Encoding")
			if got == "gzip" {
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

// intermediate returns an authority that a certifies.
func (a *authority) intermediate(t testing.TB) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "intermediate authority"}, IsCA: true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &authority{cert: cert, key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func TestClientCertificatesArePresentedWithTheirChain(t *testing.T) {
	root := newAuthority(t)
	ca := root.intermediate(t)
	pool := x509.NewCertPool()
	pool.AddCert(root.cert)
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].PublicKeyAlgorithm.String())
	}, func(s *httptest.Server) {
		s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	})
	ec, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	sec1, err := x509.MarshalECPrivateKey(ec)
	require.NoError(t, err)
	pkcs8 := func(key crypto.Signer) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		require.NoError(t, err)
		return der
	}
	for name, tc := range map[string]struct {
		key  crypto.Signer
		kind string
		der  []byte
		want string
	}{
		"RSA, PKCS #1":     {long, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(long), "RSA"},
		"RSA, PKCS #8":     {long, "PRIVATE KEY", pkcs8(long), "RSA"},
		"EC, SEC 1":        {ec, "EC PRIVATE KEY", sec1, "ECDSA"},
		"EC, PKCS #8":      {ec, "PRIVATE KEY", pkcs8(ec), "ECDSA"},
		"Ed25519, PKCS #8": {ed, "PRIVATE KEY", pkcs8(ed), "Ed25519"},
	} {
		t.Run(name, func(t *testing.T) {
			template := &x509.Certificate{
				SerialNumber: big.NewInt(4), Subject: pkix.Name{CommonName: "alice"}, NotBefore: time.Now().Add(-time.Hour),
				NotAfter:    time.Now().Add(time.Hour),
				ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
			}
			leaf, err := x509.CreateCertificate(rand.Reader, template, ca.cert, tc.key.Public(), ca.key)
			require.NoError(t, err)
			chain := slices.Concat([]byte("alice, by way of\n"),
				pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf}), []byte("the intermediate\n"), ca.pem)
			own := *cfg
			own.TLS.CertData, own.TLS.KeyData = chain, pem.EncodeToMemory(&pem.Block{Type: tc.kind, Bytes: tc.der})
			body, err := newClient(t, &own).Fetch(t.Context(), get())
			require.NoError(t, err)
			require.Equal(t, tc.want, string(body))
		})
	}
}

func TestTheServerNameIsSentInTheHandshake(t *testing.T) {
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.TLS.ServerName) })
	for name, want := range map[string]string{"": "",
		"example.com": "example.com"} { // an address is not sent (RFC 6066, 3)
		own := *cfg
		own.TLS.ServerName = name
		body, err := newClient(t, &own).Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Equal(t, want, string(body))
	}
}
