package transport

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/kx-k8s/kx/transport/internal/credential"
	"github.com/kx-k8s/kx/transport/internal/text"
)

// authenticator adds the credentials to a copy of each request, so that the layers above hold none.
// After a 401 it renews the credentials, and sends the request once more if they changed.
type authenticator struct {
	next        http.RoundTripper
	credentials signer
	base        *url.URL
}

// signer is a *credential.Set.
type signer interface {
	Sign(*http.Request) (*http.Request, credential.Signature, error)
	Renew(context.Context, credential.Signature) (bool, error)
}

func (t *authenticator) RoundTrip(req *http.Request) (*http.Response, error) {
	// A call with the resty client may name any URL.
	if req.URL.Scheme != t.base.Scheme || req.URL.Host != t.base.Host {
		closeBody(req)
		return nil, fmt.Errorf(
			"transport: %s://%s is not the server %s://%s, and credentials go only to that",
			text.OneLine(req.URL.Scheme), text.OneLine(req.URL.Host), t.base.Scheme, t.base.Host)
	}
	signed, used, err := t.credentials.Sign(req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	resp, err := t.send(signed, req)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !claimRenewal(req.Context()) {
		return resp, err
	}
	changed, err := t.credentials.Renew(req.Context(), used)
	switch {
	case err != nil:
		drain(resp)
		return nil, err
	case !changed:
		return resp, nil
	}
	next, ok := rewind(req)
	if !ok {
		return resp, nil
	}
	drain(resp)
	signed, _, err = t.credentials.Sign(next)
	if err != nil {
		closeBody(next)
		return nil, err
	}
	countAttempt(req.Context())
	return t.send(signed, req)
}

// send sends signed. The response refers to req instead, so that it holds no credential.
func (t *authenticator) send(signed, req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(signed)
	if err != nil {
		return nil, err
	}
	resp.Request = req
	return resp, nil
}

// closeBody closes the body of a request that is not sent, as http.RoundTripper requires.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
