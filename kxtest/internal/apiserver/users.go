package apiserver

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/kxtest/internal/storage"
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
	issued map[string]*accountToken // by token
}

// NewUsers returns an empty set of users.
func NewUsers() *Users {
	return &Users{tokens: map[string]string{}, byName: map[string]*User{},
		issued: map[string]*accountToken{}}
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

// AddAccountToken adds a token of a service account. The account has the rules of the user of its
// name.
func (u *Users) AddAccountToken(text string, token *accountToken) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.issued[text] = token
}

// authenticateToken returns the user of a bearer token, or nil.
func (u *Users) authenticateToken(text string, store *storage.Store) *User {
	u.mu.RLock()
	defer u.mu.RUnlock()
	if name, ok := u.tokens[text]; ok {
		return u.byName[name]
	}
	token := u.issued[text]
	if token == nil || !token.isValid(store) {
		return nil
	}
	user := token.user()
	known := u.byName[user.Name]
	if known != nil {
		user.Rules = known.Rules
	}
	return user
}

// Authenticate returns the user of a request's bearer token or client certificate, or nil. A token
// of a service account is bound to objects in the store.
func (u *Users) Authenticate(r *http.Request, store *storage.Store) *User {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if ok && strings.EqualFold(scheme, "Bearer") {
		return u.authenticateToken(strings.TrimSpace(token), store)
	}
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil
	}
	subject := r.TLS.PeerCertificates[0].Subject
	known := *u.ByName(subject.CommonName)
	known.Groups = append(slices.Clone(subject.Organization), AuthenticatedGroup)
	return &known
}
