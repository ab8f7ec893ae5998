package kubeconfig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// execReplacement returns the credential plugin that replaces an auth-provider of old kubectls,
// or "".
func execReplacement(provider string) string {
	switch provider {
	case "gcp":
		return "gke-gcloud-auth-plugin"
	case "azure":
		return "kubelogin (github.com/Azure/kubelogin)"
	case "oidc":
		return "kubectl oidc-login (github.com/int128/kubelogin)"
	}
	return ""
}

// authProviderToken returns the id-token of an oidc provider until it expires. Otherwise it
// fails, and names the exec plugin to use.
func authProviderToken(p *authProvider, now time.Time) (string, error) {
	instead := execReplacement(p.name)
	if instead == "" {
		return "", errors.New("auth-provider is not supported; use an exec plugin instead")
	}
	err := fmt.Errorf("auth-provider %s is not supported; use the exec plugin %s instead", p.name,
		instead)
	token := p.config["id-token"]
	if p.name != "oidc" || token == "" {
		return "", err
	}
	expiry, ok := tokenExpiry(token)
	switch {
	case !ok:
		return "", fmt.Errorf("%w (its id-token is not a JSON Web Token with an expiry)", err)
	case !now.Before(expiry):
		return "", fmt.Errorf("%w (its id-token expired on %s)", err,
			expiry.UTC().Format(time.RFC3339))
	}
	return token, nil
}

// tokenExpiry returns the exp claim of a JSON Web Token (RFC 7519, section 4.1.4). The server
// checks the signature.
func tokenExpiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}, false
	}
	docs, err := parseYAML(payload)
	if err != nil {
		return time.Time{}, false
	}
	claims, _ := firstRoot(docs)
	if claims == nil {
		return time.Time{}, false
	}
	var seconds float64
	w := newWalker(len(payload))
	err = w.mapping(claims, nil, func(key string, v *yaml.Node) error {
		if key != "exp" {
			return nil
		}
		switch exp := scalar(v).(type) {
		case int64:
			seconds = float64(exp)
		case float64:
			seconds = exp
		}
		return nil
	})
	if err != nil || seconds <= 0 || seconds > math.MaxInt32*1000.0 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}
