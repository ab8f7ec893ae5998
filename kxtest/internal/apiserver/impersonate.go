package apiserver

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// impersonate replaces the user by the user of the Impersonate-* headers. It fails if the user may
// not impersonate that one.
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
			return api.BadRequest("requested " + impersonationTargets(groups, extra, uid) +
				" without impersonating a user")
		}
		return nil
	}
	check := func(group, resource, subresource, namespace, name string) error {
		a := attributes{
			verb:        "impersonate",
			group:       group,
			resource:    resource,
			subresource: subresource,
			namespace:   namespace,
			name:        name,
		}
		if c.user.May(a) {
			return nil
		}
		return (&call{
			user:         c.user,
			isResource:   true,
			verb:         a.verb,
			group:        group,
			resourceName: resource,
			subresource:  subresource,
			namespace:    namespace,
			name:         name,
		}).forbidden()
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
	impersonated := *c.server.Users.ByName(name)
	impersonated.UID, impersonated.Groups = uid, slices.Clone(groups)
	if isAccount && len(groups) == 0 {
		impersonated.Groups = []string{"system:serviceaccounts", "system:serviceaccounts:" +
			namespace}
	}
	if !slices.Contains(impersonated.Groups, AuthenticatedGroup) {
		impersonated.Groups = append(impersonated.Groups, AuthenticatedGroup)
	}
	if len(extra) > 0 {
		impersonated.extra = extra
	}
	c.user = &impersonated
	return nil
}

// unescapeExtra decodes the key of an Impersonate-Extra- header: percent-encoded, in lower case.
func unescapeExtra(key string) string {
	key = strings.ToLower(key)
	if plain, err := url.PathUnescape(key); err == nil {
		return plain
	}
	return key
}

// impersonationTargets formats the impersonated groups, extra fields and uid as the API server
// formats object references.
func impersonationTargets(groups []string, extra map[string][]string, uid string) string {
	var refs []string
	for _, group := range groups {
		refs = append(refs, "{Group  "+group+"    }")
	}
	for key, values := range extra {
		for _, value := range values {
			refs = append(refs, "{UserExtra  "+value+"  authentication.k8s.io/v1  "+key+"}")
		}
	}
	if uid != "" {
		refs = append(refs, "{UID  "+uid+"  authentication.k8s.io/v1  }")
	}
	return "[" + strings.Join(refs, " ") + "]"
}
