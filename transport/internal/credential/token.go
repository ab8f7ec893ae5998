package credential

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// tokenReadInterval is how long the content of a token file is used before it is read again: the
// minute that client-go allows, less ten seconds. A timer sees the symlink swap by which
// Kubernetes rotates a projected token; file notification misses it.
const tokenReadInterval = 50 * time.Second

// tokenSource provides the bearer token: a fixed one, or that of a file.
type tokenSource struct {
	file string // empty for a fixed token

	read     sharedRead
	mu       sync.Mutex
	token    string
	lastRead time.Time
}

// newTokenFile reads file. When that fails, fallback (the kubeconfig's own token) is used until a
// read succeeds.
func newTokenFile(file, fallback string) (*tokenSource, error) {
	s := &tokenSource{file: file, token: fallback}
	err := s.read.first("token file "+file, s.reload)
	if err == nil {
		return s, nil
	}
	if fallback == "" {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastRead = time.Time{} // each request tries again
	return s, nil
}

// get returns the token to send. When the file becomes unreadable, that is the last valid token.
func (s *tokenSource) get(ctx context.Context) string {
	s.mu.Lock()
	due := time.Since(s.lastRead) > tokenReadInterval
	s.mu.Unlock()
	if s.file != "" && due {
		s.read.run(ctx, s.tryReload)
	}
	return s.latest()
}

// latest returns the token of the last read, and reads nothing.
func (s *tokenSource) latest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// refresh reads the file after the server refused a token, and reports whether it is another now.
func (s *tokenSource) refresh(ctx context.Context, refused string) bool {
	if s.file != "" && s.latest() == refused {
		s.read.runFresh(ctx, s.tryReload)
	}
	return s.latest() != refused
}

// reload reads the file. After a failure the last valid token stays.
func (s *tokenSource) reload() error {
	token, err := readToken(s.file)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.token = token
	}
	s.lastRead = time.Now()
	return err
}

func (s *tokenSource) tryReload() { _ = s.reload() }

func readToken(file string) (string, error) {
	content, err := readFile(file)
	if err != nil {
		return "", fmt.Errorf("transport: read token file: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" {
		return "", fmt.Errorf("transport: token file %s is empty", file)
	}
	if !validToken(token) {
		return "", fmt.Errorf(
			"transport: token file %s holds a space or a control character inside the token: "+
				"it cannot be sent", file)
	}
	return token, nil
}

// validToken reports whether an Authorization header can hold token.
func validToken(token string) bool {
	for _, c := range []byte(token) {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	return token != ""
}
