package kxtest_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestTheJournalHasRequestsWithoutCredentials(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithPathPrefix("/k8s/clusters/c-1/"))
	c := wiretest.NewClient(t, srv.Config())
	c.With("Cookie", "secret").Do("POST", wiretest.Pods+"?dryRun=All", wiretest.UnscheduledPod("a", "")).Is(201)
	c.With("Impersonate-User", "somebody").Get(wiretest.Pods + "/x%20y").Is(403)
	nobody := *c
	nobody.Token = ""
	nobody.Get(wiretest.Pods).Is(401)

	requests := srv.Requests()
	require.Len(t, requests, 3)
	require.Equal(t, "POST", requests[0].Method)
	require.Equal(t, wiretest.Pods, requests[0].Path, "without the prefix")
	require.Equal(t, "All", requests[0].Query.Get("dryRun"))
	require.JSONEq(t, wiretest.UnscheduledPod("a", ""), string(requests[0].Body))
	require.Equal(t, "kx-admin", requests[0].User)
	require.Equal(t, "HTTP/2.0", requests[0].Protocol)
	require.Equal(t, "application/json", requests[0].Header.Get("Content-Type"))
	require.Equal(t, wiretest.Pods+"/x y", requests[1].Path)
	require.Equal(t, "kx-admin", requests[1].User, "who sent it")
	require.Empty(t, requests[2].User)
	require.NotContains(t, fmt.Sprint(requests), c.Token)
	require.NotContains(t, fmt.Sprint(requests), "secret")

	srv.ForgetRequests()
	require.Empty(t, srv.Requests())
}

func TestAFullJournalDropsTheOldestRequestsOneByOne(t *testing.T) {
	srv := kxtest.Start(t)
	for i := range kxtest.MaxRequests + 3 {
		srv.AddToJournal(&kxtest.Request{Path: strconv.Itoa(i)})
	}
	requests := srv.Requests()
	require.Len(t, requests, kxtest.MaxRequests)
	require.Equal(t, "3", requests[0].Path)
	require.Equal(t, strconv.Itoa(kxtest.MaxRequests+2), requests[kxtest.MaxRequests-1].Path)
}
