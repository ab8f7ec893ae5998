package kxtest_test

import (
	"io"
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestARestartKeepsAddressAndObjects(t *testing.T) {
	srv := kxtest.Start(t)
	url := srv.URL()
	for range 3 {
		srv.Restart()
	}
	_, err := srv.Create(wiretest.UnscheduledPod("a", ""))
	require.NoError(t, err)
	srv.Stop()
	_, err = srv.Create(wiretest.UnscheduledPod("b", ""))
	require.NoError(t, err, "a stopped server still stores objects")
	srv.Restart()
	require.Equal(t, url, srv.URL())
	c := wiretest.NewClient(t, srv.Config())
	c.Get(wiretest.Pods + "/a").Is(200)
	c.Get(wiretest.Pods + "/b").Is(200)
}

func TestAStoppedServerEndsWatchesAndResetsConnections(t *testing.T) {
	srv := kxtest.Start(t)
	c := wiretest.NewClient(t, srv.Config())
	answer, err := c.Open(http.MethodGet, wiretest.Pods+"?watch=1", "")
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	srv.Stop()
	_, _ = io.ReadAll(answer.Body) // the watch ends, at an event or by the reset
	_, err = c.Open(http.MethodGet, wiretest.Pods, "")
	require.ErrorIs(t, err, syscall.ECONNRESET)
	srv.Restart()
	c.Get(wiretest.Pods).Is(200)
}

func TestRestartsLeaveNoGoroutine(t *testing.T) {
	srv, err := kxtest.New()
	require.NoError(t, err)
	for range 3 {
		c := wiretest.NewClient(t, srv.Config())
		c.Watch("")
		srv.Restart()
	}
	srv.Close()
	srv.Restart() // a closed server stays closed
	requireNoServerGoroutine(t)
}
