package replay_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/replay"
	"github.com/kx-k8s/kx/transport"
)

// replayReport is a test that keeps its errors.
type replayReport struct {
	mu      sync.Mutex
	errors  []string
	cleanup []func()
}

func (*replayReport) Helper()            {}
func (r *replayReport) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }

func (r *replayReport) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *replayReport) Fatalf(format string, args ...any) { r.Errorf(format, args...) }

// end ends the test: it runs the cleanups, and returns the errors.
func (r *replayReport) end() []string {
	for _, f := range r.cleanup {
		f()
	}
	return r.errors
}

const recorded = `# a patch, then a list
# Kubernetes v1.35.4

PATCH /api/v1/namespaces/default/pods/web?dryRun=All HTTP/1.1
Accept: application/json
Content-Length: 37
Content-Type: application/merge-patch+json

{"metadata":{"labels":{"app":"web"}}}

HTTP/1.1 200 OK
Content-Length: 15
Content-Type: application/json
Warning: 299 - "so so"

{"kind":"Pod"}


GET /api/v1/pods HTTP/1.1
Accept: application/json

HTTP/1.1 404 Not Found
Content-Length: 56
Content-Type: application/json
Retry-After: 1

{"kind":"Status","reason":"NotFound","message":"no way"}
`

func recordedFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "recorded.http")
	require.NoError(t, os.WriteFile(file, []byte(recorded), 0o600))
	return file
}

func recordedPatch() *transport.Request {
	return &transport.Request{
		Method: http.MethodPatch, Path: []string{"api", "v1", "namespaces", "default", "pods", "web"},
		Query:       url.Values{"dryRun": {"All"}},
		ContentType: "application/merge-patch+json", Body: []byte(`{"metadata":{"labels":{"app":"web"}}}`),
	}
}

func recordedList() *transport.Request {
	return &transport.Request{Method: http.MethodGet, Path: []string{"api", "v1", "pods"}}
}

func TestAReplayRespondsAsRecorded(t *testing.T) {
	replayer := replay.Serve(t, recordedFile(t))
	require.Equal(t, "v1.35.4", replayer.Version())
	client := clientOf(t, replayer.Config())

	resp, err := client.Do(t.Context(), recordedPatch())
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "{\"kind\":\"Pod\"}\n", string(body))
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	require.Equal(t, `299 - "so so"`, resp.Header.Get("Warning"))

	_, err = client.Do(t.Context(), recordedList())
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.ErrorContains(t, err, "no way (404); try again in 1s")
}

func TestAReplayReportsADifferentRequest(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*transport.Request)
		want   string
	}{
		{"the method", func(r *transport.Request) { r.Method = http.MethodPost },
			"method: recorded `PATCH`, sent `POST`"},
		{"the path", func(r *transport.Request) { r.Path[5] = "wep" },
			"path: recorded `/api/v1/namespaces/default/pods/web`, sent `/api/v1/namespaces/default/pods/wep`"},
		{"the query", func(r *transport.Request) { r.Query.Set("dryRun", "all") },
			"query: recorded `?dryRun=All`, sent `?dryRun=all`"},
		{"no query", func(r *transport.Request) { r.Query = nil }, "query: recorded `?dryRun=All`, sent ``"},
		{"Accept", func(r *transport.Request) { r.Accept = "application/yaml" },
			"Accept: recorded `application/json`, sent `application/yaml`"},
		{"the content type", func(r *transport.Request) { r.ContentType = "application/merge-patch+jso" },
			"Content-Type: recorded `application/merge-patch+json`, sent `application/merge-patch+jso`"},
		{"the body", func(r *transport.Request) { r.Body[31] = 'p' },
			"body: differs from byte 31 on:\n\t\trecorded `…:{\"labels\":{\"app\":\"web\"}}}`\n\t\tsent     `…:{\"labels\":{\"app\":\"wpb\"}}}`"},
		{"a body with one byte more", func(r *transport.Request) { r.Body = append(r.Body, '\n') },
			`body: differs from byte 37 on`},
		{"no body", func(r *transport.Request) { r.Body = nil }, `body: differs from byte 0 on`},
	} {
		t.Run(test.name, func(t *testing.T) {
			reported := &replayReport{}
			file := recordedFile(t)
			client := clientOf(t, replay.Serve(reported, file).Config())
			req := recordedPatch()
			test.change(req)
			_, err := client.Do(t.Context(), req)
			require.ErrorIs(t, err, transport.ErrInternal)
			require.ErrorContains(t, err, "this request differs from the recording "+file)
			_, err = client.Do(t.Context(), recordedList())
			require.ErrorIs(t, err, transport.ErrInternal, "what follows a difference is not answered")

			errors := reported.end()
			require.Len(t, errors, 1)
			require.Contains(t, errors[0], file+": request 1 of 2 differs from the recorded one:\n\t")
			require.Contains(t, errors[0], test.want)
		})
	}
}

func TestAReplayReportsEachByteOfABodyThatChanges(t *testing.T) {
	file := recordedFile(t)
	for i := range recordedPatch().Body {
		reported := &replayReport{}
		client := clientOf(t, replay.Serve(reported, file).Config())
		req := recordedPatch()
		req.Body[i] ^= 1
		_, err := client.Do(t.Context(), req)
		require.Error(t, err)
		errors := reported.end()
		require.Len(t, errors, 1)
		require.Contains(t, errors[0], fmt.Sprintf("body: differs from byte %d on", i))
	}
}

func TestAReplayReportsMissingAndAdditionalRequests(t *testing.T) {
	t.Run("missing", func(t *testing.T) {
		reported := &replayReport{}
		file := recordedFile(t)
		client := clientOf(t, replay.Serve(reported, file).Config())
		_, err := client.Fetch(t.Context(), recordedPatch())
		require.NoError(t, err)
		require.Equal(t, []string{"kxtest: " + file +
			": 1 of 2 recorded requests were not sent, first GET /api/v1/pods"}, reported.end())
	})
	t.Run("too many", func(t *testing.T) {
		reported := &replayReport{}
		file := recordedFile(t)
		client := clientOf(t, replay.Serve(reported, file).Config())
		_, err := client.Fetch(t.Context(), recordedPatch())
		require.NoError(t, err)
		_, err = client.Fetch(t.Context(), recordedList())
		require.ErrorIs(t, err, transport.ErrNotFound)
		_, err = client.Fetch(t.Context(), recordedList())
		require.ErrorIs(t, err, transport.ErrInternal)
		errors := reported.end()
		require.Len(t, errors, 1)
		require.Contains(t, errors[0], "unexpected request after all 2 recorded ones: GET")
	})
	t.Run("beside the base path", func(t *testing.T) {
		reported := &replayReport{}
		cfg := replay.Serve(reported, recordedFile(t)).Config()
		server, err := url.Parse(cfg.Server)
		require.NoError(t, err)
		cfg.Server = "https://" + server.Host
		_, err = clientOf(t, cfg).Fetch(t.Context(), recordedPatch())
		require.ErrorIs(t, err, transport.ErrInternal)
		errors := reported.end()
		require.Len(t, errors, 1)
		require.Contains(t, errors[0], `is not below the server's base path `+server.Path)
	})
}

func TestAnInvalidFileFailsTheTest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "broken.http")
	require.NoError(t, os.WriteFile(file,
		[]byte(strings.Replace(recorded, "Content-Length: 37", "Content-Length: 36", 1)), 0o600))
	for _, test := range []struct{ file, want string }{
		{file, "kxtest: replay " + file +
			": request 1: body: the body continues after 36 bytes: Content-Length is too small"},
		{file + ".none", "kxtest: replay " + file + ".none: open "},
	} {
		reported := &replayReport{}
		require.Nil(t, replay.Serve(reported, test.file))
		errors := reported.end()
		require.Len(t, errors, 1)
		require.Contains(t, errors[0], test.want)
	}
}
