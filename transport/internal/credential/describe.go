package credential

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The kinds of credentials.
const (
	KindToken       = "bearer token"
	KindTokenFile   = "token file"
	KindBasic       = "basic authentication"
	KindCertificate = "client certificate"
	KindPlugin      = "exec plugin"
	KindNone        = "none"
)

// Description describes credentials without what is secret. Its fields are documented at
// transport.Credential.
type Description struct {
	Kind    string
	From    string
	Expires time.Time
}

// Describe describes the credentials that requests are sent with now.
// It runs no plugin and reads no file.
func (s *Set) Describe() Description {
	certificate := s.certificates.Leaf()
	switch {
	case s.plugin != nil:
		return Description{Kind: KindPlugin, From: s.pluginName, Expires: s.plugin.expiry()}
	case certificate != nil:
		return Description{Kind: KindCertificate, From: s.certFile, Expires: certificate.NotAfter}
	case s.tokens != nil:
		expires := tokenExpiry(s.tokens.latest())
		if s.tokens.file != "" {
			return Description{Kind: KindTokenFile, From: s.tokens.file, Expires: expires}
		}
		return Description{Kind: KindToken, Expires: expires}
	case s.basic != "":
		return Description{Kind: KindBasic}
	}
	return Description{Kind: KindNone}
}

// tokenExpiry returns the exp claim of a JWT (RFC 7519, 4.1.4), and the zero time for another
// token or a JWT without it. The server checks the signature.
func tokenExpiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Expires float64 `json:"exp"` // seconds since 1970, with a fraction or without
	}
	const year10000 = 253402300800
	err = json.Unmarshal(payload, &claims, jsontext.AllowDuplicateNames(true))
	if err != nil || claims.Expires <= 0 || claims.Expires >= year10000 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Expires), 0)
}
