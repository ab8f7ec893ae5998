package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/kx-k8s/kx/internal/hostport"
	"github.com/kx-k8s/kx/internal/version"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport/internal/credential"
	"github.com/kx-k8s/kx/transport/internal/text"
)

// Client sends requests to one API server with the credentials of one user.
//
// Several goroutines may use it at the same time. It keeps connections between requests.
type Client struct {
	http     *http.Client
	resty    *resty.Client
	base     *url.URL
	timeout  *time.Duration // nil for SilenceLimit
	agent    string
	source   kubeconfig.Source
	warnings *warningFilter

	network     *network
	credentials *credential.Set
	namespace   string
}

// Option sets one property of a Client.
type Option func(*settings)

type settings struct {
	userAgent     string
	timeout       *time.Duration
	handleWarning func(Warning)
	// log is a function that only WithLog sets, so that other programs do not link the logging.
	log   func(http.RoundTripper) http.RoundTripper
	wraps []func(http.RoundTripper) http.RoundTripper
	// observer is a function that only WithMetrics and WithLogger set, for the same reason.
	observer func(next http.RoundTripper, base *url.URL) http.RoundTripper
	reports  []func(context.Context, *RequestMetrics)

	plugins credential.PluginOptions
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// WithUserAgent sets the User-Agent header. The default is "kx/VERSION (os/arch)".
func WithUserAgent(agent string) Option { return func(s *settings) { s.userAgent = agent } }

// WithTimeout limits how long a request waits for the server, from its start to the last byte of
// the answer. Zero is no limit. Retries and their pauses count. The time that the caller takes
// between two reads of the body does not count.
//
// Without this option a request fails when the server sends nothing for SilenceLimit. That limit
// begins anew with each attempt and each part of the body.
//
// A stream is limited until its headers arrive. Request.Timeout overrides the limit for one
// request. The limit pauses while a credential plugin runs.
func WithTimeout(limit time.Duration) Option { return func(s *settings) { s.timeout = &limit } }

// WithWarningHandler sets the function that receives the server's warnings. It receives each text
// once in the Client's life.
//
// Several goroutines may call handle, one at a time, while their requests wait. It must not use
// the Client.
func WithWarningHandler(handle func(Warning)) Option {
	return func(s *settings) { s.handleWarning = handle }
}

// WithLog writes each request to w. The level says how much:
//
//   - 6: the method, URL, status code and duration;
//   - 7: the headers as well;
//   - 8: the bodies as well.
//
// The log leaves out header values that are not known to be harmless, and the bodies of secrets,
// tokens and token reviews. From other bodies in JSON it leaves out the values of members named
// command, args, env and stringData, and the annotation last-applied-configuration. It shows the
// rest as it is: a ConfigMap may hold a password.
func WithLog(w io.Writer, level int) Option {
	l := &logWriter{w: w, level: level}
	return func(s *settings) {
		if level >= 6 {
			s.log = func(next http.RoundTripper) http.RoundTripper {
				return &requestLogger{next: next, log: l}
			}
		}
	}
}

// WithRoundTripper wraps the layer that sends requests, for tracing or recording. The wrapper
// stands below the retries and above the credentials: it sees each attempt, may add headers, and
// sees no credential. Of several wrappers the first is the outermost.
//
// Upgrades (exec, attach, port-forward) pass the wrapper too. The body of a 101 answer is an
// io.ReadWriteCloser, and what the wrapper returns in its place must be one as well. The wrapper
// must pass on the context of its request, or one made from it. OpenTelemetry's wrapper does both:
//
//	transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
//		return otelhttp.NewTransport(next)
//	})
func WithRoundTripper(wrap func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) { s.wraps = append(s.wraps, wrap) }
}

// WithAllowedExecPlugins restricts the credential plugins that may run to these commands.
// New fails with an *ExecPluginError if the Config needs another one. Without any command no
// plugin may run.
//
// Each command, and the plugin's, is a path or a name in PATH. The plugin may run if its path
// equals that of one of the commands (exec.LookPath; symbolic links are not followed). The
// allowlist of kubectl's credentialPluginPolicy works like this (KEP-3104).
//
// New also fails if the Config sets a variable of the plugin that chooses what a program loads,
// such as PATH, LD_PRELOAD, PYTHONPATH or NODE_OPTIONS. The arguments stay the Config's choice, so
// the list is as strong as its plugins are with arguments from anybody: allow no shell, no
// interpreter, and no program that runs what an argument names.
//
// Without this option every plugin may run, as with kubectl and client-go. The author of the
// kubeconfig then chooses a program that runs as you.
func WithAllowedExecPlugins(commands ...string) Option {
	return func(s *settings) {
		s.plugins.Restricted, s.plugins.Allowed = true,
			slices.Clone(commands)
	}
}

// WithExecStreams sets the standard input and standard error of credential plugins. By default
// they have no input, and write to os.Stderr. A nil stderr discards what they write.
//
// Set stdin to a terminal that nothing else reads: ExecCredential's spec.interactive is then true,
// so that plugins may ask the user. A goroutine copies a stdin that is not an *os.File. That
// goroutine may read more than the plugin uses, and ends only when its pending Read returns.
func WithExecStreams(stdin io.Reader, stderr io.Writer) Option {
	return func(s *settings) { s.plugins.Stdin, s.plugins.Stderr = stdin, stderr }
}

// WithDialContext sets the function that connects to the server, or to its proxy, in place of
// net.Dialer.DialContext. network is "tcp", and address is HOST:PORT. TLS runs over the connection.
func WithDialContext(
	dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(s *settings) { s.dial = dial }
}

// New returns a Client for cfg. It reads the certificate and token files that cfg names. It opens
// no connection and runs no credential plugin; the first request that needs them does.
//
// A token, a password or a client certificate takes precedence over a plugin.
//
// New fails with an error that names the field if a certificate, key or URL of cfg is invalid. It
// fails with an *ExecPluginError if WithAllowedExecPlugins forbids the plugin that cfg needs.
func New(cfg *kubeconfig.Config, opts ...Option) (*Client, error) {
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}
	s := settings{plugins: credential.PluginOptions{Stderr: os.Stderr}, dial: dialer.DialContext}
	for _, opt := range opts {
		opt(&s)
	}
	base, err := parseServer(cfg)
	if err != nil {
		return nil, err
	}
	network, err := newNetwork(cfg, base, s.dial)
	if err != nil {
		return nil, err
	}
	credentials, err := credential.New(cfg, base, network.certificates, s.plugins)
	if err != nil {
		return nil, err
	}
	credentials.PauseLimit = pauseLimit

	// The layers, innermost first; doc.go lists them.
	var rt http.RoundTripper = network
	if s.log != nil {
		rt = s.log(rt)
	}
	rt = &authenticator{next: rt, credentials: credentials, base: base}
	for _, wrap := range slices.Backward(s.wraps) {
		rt = wrap(rt)
	}
	warnings := &warningFilter{handle: s.handleWarning}
	rt = &warner{next: rt, warnings: warnings}
	rt = &retrier{next: rt}
	if s.observer != nil {
		rt = s.observer(rt, base)
	}

	c := &Client{
		http: &http.Client{Transport: rt, CheckRedirect: checkRedirect}, base: base,
		timeout: s.timeout, agent: cmp.Or(s.userAgent, defaultUserAgent()), source: cfg.Source,
		network: network, credentials: credentials, warnings: warnings,
		namespace: cmp.Or(cfg.Namespace, "default"),
	}
	c.resty = c.newResty()
	return c, nil
}

// Close closes idle connections. Running requests continue, and the Client remains usable.
func (c *Client) Close() { c.network.CloseIdleConnections() }

// String returns the server's URL. Nothing else of a Client may be printed.
func (c Client) String() string { return "transport.Client(" + c.base.String() + ")" }

// Format writes String for every verb and flag, of a pointer and of a value.
func (c Client) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.String()) }

// Server returns the base URL of the API server.
func (c *Client) Server() string { return c.base.String() }

// Namespace returns the namespace of the configuration, or "default" if it names none.
func (c *Client) Namespace() string { return c.namespace }

// Warn passes a warning of a caller to the warning handler, like a warning of the server.
func (c *Client) Warn(w Warning) { c.warnings.report(w.Text) }

func parseServer(cfg *kubeconfig.Config) (*url.URL, error) {
	if cfg == nil || cfg.Server == "" {
		return nil, errors.New("transport: the configuration names no server: " +
			"set Config.Server, such as https://10.0.0.1:6443")
	}
	u, err := url.Parse(cfg.Server)
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf(
			"transport: server %s is not an http or https URL: write it as https://HOST:PORT",
			text.RedactURL(cfg.Server))
	}
	if u.User != nil {
		return nil, fmt.Errorf(
			"transport: server %s holds a user name or password: set credentials in the user's "+
				"entry",
			text.RedactURL(cfg.Server))
	}
	problem := hostport.Problem(u)
	if problem != "" {
		return nil, fmt.Errorf("transport: server %s %s", text.RedactURL(cfg.Server), problem)
	}
	raw := strings.TrimRight(u.EscapedPath(), "/")
	path, err := url.PathUnescape(raw)
	if err != nil {
		return nil, fmt.Errorf("transport: server %s has an invalid path: %w",
			text.RedactURL(cfg.Server), err)
	}
	host := hostport.WithoutEmptyPort(u)
	return &url.URL{Scheme: u.Scheme, Host: host, Path: path, RawPath: raw}, nil
}

func defaultUserAgent() string {
	return "kx/" + version.Version + " (" + runtime.GOOS + "/" + runtime.GOARCH + ")"
}
