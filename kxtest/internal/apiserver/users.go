package apiserver

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// User is an authenticated user and the user's rules.
type User struct {
	Name   string
	UID    string
	Groups []string
	extra  map[string][]string
	Rules  []Rule
}

// The groups that the server knows.
const (
	MastersGroup       = "system:masters" // may do everything
	AuthenticatedGroup = "system:authenticated"
)

// Users holds the users and their tokens.
type Users struct {
	mu     sync.RWMutex
	tokens map[string]string // user names by token
	byName map[string]*User
}

// NewUsers returns an empty set of users.
func NewUsers() *Users {
	return &Users{tokens: map[string]string{}, byName: map[string]*User{}}
}

// Add adds a user with a token.
func (u *Users) Add(token string, added *User) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.tokens[token] = added.Name
	u.byName[added.Name] = added
}

// ByName returns the user of a name. An unknown user has no rules.
func (u *Users) ByName(name string) *User {
	u.mu.RLock()
	defer u.mu.RUnlock()
	known := u.byName[name]
	if known != nil {
		return known
	}
	return &User{Name: name}
}

// TokenOf returns the token of a user.
func (u *Users) TokenOf(name string) (string, bool) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	for token, owner := range u.tokens {
		if owner == name {
			return token, true
		}
	}
	return "", false
}

// RevokeTokens makes the tokens of a user invalid.
func (u *Users) RevokeTokens(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for token, owner := range u.tokens {
		if owner == name {
			delete(u.tokens, token)
		}
	}
}

// Authenticate returns the user of a request's bearer token or client certificate, or nil.
func (u *Users) Authenticate(r *http.Request) *User {
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
	known := *u.ByName(subject.CommonName)
	known.Groups = append(slices.Clone(subject.Organization), AuthenticatedGroup)
	return &known
}
