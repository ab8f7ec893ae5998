package subresource_test

import (
	"cmp"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/subresource"
)

func TestExecSendsItsOptionsInTheQuery(t *testing.T) {
	for sentence, tc := range map[string]struct {
		o         subresource.ExecOptions
		want      string
		protocols string
	}{
		"stdout":                           {subresource.ExecOptions{Stdout: io.Discard}, "command=sh&command=-c&command=a+b&stderr=false&stdin=false&stdout=true&tty=false", ""},
		"all":                              {subresource.ExecOptions{Container: "app", Stdin: strings.NewReader(""), StdoutPipe: true, Stderr: io.Discard}, "command=sh&command=-c&command=a+b&container=app&stderr=true&stdin=true&stdout=true&tty=false", ""},
		"a terminal":                       {subresource.ExecOptions{StdinPipe: true, Stdout: io.Discard, TTY: true}, "command=sh&command=-c&command=a+b&stderr=false&stdin=true&stdout=true&tty=true", ""},
		"a session that is passed through": {subresource.ExecOptions{Stdout: io.Discard, PassThrough: true}, "command=sh&command=-c&command=a+b&stderr=false&stdin=false&stdout=true&tty=false", v4},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &fakeServer{serve: says("", success), protocol: tc.protocols}
				tc.o.Command = []string{"sh", "-c", "a b"}
				require.NoError(t, execOn(t, s, tc.o).Wait())
				require.Equal(t, "GET", s.requests[0].Method)
				require.Equal(t, "/api/v1/namespaces/default/pods/web-0/exec", s.requests[0].URL.Path)
				require.Equal(t, tc.want, s.requests[0].URL.RawQuery)
				require.Equal(t, cmp.Or(tc.protocols, v5+", "+v4), s.requests[0].Header.Get("Sec-WebSocket-Protocol"))
			})
		})
	}
}

func TestRun(t *testing.T) {
	run := func(t *testing.T, serve func(*wstest.Peer), o subresource.ExecOptions) (*subresource.Result, error) {
		o.Command = []string{"program"}
		return subresource.Exec((&fakeServer{serve: serve}).pods(t)).Run(t.Context(), "web-0", o)
	}
	synctest.Test(t, func(t *testing.T) {
		res, err := run(t, func(p *wstest.Peer) { p.Message(1, "out"); p.Message(2, "err"); finish(p, exited("7")) }, subresource.ExecOptions{})
		require.NoError(t, err, "a code is no error")
		require.Equal(t, &subresource.Result{Stdout: []byte("out"), Stderr: []byte("err"), ExitCode: 7}, res)

		res, err = run(t, says("out", success), subresource.ExecOptions{TTY: true})
		require.NoError(t, err)
		require.Equal(t, &subresource.Result{Stdout: []byte("out")}, res)

		var got taken
		res, err = run(t, got.take(success), subresource.ExecOptions{Stdin: strings.NewReader("in")})
		require.NoError(t, err)
		require.Zero(t, res.ExitCode)
		require.Equal(t, "in", got.data.String())

		res, err = run(t, func(p *wstest.Peer) { p.Message(1, "out"); p.Close() }, subresource.ExecOptions{})
		var lost *subresource.LostError
		require.ErrorAs(t, err, &lost)
		require.Equal(t, "out", string(res.Stdout), "what came before")
	})
}

func TestRunKeepsSixteenMebibytesOfEachStream(t *testing.T) {
	block := strings.Repeat("x", 1<<20)
	s := &fakeServer{buffers: 1 << 20, serve: func(p *wstest.Peer) {
		go p.Discard()
		for range 16 {
			_ = p.Message(1, block)
		}
		for range 17 {
			_ = p.Message(2, block)
		}
		_ = p.Message(2, "ends here")
		_ = p.Message(3, exited("5"))
		_ = p.CloseWrite()
	}}
	res, err := subresource.Exec(s.pods(t)).Run(t.Context(), "web-0", subresource.ExecOptions{Command: []string{"program"}})
	var truncated *subresource.TruncatedError
	require.True(t, errors.As(err, &truncated), "%v", err)
	require.Equal(t, &subresource.TruncatedError{What: `exec in pod web-0`, Stderr: 1<<20 + 9}, truncated)
	require.EqualError(t, err, `exec in pod web-0: the output is cut short after 16777216 bytes a stream, 0 of stdout and 1048585 of stderr are missing; use Start to get all of it`)
	require.Len(t, res.Stdout, subresource.MaxOutput)
	require.Len(t, res.Stderr, subresource.MaxOutput)
	require.Equal(t, 5, res.ExitCode)
}
