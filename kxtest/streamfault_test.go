package kxtest_test

import (
	"context"
	"math"
	"testing"
	"time"

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
	pinged := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	go func() { pinged <- w.Conn.Ping(ctx) }()
	_, data, err := w.Conn.Read(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded, "%q", data)
	require.Error(t, <-pinged)
	srv.Close()
}
