package subresource_test

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const twoContainers = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0"},"spec":{
	"containers":[{"name":"plain"},{"name":"terminal","tty":true}],"initContainers":[{"name":"setup","tty":true}],
	"ephemeralContainers":[{"name":"debugger","tty":true}]}}`

func TestAttachHasATerminalIfTheContainerHasOne(t *testing.T) {
	yes, no := true, false
	podWithTerminal := `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0"},"spec":{"containers":[{"name":"only","tty":true}]}}`
	for sentence, tc := range map[string]struct {
		pod, container string
		tty            *bool
		want           string
		requests       int
	}{
		"one container":                  {podWithTerminal, "", nil, "stderr=false&stdin=true&stdout=true&tty=true", 2},
		"with a terminal":                {twoContainers, "terminal", nil, "container=terminal&stderr=false&stdin=true&stdout=true&tty=true", 2},
		"without":                        {twoContainers, "plain", nil, "container=plain&stderr=true&stdin=true&stdout=true&tty=false", 2},
		"an init container":              {twoContainers, "setup", nil, "container=setup&stderr=false&stdin=true&stdout=true&tty=true", 2},
		"an ephemeral container":         {twoContainers, "debugger", nil, "container=debugger&stderr=false&stdin=true&stdout=true&tty=true", 2},
		"a container that the pod lacks": {twoContainers, "nope", nil, "container=nope&stderr=true&stdin=true&stdout=true&tty=false", 2},
		"several containers and no name": {twoContainers, "", nil, "stderr=true&stdin=true&stdout=true&tty=false", 2},
		"TTY is set":                     {"", "plain", &yes, "container=plain&stderr=false&stdin=true&stdout=true&tty=true", 1},
		"TTY is unset":                   {"", "terminal", &no, "container=terminal&stderr=true&stdin=true&stdout=true&tty=false", 1},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &fakeServer{serve: says("hello", success), pod: tc.pod}
				o := subresource.AttachOptions{Container: tc.container, TTY: tc.tty, StdinPipe: true, StdoutPipe: true, StderrPipe: tc.tty != &yes}
				session, err := subresource.Attach(s.pods(t)).Start(t.Context(), "web-0", o)
				require.NoError(t, err)
				require.NoError(t, session.Wait())
				require.Len(t, s.requests, tc.requests)
				last := s.requests[len(s.requests)-1]
				require.Equal(t, "/api/v1/namespaces/default/pods/web-0/attach", last.URL.Path)
				require.Equal(t, tc.want, last.URL.RawQuery)
				if tc.tty != &yes { // the pipe exists even if nothing arrives
					out, err := io.ReadAll(session.StderrPipe())
					require.NoError(t, err)
					require.Empty(t, out)
				}
			})
		})
	}
}

func TestAttachToATerminalForStderrOnlyIsRefused(t *testing.T) {
	s := &fakeServer{serve: (*wstest.Peer).Discard, pod: twoContainers}
	_, err := subresource.Attach(s.pods(t)).Start(t.Context(), "web-0", subresource.AttachOptions{Container: "terminal", Stderr: io.Discard})
	var contradiction *resources.OptionError
	require.ErrorAs(t, err, &contradiction)
	require.ErrorContains(t, err, "a terminal has only one output: set Stdout")
	require.Equal(t, 1, s.sent())
}

func TestAttachAsksForTheStreamsThatAreSetAlone(t *testing.T) {
	for sentence, tc := range map[string]struct {
		o    subresource.AttachOptions
		want string
	}{
		"only stderr, of a container without a terminal": {subresource.AttachOptions{Container: "plain", Stderr: io.Discard},
			"container=plain&stderr=true&stdin=false&stdout=false&tty=false"},
		"only stdin": {subresource.AttachOptions{Container: "plain", StdinPipe: true},
			"container=plain&stderr=false&stdin=true&stdout=false&tty=false"},
		"only stdin of a terminal": {subresource.AttachOptions{Container: "terminal", StdinPipe: true},
			"container=terminal&stderr=false&stdin=true&stdout=false&tty=true"},
		"only stdout of a terminal": {subresource.AttachOptions{Container: "terminal", Stdout: io.Discard},
			"container=terminal&stderr=false&stdin=false&stdout=true&tty=true"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &fakeServer{serve: says("", success), pod: twoContainers}
				session, err := subresource.Attach(s.pods(t)).Start(t.Context(), "web-0", tc.o)
				require.NoError(t, err)
				require.NoError(t, session.Wait())
				require.Equal(t, tc.want, s.requests[len(s.requests)-1].URL.RawQuery)
			})
		})
	}
}

func TestAttachReturnsTheServersError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		no := false
		var out bytes.Buffer
		start := func(status string) error {
			s := &fakeServer{serve: says("x", status)}
			session, err := subresource.Attach(s.pods(t)).Start(t.Context(), "web-0", subresource.AttachOptions{Container: "app", Stdout: &out, TTY: &no})
			require.NoError(t, err)
			return session.Wait()
		}
		require.NoError(t, start(success))
		err := start(`{"status":"Failure","message":"container app not found in pod web-0","reason":"InternalError","code":500}`)
		require.ErrorIs(t, err, transport.ErrInternal)
		require.ErrorContains(t, err, "GET /api/v1/namespaces/default/pods/web-0/attach: container app not found in pod web-0 (500)")
		err = start("")
		var lost *subresource.LostError
		require.ErrorAs(t, err, &lost)
		require.ErrorContains(t, err, `attach in container app of pod web-0: the stream was lost`)
	})
}
