// Package clitest runs kx in tests, on a kxtest server and in a terminal.
package clitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/signaltest"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/subresource"
)

// Cluster is a server with a path prefix, and a kubeconfig file for it.
type Cluster struct {
	*kxtest.Server
	t              *testing.T
	KubeconfigFile string
}

// Start starts a server with the demo pods below a path, and waits until they run.
func Start(t *testing.T, options ...kxtest.Option) *Cluster {
	options = append([]kxtest.Option{kxtest.WithPathPrefix("/k8s/clusters/c-1"), kxtest.WithDemo()},
		options...)
	c := &Cluster{Server: kxtest.Start(t, options...), t: t}
	c.KubeconfigFile = c.Write("admin.kubeconfig", string(c.Server.Kubeconfig()))
	c.WaitForPod("default", "shell", `"phase":"Running"`)
	c.WaitForPod("default", "distroless", `"phase":"Running"`)
	return c
}

// WaitForPod waits until the JSON of a stored pod contains text.
func (c *Cluster) WaitForPod(namespace, pod, text string) {
	c.t.Helper()
	WaitUntil(c.t, func() bool { return bytes.Contains(c.Pod(namespace, pod), []byte(text)) },
		"pod %s contains %s", pod, text)
}

// As returns the same cluster with the kubeconfig of a user.
func (c *Cluster) As(user string) *Cluster {
	other := *c
	other.KubeconfigFile = c.Write(user+".kubeconfig", string(c.KubeconfigOf(user)))
	return &other
}

// Write creates a file in a new directory and returns its path.
func (c *Cluster) Write(name, text string) string { return WriteFile(c.t, name, text) }

// WriteFile creates a file in a new directory and returns its path.
func WriteFile(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// Run runs a command line. Main sets it.
var Run func(ctx context.Context, in io.Reader, out, err io.Writer, args []string) int

// Main runs the tests of a package. A process with a name of kx runs main instead: the tests start
// kx under that name, in a shell, in a terminal or as a plugin.
func Main(m *testing.M, run func(ctx context.Context, in io.Reader, out, err io.Writer,
	args []string) int, main func() int) {
	os.Setenv("KX_CONFIG", os.DevNull)
	os.Setenv("KX_COMPLETION_TIMEOUT", Limit.String())
	os.Unsetenv("KX_DEBUG_IMAGE")
	os.Unsetenv("KX_DEBUG_IMAGES")
	names := []string{"kx", "kubectl-kx", "kubectl_complete-kx"}
	if slices.Contains(names, filepath.Base(os.Args[0])) {
		os.Exit(main())
	}
	signaltest.Reset()
	Run = run
	os.Exit(m.Run())
}

// Limit is how long one command of a test may run, and how long a test waits for one event. What
// takes longer on a busy machine waits in vain.
const Limit = time.Minute

// WaitUntil waits until condition returns true, for at most Limit. The message says what the test
// waits for.
func WaitUntil(t *testing.T, condition func() bool, message string, args ...any) {
	t.Helper()
	require.Eventually(t, condition, Limit, pollInterval,
		append([]any{"waited until " + message}, args...)...)
}

// pollInterval leaves the processor to the program that the test waits for.
const pollInterval = 5 * time.Millisecond

// WithLimit returns a context that ends after Limit.
func WithLimit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), Limit)
	t.Cleanup(cancel)
	return ctx
}

// Result is the outcome of one run of kx.
type Result struct {
	Code     int
	Out, Err string
}

// Execute runs kx in this process with this stdin, for at most Limit.
func Execute(ctx context.Context, stdin string, args ...string) Result {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	var out, err bytes.Buffer
	code := Run(ctx, strings.NewReader(stdin), &out, &err, args)
	if ctx.Err() == context.DeadlineExceeded {
		fmt.Fprintf(&err, "clitest: kx %s did not end within %s\n", strings.Join(args, " "), Limit)
	}
	return Result{code, out.String(), err.String()}
}

// Kx runs kx on the cluster with an empty stdin.
func (c *Cluster) Kx(args ...string) Result { return c.Pipe("", args...) }

// Pipe runs kx on the cluster with this stdin.
func (c *Cluster) Pipe(stdin string, args ...string) Result {
	return Execute(c.t.Context(), stdin, append([]string{"--kubeconfig", c.KubeconfigFile},
		args...)...)
}

// MustRun requires success and an empty stderr, and returns stdout.
func (c *Cluster) MustRun(args ...string) string {
	c.t.Helper()
	r := c.Kx(args...)
	require.Equal(c.t, Result{Code: 0, Out: r.Out, Err: ""}, r)
	return r.Out
}

// RequireError requires this exit status and one line on stderr, and returns that line.
func (r Result) RequireError(t *testing.T, code int) string {
	t.Helper()
	require.Equal(t, code, r.Code, r.Err)
	require.Empty(t, r.Out)
	require.True(t, strings.HasPrefix(r.Err, "error: "), r.Err)
	require.Equal(t, 1, strings.Count(r.Err, "\n"), r.Err)
	return strings.TrimSuffix(r.Err, "\n")
}

// Request returns the last request of a method.
func (c *Cluster) Request(method string) kxtest.Request {
	c.t.Helper()
	all := c.Requests()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Method == method {
			return all[i]
		}
	}
	require.Fail(c.t, "no request", method)
	return kxtest.Request{}
}

// PodYAML is the pod web-0 as a user writes it, with comments.
const PodYAML = `# a comment
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  labels: {app: web}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: kx.local/busybox:1
    imagePullPolicy: Never
    command: [sleep, "600"]
`

// BrokenWriter fails, like a full disk or a closed pipe.
type BrokenWriter struct{ Cause error }

func (w BrokenWriter) Write([]byte) (int, error) { return 0, w.Cause }

// LockedBuffer is a buffer for one writer and one reader at a time.
type LockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *LockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *LockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// FirstWrite closes Begun at the first write.
type FirstWrite struct {
	io.Writer
	Begun chan struct{}
	once  sync.Once
}

func (w *FirstWrite) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.Begun) })
	return w.Writer.Write(p)
}

// ExitError returns the error of a remote program that ended with code.
func ExitError(code int) error { return &subresource.ExitError{What: "x", Code: code} }

// When runs do in the background as soon as condition returns true, and after Limit. wait waits for
// that.
func When(t *testing.T, do func(), condition func() bool) (wait func()) {
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		assert.Eventually(t, condition, Limit, pollInterval, "waited for the event to act on")
		do()
	}()
	return func() { <-finished }
}
