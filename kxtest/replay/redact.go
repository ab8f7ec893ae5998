package replay

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/kubeconfig"
)

// redact returns a copy with all replacements made.
func (f *fixture) redact(replacer *strings.Replacer) *fixture {
	header := func(h http.Header) http.Header {
		h = h.Clone()
		for _, values := range h {
			for i := range values {
				values[i] = replacer.Replace(values[i])
			}
		}
		return h
	}
	redacted := &fixture{scenario: f.scenario, version: f.version}
	for _, e := range f.exchanges {
		c := *e
		c.uri = replacer.Replace(e.uri)
		c.requestHeader, c.responseHeader = header(e.requestHeader), header(e.responseHeader)
		c.requestBody = []byte(replacer.Replace(string(e.requestBody)))
		c.responseBody = []byte(replacer.Replace(string(e.responseBody)))
		c.frames = nil
		for _, f := range e.frames {
			frame := *f
			frame.setPayload([]byte(replacer.Replace(string(f.payload()))))
			c.frames = append(c.frames, &frame)
		}
		redacted.exchanges = append(redacted.exchanges, &c)
	}
	return redacted
}

// secret is a string that must not be written, and a name for it.
type secret struct{ kind, text string }

// secretForms are strings that any secret of a kind contains. The last three are beginnings of a
// JSON Web Token: {"alg", {"typ" and {"kid".
var secretForms = []secret{
	{"a private key", "PRIVATE KEY-----"},
	{"a JSON Web Token", "eyJhbGci"},
	{"a JSON Web Token", "eyJ0eXAi"},
	{"a JSON Web Token", "eyJraWQi"},
}

// checkSecrets returns an error if the fixture contains a credential. The error names the kind of
// credential, never its text.
func (f *fixture) checkSecrets(configs []*kubeconfig.Config) error {
	secrets := slices.Clone(secretForms)
	for _, cfg := range configs {
		own, err := secretsOf(cfg)
		if err != nil {
			return err
		}
		secrets = append(secrets, own...)
	}
	for _, e := range f.exchanges {
		single := &fixture{exchanges: []*exchange{e}}
		text := string(single.encode()) + e.streams()
		path, _ := cutQuery(e.uri)
		for _, s := range secrets {
			for _, form := range []string{s.text, url.QueryEscape(s.text), quoted(s.text)} {
				if strings.Contains(text, form) {
					return fmt.Errorf(
						"%s is in the recording of %s %s: leave that request out, or call Redact",
						s.kind, e.method, path)
				}
			}
		}
	}
	return nil
}

// streams returns the data of an upgraded connection, channel by channel: a credential may be
// spread over messages.
func (e *exchange) streams() string {
	channels := map[string][]byte{}
	for _, f := range e.frames {
		key := f.Dir
		if f.Channel != nil {
			key += strconv.Itoa(*f.Channel)
		}
		channels[key] = append(channels[key], f.payload()...)
	}
	var all []byte
	for _, key := range slices.Sorted(maps.Keys(channels)) {
		all = append(append(all, channels[key]...), '\n')
	}
	return string(all)
}

// quoted returns s as it appears in a JSON string.
func quoted(s string) string {
	text, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		return s // JSON contains no invalid UTF-8
	}
	return string(text[1 : len(text)-1])
}

// secretsOf returns the credentials that cfg contains or refers to.
func secretsOf(cfg *kubeconfig.Config) ([]secret, error) {
	var secrets []secret
	add := func(name, text string) {
		text = strings.TrimSpace(text)
		if text != "" {
			secrets = append(secrets, secret{name, text})
		}
	}
	add("a client's bearer token", cfg.BearerToken)
	add("a client's password", cfg.Password)
	if cfg.Password != "" {
		add("a client's password", base64.StdEncoding.EncodeToString([]byte(cfg.Username+":"+
			cfg.Password)))
	}
	if cfg.BearerTokenFile != "" {
		token, err := os.ReadFile(cfg.BearerTokenFile)
		if err != nil {
			return nil, err
		}
		add("a client's bearer token", string(token))
	}
	key := cfg.TLS.KeyData
	if len(key) == 0 && cfg.TLS.KeyFile != "" {
		content, err := os.ReadFile(cfg.TLS.KeyFile)
		if err != nil {
			return nil, err
		}
		key = content
	}
	add("a client's private key", base64.StdEncoding.EncodeToString(key)) // as in a kubeconfig
	block, _ := pem.Decode(key)
	if block != nil {
		// The key may be wrapped at any column. A part from its middle, 64 characters at a multiple
		// of 64, appears in all usual wrappings.
		middle := base64.StdEncoding.EncodeToString(block.Bytes)
		middle = middle[len(middle)/3/64*64:]
		add("a client's private key", middle[:min(len(middle), 64)])
	}
	return secrets, nil
}
