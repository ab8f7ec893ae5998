package transport_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

const secret = "s3cret-Pl4nted"

var verbs = []string{"%v", "%+v", "%#v", "%d", "%x", "%X", "% x", "%#x", "%s", "%q", "%+q", "%t", "%T", "%p", "%b",
	"%o", "%O", "%c", "%U", "%e", "%g", "%5.2f"}

// forms returns the encodings in which the secret may be printed.
func forms() []string {
	all := []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))[:len(secret)/3*4]}
	for _, verb := range verbs {
		if verb != "%T" && verb != "%p" {
			all = append(all, fmt.Sprintf(verb, secret), strings.Trim(fmt.Sprintf(verb, []byte(secret)), "[]"))
		}
	}
	return all
}

// shown returns v in every way that a program may print it.
func shown(v any) string {
	var b strings.Builder
	type holder struct {
		Value any
		inner any
	}
	// fmt ignores methods in two cases: values in unexported fields, and %p of a value that is no
	// pointer. A Client is not copied, and the other values hold data of the caller and the server.
	inner, shy := v, false
	switch v.(type) {
	case transport.Request, *transport.Request, transport.Response, *transport.Response, transport.Client:
		inner, shy = nil, true
	}
	for _, wrapped := range []any{v, &v, []any{v}, [1]any{v}, map[string]any{"k": v}, holder{v, inner},
		&holder{v, inner}} {
		for _, verb := range verbs {
			if verb != "%p" || !shy {
				fmt.Fprintf(&b, verb+"\n", wrapped)
			}
		}
		fmt.Fprintln(&b, wrapped)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
			slog.New(handler).Error("failed", "v", wrapped, slog.Group("g", "v", wrapped))
		}
		for _, marshal := range []func(any) ([]byte, error){json.Marshal,
			func(v any) ([]byte, error) { return jsonv2.Marshal(v) }} {
			text, err := marshal(wrapped)
			fmt.Fprintf(&b, "%s %v\n", text, err)
		}
	}
	if err, ok := v.(error); ok {
		fmt.Fprintln(&b, fmt.Errorf("wrapped: %w", err), errors.Join(err, err), errors.Unwrap(err))
	}
	return b.String()
}

func requireNoSecret(t *testing.T, what, text string) {
	t.Helper()
	for _, form := range forms() {
		at := strings.Index(text, form)
		if at >= 0 {
			require.Fail(t, what+" shows the secret", "as %q in: %q", form, text[max(0, at-200):min(len(text), at+200)])
		}
	}
}

func TestRequireNoSecretFindsEachSecret(t *testing.T) {
	for name, v := range map[string]any{"text": secret, "bytes": []byte(secret),
		"a field": kubeconfigLike{secret, []byte(secret)}, "an error": errors.New(secret)} {
		text := shown(v)
		for _, form := range forms()[:2] {
			require.True(t, strings.Contains(text, form) || name != "bytes", "%s: %s", name, form)
		}
		require.Contains(t, text, secret, name)
	}
}

type kubeconfigLike struct {
	Token string
	Key   []byte
}

// secretUsers returns Configs that each hold a secret, by its kind.
func secretUsers(t *testing.T, base *kubeconfig.Config) map[string]*kubeconfig.Config {
	dir := t.TempDir()
	_, cert, key := newAuthority(t).issue(t, "alice", time.Now().Add(time.Hour))
	status, err := json.Marshal(map[string]string{"token": secret, "clientCertificateData": string(cert),
		"clientKeyData": string(key)})
	require.NoError(t, err)
	users := map[string]*kubeconfig.Config{}
	for name, set := range map[string]func(*kubeconfig.Config){
		"a token":      func(c *kubeconfig.Config) { c.BearerToken = secret },
		"a token file": func(c *kubeconfig.Config) { c.BearerTokenFile = write(t, dir, "token", []byte(secret)) },
		"a password":   func(c *kubeconfig.Config) { c.Username, c.Password = "me", secret },
		"a client key": func(c *kubeconfig.Config) {
			c.TLS.CertData, c.TLS.KeyData = cert,
				append([]byte(secret+"\n"), key...)
		},
		"a plugin": func(c *kubeconfig.Config) {
			c.Exec = plugin(t, "cat="+write(t, dir, "answer", statusAnswer(string(status))))
			c.Exec.Env = append(c.Exec.Env, kubeconfig.ExecEnvVar{Name: "PASSWORD", Value: secret})
			c.Exec.ProvideClusterInfo, c.Exec.ClusterConfig = true, map[string]any{"password": secret}
		},
		"a plugin that prints prose": func(c *kubeconfig.Config) {
			c.Exec = plugin(t,
				"cat="+write(t, dir, "prose", []byte(secret)))
		},
		"a plugin that fails": func(c *kubeconfig.Config) {
			c.Exec = plugin(t, "cat="+write(t, dir, "prose", []byte(secret)), "exit=1")
			c.Exec.Env = append(c.Exec.Env, kubeconfig.ExecEnvVar{Name: "PASSWORD", Value: secret})
		},
		"a proxy's password": func(c *kubeconfig.Config) {
			c.ProxyURL = "http://me:" + secret +
				"@127.0.0.1:1"
		},
		"a socks's password": func(c *kubeconfig.Config) {
			c.ProxyURL = "socks5://me:" + secret +
				"@127.0.0.1:1"
		},
		"an impersonated user": func(c *kubeconfig.Config) { c.BearerToken, c.Impersonate.User = secret, "you" },
	} {
		cfg := *base
		set(&cfg)
		users[name] = &cfg
	}
	return users
}

func TestPrintedAndLoggedValuesShowNoSecret(t *testing.T) {
	for protocol, with := range protocols {
		base := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", secret)
			switch {
			case r.Header.Get("Upgrade") != "":
				accept(w, r)
			case strings.HasSuffix(r.URL.Path, "/unauthorized"):
				w.WriteHeader(http.StatusUnauthorized)
			case strings.HasSuffix(r.URL.Path, "/slow"):
				<-r.Context().Done()
			}
		}, with)
		for user, cfg := range secretUsers(t, base) {
			t.Run(protocol+", "+user, func(t *testing.T) {
				var log bytes.Buffer
				c := newClient(t, cfg, transport.WithLog(&log, 9), transport.WithExecStreams(nil, nil))
				values := map[string]any{"client": c, "value of a client": *c, "server": c.Server(), "resty": c.Resty()}
				note := func(name string, v any) {
					if v != nil {
						values[name] = v
					}
				}
				req := &transport.Request{Method: "POST", Path: []string{"api"}, Query: map[string][]string{"command": {secret}}}
				note("request", req)
				secretBody := *req
				secretBody.Body = []byte(secret)
				note("value of a request", secretBody)
				resp, err := c.Do(t.Context(), req)
				note("error", err)
				if err == nil {
					note("response", resp)
					note("value of a response", *resp)
					resp.Body.Close()
				}
				for _, path := range []string{"unauthorized", ".."} {
					_, err = c.Fetch(t.Context(), get(path))
					require.Error(t, err)
					note(path, err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				_, err = c.Do(ctx, get())
				note("canceled", err)
				short := time.Millisecond
				slow := get("slow")
				slow.Timeout = &short
				_, err = c.Do(t.Context(), slow)
				note("timeout", err)
				_, err = c.Upgrade(t.Context(), get(), v5)
				note("failed upgrade", err)
				ws, err := c.Upgrade(t.Context(), get(), v4)
				note("upgrade's error", err)
				if err == nil {
					_, err = ws.Write([]byte(secret))
					require.NoError(t, err)
					note("stream", ws)
					defer ws.Close()
				}
				credential, err := c.Credential(t.Context())
				note("credential", credential)
				note("credential's error", err)
				for _, name := range slices.Sorted(maps.Keys(values)) {
					requireNoSecret(t, name, shown(values[name]))
				}
				require.NotEmpty(t, log.String()+fmt.Sprint(values["error"]))
				requireNoSecret(t, "the log", log.String())
			})
		}
	}
}

func TestErrorsOfNewShowNoSecret(t *testing.T) {
	dir := t.TempDir()
	for name, cfg := range map[string]*kubeconfig.Config{
		"server":         {Server: "https://me:" + secret + "@h"},
		"server's query": {Server: "ftp://h?token=" + secret},
		"token":          {Server: "https://h", BearerToken: secret + " "},
		"token file": {Server: "https://h", BearerTokenFile: write(t, dir, "token",
			[]byte(secret+" x"))},
		"token in clear":  {Server: "http://h", BearerToken: secret},
		"token, password": {Server: "https://h", BearerToken: secret, Username: "me", Password: secret},
		"user":            {Server: "https://h", Username: secret + ":", Password: secret},
		"key": {Server: "https://h", TLS: kubeconfig.TLS{CertData: []byte(secret),
			KeyData: []byte(secret)}},
		"proxy":         {Server: "https://h", ProxyURL: "ftp://me:" + secret + "@h"},
		"invalid proxy": {Server: "https://h", ProxyURL: "me:" + secret + "@h"},
		"plugin": {Server: "https://h",
			Exec: &kubeconfig.ExecConfig{Command: "x", Args: []string{secret},
				Env: []kubeconfig.ExecEnvVar{{Name: "A", Value: secret}}}},
	} {
		_, err := transport.New(cfg)
		requireOneLine(t, err)
		requireNoSecret(t, name, shown(err))
	}
}

func TestAPanicWithAValueShowsNoSecret(t *testing.T) {
	const env = "KX_TEST_PANIC"
	c := newClient(t, &kubeconfig.Config{Server: "https://h", BearerToken: secret,
		ProxyURL: "http://me:" + secret + "@p:1"})
	req := transport.Request{Method: "GET", Body: []byte(secret), Query: map[string][]string{"q": {secret}}}
	values := []any{c, *c, &req, req, &transport.Response{Header: http.Header{"Set-Cookie": {secret}},
		Body: io.NopCloser(strings.NewReader(secret))}}
	n := os.Getenv(env)
	if n != "" {
		panic(values[n[0]-'0'])
	}
	for i := range values {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", env, i), "GORACE=atexit_sleep_ms=0", "GOTRACEBACK=all")
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), "panic: ")
		requireNoSecret(t, fmt.Sprintf("%T", values[i]), string(out))
	}
}
