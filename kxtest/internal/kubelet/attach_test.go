package kubelet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

const echoing = `while read -r line; do echo \"echo: $line\"; done; echo end; exit 5`

func TestAttachConnectsToTheContainersOwnProcess(t *testing.T) {
	srv := wiretest.StartDemo(t)
	first := wiretest.NewSession(t, srv, wiretest.Shell+"/attach"+wiretest.Query("echo", "stdin stdout stderr"))
	second := wiretest.NewSession(t, srv, wiretest.Shell+"/attach"+wiretest.Query("echo", "stdout"))
	for _, w := range []*wiretest.Session{first, second} {
		_, text, err := w.Read()
		require.NoError(t, err)
		require.Empty(t, text)
	}
	first.Send(0, "hello\n")
	first.ReadUntil(1, "echo: hello\n")
	second.ReadUntil(1, "echo: hello\n")

	t.Run("closing stdin detaches and leaves the container running", func(t *testing.T) {
		first.Send(255, "\x00")
		got, end := first.ReadAll()
		require.Equal(t, map[byte]string{3: wiretest.Success}, got)
		require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(end))
		third := wiretest.NewSession(t, srv, wiretest.Shell+"/attach"+wiretest.Query("echo", "stdin"))
		third.Send(0, "again\n")
		second.ReadUntil(1, "echo: again\n")
	})
	t.Run("a closed connection leaves the container running", func(t *testing.T) {
		require.NoError(t, second.Conn.CloseNow())
		four := wiretest.NewSession(t, srv, wiretest.Shell+"/attach"+wiretest.Query("echo", "stdin stdout"))
		four.Send(0, "third\n")
		four.ReadUntil(1, "echo: third\n")
	})
	require.True(t, wiretest.IsRunning(wiretest.NewClient(t, srv.Config()).Get(wiretest.Shell)))
}

func TestStdinOnceEndsWithTheFirstAttachment(t *testing.T) {
	srv := kxtest.Start(t)
	pod := wiretest.StartPod(t, srv, `"stdin":true,"stdinOnce":true,`+wiretest.Command(echoing))
	w := wiretest.NewSession(t, srv, pod+"/attach"+wiretest.Query("", "stdin stdout"))
	w.Send(0, "x\n")
	w.ReadUntil(1, "echo: x\n")
	w.Send(255, "\x00")
	got, _ := w.ReadAll()
	require.Equal(t, map[byte]string{1: "end\n", 3: wiretest.Success}, got,
		"it stays attached until the container has ended, and is not told its code")
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(pod, func(a *wiretest.Answer) bool { return a.At("status", "phase") == "Failed" })
	require.EqualValues(t, 5, c.Get(pod).At("status", "containerStatuses", 0, "state", "terminated", "exitCode"))
	require.Equal(t, "echo: x\nend\n", string(c.Get(pod+"/log").Is(200).Body))
}

func TestAttachEndsWithThePod(t *testing.T) {
	srv := kxtest.Start(t)
	pod := wiretest.StartPod(t, srv, `"command":["sleep","600"]`)
	w := wiretest.NewSession(t, srv, pod+"/attach"+wiretest.Query("", "stdin stdout stderr"))
	w.Send(0, "a container without stdin takes none")
	w.Send(255, "\x00")
	_, _, err := w.Read()
	require.NoError(t, err)
	wiretest.NewClient(t, srv.Config()).Do("DELETE", pod, "").Is(200)
	got, _ := w.ReadAll()
	require.Equal(t, map[byte]string{3: wiretest.Success}, got)
}

func TestAttachToATerminalResizesIt(t *testing.T) {
	srv := kxtest.Start(t)
	pod := wiretest.StartPod(t, srv, `"stdin":true,"tty":true,"command":["sh"]`)
	w := wiretest.NewSession(t, srv, pod+"/attach"+wiretest.Query("", "stdin stdout tty"))
	w.Send(4, `{"Width":120,"Height":40}`)
	w.Send(0, "stty size\n")
	w.ReadUntil(1, "40 120\r\n")
	w.Send(255, "\x00")
	got, _ := w.ReadAll()
	require.Equal(t, wiretest.Success, got[3])
	w = wiretest.NewSession(t, srv, pod+"/attach"+wiretest.Query("", "stdin stdout tty"))
	w.Send(0, "exit 4\n")
	got, _ = w.ReadAll()
	require.Equal(t, wiretest.Success, got[3])
	wiretest.NewClient(t, srv.Config()).Eventually(pod, func(a *wiretest.Answer) bool {
		return a.At("status", "containerStatuses", 0, "state", "terminated", "exitCode") == float64(4)
	})
}

func TestACommandOutlivesItsClient(t *testing.T) {
	srv := wiretest.StartDemo(t)
	files := func() string {
		got, _ := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+
			wiretest.Query("main", "stdout", "ls", "/tmp")).ReadAll()
		return got[1]
	}
	for name, row := range map[string]struct{ streams, script string }{
		"ended-its-stdin": {"stdin stdout", "cat; echo $?"},
		"writes-on":       {"stdout", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; sleep 0.02; done"},
		"has-a-terminal":  {"stdin stdout tty", "sleep 0.2"},
	} {
		w := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", row.streams, "sh", "-c",
			"echo begin; "+row.script+
				"; touch /tmp/"+name))
		w.ReadUntil(1, "begin")
		require.NoError(t, w.Conn.CloseNow())
		require.Eventually(t, func() bool { return strings.Contains(files(), name) }, time.Minute, time.Millisecond,
			name)
	}
}
