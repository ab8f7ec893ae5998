package load_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
)

// serverVariable makes the test's program a server. Its value is the path of the kubeconfig that
// the server writes.
const serverVariable = "KX_LOAD_SERVER"

// server is kxtest in a process of its own, so that the figures are those of the clients alone.
type server struct {
	cfg *kubeconfig.Config

	mu      sync.Mutex // guards the pipes
	stdin   io.Writer
	answers *bufio.Reader
}

// startServer starts a server that ends with the test.
func startServer(t *testing.T) *server {
	program, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), serverVariable+"="+file)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, stdin.Close())
		require.NoError(t, cmd.Wait())
	})
	s := &server{stdin: stdin, answers: bufio.NewReader(stdout)}
	_, err = s.ask("ready")
	require.NoError(t, err)
	s.cfg, err = kubeconfig.Load(kubeconfig.Options{Path: file})
	require.NoError(t, err)
	return s
}

// ask sends one line to the server and returns its answer.
func (s *server) ask(question string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := fmt.Fprintln(s.stdin, question)
	if err != nil {
		return "", err
	}
	answer, err := s.answers.ReadString('\n')
	return strings.TrimSpace(answer), err
}

// rotate makes the token of a user invalid, and returns the next one.
func (s *server) rotate(user string) (string, error) { return s.ask("rotate " + user) }

// usage returns the goroutines, descriptors and memory of the server.
func (s *server) usage() (string, error) { return s.ask("usage") }

// serve runs the server until stdin reaches EOF.
func serve() int {
	srv, err := kxtest.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer srv.Close()
	err = srv.WriteKubeconfig(os.Getenv(serverVariable))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		question, user, _ := strings.Cut(lines.Text(), " ")
		switch question {
		case "rotate":
			srv.RevokeToken(user)
			fmt.Println(srv.User(user, kxtest.Allow("*", "*.", "*./*")).BearerToken)
		case "usage":
			fmt.Println(measure())
		default:
			fmt.Println(question)
		}
	}
	return 0
}
