package subresource_test

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// stampedLine is a line of a log with timestamps.
const stampedLine = "2026-01-02T03:04:05.000000006Z one\n"

func TestCopyFailsAfterTheLinesThatItCouldRead(t *testing.T) {
	const name = "log of container app of pod web-0: the answer is no log with timestamps: "
	cut := errors.New("the connection is lost")
	for sentence, test := range map[string]struct {
		answer io.Reader
		copied string
		want   string // the error, or "" for none
	}{
		"a whole log":               {strings.NewReader(stampedLine + stampedLine), "one\none\n", ""},
		"no newline at the end":     {strings.NewReader(strings.TrimSuffix(stampedLine, "\n")), "one", ""},
		"a lost connection":         {io.MultiReader(strings.NewReader(stampedLine+stampedLine[:32]), failingReader{cut}), "one\n", cut.Error()},
		"cut within a time":         {strings.NewReader(stampedLine + stampedLine[:9]), "one\n", name + `"2026-01-0"`},
		"an error of the kubelet":   {strings.NewReader("failed to open log file \"a\"\n"), "", name + `"failed to open log file \"a\"\n"`},
		"an error amid the log":     {strings.NewReader(stampedLine + "failed to read log file"), "one\n", name + `"failed to read log file"`},
		"a long text without times": {strings.NewReader(stampedLine + strings.Repeat("x", 1000)), "one\n", name + `"` + strings.Repeat("x", 200) + `"`},
	} {
		t.Run(sentence, func(t *testing.T) {
			var copied strings.Builder
			err := logsThatAnswer(t, test.answer).Copy(t.Context(), &copied, "web-0", subresource.LogOptions{Container: "app"})
			require.Equal(t, test.copied, copied.String())
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestCopyReturnsTheErrorOfTheWriter(t *testing.T) {
	r, w := io.Pipe()
	full := errors.New("no space left")
	require.NoError(t, r.CloseWithError(full))
	for sentence, log := range map[string]string{"at the end": stampedLine, "amid the log": strings.Repeat(stampedLine, 100_000)} {
		t.Run(sentence, func(t *testing.T) {
			err := logsThatAnswer(t, strings.NewReader(log)).Copy(t.Context(), w, "web-0", subresource.LogOptions{Container: "app"})
			require.Equal(t, full, err)
		})
	}
}

func TestCopyRefusesWhatItCannotDo(t *testing.T) {
	n := newFakeNode()
	for option, o := range map[string]subresource.LogOptions{"Follow": {Follow: true}, "LimitBytes": {LimitBytes: -1}} {
		var refused *resources.OptionError
		require.ErrorAs(t, n.logs(t).Copy(t.Context(), io.Discard, "web-0", o), &refused)
		require.Equal(t, option, refused.Option)
	}
	require.Empty(t, n.answers)
}

func TestCopyAllocatesNothingForALine(t *testing.T) {
	const lines = 100_000
	log := strings.Repeat(stampedLine, lines)
	ctx := context.Background()
	allocations := testing.AllocsPerRun(1, func() {
		err := logsThatAnswer(t, strings.NewReader(log)).Copy(ctx, io.Discard, "web-0", subresource.LogOptions{Container: "app"})
		require.NoError(t, err)
	})
	require.Less(t, allocations, float64(lines/100), "what remains is for the request")
}

// BenchmarkLog reads a log of 10 MB in lines of 250 bytes.
func BenchmarkLog(b *testing.B) {
	line := strings.TrimSuffix(stampedLine, "one\n") + strings.Repeat("x", 249) + "\n"
	log := strings.Repeat(line, 40_000)
	o := subresource.LogOptions{Container: "app"}
	for name, read := range map[string]func(*subresource.LogEndpoint) error{
		"Copy": func(logs *subresource.LogEndpoint) error { return logs.Copy(b.Context(), io.Discard, "web-0", o) },
		"Lines": func(logs *subresource.LogEndpoint) error {
			for _, err := range logs.Lines(b.Context(), "web-0", o) {
				if err != nil {
					return err
				}
			}
			return nil
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(log)))
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, read(logsThatAnswer(b, strings.NewReader(log))))
			}
		})
	}
}

// failingReader fails with err.
type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// logsThatAnswer returns the log endpoint of a node that answers with a text.
func logsThatAnswer(t testing.TB, answer io.Reader) *subresource.LogEndpoint {
	t.Helper()
	n := newFakeNode()
	n.answer = func(*http.Request) *http.Response {
		resp := textAnswer(200, "text/plain", "")
		resp.Body = io.NopCloser(answer)
		return resp
	}
	return n.logs(t)
}

func TestCopyReadsTheLogAloneOverAConnectionOfItsOwn(t *testing.T) {
	protocols := map[string]string{} // by path
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols[path.Base(r.URL.Path)] = r.Proto
		if strings.HasSuffix(r.URL.Path, "/log") {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, stampedLine)
			return
		}
		_, _ = io.WriteString(w, `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0"},"spec":{"containers":[{"name":"app"}]}}`)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client, err := transport.New(&kubeconfig.Config{Server: server.URL, TLS: kubeconfig.TLS{CAData: ca}})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	var copied strings.Builder
	logs := subresource.Log(resources.New[resources.Pod](client))
	require.NoError(t, logs.Copy(t.Context(), &copied, "web-0", subresource.LogOptions{}))
	require.Equal(t, "one\n", copied.String())
	require.Equal(t, map[string]string{"web-0": "HTTP/2.0", "log": "HTTP/1.1"}, protocols)
}
