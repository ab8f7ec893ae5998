package transport_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// logOf returns the log of one request, without its duration and port.
func logOf(
	t *testing.T, level int, handle http.HandlerFunc, req *transport.Request,
	set func(*kubeconfig.Config), with ...func(*httptest.Server),
) string {
	t.Helper()
	cfg := serve(t, handle, with...)
	if set != nil {
		set(cfg)
	}
	var log bytes.Buffer
	_, _ = newClient(t, cfg, transport.WithLog(&log, level), transport.WithUserAgent("kx/test")).Fetch(t.Context(), req)
	text := regexp.MustCompile(`\d[\d.m]*s\n`).ReplaceAllString(log.String(), "TIME\n")
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(text, "HOST")
}

func TestTheLogShowsMoreAtEachLevel(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", "today")
		w.Header().Set("Set-Cookie", "s3cret")
		_, _ = io.WriteString(w, "{\n  \"kind\": \"Pod\"\n}")
	}
	req := send("POST", `{"a": 1}`)
	req.Query = url.Values{"dryRun": {"All"}}
	line := "POST https://HOST" + mount + "/api/v1/pods?dryRun=All: 200 in TIME\n"
	sent := "> Accept: application/json\n> Authorization: (not shown)\n> Content-Type: application/json\n> User-Agent: " +
		"kx/test\n"
	got := "< Content-Length: 19\n< Content-Type: application/json\n< Date: today\n< Set-Cookie: (not shown)\n"
	for level, want := range map[int]string{
		0: "", 5: "", 6: line, 7: line + sent + got,
		8: line + sent + "> {\"a\": 1}\n" + got + "< https://HOST" + mount +
			"/api/v1/pods?dryRun=All: { \"kind\": \"Pod\" }\n",
		9: line + sent + "> {\"a\": 1}\n" + got + "< https://HOST" + mount +
			"/api/v1/pods?dryRun=All: { \"kind\": \"Pod\" }\n",
	} {
		for name, with := range protocols {
			require.Equal(t, want, logOf(t, level, answer, req, func(c *kubeconfig.Config) { c.BearerToken = "t0k" }, with),
				"level %d, %s", level, name)
		}
	}
}

func TestTheLogNamesWhyARequestHasNoAnswer(t *testing.T) {
	text := logOf(t, 6, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, send("POST", "{}"),
		nil, http1)
	require.Regexp(t, `^POST https://HOST/\S+: no answer after \d+m?s: EOF\n$`, text)
}

func TestTheLogShowsNoCredential(t *testing.T) {
	const secret = "s3cret"
	leak := func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Set-Cookie", "X-Auth-Token", "Location", "Www-Authenticate", "Proxy-Authenticate",
			"X-Unknown"} {
			w.Header().Set(name, secret)
		}
		w.Header().Set("Sec-Websocket-Protocol", "base64url.bearer.authorization.k8s.io."+secret)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"data":{"p":"`+secret+`"}}`)
	}
	basic := func(c *kubeconfig.Config) { c.Username, c.Password = "me", secret }
	for name, tc := range map[string]struct {
		path []string
		set  func(*kubeconfig.Config)
	}{
		"token": {[]string{"api", "v1", "namespaces", "n", "secrets", "x"},
			func(c *kubeconfig.Config) { c.BearerToken = secret }},
		"basic": {[]string{"api", "v1", "secrets"}, basic},
		"impersonation": {[]string{"api", "v1", "namespaces", "n", "serviceaccounts", "s", "token"},
			func(c *kubeconfig.Config) { c.Impersonate.User = secret }},
		"token review": {[]string{"apis", "authentication.k8s.io", "v1", "tokenreviews"}, basic},
	} {
		t.Run(name, func(t *testing.T) {
			req := &transport.Request{Method: "POST", Path: tc.path, Body: []byte(secret),
				Query: url.Values{"command": {"sh", secret}, "token": {secret}, "container": {"app"}}}
			text := logOf(t, 10, leak, req, tc.set)
			require.Contains(t, text, "container=app")
			require.Contains(t, text, "command=REDACTED&command=REDACTED")
			require.Contains(t, text, "(left out: it may hold a secret)")
			require.NotContains(t, text, secret)
			require.NotContains(t, text, "bWU6") // the basic credentials in base64
		})
	}
}

func TestTheLogShowsBodiesOnOneLineOfBoundedLength(t *testing.T) {
	for name, tc := range map[string]struct{ body, want string }{
		"binary":           {"a\x00b", "(binary)"},
		"not UTF-8":        {"\xff\xfe", "(binary)"},
		"long and binary":  {strings.Repeat("\xff", 20_000), "(binary)"},
		"long":             {strings.Repeat("é", 20_000), "éééé …"},
		"escape sequences": {"a\x1b[31m\nb", "a[31m b"},
		"none":             {"", ": "},
	} {
		t.Run(name, func(t *testing.T) {
			text := logOf(t, 8, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tc.body) },
				send("POST", tc.body), nil)
			if tc.body != "" {
				require.Equal(t, 2, strings.Count(text, tc.want+"\n"), text)
			}
			require.Less(t, len(text), 20_000)
			require.NotContains(t, text, "\x1b")
		})
	}
}

func TestTheLogKeepsTheLinesOfARequestTogether(t *testing.T) {
	cfg := serve(t, func(http.ResponseWriter, *http.Request) {})
	var log writes
	c := newClient(t, cfg, transport.WithLog(&log, 7))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { _, _ = c.Fetch(t.Context(), get()) })
	}
	all.Wait()
	require.Len(t, log, 20)
	for _, lines := range log {
		require.True(t, strings.HasPrefix(lines, "GET https://"))
		require.True(t, strings.HasSuffix(lines, "\n"))
	}
}

// writes records each Write. It has no lock, so that the race detector finds a logger without one.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}
