package kxtest_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestAFaultHitsTheRequestsThatItChooses(t *testing.T) {
	srv, c := seeded(t, "a")
	fault := srv.Fault(kxtest.Fault{Method: "GET", Path: "/api/v1/namespaces/*/pods",
		Query: map[string]string{"limit": "1"}, User: "kx-admin", Skip: 1, Times: 2,
		Then: kxtest.AnswerStatus(503, "ServiceUnavailable", "busy", 2*time.Second)})
	c.get(pods + "/a").is(200)
	c.get(pods).is(200)
	newClient(t, srv.User("other", kxtest.Allow("*", "*"))).get(pods + "?limit=1").is(200)
	c.get(pods + "?limit=1").is(200)
	require.Zero(t, fault.Hits())
	for range 2 {
		busy := c.get(pods + "?limit=1").is(503)
		require.Equal(t, "2", busy.head.Get("Retry-After"))
		require.Equal(t, "busy", busy.at("message"))
		require.EqualValues(t, 2, busy.at("details", "retryAfterSeconds"))
	}
	c.get(pods + "?limit=1").is(200)
	require.Equal(t, 2, fault.Hits())
}

func TestAFaultWithoutAnEndStaysUntilItIsRemoved(t *testing.T) {
	srv, c := seeded(t)
	fault := srv.Fault(kxtest.Fault{Path: "/api/**", Times: -1,
		Then: kxtest.Answer(502, http.Header{"content-type": {"text/html"}}, "<h1>Bad Gateway</h1>")})
	for range 3 {
		page := c.get(pods).is(502)
		require.Equal(t, "text/html", page.head.Get("Content-Type"))
		require.Equal(t, "<h1>Bad Gateway</h1>", string(page.body))
	}
	c.get("/version").is(200)
	fault.Remove()
	c.get(pods).is(200)
	require.Equal(t, 3, fault.Hits())
}

func TestAResetLeavesEverythingAndALostAnswerDoesNot(t *testing.T) {
	srv, c := seeded(t)
	srv.Fault(kxtest.Fault{Method: "POST", Then: kxtest.Reset()})
	_, err := c.open("POST", pods, idle("a", ""))
	require.Error(t, err)
	require.Nil(t, srv.Pod("default", "a"))

	srv.Fault(kxtest.Fault{Method: "POST", Then: kxtest.LoseAnswer()})
	_, err = c.open("POST", pods, idle("a", ""))
	require.Error(t, err)
	require.NotNil(t, srv.Pod("default", "a"), "the write happened")
	c.do("POST", pods, idle("a", "")).is(409)
}

func TestAnAnswerIsCutInTheMiddle(t *testing.T) {
	srv, c := seeded(t, "a")
	srv.Fault(kxtest.Fault{Path: pods, Then: kxtest.CutAnswer(20)})
	response, err := c.open("GET", pods, "")
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, 200, response.StatusCode)
	data, err := io.ReadAll(response.Body)
	require.Error(t, err)
	require.Equal(t, `{"kind":"PodList","a`, string(data))
}

func TestADelayEndsWithTheClientsPatience(t *testing.T) {
	srv, c := seeded(t)
	srv.Fault(kxtest.Fault{Path: "/version", Delay: time.Nanosecond})
	c.get("/version").is(200)
	srv.Fault(kxtest.Fault{Path: "/version", Delay: time.Hour})
	c.http.Timeout = 50 * time.Millisecond
	_, err := c.open("GET", "/version", "")
	var timeout interface{ Timeout() bool }
	require.True(t, errors.As(err, &timeout) && timeout.Timeout())
}

func TestTheFirstFaultThatIsNotUsedUpHits(t *testing.T) {
	srv, c := seeded(t)
	srv.Fault(kxtest.Fault{Path: "/version", Then: kxtest.Answer(500, nil, "one")})
	srv.Fault(kxtest.Fault{Path: "/version", Then: kxtest.Answer(500, nil, "two")})
	require.Equal(t, "one", string(c.get("/version").is(500).body))
	require.Equal(t, "two", string(c.get("/version").is(500).body))
	c.get("/version").is(200)
}
