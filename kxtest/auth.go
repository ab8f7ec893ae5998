package kxtest

import (
	"context"
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
	rules  []Rule
}

const (
	adminName          = "kx-admin"
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

// authenticate lets in who has a credential, takes on whom the request impersonates, and asks whether that user may do this.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) {
	c := newCall(s, r)
	c.user = s.users.of(r)
	if c.user == nil {
		c.fail(w, errUnauthorized)
		return
	}
	if entry, ok := r.Context().Value(requestKey{}).(*Request); ok {
		s.journal.update(entry, func(entry *Request) { entry.User = c.user.name })
	}
	if err := c.impersonate(); err != nil {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c.fail(w, err)
		return
	}
	if !c.user.may(c.attributes()) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c.fail(w, c.refusal())
		return
	}
	c.route(w)
}

// requestKey finds a request's journal entry in its context.
type requestKey struct{}

func withRequest(r *http.Request, entry *Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, entry))
}

// impersonate replaces the user by the one that Impersonate-* headers name, when the user may do that.
func (c *call) impersonate() error {
	header := c.http.Header
	name := header.Get("Impersonate-User")
	groups := header.Values("Impersonate-Group")
	uid := header.Get("Impersonate-Uid")
	extra := map[string][]string{}
	for key, values := range header {
		if suffix, ok := strings.CutPrefix(key, "Impersonate-Extra-"); ok {
			extra[unescapeExtra(suffix)] = values
		}
	}
	if name == "" {
		if len(groups) > 0 || uid != "" || len(extra) > 0 {
			return badRequest("requested " + impersonated(groups, extra, uid) + " without impersonating a user")
		}
		return nil
	}
	check := func(group, resource, subresource, namespace, name string) error {
		a := attributes{verb: "impersonate", group: group, resource: resource, subresource: subresource, namespace: namespace, name: name}
		if c.user.may(a) {
			return nil
		}
		return (&call{user: c.user, resource: true, verb: a.verb, group: group, plural: resource, subresource: subresource, namespace: namespace, name: name}).refusal()
	}
	account, isAccount := strings.CutPrefix(name, "system:serviceaccount:")
	namespace, accountName, _ := strings.Cut(account, ":")
	var err error
	if isAccount {
		err = check("", "serviceaccounts", "", namespace, accountName)
	} else {
		err = check("", "users", "", "", name)
	}
	for _, group := range groups {
		if err == nil {
			err = check("", "groups", "", "", group)
		}
	}
	if err == nil && uid != "" {
		err = check("authentication.k8s.io", "uids", "", "", uid)
	}
	for key, values := range extra {
		for _, value := range values {
			if err == nil {
				err = check("authentication.k8s.io", "userextras", key, "", value)
			}
		}
	}
	if err != nil {
		return err
	}
	taken := *c.server.users.named(name)
	taken.uid, taken.groups = uid, slices.Clone(groups)
	if isAccount && len(groups) == 0 {
		taken.groups = []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace}
	}
	if !slices.Contains(taken.groups, authenticatedGroup) {
		taken.groups = append(taken.groups, authenticatedGroup)
	}
	if len(extra) > 0 {
		taken.extra = extra
	}
	c.user = &taken
	return nil
}
