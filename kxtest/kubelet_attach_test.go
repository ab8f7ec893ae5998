package kxtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

const echoing = `while read -r line; do echo \"echo: $line\"; done; echo end; exit 5`

func TestAttachJoinsTheContainersOwnProcess(t *testing.T) {
	srv := demo(t)
	one := session(t, srv, shell+"/attach"+query("echo", "stdin stdout stderr"))
	two := session(t, srv, shell+"/attach"+query("echo", "stdout"))
	for _, w := range []*wire{one, two} {
		_, text, err := w.read()
		require.NoError(t, err)
		require.Empty(t, text)
	}
	one.send(0, "hello\n")
	one.until(1, "echo: hello\n")
	two.until(1, "echo: hello\n")

	t.Run("closing stdin detaches and leaves the container running", func(t *testing.T) {
		one.send(255, "\x00")
		got, end := one.rest()
		require.Equal(t, map[byte]string{3: success}, got)
		require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(end))
		three := session(t, srv, shell+"/attach"+query("echo", "stdin"))
		three.send(0, "again\n")
		two.until(1, "echo: again\n")
	})
	t.Run("and so does going away", func(t *testing.T) {
		require.NoError(t, two.conn.CloseNow())
		four := session(t, srv, shell+"/attach"+query("echo", "stdin stdout"))
		four.send(0, "third\n")
		four.until(1, "echo: third\n")
	})
	require.True(t, running(newClient(t, srv.Config()).get(shell)))
}

func TestStdinOnceEndsWithTheFirstAttachment(t *testing.T) {
	srv := kxtest.Start(t)
	pod := startPod(t, srv, `"stdin":true,"stdinOnce":true,`+command(echoing))
	w := session(t, srv, pod+"/attach"+query("", "stdin stdout"))
	w.send(0, "x\n")
	w.until(1, "echo: x\n")
	w.send(255, "\x00")
	got, _ := w.rest()
	require.Equal(t, map[byte]string{1: "end\n", 3: success}, got,
		"it stays attached until the container has ended, and is not told its code")
	c := newClient(t, srv.Config())
	c.eventually(pod, func(a *answer) bool { return a.at("status", "phase") == "Failed" })
	require.EqualValues(t, 5, c.get(pod).at("status", "containerStatuses", 0, "state", "terminated", "exitCode"))
	require.Equal(t, "echo: x\nend\n", string(c.get(pod+"/log").is(200).body))
}

func TestAttachEndsWithThePod(t *testing.T) {
	srv := kxtest.Start(t)
	pod := startPod(t, srv, `"command":["sleep","600"]`)
	w := session(t, srv, pod+"/attach"+query("", "stdin stdout stderr"))
	w.send(0, "a container without stdin takes none")
	w.send(255, "\x00")
	_, _, err := w.read()
	require.NoError(t, err)
	newClient(t, srv.Config()).do("DELETE", pod, "").is(200)
	got, _ := w.rest()
	require.Equal(t, map[byte]string{3: success}, got)
}

func TestAttachToATerminal(t *testing.T) {
	srv := kxtest.Start(t)
	pod := startPod(t, srv, `"stdin":true,"tty":true,"command":["sh"]`)
	w := session(t, srv, pod+"/attach"+query("", "stdin stdout tty"))
	w.send(4, `{"Width":120,"Height":40}`)
	w.send(0, "stty size\n")
	w.until(1, "40 120\r\n")
	w.send(255, "\x00")
	got, _ := w.rest()
	require.Equal(t, success, got[3])
	w = session(t, srv, pod+"/attach"+query("", "stdin stdout tty"))
	w.send(0, "exit 4\n")
	got, _ = w.rest()
	require.Equal(t, success, got[3])
	newClient(t, srv.Config()).eventually(pod, func(a *answer) bool {
		return a.at("status", "containerStatuses", 0, "state", "terminated", "exitCode") == float64(4)
	})
}

func TestACommandOutlivesItsClient(t *testing.T) {
	srv := demo(t)
	files := func() string {
		got, _ := session(t, srv, shell+"/exec"+query("main", "stdout", "ls", "/tmp")).rest()
		return got[1]
	}
	for name, row := range map[string]struct{ streams, script string }{
		"ended-its-stdin": {"stdin stdout", "cat; echo $?"},
		"writes-on":       {"stdout", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; sleep 0.02; done"},
		"has-a-terminal":  {"stdin stdout tty", "sleep 0.2"},
	} {
		w := session(t, srv, shell+"/exec"+query("main", row.streams, "sh", "-c", "echo begin; "+row.script+
			"; touch /tmp/"+name))
		w.until(1, "begin")
		require.NoError(t, w.conn.CloseNow())
		require.Eventually(t, func() bool { return strings.Contains(files(), name) }, 10*time.Second, time.Millisecond,
			name)
	}
}
