package kxtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestTheJournalHoldsWhatCameWithoutCredentials(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithPathPrefix("/k8s/clusters/c-1/"))
	c := newClient(t, srv.Config())
	c.with("Cookie", "secret").do("POST", pods+"?dryRun=All", idle("a", "")).is(201)
	c.with("Impersonate-User", "somebody").get(pods + "/x%20y").is(403)
	nobody := *c
	nobody.token = ""
	nobody.get(pods).is(401)

	requests := srv.Requests()
	require.Len(t, requests, 3)
	require.Equal(t, "POST", requests[0].Method)
	require.Equal(t, pods, requests[0].Path, "without the prefix")
	require.Equal(t, "All", requests[0].Query.Get("dryRun"))
	require.JSONEq(t, idle("a", ""), string(requests[0].Body))
	require.Equal(t, "kx-admin", requests[0].User)
	require.Equal(t, "HTTP/2.0", requests[0].Protocol)
	require.Equal(t, "application/json", requests[0].Header.Get("Content-Type"))
	require.Equal(t, pods+"/x y", requests[1].Path)
	require.Equal(t, "kx-admin", requests[1].User, "who sent it")
	require.Empty(t, requests[2].User)
	require.NotContains(t, fmt.Sprint(requests), c.token)
	require.NotContains(t, fmt.Sprint(requests), "secret")

	srv.ForgetRequests()
	require.Empty(t, srv.Requests())
}
