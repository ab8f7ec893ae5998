package transport

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
)

// authenticator adds the credentials to a copy of each request, so that layers above never hold them.
// At a 401 it looks for others, in files and from the plugin, and sends the request once more if there are any.
type authenticator struct {
	next        http.RoundTripper
	credentials *credentials
	base        *url.URL
}

func (t *authenticator) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != t.base.Scheme || req.URL.Host != t.base.Host { // a resty client takes any URL
		discard(req)
		return nil, fmt.Errorf("transport: %s://%s is not the server %s://%s, and credentials are sent to that alone",
			oneLine(req.URL.Scheme), oneLine(req.URL.Host), t.base.Scheme, t.base.Host)
	}
	signed, used, err := t.credentials.sign(req)
	if err != nil {
		discard(req)
		return nil, err
	}
	resp, err := t.send(signed, req)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !renewsFor(req.Context()) {
		return resp, err
	}
	switch renewed, err := t.credentials.renew(req.Context(), used); {
	case err != nil:
		drain(resp.Body)
		return nil, err
	case !renewed:
		return resp, nil
	}
	again, ok := rewind(req)
	if !ok {
		return resp, nil
	}
	drain(resp.Body)
	if signed, _, err = t.credentials.sign(again); err != nil {
		discard(again)
		return nil, err
	}
	return t.send(signed, req)
}

// send gives the answer to signed as though it were that to req, since an answer holds its request.
func (t *authenticator) send(signed, req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(signed)
	if err != nil {
		return nil, err
	}
	resp.Request = req
	return resp, nil
}

// renewsFor allows each request one renewal, also when it is sent several times.
// From then on it has not gone out: the server has turned it away.
func renewsFor(ctx context.Context) bool {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return true
	}
	first := !c.renewed
	c.renewed = true
	c.sent.Store(false)
	return first
}

// discard closes the body of a request that is not sent, as http.RoundTripper asks for.
func discard(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// signature is what a request was signed with.
type signature struct {
	token       string
	credential  *execCredential
	certificate *x509.Certificate
}

// sign gives a copy of req with the credentials. It may have the plugin run, and fails as that does.
func (c *credentials) sign(req *http.Request) (*http.Request, signature, error) {
	var used signature
	if c.plugin != nil {
		resume := pauseLimit(req.Context())
		credential, err := c.plugin.get(req.Context(), nil)
		resume()
		if err != nil {
			return nil, used, err
		}
		used.credential = credential
	}
	signed := req.Clone(req.Context())
	switch {
	case c.tokens != nil:
		used.token = c.tokens.get(req.Context())
		signed.Header.Set("Authorization", "Bearer "+used.token)
	case c.basic != "":
		signed.Header.Set("Authorization", c.basic)
	case c.plugin != nil && used.credential.token != "":
		signed.Header.Set("Authorization", "Bearer "+used.credential.token)
	}
	for name, values := range c.impersonate {
		signed.Header[name] = values
	}
	used.certificate = c.network.certificate()
	return signed, used, nil
}

// renew looks for other credentials than used, which the server refused, and reports whether there are any now.
func (c *credentials) renew(ctx context.Context, used signature) (bool, error) {
	switch {
	case c.plugin != nil:
		resume := pauseLimit(ctx)
		defer resume()
		return c.plugin.renew(ctx, used.credential)
	case c.tokens != nil && c.tokens.refresh(ctx, used.token):
		return true, nil
	}
	c.network.lookAgain(ctx)
	return c.network.certificate() != used.certificate, nil
}
