package faults_test

import (
	"bytes"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// watchedOutput is the stdout of a verb. found is called once, when until is in it.
type watchedOutput struct {
	until string
	found func()

	mu     sync.Mutex
	buffer bytes.Buffer
	seen   bool
}

func (w *watchedOutput) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buffer.Write(p)
	if !w.seen && w.until != "" && strings.Contains(w.buffer.String(), w.until) {
		w.seen = true
		w.found()
	}
	return len(p), nil
}

func (w *watchedOutput) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buffer.String()
}

var localPort = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// forward sends a line through the forwarded port, adds what came back to the output, and
// interrupts the verb.
func forward(cmd *exec.Cmd, out *watchedOutput) {
	defer func() { _ = cmd.Process.Signal(syscall.SIGINT) }()
	conn, err := net.Dial("tcp", localPort.FindString(out.text()))
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(cellLimit))
	_, _ = io.WriteString(conn, "hello\n")
	got := make([]byte, len("hello\n"))
	n, err := io.ReadFull(conn, got)
	_, _ = out.Write(got[:n])
	if err != nil {
		// The message about the lost connection follows.
		time.Sleep(100 * time.Millisecond)
	}
}
