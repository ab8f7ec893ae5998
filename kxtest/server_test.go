package kxtest_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAPodIsCreatedRunsAndTakesAnEphemeralContainer(t *testing.T) {
	srv := kxtest.Start(t)
	c := wiretest.NewClient(t, srv.Config())
	c.Do("POST", wiretest.Pods, wiretest.WebPod).Is(201)
	pod := c.Eventually(wiretest.Pods+"/web", wiretest.IsRunning)
	require.Equal(t, "kx-node", pod.At("spec", "nodeName"))
	require.Equal(t, true, pod.At("status", "containerStatuses", 0, "ready"))

	body := `{"spec":{"ephemeralContainers":[{"name":"debugger","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh","-c","exit 7"],"targetContainerName":"app"}]}}`
	patch := c.With("Content-Type", "application/strategic-merge-patch+json")
	require.Equal(t, "debugger", patch.Do("PATCH", wiretest.Pods+"/web/ephemeralcontainers", body).Is(200).At("spec",
		"ephemeralContainers", 0, "name"))
	ended := c.Eventually(wiretest.Pods+"/web/ephemeralcontainers", func(a *wiretest.Answer) bool {
		return a.At("status", "ephemeralContainerStatuses", 0, "state", "terminated") != nil
	})
	require.EqualValues(t, 7, ended.At("status", "ephemeralContainerStatuses", 0, "state", "terminated", "exitCode"))
	require.True(t, bytes.Contains(srv.Pod("default", "web"), []byte(`"debugger"`)))
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	for range 3 {
		srv, err := kxtest.New(kxtest.WithDemo())
		require.NoError(t, err)
		c := wiretest.NewClient(t, srv.Config())
		c.Watch("")
		c.Get(wiretest.Pods).Is(200)
		srv.Close()
	}
	requireNoServerGoroutine(t)
}

// requireNoServerGoroutine waits until no goroutine of a closed server is left.
func requireNoServerGoroutine(t *testing.T) {
	t.Helper()
	buffer := make([]byte, 1<<20)
	stacks := func() string { return string(buffer[:runtime.Stack(buffer, true)]) }
	require.Contains(t, stacks(), "kxtest_test.requireNoServerGoroutine", "it sees goroutines")
	// Close waits for their work. Afterwards each goroutine still has to return.
	own := regexp.MustCompile(`(kxtest|apiserver|kubelet|stream)\.\(\*`)
	for end := time.Now().Add(time.Minute); own.MatchString(stacks()); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("goroutines of the server are left:\n" + stacks())
		}
	}
}

func TestServersAreIndependent(t *testing.T) {
	first, second := kxtest.Start(t), kxtest.Start(t)
	_, err := first.Create(wiretest.UnscheduledPod("a", ""))
	require.NoError(t, err)
	require.Nil(t, second.Pod("default", "a"))
	c := wiretest.NewClient(t, second.Config())
	c.Token = first.Config().BearerToken
	c.Get(wiretest.Pods).Is(401)
}

func TestAPathPrefixAppliesToEveryPath(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithPathPrefix("/k8s/clusters/c-1"))
	require.True(t, strings.HasSuffix(srv.URL(), "/k8s/clusters/c-1"))
	c := wiretest.NewClient(t, srv.Config())
	c.Get(wiretest.Pods).Is(200)
	c.Base = strings.TrimSuffix(c.Base, "/k8s/clusters/c-1")
	require.Equal(t, "404 page not found\n", string(c.Get(wiretest.Pods).Is(404).Body))
	c.Get("/k8s/clusters/c-11" + wiretest.Pods).Is(404)
	require.Len(t, srv.Requests(), 1, "what came beside the prefix is none of its requests")
}

func TestTheServerHasHTTP1AndHTTP2ButNoOldTLS(t *testing.T) {
	srv := kxtest.Start(t)
	c := wiretest.NewClient(t, srv.Config())
	response, err := c.Open("GET", "/version", "")
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

// recorder is a test that keeps its error.
type recorder struct{ err error }

func (r *recorder) Helper()        {}
func (r *recorder) Cleanup(func()) {}
func (r *recorder) Fatalf(format string, args ...any) {
	r.err = args[0].(error)
}

// BenchmarkStart measures a server without its first, which creates the certificates.
func BenchmarkStart(b *testing.B) {
	kxtest.Start(b)
	for b.Loop() {
		srv, err := kxtest.New()
		require.NoError(b, err)
		srv.Close()
	}
}

func TestAProgramThatImportsThePackageHasNoTestFlags(t *testing.T) {
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
