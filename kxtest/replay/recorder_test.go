package replay_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest/replay"
	"github.com/kx-k8s/kx/transport"
)

// recordedServer starts an HTTPS server below /base that responds with handle.
func recordedServer(t *testing.T, handle http.HandlerFunc) *kubeconfig.Config {
	t.Helper()
	server := httptest.NewTLSServer(handle)
	t.Cleanup(server.Close)
	return &kubeconfig.Config{
		Server: server.URL + "/base",
		TLS: kubeconfig.TLS{CAData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
			Bytes: server.Certificate().Raw})},
	}
}

func answering(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	}
}

func clientOf(t *testing.T, cfg *kubeconfig.Config, options ...transport.Option) *transport.Client {
	t.Helper()
	client, err := transport.New(cfg, options...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

var readPod = &transport.Request{Method: http.MethodGet, Path: []string{"api", "v1", "pods", "web"}}

func TestARecordingHasRequestsAndResponsesWithoutCredentials(t *testing.T) {
	cfg := recordedServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cr3t-t0ken" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Audit-Id", "changes each time")
		w.Header().Set("Warning", `299 - "unknown field \"spec.x\""`)
		body, _ := io.ReadAll(r.Body)
		if len(body) > 0 {
			w.WriteHeader(http.StatusConflict)
		}
		fmt.Fprintf(w, "{\"from\":%q}\n", r.Host)
	})
	cfg.BearerToken = "s3cr3t-t0ken"
	recorder := replay.NewRecorder("a sentence", "v1.35.4")
	recorder.Redact("pods/web", "pods/shop")
	client := clientOf(t, cfg, recorder.Option(cfg))

	_, err := client.Fetch(t.Context(), readPod)
	require.NoError(t, err)
	_, err = client.Fetch(t.Context(), &transport.Request{
		Method: http.MethodPatch, Path: readPod.Path, Query: url.Values{"labelSelector": {"a=b"}, "dryRun": {"All"}},
		Accept: "text/plain", ContentType: "application/merge-patch+json", Body: []byte(`{"a":1}`),
	})
	require.ErrorIs(t, err, transport.ErrConflict)

	file := filepath.Join(t.TempDir(), "new", "folder", "sample.http")
	require.NoError(t, recorder.WriteFile(file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, `# a sentence
# Kubernetes v1.35.4

GET /api/v1/pods/shop HTTP/1.1
Accept: application/json

HTTP/1.1 200 OK
Content-Length: 26
Content-Type: application/json
Warning: 299 - "unknown field \"spec.x\""

{"from":"server.example"}


PATCH /api/v1/pods/shop?dryRun=All&labelSelector=a%3Db HTTP/1.1
Accept: text/plain
Content-Length: 7
Content-Type: application/merge-patch+json

{"a":1}

HTTP/1.1 409 Conflict
Content-Length: 26
Content-Type: application/json
Warning: 299 - "unknown field \"spec.x\""

{"from":"server.example"}

`, string(text))
}

func TestRecordingDoesNotDelayAStreamThatStaysOpen(t *testing.T) {
	cfg := recordedServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	recorder := replay.NewRecorder("a stream", "v1.35.4")
	client := clientOf(t, cfg, recorder.Option(cfg))
	file := filepath.Join(t.TempDir(), "stream.http")

	watch := func(client *transport.Client) {
		resp, err := client.Do(t.Context(), &transport.Request{Method: http.MethodGet, Path: readPod.Path,
			Query: url.Values{"watch": {"1"}}, Stream: true})
		require.NoError(t, err)
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "first\n", line)
		require.NoError(t, resp.Body.Close())
	}
	watch(client)
	require.NoError(t, recorder.WriteFile(file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "Kxtest-Body: open\n\nfirst\n")

	watch(clientOf(t, replay.Serve(t, file).Config()))
}

func TestTheUnreadRestOfADocumentIsRecorded(t *testing.T) {
	cfg := recordedServer(t, answering(strings.Repeat("x", 1<<20)+"end"))
	recorder := replay.NewRecorder("an answer that is not read", "v1.35.4")
	resp, err := clientOf(t, cfg, recorder.Option(cfg)).Do(t.Context(), readPod)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	file := filepath.Join(t.TempDir(), "sample.http")
	require.NoError(t, recorder.WriteFile(file))

	body, err := clientOf(t, replay.Serve(t, file).Config()).Fetch(t.Context(), readPod)
	require.NoError(t, err)
	require.Len(t, body, 1<<20+3)
}

func TestARecordingWithASecretIsNotWritten(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	keyLine := strings.Split(string(key), "\n")[1]
	tokenFile := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(tokenFile, []byte("t0ken-of-a-file\n"), 0o600))
	jwt := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"1"}`)) + ".e30.c2ln"

	for _, test := range []struct {
		name   string
		owner  kubeconfig.Config
		answer string
		secret string
		want   string
	}{
		{"the client's token", kubeconfig.Config{BearerToken: "t0ken"}, `{"a":"t0ken"}`, "t0ken",
			"a client's bearer token"},
		{"the client's token from a file", kubeconfig.Config{BearerTokenFile: tokenFile}, "t0ken-of-a-file",
			"t0ken-of-a-file", "a client's bearer token"},
		{"the client's password", kubeconfig.Config{Username: "me", Password: "pa55"}, "pa55", "pa55",
			"a client's password"},
		{"a password that JSON escapes", kubeconfig.Config{Username: "me", Password: `pa"55`}, `{"a":"pa\"55"}`,
			`pa\"55`, "a client's password"},
		{"basic authentication", kubeconfig.Config{Username: "me", Password: "pa55"}, "bWU6cGE1NQ==", "bWU6cGE1NQ==",
			"a client's password"},
		{"a line of the client's key", kubeconfig.Config{TLS: kubeconfig.TLS{KeyData: key}}, keyLine, keyLine,
			"a client's private key"},
		{"the client's key as a kubeconfig has it", kubeconfig.Config{TLS: kubeconfig.TLS{KeyData: key}},
			base64.StdEncoding.EncodeToString(key), keyLine, "a client's private key"},
		{"a service account's token", kubeconfig.Config{}, `{"status":{"token":"` + jwt + `"}}`, jwt,
			"a JSON Web Token"},
		{"anyone's private key", kubeconfig.Config{}, "-----BEGIN RSA PRIVATE KEY-----\\n", "BEGIN RSA",
			"a private key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := recordedServer(t, answering(test.answer))
			recorder := replay.NewRecorder("a secret", "v1.35.4")
			client := clientOf(t, cfg, recorder.Option(cfg))
			owner := test.owner
			owner.Server = cfg.Server
			recorder.Option(&owner)
			_, err := client.Fetch(t.Context(), readPod)
			require.NoError(t, err)

			file := filepath.Join(t.TempDir(), "sample.http")
			err = recorder.WriteFile(file)
			require.ErrorContains(t, err, test.want+" is in the recording of GET /api/v1/pods/web")
			require.NotContains(t, err.Error(), test.secret)
			require.NoFileExists(t, file)
		})
	}
}

func TestARecordingThatCannotBeReplayedIsNotWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sample.http")
	ask := func(handle http.HandlerFunc) error {
		cfg := recordedServer(t, handle)
		recorder := replay.NewRecorder("a sentence", "v1.35.4")
		client := clientOf(t, cfg, recorder.Option(cfg))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if resp, err := client.Do(ctx, &transport.Request{Method: http.MethodPost, Path: readPod.Path,
			ContentType: "application/json", Body: []byte("{}")}); err == nil {
			resp.Body.Close()
		}
		return recorder.WriteFile(file)
	}
	t.Run("a request without an answer", func(t *testing.T) {
		require.ErrorContains(t, ask(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
			"POST /api/v1/pods/web got no response")
	})
	t.Run("an answer that was cut off", func(t *testing.T) {
		require.ErrorContains(t, ask(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
		}), "POST /api/v1/pods/web: its response was cut off")
	})
	t.Run("an upgraded connection", func(t *testing.T) {
		require.ErrorContains(t, ask(func(w http.ResponseWriter, _ *http.Request) {
			conn, out, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = out.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
			_ = out.Flush()
		}), `POST /api/v1/pods/web was upgraded to "other": only WebSockets are recorded`)
	})
	t.Run("nothing", func(t *testing.T) {
		require.EqualError(t, replay.NewRecorder("a sentence", "v1.35.4").WriteFile("sample.http"),
			"kxtest: record sample.http: no request was recorded")
	})
	require.NoFileExists(t, file)
}
