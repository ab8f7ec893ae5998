package replay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// Recorder writes what clients and a real API server say to each other into a file for [Replay].
// Streams flow while they are recorded.
//
// Recorded are each request's method, path, query, Accept, Content-Type and body, and of each answer its status, Content-Type, Retry-After,
// Warning and body. Credentials travel in other headers, which a Recorder never sees.
//
// Of an upgraded connection, the subprotocols that were asked for and the one that was taken are recorded, and then each message in either direction,
// as a line of JSON after the head of the answer:
//
//	{"dir":"<","opcode":2,"channel":1,"text":"hello\n"}
//
// dir is ">" from the client and "<" from the server; opcode is that of RFC 6455; channel is the message's first byte, and text what follows it, or base64
// where that is no UTF-8. A close frame has opcode 8, its code, and its reason as text; code 1006 is a connection that ended without one. Pings and pongs are left out.
type Recorder struct {
	fixture fixture

	mu      sync.Mutex
	err     error // the first thing that cannot be recorded
	configs []*kubeconfig.Config
	replace []string // pairs of old and new
}

// NewRecorder makes a Recorder. The scenario is the sentence that the recording shows to be true, such as
// "a patch with a stale resourceVersion is a conflict"; version is the server's, such as "v1.35.4". Both become the file's first lines.
func NewRecorder(scenario, version string) *Recorder {
	return &Recorder{fixture: fixture{scenario: scenario, version: version}}
}

// Option has everything recorded that a Client made with it sends. The Client must be made with the same cfg;
// several may be recorded together, such as those of two users.
func (r *Recorder) Option(cfg *kubeconfig.Config) transport.Option {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.configs = append(r.configs, cfg)
	base := ""
	if u, err := url.Parse(cfg.Server); err == nil {
		base = strings.TrimRight(u.EscapedPath(), "/")
		r.replace = append(r.replace, u.Host, "server.example")
	}
	return transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
		return &recordingTransport{recorder: r, base: base, next: next}
	})
}

// Redact has old written as replacement wherever it stands in a request or an answer: the name of a machine, say.
// The server's own address is replaced without being told.
func (r *Recorder) Redact(old, replacement string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replace = append(r.replace, old, replacement)
}

// WriteFile writes what was recorded so far, in the order in which the requests were sent, and makes the folders that are missing.
//
// It writes nothing and returns an error when nothing was recorded, when a request got no answer, or when a token,
// password or private key stands in what was recorded, be it one of the clients' own or the server's.
func (r *Recorder) WriteFile(file string) error {
	text, err := r.text()
	if err != nil {
		return fmt.Errorf("kxtest: record %s: %w", file, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

func (r *Recorder) text() ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	if len(r.fixture.exchanges) == 0 {
		return nil, errors.New("no request was sent")
	}
	redacted := r.fixture.redact(strings.NewReplacer(r.replace...))
	if err := redacted.checkSecrets(r.configs); err != nil {
		return nil, err
	}
	return redacted.encode(), nil
}

func (r *Recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

// recordingTransport is one Client's part of a Recorder.
type recordingTransport struct {
	recorder *Recorder
	base     string
	next     http.RoundTripper
}

func (t *recordingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	uri, _ := strings.CutPrefix(req.URL.RequestURI(), t.base)
	e := &exchange{method: req.Method, uri: uri, requestHeader: pick(req.Header, requestHeaders), open: true}
	if req.Body != nil && req.Body != http.NoBody {
		body, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		e.requestBody = body
		// A RoundTripper may not change the request that it was given.
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	t.recorder.mu.Lock()
	t.recorder.fixture.exchanges = append(t.recorder.fixture.exchanges, e)
	t.recorder.mu.Unlock()

	resp, err := t.next.RoundTrip(req)
	if err != nil {
		t.recorder.fail(fmt.Errorf("%s %s got no answer: %w", e.method, e.uri, err))
		return resp, err
	}
	t.recorder.mu.Lock()
	e.status, e.responseHeader = resp.StatusCode, pick(resp.Header, responseHeaders)
	t.recorder.mu.Unlock()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		conn, ok := resp.Body.(io.ReadWriteCloser)
		upgraded := resp.Header.Get("Upgrade")
		if !ok || !strings.EqualFold(upgraded, "websocket") {
			t.recorder.fail(fmt.Errorf("%s %s was upgraded to %q: only WebSockets are recorded", e.method, e.uri,
				upgraded))
			return resp, nil
		}
		resp.Body = newSessionRecorder(conn, t.recorder, e)
		return resp, nil
	}
	resp.Body = &recordedBody{ReadCloser: resp.Body, recorder: t.recorder, exchange: e,
		stream: isStream(req.URL.Query())}
	return resp, nil
}

// isStream holds for the requests whose answers end when the client goes: watches and logs that are followed.
func isStream(query url.Values) bool { return query.Has("watch") || query.Has("follow") }

// recordedBody keeps what is read of an answer's body.
type recordedBody struct {
	io.ReadCloser
	recorder *Recorder
	exchange *exchange
	stream   bool
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.recorder.mu.Lock()
	defer b.recorder.mu.Unlock()
	b.exchange.responseBody = append(b.exchange.responseBody, p[:n]...)
	if err == io.EOF {
		b.exchange.open = false
	}
	return n, err
}

// Close reads the rest, unless that is a stream: a client that knows the end of a document may leave its last newline unread.
func (b *recordedBody) Close() error {
	if !b.stream {
		if _, err := io.Copy(io.Discard, struct{ io.Reader }{b}); err != nil {
			b.recorder.fail(fmt.Errorf("%s %s: its answer was cut off: %w", b.exchange.method, b.exchange.uri, err))
		}
	}
	return b.ReadCloser.Close()
}
