package kxtest_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAFaultHitsMatchingRequests(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a")
	fault := srv.Fault(kxtest.Fault{Method: "GET", Path: "/api/v1/namespaces/*/pods",
		Query: map[string]string{"limit": "1"}, User: "kx-admin", Skip: 1, Times: 2,
		Then: kxtest.AnswerStatus(503, "ServiceUnavailable", "busy", 2*time.Second)})
	c.Get(wiretest.Pods + "/a").Is(200)
	c.Get(wiretest.Pods).Is(200)
	wiretest.NewClient(t, srv.User("other", kxtest.Allow("*", "*"))).Get(wiretest.Pods + "?limit=1").Is(200)
	c.Get(wiretest.Pods + "?limit=1").Is(200)
	require.Zero(t, fault.Hits())
	for range 2 {
		busy := c.Get(wiretest.Pods + "?limit=1").Is(503)
		require.Equal(t, "2", busy.Head.Get("Retry-After"))
		require.Equal(t, "busy", busy.At("message"))
		require.EqualValues(t, 2, busy.At("details", "retryAfterSeconds"))
	}
	c.Get(wiretest.Pods + "?limit=1").Is(200)
	require.Equal(t, 2, fault.Hits())
}

func TestAFaultWithoutALimitStaysUntilItIsRemoved(t *testing.T) {
	srv, c := wiretest.StartWithPods(t)
	fault := srv.Fault(kxtest.Fault{Path: "/api/**", Times: -1,
		Then: kxtest.Answer(502, http.Header{"content-type": {"text/html"}}, "<h1>Bad Gateway</h1>")})
	for range 3 {
		page := c.Get(wiretest.Pods).Is(502)
		require.Equal(t, "text/html", page.Head.Get("Content-Type"))
		require.Equal(t, "<h1>Bad Gateway</h1>", string(page.Body))
	}
	c.Get("/version").Is(200)
	fault.Remove()
	c.Get(wiretest.Pods).Is(200)
	require.Equal(t, 3, fault.Hits())
}

func TestResetSkipsTheRequestAndLoseAnswerExecutesIt(t *testing.T) {
	srv, c := wiretest.StartWithPods(t)
	srv.Fault(kxtest.Fault{Method: "POST", Then: kxtest.Reset()})
	_, err := c.Open("POST", wiretest.Pods, wiretest.UnscheduledPod("a", ""))
	require.Error(t, err)
	require.Nil(t, srv.Pod("default", "a"))

	srv.Fault(kxtest.Fault{Method: "POST", Then: kxtest.LoseAnswer()})
	_, err = c.Open("POST", wiretest.Pods, wiretest.UnscheduledPod("a", ""))
	require.Error(t, err)
	require.NotNil(t, srv.Pod("default", "a"), "the write happened")
	c.Do("POST", wiretest.Pods, wiretest.UnscheduledPod("a", "")).Is(409)
}

func TestAnAnswerIsCutInTheMiddle(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a")
	srv.Fault(kxtest.Fault{Path: wiretest.Pods, Then: kxtest.CutAnswer(20)})
	response, err := c.Open("GET", wiretest.Pods, "")
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, 200, response.StatusCode)
	data, err := io.ReadAll(response.Body)
	require.Error(t, err)
	require.Equal(t, `{"kind":"PodList","a`, string(data))
}

func TestADelayEndsWhenTheClientDisconnects(t *testing.T) {
	srv, c := wiretest.StartWithPods(t)
	srv.Fault(kxtest.Fault{Path: "/version", Delay: time.Nanosecond})
	c.Get("/version").Is(200)
	srv.Fault(kxtest.Fault{Path: "/version", Delay: time.Hour})
	c.HTTP.Timeout = 50 * time.Millisecond
	_, err := c.Open("GET", "/version", "")
	var timeout interface{ Timeout() bool }
	require.True(t, errors.As(err, &timeout) && timeout.Timeout())
}

func TestTheFirstMatchingFaultWithHitsLeftHits(t *testing.T) {
	srv, c := wiretest.StartWithPods(t)
	srv.Fault(kxtest.Fault{Path: "/version", Then: kxtest.Answer(500, nil, "one")})
	srv.Fault(kxtest.Fault{Path: "/version", Then: kxtest.Answer(500, nil, "two")})
	require.Equal(t, "one", string(c.Get("/version").Is(500).Body))
	require.Equal(t, "two", string(c.Get("/version").Is(500).Body))
	c.Get("/version").Is(200)
}
