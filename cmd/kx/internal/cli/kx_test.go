package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/subresource"
)

// cluster is a server below a path, and a kubeconfig file that leads to it.
type cluster struct {
	*kxtest.Server
	t          *testing.T
	kubeconfig string
}

func start(t *testing.T, options ...kxtest.Option) *cluster {
	options = append([]kxtest.Option{kxtest.WithPathPrefix("/k8s/clusters/c-1"), kxtest.WithDemo()}, options...)
	c := &cluster{Server: kxtest.Start(t, options...), t: t}
	c.kubeconfig = c.write("admin.kubeconfig", string(c.Kubeconfig()))
	require.Eventually(t, func() bool {
		return bytes.Contains(c.Pod("default", "shell"), []byte(`"phase":"Running"`)) && bytes.Contains(c.Pod("default", "distroless"), []byte(`"phase":"Running"`))
	}, 10*time.Second, time.Millisecond)
	return c
}

// as gives the same cluster with a user's kubeconfig.
func (c *cluster) as(user string) *cluster {
	other := *c
	other.kubeconfig = c.write(user+".kubeconfig", string(c.KubeconfigOf(user)))
	return &other
}

// write makes a file in a folder of its own and gives its path.
func (c *cluster) write(name, text string) string { return writeFile(c.t, name, text) }

func writeFile(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// result is what a user sees of one run.
type result struct {
	code     int
	out, err string
}

// execute runs kx in this process, as a shell would with this stdin.
func execute(ctx context.Context, stdin string, args ...string) result {
	var out, err bytes.Buffer
	code := run(ctx, streams{in: strings.NewReader(stdin), out: &out, err: &err}, args)
	return result{code, out.String(), err.String()}
}

func (c *cluster) kx(args ...string) result { return c.pipe("", args...) }

func (c *cluster) pipe(stdin string, args ...string) result {
	return execute(c.t.Context(), stdin, append([]string{"--kubeconfig", c.kubeconfig}, args...)...)
}

// done requires success without a word on stderr, and gives stdout.
func (c *cluster) done(args ...string) string {
	c.t.Helper()
	r := c.kx(args...)
	require.Equal(c.t, result{0, r.out, ""}, r)
	return r.out
}

// fails requires one line on stderr and no result, and gives that line.
func (r result) fails(t *testing.T, code int) string {
	t.Helper()
	require.Equal(t, code, r.code, r.err)
	require.Empty(t, r.out)
	require.True(t, strings.HasPrefix(r.err, "error: "), r.err)
	require.Equal(t, 1, strings.Count(r.err, "\n"), r.err)
	return strings.TrimSuffix(r.err, "\n")
}

// request gives the last request of a method.
func (c *cluster) request(method string) kxtest.Request {
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

const podYAML = `# a comment
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

// brokenWriter fails as a full disk or a closed pipe does.
type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// lockedBuffer is a buffer that one goroutine writes to while another looks.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// firstWrite tells when something is written.
type firstWrite struct {
	io.Writer
	begun chan struct{}
	told  sync.Once
}

func (w *firstWrite) Write(p []byte) (int, error) {
	w.told.Do(func() { close(w.begun) })
	return w.Writer.Write(p)
}

func exitError(code int) error { return &subresource.ExitError{What: "x", Code: code} }

// once runs do as soon as condition holds, beside the test. The function that it gives waits for that.
func once(t *testing.T, do func(), condition func() bool) (wait func()) {
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		assert.Eventually(t, condition, 10*time.Second, time.Millisecond)
		do()
	}()
	return func() { <-finished }
}
