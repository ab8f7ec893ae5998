package transport

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/kx-k8s/kx/internal/version"
	"github.com/kx-k8s/kx/kubeconfig"
)

// Client sends requests to one API server with one user's credentials.
// It is safe for use by several goroutines at once, and keeps connections between requests; Close lets go of them.
type Client struct {
	http    *http.Client
	base    *url.URL
	timeout time.Duration
	agent   string
	source  kubeconfig.Source
	warn    *warnings

	network     *network
	credentials *credentials
	namespace   string
}

// Option sets one property of a Client.
type Option func(*settings)

type settings struct {
	userAgent string
	timeout   time.Duration
	warn      func(Warning)
	log       func(http.RoundTripper) http.RoundTripper // set by WithLog alone, so that a program which does not log links none of it
	wrap      func(http.RoundTripper) http.RoundTripper

	execStdin      io.Reader
	execStderr     io.Writer
	execRestricted bool // to execAllowed
	execAllowed    []string
}

// WithUserAgent sets the User-Agent header; without it that is "kx/VERSION (os/arch)".
func WithUserAgent(agent string) Option { return func(s *settings) { s.userAgent = agent } }

// WithTimeout limits how long the server may keep a request waiting, from its sending to the last byte of its answer; zero is no limit, the default.
// A stream is limited until its headers arrive, and a request may carry a limit of its own. It stands still while a credential plugin runs.
func WithTimeout(limit time.Duration) Option { return func(s *settings) { s.timeout = limit } }

// WithWarningHandler has handle called with each warning of the server, each text once in the Client's life.
// It may be called from several goroutines, one at a time, while their requests wait; it must not use the Client itself.
func WithWarningHandler(handle func(Warning)) Option { return func(s *settings) { s.warn = handle } }

// WithLog writes a line for each request to w: at level 6 its method, URL, code and time, from 7 on its headers too, from 8 on its bodies.
// Credentials and values that are not known to be harmless are left out.
func WithLog(w io.Writer, level int) Option {
	l := &logger{w: w, level: level}
	return func(s *settings) {
		if level >= 6 {
			s.log = func(next http.RoundTripper) http.RoundTripper { return &logging{next: next, logger: l} }
		}
	}
}

// WithRoundTripper wraps what sends the requests, below retries and above credentials: for recording, metrics or tracing.
// What it sees carries no credential.
func WithRoundTripper(wrap func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) { s.wrap = wrap }
}

// New makes a Client for cfg. It reads the certificate and token files that cfg names, opens no connection, and runs no credential plugin:
// that is for the first request that needs it. A token, password or client certificate beats the plugin.
// It returns an error that names the field when a certificate, key or URL of cfg cannot be used,
// and an *ExecPluginError when WithAllowedExecPlugins forbids the plugin that cfg needs; without that option any may run.
// See the package's documentation on kubeconfigs of unknown origin.
func New(cfg *kubeconfig.Config, opts ...Option) (*Client, error) {
	s := settings{execStderr: os.Stderr}
	for _, opt := range opts {
		opt(&s)
	}
	base, err := parseServer(cfg)
	if err != nil {
		return nil, err
	}
	network, err := newNetwork(cfg, base)
	if err != nil {
		return nil, err
	}
	creds, err := newCredentials(cfg, base, network, &s)
	if err != nil {
		return nil, err
	}
	// Inside out: the network, what is logged of each attempt, credentials, an outsider's wrapper, warnings, retries.
	var rt http.RoundTripper = network
	if s.log != nil {
		rt = s.log(rt)
	}
	rt = &authenticator{next: rt, credentials: creds, base: base}
	if s.wrap != nil {
		rt = s.wrap(rt)
	}
	warn := &warnings{handle: s.warn}
	rt = &warner{next: rt, warnings: warn}
	rt = &retrier{next: rt}

	hc := &http.Client{Transport: rt, CheckRedirect: checkRedirect}
	return &Client{
		http: hc, base: base, timeout: s.timeout, agent: cmp.Or(s.userAgent, defaultUserAgent()), source: cfg.Source,
		network: network, credentials: creds, warn: warn, namespace: cmp.Or(cfg.Namespace, "default"),
	}, nil
}

// Close closes idle connections. Requests under way go on, and the Client may still be used.
func (c *Client) Close() { c.network.CloseIdleConnections() }

// String gives the server's URL; nothing else of the Client is for printing.
func (c Client) String() string { return "transport.Client(" + c.base.String() + ")" }

// Format writes String for every verb and flag, of a pointer and of a value.
func (c Client) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.String()) }

// Server gives the API server's base URL.
func (c *Client) Server() string { return c.base.String() }

// Namespace gives the configuration's namespace, "default" when it names none.
func (c *Client) Namespace() string { return c.namespace }

// Warn hands a warning of a package above to the Client's handler, as though the server had sent it.
func (c *Client) Warn(w Warning) { c.warn.tell(w.Text) }

func parseServer(cfg *kubeconfig.Config) (*url.URL, error) {
	if cfg == nil || cfg.Server == "" {
		return nil, errors.New("transport: the configuration names no server: set Config.Server, such as https://10.0.0.1:6443")
	}
	u, err := url.Parse(cfg.Server)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("transport: server %s is no http or https URL: give it as https://HOST:PORT", redactURL(cfg.Server))
	}
	if u.User != nil {
		return nil, fmt.Errorf("transport: server %s holds a user name or password: give credentials in the user's entry", redactURL(cfg.Server))
	}
	raw := strings.TrimRight(u.EscapedPath(), "/")
	path, err := url.PathUnescape(raw)
	if err != nil {
		return nil, fmt.Errorf("transport: server %s has a path that cannot be read: %w", redactURL(cfg.Server), err)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, RawPath: raw}, nil
}

func defaultUserAgent() string {
	return "kx/" + version.Version + " (" + runtime.GOOS + "/" + runtime.GOARCH + ")"
}

// timeoutFor gives the limit that holds for one request.
func (c *Client) timeoutFor(req *Request) time.Duration {
	if req.Timeout != nil {
		return *req.Timeout
	}
	return c.timeout
}
