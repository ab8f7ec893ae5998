// Package replay records the responses of a real API server, and serves them to tests without a
// cluster. A recording is a text file, to be read and committed.
//
//	recorder := replay.NewRecorder("a namespace is read", "v1.35.4") // once, with a cluster
//	client, err := transport.New(cfg, recorder.Option(cfg))
//	…                                                                // requests
//	err = recorder.WriteFile("testdata/read.http")
//
//	server := replay.Serve(t, "testdata/read.http")                  // in each test
//	client, err := transport.New(server.Config())
//	…                                                                // the same requests
//
// The test fails if a request differs from the recorded one. No credential is written to the file.
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

// Recorder records the requests of clients and the responses of a real API server into a file for
// [Serve]. Streams are not delayed.
//
// A Recorder records
//
//   - of a request: method, path, query, Accept, Content-Type and body;
//   - of a response: status, Content-Type, Retry-After, Warning and body;
//   - of an upgraded connection: the subprotocols, and each message in either direction as a line
//     of JSON.
//
// Credentials are in other headers, which a Recorder does not record. A message looks like this:
//
//	{"dir":"<","opcode":2,"channel":1,"text":"hello\n"}
//
// dir is ">" from the client and "<" from the server. opcode is defined by RFC 6455. channel is the
// message's first byte. text is the rest, or base64 if the rest is not UTF-8. A close frame has
// opcode 8, a code, and its reason as text. Code 1006 means that the connection ended without a
// close frame.
// Pings and pongs are not recorded.
type Recorder struct {
	fixture fixture

	mu      sync.Mutex
	err     error // the first error of recording
	configs []*kubeconfig.Config
	replace []string // pairs of old and new strings
}

// NewRecorder returns a Recorder. scenario is a sentence that the recording shows to be true, such
// as "a patch with a stale resourceVersion is a conflict". version is the server's, such as
// "v1.35.4". They become the file's first lines.
func NewRecorder(scenario, version string) *Recorder {
	return &Recorder{fixture: fixture{scenario: scenario, version: version}}
}

// Option returns an option for a client whose requests are to be recorded. The client must have the
// same cfg. A Recorder can record several clients, such as those of two users.
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

// Redact replaces old by replacement everywhere in requests and responses, for example the name of
// a machine. The server's own address is always replaced.
func (r *Recorder) Redact(old, replacement string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replace = append(r.replace, old, replacement)
}

// WriteFile writes what was recorded so far, in the order of the requests. It creates missing
// folders.
//
// It writes nothing and fails if nothing was recorded, if a request got no response, or if the
// recording contains a token, password or private key.
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
		return nil, errors.New("no request was recorded")
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

// recordingTransport records the requests of one client.
type recordingTransport struct {
	recorder *Recorder
	base     string
	next     http.RoundTripper
}

func (t *recordingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	uri, _ := strings.CutPrefix(req.URL.RequestURI(), t.base)
	e := &exchange{method: req.Method, uri: uri, requestHeader: pick(req.Header, requestHeaders),
		open: true}
	if req.Body != nil && req.Body != http.NoBody {
		body, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		e.requestBody = body
		// A RoundTripper must not modify its request.
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	t.recorder.mu.Lock()
	t.recorder.fixture.exchanges = append(t.recorder.fixture.exchanges, e)
	t.recorder.mu.Unlock()

	resp, err := t.next.RoundTrip(req)
	if err != nil {
		t.recorder.fail(fmt.Errorf("%s %s got no response: %w", e.method, e.uri, err))
		return resp, err
	}
	t.recorder.mu.Lock()
	e.status, e.responseHeader = resp.StatusCode, pick(resp.Header, responseHeaders)
	t.recorder.mu.Unlock()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		conn, ok := resp.Body.(io.ReadWriteCloser)
		upgraded := resp.Header.Get("Upgrade")
		if !ok || !strings.EqualFold(upgraded, "websocket") {
			t.recorder.fail(fmt.Errorf("%s %s was upgraded to %q: only WebSockets are recorded",
				e.method, e.uri,
				upgraded))
			return resp, nil
		}
		resp.Body = newSessionRecorder(conn, t.recorder, e)
		return resp, nil
	}
	resp.Body = &recordedBody{
		ReadCloser: resp.Body,
		recorder:   t.recorder,
		exchange:   e,
		stream:     isStream(req.URL.Query()),
	}
	return resp, nil
}

// isStream reports whether a response ends only when the client disconnects: a watch, or a log with
// follow.
func isStream(query url.Values) bool { return query.Has("watch") || query.Has("follow") }

// recordedBody records what the client reads of a response body.
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

// Close reads the rest of the body, unless it is a stream. A client may leave a document's last
// newline unread.
func (b *recordedBody) Close() error {
	if !b.stream {
		if _, err := io.Copy(io.Discard, struct{ io.Reader }{b}); err != nil {
			b.recorder.fail(fmt.Errorf("%s %s: its response was cut off: %w", b.exchange.method,
				b.exchange.uri, err))
		}
	}
	return b.ReadCloser.Close()
}
