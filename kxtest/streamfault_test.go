package kxtest_test

import (
	"math"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAFaultCutsAStream(t *testing.T) {
	srv := wiretest.StartDemo(t)
	for name, row := range map[string]struct {
		effect *kxtest.Effect
		want   map[byte]string
	}{
		"within a message":  {kxtest.CutStream(7), map[byte]string{1: "hello w"}},
		"after the output":  {kxtest.CutStream(12), map[byte]string{1: "hello world\n"}},
		"at once":           {kxtest.CutStream(0), map[byte]string{1: ""}},
		"before the status": {kxtest.CutStream(math.MaxInt), map[byte]string{1: "hello world\n"}},
		"after the status":  {kxtest.CutStreamAfterStatus(), map[byte]string{1: "hello world\n", 3: wiretest.Success}},
	} {
		t.Run(name, func(t *testing.T) {
			fault := srv.Fault(kxtest.Fault{Path: wiretest.Shell + "/exec", Then: row.effect})
			got, end := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+
				wiretest.Query("main", "stdout", "echo", "hello world")).ReadAll()
			require.Equal(t, row.want, got)
			require.Equal(t, websocket.StatusCode(-1), websocket.CloseStatus(end), "no close frame")
			require.ErrorContains(t, end, "connection reset by peer")
			require.Equal(t, 1, fault.Hits())
		})
	}
	got, _ := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+
		wiretest.Query("main", "stdout", "echo", "hello world")).ReadAll()
	require.Equal(t, wiretest.Success, got[3], "the next is served")
}

func TestAFrozenStreamIsSilent(t *testing.T) {
	srv := wiretest.StartDemo(t)
	srv.Fault(kxtest.Fault{Path: wiretest.Shell + "/exec", Then: kxtest.FreezeStream(5)})
	w := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdin stdout", "sh", "-c",
		"echo hello world; cat"))
	w.ReadUntil(1, "hello")
	w.Send(0, "more\n")
	pinged := make(chan error, 1)
	go func() { pinged <- w.Conn.Ping(t.Context()) }()
	// Meanwhile the server answers another session.
	got, _ := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+
		wiretest.Query("main", "stdout", "echo", "hello world")).ReadAll()
	require.Equal(t, wiretest.Success, got[3])
	srv.Close()
	_, data, err := w.Read()
	require.Error(t, err, "%q", data)
	_ = w.Conn.CloseNow() // fails if the server has reset the connection
	require.Error(t, <-pinged, "no pong has come")
}

func TestARefusedStreamFailsAfterItsUpgrade(t *testing.T) {
	srv := wiretest.StartDemo(t)
	for _, subresource := range []string{"exec", "attach"} {
		after := make(chan struct{})
		fault := srv.Fault(kxtest.Fault{Path: wiretest.Shell + "/*", Then: kxtest.RefuseStream("the node says no", after)})
		w := wiretest.NewSession(t, srv, wiretest.Shell+"/"+subresource+
			wiretest.Query("main", "stdout", "echo", "hello world"))
		require.Equal(t, 1, fault.Hits(), "the upgrade has succeeded")
		close(after)
		got, _ := w.ReadAll()
		require.Empty(t, got[1])
		require.Contains(t, got[3], `"reason":"InternalError"`)
		require.Contains(t, got[3], `"message":"Internal error occurred: the node says no"`)
	}
}
