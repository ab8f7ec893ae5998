package kxtest_test

import (
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

func TestOptionsThatMakeNoSenseAreErrors(t *testing.T) {
	for want, option := range map[string]kxtest.Option{
		`path prefix "k8s" does not begin with a slash`:                                       kxtest.WithPathPrefix("k8s"),
		`version "1.35" is not of the form 1.35.4`:                                            kxtest.WithVersion("1.35"),
		`version "v1.x.0" is not of the form 1.35.4`:                                          kxtest.WithVersion("v1.x.0"),
		`stream protocol "channel.k8s.io" is neither v5.channel.k8s.io nor v4.channel.k8s.io`: kxtest.WithStreamProtocols("channel.k8s.io"),
		"no stream protocol":                     kxtest.WithStreamProtocols(),
		`program "x" has no name or no function`: kxtest.WithProgram("x", nil),
		"bookmark interval 0s is not above zero": kxtest.WithBookmarkInterval(0),
		`image "[": syntax error in pattern`:     kxtest.WithImage("["),
		`image "a[": syntax error in pattern`:    kxtest.WithSlowPull("a[", time.Second),
	} {
		_, err := kxtest.New(option)
		require.EqualError(t, err, want)
		failed := &recorder{}
		require.Nil(t, kxtest.Start(failed, option))
		require.ErrorContains(t, failed.err, want)
	}
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

func TestObjectsAreSeededAndReadPastTheAPI(t *testing.T) {
	srv := kxtest.Start(t)
	made, err := srv.Create(map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "c"}, "data": map[string]string{"k": "v"}})
	require.NoError(t, err)
	require.Contains(t, string(made), `"namespace":"default"`)
	require.Equal(t, made, srv.Object("configmaps", "default", "c"))
	require.Nil(t, srv.Object("configmaps", "default", "d"))
	require.Nil(t, srv.Object("nothings", "default", "c"))
	for want, object := range map[string]any{
		`kxtest has no kind "Service" of "v1"`: `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"}}`,
		"unexpected end of JSON input":         []byte("{"),
		`Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.x"`: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"x":1}}`,
		`configmaps "c" already exists`: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`,
	} {
		_, err := srv.Create(object)
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, srv.Requests())
}
