package transport_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// jwt returns an unsigned token with these claims.
func jwt(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + ".c2lnbmF0dXJl"
}

func TestCredentialDescribesTheCredentialInUse(t *testing.T) {
	dir := t.TempDir()
	end := time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC)
	token := jwt(`{"sub":"me","exp":4102542245}`)
	tokenFile := write(t, dir, "token", []byte(token+"\n"))
	_, cert, key := newAuthority(t).issue(t, "alice", end)
	certFile, keyFile := write(t, dir, "cert", cert), write(t, dir, "key", key)
	for name, tc := range map[string]struct {
		set  func(*kubeconfig.Config)
		want transport.Credential
	}{
		"nothing": {func(*kubeconfig.Config) {}, transport.Credential{Kind: "none"}},
		"an opaque token": {func(c *kubeconfig.Config) { c.BearerToken = "t" },
			transport.Credential{Kind: "bearer token"}},
		"a JWT": {func(c *kubeconfig.Config) { c.BearerToken = token },
			transport.Credential{Kind: "bearer token", Expires: end}},
		"a JWT that expires at a fraction of a second": {func(c *kubeconfig.Config) {
			c.BearerToken = jwt(`{"exp":4102542245.75}`)
		},
			transport.Credential{Kind: "bearer token", Expires: end}},
		"a JWT without exp": {func(c *kubeconfig.Config) { c.BearerToken = jwt(`{"sub":"me"}`) },
			transport.Credential{Kind: "bearer token"}},
		"a JWT with exp as text": {func(c *kubeconfig.Config) { c.BearerToken = jwt(`{"exp":"soon"}`) },
			transport.Credential{Kind: "bearer token"}},
		"a JWT with exp out of range": {func(c *kubeconfig.Config) { c.BearerToken = jwt(`{"exp":1e300}`) },
			transport.Credential{Kind: "bearer token"}},
		"a JWT with negative exp": {func(c *kubeconfig.Config) { c.BearerToken = jwt(`{"exp":-1e300}`) },
			transport.Credential{Kind: "bearer token"}},
		"three parts that are not a JWT": {func(c *kubeconfig.Config) { c.BearerToken = "a.!.c" },
			transport.Credential{Kind: "bearer token"}},
		"a token file": {func(c *kubeconfig.Config) { c.BearerTokenFile = tokenFile },
			transport.Credential{Kind: "token file", From: tokenFile, Expires: end}},
		"a password": {func(c *kubeconfig.Config) { c.Username, c.Password = "me", "pw" },
			transport.Credential{Kind: "basic authentication"}},
		"a certificate": {func(c *kubeconfig.Config) { c.TLS.CertData, c.TLS.KeyData = cert, key },
			transport.Credential{Kind: "client certificate", Expires: end}},
		"a certificate's file": {func(c *kubeconfig.Config) {
			c.TLS.CertFile, c.TLS.KeyFile = certFile,
				keyFile
		}, transport.Credential{Kind: "client certificate", From: certFile, Expires: end}},
		"a certificate and a token": {func(c *kubeconfig.Config) {
			c.TLS.CertData, c.TLS.KeyData,
				c.BearerToken = cert, key, "t"
		}, transport.Credential{Kind: "client certificate", Expires: end}},
		"a certificate and a plugin": {func(c *kubeconfig.Config) {
			c.TLS.CertData, c.TLS.KeyData, c.Exec = cert, key,
				plugin(t, "exit=1")
		},
			transport.Credential{Kind: "client certificate", Expires: end}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := &kubeconfig.Config{Server: "https://kx.invalid:6443", Source: source}
			tc.set(cfg)
			got, err := newClient(t, cfg).Credential(t.Context())
			require.NoError(t, err)
			require.True(t, tc.want.Expires.Equal(got.Expires), "%v", got.Expires)
			got.Expires = tc.want.Expires
			require.Equal(t, tc.want, got)
		})
	}
}

func TestAPluginsCredentialExpiresWithItsTimestampOrCertificate(t *testing.T) {
	_, cert, key := newAuthority(t).issue(t, "alice", time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	pair := fmt.Sprintf(`"clientCertificateData":%q,"clientKeyData":%q`, cert, key)
	for name, tc := range map[string]struct{ status, want string }{
		"a certificate": {`{` + pair + `}`, "2100-01-01T00:00:00Z"},
		"a certificate that expires first": {`{"expirationTimestamp":"2100-01-01T00:00:01Z",` + pair + `}`,
			"2100-01-01T00:00:00Z"},
		"a certificate that expires later": {`{"expirationTimestamp":"2099-12-31T23:59:59Z",` + pair + `}`,
			"2099-12-31T23:59:59Z"},
		"an opaque token": {`{"token":"t"}`, ""},
		"a timestamp": {`{"token":"t","expirationTimestamp":"2099-12-31T23:59:59Z"}`,
			"2099-12-31T23:59:59Z"},
		"a JWT": {`{"token":"` + jwt(`{"exp":4102542245}`) + `"}`, "2100-01-02T03:04:05Z"},
		"a JWT and a timestamp": {`{"token":"` + jwt(`{"exp":4102542245}`) +
			`","expirationTimestamp":"2099-12-31T23:59:59Z"}`, "2099-12-31T23:59:59Z"},
		"a past timestamp": {`{"token":"t","expirationTimestamp":"2001-12-31T23:59:59Z"}`,
			"2001-12-31T23:59:59Z"},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
			dir := t.TempDir()
			count := filepath.Join(dir, "count")
			cfg.Exec = plugin(t, "count="+count, "cat="+write(t, dir, "answer", statusAnswer(tc.status)))
			c := newClient(t, cfg)
			held, err := c.Credential(t.Context())
			require.NoError(t, err)
			require.Equal(t, "exec plugin", held.Kind)
			require.Equal(t, cfg.Exec.Command, held.From)
			ends := ""
			if !held.Expires.IsZero() {
				ends = held.Expires.UTC().Format(time.RFC3339)
			}
			require.Equal(t, tc.want, ends)
			require.Empty(t, got, "no request was sent")
			_, err = c.Fetch(t.Context(), get())
			require.NoError(t, err)
			ran := 1
			if held.Expires.Year() == 2001 {
				ran = 2
			}
			require.Equal(t, ran, runs(t, count))
		})
	}
}

func TestCredentialFailsLikeThePluginAndEndsWithTheContext(t *testing.T) {
	_, err := newClient(t, pluginUser(t, "exit=4")).Credential(t.Context())
	requirePluginError(t, err, "Failed", "it ended with exit status 4")
	g := newGate(t)
	cfg := pluginUser(t, g.step())
	ctx, cancel := contextWithCause(t)
	go func() {
		g.wait(t)
		cancel(errGaveUp)
	}()
	_, err = newClient(t, cfg).Credential(ctx)
	require.ErrorIs(t, err, errGaveUp)
	require.ErrorIs(t, err, ctx.Err())
	require.ErrorContains(t, err, "credential plugin ")
	require.NotErrorAs(t, err, new(*transport.ExecPluginError))
}

func TestA401NamesTheCredentialItsExpiryAndItsSource(t *testing.T) {
	dir := t.TempDir()
	past, future := jwt(`{"exp":1000000000}`), jwt(`{"exp":4102542245}`)
	tokenFile := write(t, dir, "token", []byte(past))
	const in = `context "dev" in /home/me/.kube/config`
	for name, tc := range map[string]struct {
		set  func(*kubeconfig.Config)
		want string
	}{
		"nothing": {func(*kubeconfig.Config) {}, `no credentials were sent: set the user's in ` + in},
		"a password": {func(c *kubeconfig.Config) { c.Username, c.Password = "me", "pw" },
			`the server does not accept the credentials of user "me": check them in ` + in},
		"an opaque token": {func(c *kubeconfig.Config) { c.BearerToken = "t" },
			`the server does not accept the token of user "me": set a new one in ` + in},
		"an expired token": {func(c *kubeconfig.Config) { c.BearerToken = past },
			`the server does not accept the token of user "me", which expired at 2001-09-09T01:46:40Z: set a new one in ` + in},
		"a valid token": {func(c *kubeconfig.Config) { c.BearerToken, c.Source = future, kubeconfig.Source{} },
			`the server does not accept the token, which expires at 2100-01-02T03:04:05Z: get a new one`},
		"a token file": {func(c *kubeconfig.Config) { c.BearerTokenFile = tokenFile },
			`the server does not accept the token of user "me" in the file ` + tokenFile +
				`, which expired at 2001-09-09T01:46:40Z: have that file renewed`},
		"a plugin without timestamp": {func(c *kubeconfig.Config) {
			c.Exec = plugin(t,
				"cat="+write(t, dir, "answer", tokenAnswer("t")))
		},
			`for user "me": log in again with that program, or check its arguments in ` + in},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
			tc.set(cfg)
			_, err := newClient(t, cfg).Fetch(t.Context(), get())
			require.ErrorIs(t, err, transport.ErrUnauthorized)
			require.ErrorContains(t, err, tc.want)
			requireOneLine(t, err)
		})
	}
}
