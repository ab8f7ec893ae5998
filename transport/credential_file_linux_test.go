package transport_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/leasetest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func TestARequestDoesNotWaitForAFileBeyondItsContext(t *testing.T) {
	g := guard(t).identified(t)
	c := g.client(t)
	require.Equal(t, "first", fetched(t, c))
	release := leasetest.Hang(t, g.TLS.CAFile) // reads block, as on a lost file server
	g.clock.pass(5 * time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Fetch(ctx, get())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, "first", transport.Certificate(c).Subject.CommonName)
	c.Close()
	release() // the file server is back
	require.Equal(t, "first", fetched(t, c))
}

// credentialFields set a file as each credential.
var credentialFields = map[string]func(*kubeconfig.Config, string){
	"tokenFile":             func(c *kubeconfig.Config, f string) { c.BearerTokenFile = f },
	"certificate-authority": func(c *kubeconfig.Config, f string) { c.TLS.CAFile = f },
	"client-certificate":    func(c *kubeconfig.Config, f string) { c.TLS.CertFile, c.TLS.KeyFile = f, f },
	"client-key":            func(c *kubeconfig.Config, f string) { c.TLS.CertData, c.TLS.KeyFile = []byte("x"), f },
}

func TestOnlyRegularFilesAreReadAsCredentials(t *testing.T) {
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600)) // opening it would wait for a writer
	require.NoError(t, os.Symlink("pipe", link))
	read, written, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { read.Close(); written.Close() })
	stdin := os.Stdin.Fd()
	kept, err := syscall.Dup(int(stdin))
	require.NoError(t, err)
	require.NoError(t, syscall.Dup2(int(read.Fd()), int(stdin)))
	t.Cleanup(func() { require.NoError(t, syscall.Dup2(kept, int(stdin))); syscall.Close(kept) })
	for field, set := range credentialFields {
		for _, file := range []string{pipe, link, "/dev/stdin", "/dev/zero"} {
			cfg := &kubeconfig.Config{Server: "https://127.0.0.1:1"}
			set(cfg, file)
			_, err := transport.New(cfg)
			require.ErrorContains(t, err, "read "+file+": it is not a regular file", field)
		}
	}
}

func TestAProjectedTokenIsALinkToARegularFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "..2026_01"), 0o700))
	write(t, filepath.Join(dir, "..2026_01"), "token", []byte("projected"))
	require.NoError(t, os.Symlink("..2026_01", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("..data/token", filepath.Join(dir, "token")))
	_, err := transport.New(&kubeconfig.Config{Server: "https://127.0.0.1:1",
		BearerTokenFile: filepath.Join(dir, "token")})
	require.NoError(t, err)
}

func TestNewDoesNotWaitForAFileLongerThanFiveSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes five seconds")
	}
	file := write(t, t.TempDir(), "token", []byte("late"))
	release := leasetest.Hang(t, file)
	_, err := transport.New(&kubeconfig.Config{Server: "https://127.0.0.1:1", BearerTokenFile: file})
	require.EqualError(t, err, "transport: reading token file "+file+" takes more than 5s: check the file system")
	release()
	_, err = transport.New(&kubeconfig.Config{Server: "https://127.0.0.1:1", BearerTokenFile: file})
	require.NoError(t, err)
}
