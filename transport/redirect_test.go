package transport_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

func TestARedirectToAnotherHostIsNotFollowed(t *testing.T) {
	asked := 0
	other := serve(t, func(http.ResponseWriter, *http.Request) { asked++ })
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", other.Server+"/there?command=s3cret")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	cfg.TLS.Insecure, cfg.TLS.CAData = true, nil
	cfg.BearerToken = "t0k"
	c := newClient(t, cfg)
	for _, req := range []*transport.Request{get(), send("POST", "{}"), send("PATCH", "{}")} {
		_, err := c.Fetch(t.Context(), req)
		requireOneLine(t, err)
		require.ErrorContains(t, err, "it redirects to "+other.Server[:len(other.Server)-len(mount)]+", where credentials "+
			"are not sent")
		require.NotContains(t, err.Error(), "s3cret")
		require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
		var se *transport.StatusError
		require.ErrorAs(t, err, &se)
		require.Equal(t, http.StatusTemporaryRedirect, se.Code)
	}
	require.Zero(t, asked)
}

func TestARedirectWithinTheServerIsFollowedUnlessTheMethodChanges(t *testing.T) {
	var seen []string
	code := 0
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.URL.Path+" "+readAll(r.Body)+" "+r.Header.Get("Authorization"))
		if r.URL.Path != "/new" {
			http.Redirect(w, r, "/new", code)
		}
	})
	cfg.BearerToken = "t0k"
	c := newClient(t, cfg)
	const path = mount + "/api/v1/pods"

	code = http.StatusMovedPermanently
	_, err := c.Fetch(t.Context(), get())
	require.NoError(t, err)
	require.Equal(t, []string{"GET " + path + "  Bearer t0k", "GET /new  Bearer t0k"}, seen)

	seen, code = nil, http.StatusPermanentRedirect
	_, err = c.Fetch(t.Context(), send("PATCH", "{}"))
	require.NoError(t, err)
	require.Equal(t, []string{"PATCH " + path + " {} Bearer t0k", "PATCH /new {} Bearer t0k"}, seen)

	for _, code = range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther} {
		seen = nil
		_, err = c.Fetch(t.Context(), send("PATCH", "{}"))
		requireOneLine(t, err)
		require.ErrorContains(t, err, "a redirect to /new was not followed: check the server's address")
		require.Len(t, seen, 1)
	}
}

func TestARedirectLoopEnds(t *testing.T) {
	asked := 0
	cfg := serve(t, func(w http.ResponseWriter,
		r *http.Request) {
		asked++
		http.Redirect(w, r, "/round", http.StatusFound)
	})
	_, err := newClient(t, cfg).Fetch(t.Context(), get())
	requireOneLine(t, err)
	require.ErrorContains(t, err, "a redirect to /round was not followed")
	require.Equal(t, 10, asked)
}
