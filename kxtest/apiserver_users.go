package kxtest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// user is who sends a request.
type user struct {
	name   string
	uid    string
	groups []string
	extra  map[string][]string
	rules  []rule
}

const (
	mastersGroup       = "system:masters" // may do everything
	authenticatedGroup = "system:authenticated"
)

// users are who may come in, and what they may do.
type users struct {
	mu     sync.RWMutex
	tokens map[string]string // token to name
	byName map[string]*user
}

func newUsers() *users {
	return &users{tokens: map[string]string{}, byName: map[string]*user{}}
}

func (u *users) add(token string, added *user) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.tokens[token] = added.name
	u.byName[added.name] = added
}

// named returns the user of a name; one who was never added has no rules.
func (u *users) named(name string) *user {
	u.mu.RLock()
	defer u.mu.RUnlock()
	known := u.byName[name]
	if known != nil {
		return known
	}
	return &user{name: name}
}

func (u *users) token(name string) (string, bool) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	for token, owner := range u.tokens {
		if owner == name {
			return token, true
		}
	}
	return "", false
}

// forget makes the tokens of a user invalid.
func (u *users) forget(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for token, owner := range u.tokens {
		if owner == name {
			delete(u.tokens, token)
		}
	}
}

// of finds the user of a request by its bearer token or client certificate; nil when there is none.
func (u *users) of(r *http.Request) *user {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if ok && strings.EqualFold(scheme, "Bearer") {
		u.mu.RLock()
		defer u.mu.RUnlock()
		if name, ok := u.tokens[strings.TrimSpace(token)]; ok {
			return u.byName[name]
		}
		return nil
	}
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil
	}
	subject := r.TLS.PeerCertificates[0].Subject
	known := *u.named(subject.CommonName)
	known.groups = append(slices.Clone(subject.Organization), authenticatedGroup)
	return &known
}
