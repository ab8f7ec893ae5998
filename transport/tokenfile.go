package transport

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// tokenFileAge is how long a token file's content is used before it is read again: the minute that client-go allows, less ten seconds.
// A timer finds the symlink swap by which Kubernetes rotates a projected token; file notification misses it.
const tokenFileAge = 50 * time.Second

// tokenSource gives the bearer token: a fixed one, or a file's as it rotates.
type tokenSource struct {
	file string

	reading reading
	mu      sync.Mutex
	token   string
	read    time.Time
}

// newTokenFile reads file; when that fails, fallback (the kubeconfig's own token) is used until a read succeeds.
func newTokenFile(file, fallback string) (*tokenSource, error) {
	s := &tokenSource{file: file, token: fallback}
	token, err := readToken(file)
	if err != nil && fallback == "" {
		return nil, err
	}
	if err == nil {
		s.token, s.read = token, time.Now()
	}
	return s, nil
}

// get gives the token to send. When the file cannot be read any more, the last good token stays in use.
func (s *tokenSource) get(ctx context.Context) string {
	s.mu.Lock()
	old := time.Since(s.read) > tokenFileAge
	s.mu.Unlock()
	if s.file != "" && old {
		s.reading.join(ctx, s.reload)
	}
	return s.latest()
}

// latest gives the token that was read last, and reads nothing.
func (s *tokenSource) latest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// refresh reads the file again after the server refused the token, and reports whether there is another one now.
func (s *tokenSource) refresh(ctx context.Context, refused string) bool {
	if s.file != "" && s.latest() == refused {
		s.reading.anew(ctx, s.reload)
	}
	return s.latest() != refused
}

func (s *tokenSource) reload() {
	token, err := readToken(s.file)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.token = token
	}
	s.read = time.Now()
}

func readToken(file string) (string, error) {
	content, err := readCredentialFile(file)
	if err != nil {
		return "", fmt.Errorf("transport: read token file: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" {
		return "", fmt.Errorf("transport: token file %s is empty", file)
	}
	if !validToken(token) {
		return "", fmt.Errorf("transport: token file %s holds a space or a control character inside the token: it cannot be sent", file)
	}
	return token, nil
}
