package kxtest_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestAPodIsCreatedRunsAndTakesAnEphemeralContainer(t *testing.T) {
	srv := kxtest.Start(t)
	c := newClient(t, srv.Config())
	c.do("POST", pods, webPod).is(201)
	pod := c.eventually(pods+"/web", running)
	require.Equal(t, "kx-node", pod.at("spec", "nodeName"))
	require.Equal(t, true, pod.at("status", "containerStatuses", 0, "ready"))

	body := `{"spec":{"ephemeralContainers":[{"name":"debugger","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh","-c","exit 7"],"targetContainerName":"app"}]}}`
	patch := c.with("Content-Type", "application/strategic-merge-patch+json")
	require.Equal(t, "debugger", patch.do("PATCH", pods+"/web/ephemeralcontainers", body).is(200).at("spec",
		"ephemeralContainers", 0, "name"))
	ended := c.eventually(pods+"/web/ephemeralcontainers", func(a *answer) bool {
		return a.at("status", "ephemeralContainerStatuses", 0, "state", "terminated") != nil
	})
	require.EqualValues(t, 7, ended.at("status", "ephemeralContainerStatuses", 0, "state", "terminated", "exitCode"))
	require.True(t, bytes.Contains(srv.Pod("default", "web"), []byte(`"debugger"`)))
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	for range 3 {
		srv, err := kxtest.New(kxtest.WithDemo())
		require.NoError(t, err)
		c := newClient(t, srv.Config())
		c.watch("")
		c.get(pods).is(200)
		srv.Close()
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	require.Contains(t, string(stacks), "kxtest_test.TestCloseLeavesNoGoroutine", "it sees goroutines")
	require.NotContains(t, string(stacks), "kxtest.(*")
}

func TestServersKnowNothingOfEachOther(t *testing.T) {
	one, two := kxtest.Start(t), kxtest.Start(t)
	_, err := one.Create(idle("a", ""))
	require.NoError(t, err)
	require.Nil(t, two.Pod("default", "a"))
	c := newClient(t, two.Config())
	c.token = one.Config().BearerToken
	c.get(pods).is(401)
}

func TestAPathPrefixIsInFrontOfEverything(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithPathPrefix("/k8s/clusters/c-1"))
	require.True(t, strings.HasSuffix(srv.URL(), "/k8s/clusters/c-1"))
	c := newClient(t, srv.Config())
	c.get(pods).is(200)
	c.base = strings.TrimSuffix(c.base, "/k8s/clusters/c-1")
	require.Equal(t, "404 page not found\n", string(c.get(pods).is(404).body))
	c.get("/k8s/clusters/c-11" + pods).is(404)
	require.Len(t, srv.Requests(), 1, "what came beside the prefix is none of its requests")
}

func TestItSpeaksHTTP1AndHTTP2ButNoOldTLS(t *testing.T) {
	srv := kxtest.Start(t)
	c := newClient(t, srv.Config())
	response, err := c.open("GET", "/version", "")
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, "HTTP/2.0", response.Proto)

	address := strings.TrimPrefix(srv.URL(), "https://")
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	require.NoError(t, err)
	require.Equal(t, "http/1.1", conn.ConnectionState().NegotiatedProtocol)
	require.NoError(t, conn.Close())
	_, err = tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10,
		MaxVersion: tls.VersionTLS11})
	require.ErrorContains(t, err, "protocol version")
}

// recorder is a test that keeps its failure.
type recorder struct{ err error }

func (r *recorder) Helper()        {}
func (r *recorder) Cleanup(func()) {}
func (r *recorder) Fatalf(format string, args ...any) {
	r.err = args[0].(error)
}

func TestStartingOneTakesMilliseconds(t *testing.T) {
	kxtest.Start(t) // makes the certificates
	times := make([]time.Duration, 5)
	for i := range times {
		begin := time.Now()
		kxtest.Start(t)
		times[i] = time.Since(begin)
	}
	fastest := times[0]
	for _, d := range times {
		fastest = min(fastest, d)
	}
	require.Less(t, fastest, 100*time.Millisecond)
}

func TestAProgramThatUsesItRegistersNoTestFlags(t *testing.T) {
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		require.NoError(t, err, "%s", exit.Stderr)
	}
	require.NoError(t, err)
	for dependency := range strings.SplitSeq(strings.TrimSpace(string(list)), "\n") {
		require.NotContains(t, []string{"testing", "net/http/httptest"}, dependency)
	}
}
