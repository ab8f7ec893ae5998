package machine_test

import (
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// person types at a terminal and collects its output.
type person struct {
	t       *testing.T
	m       *machine.Machine
	p       *machine.Process
	typing  *io.PipeWriter
	mu      sync.Mutex
	screen  strings.Builder
	changed chan struct{}
}

func (s *person) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.screen.Write(b)
	close(s.changed)
	s.changed = make(chan struct{})
	return len(b), nil
}

func sit(t *testing.T, m *machine.Machine, args ...string) *person {
	t.Helper()
	r, w := io.Pipe()
	s := &person{t: t, m: m, typing: w, changed: make(chan struct{})}
	p, err := m.Start(args, machine.IO{Stdin: r, Stdout: s, TTY: true, Width: 80, Height: 24})
	require.NoError(t, err)
	s.p = p
	t.Cleanup(func() {
		m.Kill()
		_ = w.Close()
		p.Wait()
	})
	return s
}

func (s *person) types(text string) {
	_, err := io.WriteString(s.typing, text)
	require.NoError(s.t, err)
}

// sees waits until the screen ends with text or with one of the others, and clears it.
func (s *person) sees(text string, others ...string) {
	s.t.Helper()
	timeout := time.After(limit)
	for {
		s.mu.Lock()
		seen, changed := s.screen.String(), s.changed
		if slices.ContainsFunc(append(others, text), func(end string) bool { return strings.HasSuffix(seen, end) }) {
			s.screen.Reset()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		select {
		case <-changed:
		case <-timeout:
			require.Equal(s.t, text, seen, "the screen")
		}
	}
}

func (s *person) ends(code int) {
	s.t.Helper()
	select {
	case <-s.p.Done():
		require.Equal(s.t, code, s.p.Wait())
	case <-time.After(limit):
		require.Fail(s.t, "does not end", s.screen.String())
	}
}

func TestTerminal(t *testing.T) {
	busybox := func() *machine.Machine { return machine.New(machine.Config{Hostname: "web-0"}) }
	t.Run("the shell prompts, echoes and runs", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		s.types("echo hi\r")
		s.sees("echo hi\r\nhi\r\n/ # ")
		s.types("cd /tmp\r")
		s.sees("cd /tmp\r\n/tmp # ")
		s.types("for i in 1 2\r")
		s.sees("\r\n> ")
		s.types("do echo $i; done\r")
		s.sees("done\r\n1\r\n2\r\n/tmp # ")
		s.types("exit 3\r")
		s.ends(3)
	})
	t.Run("a user other than root has another prompt", func(t *testing.T) {
		s := sit(t, machine.New(machine.Config{UID: 1000, GID: 1000}), "sh")
		s.sees("/ $ ")
		s.types("id -u\r")
		s.sees("\r\n1000\r\n/ $ ")
	})
	t.Run("^D on an empty line ends the shell", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		s.types("false\r")
		s.sees("false\r\n/ # ")
		s.types("\x04")
		s.ends(1)
	})
	t.Run("^D after text sends the text, and another ^D is EOF", func(t *testing.T) {
		s := sit(t, busybox(), "cat")
		s.types("ab\x04")
		s.sees("abab")
		s.types("\x04")
		s.ends(0)
	})
	t.Run("^C at the prompt prints a new prompt", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		s.types("echo x\x03")
		s.sees("^C\n/ # "[:2] + "\r\n/ # ")
		s.types("echo $?\r")
		s.sees("echo $?\r\n130\r\n/ # ")
	})
	t.Run("^C drops the input before it and keeps the input after it", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		for range 50 {
			s.types("echo lost\x03echo kept\r")
			// the prompt may precede or follow the echo of typed-ahead input
			s.sees("/ # kept\r\n/ # ", "\r\nkept\r\n/ # ")
		}
		s.types("sleep 1000\r")
		s.sees("\r\n")
		s.types("\x03echo a; echo b\recho $?\r")
		s.sees("/ # a\r\nb\r\n/ # 0\r\n/ # ")
	})
	t.Run("^C ends the program in the foreground, and the rest of the line", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		s.types("echo go; sleep 1000; echo no\r")
		s.sees("\r\ngo\r\n")
		s.types("\x03")
		s.sees("^C\r\n/ # ")
		s.types("echo $?\r")
		s.sees("\r\n130\r\n/ # ")
	})
	t.Run("^C ends a loop of the shell itself", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		s.types("echo go; while :; do :; done\r")
		s.sees("\r\ngo\r\n")
		s.types("\x03")
		s.sees("^C\r\n/ # ")
	})
	t.Run("^C drops an unfinished command", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		s.types("echo '\r")
		s.sees("> ")
		s.types("\x03")
		s.sees("^C\r\n/ # ")
		s.types("echo a\r")
		s.sees("echo a\r\na\r\n/ # ")
	})
	t.Run("^C does not reach background jobs", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		s.types("sleep 1000 &\r")
		s.sees("\r\n/ # ")
		s.types("\x03")
		s.sees("^C\r\n/ # ")
		s.types("jobs\r")
		s.sees("jobs\r\n[1]+  Running                    sleep 1000\r\n/ # ")
		s.types("kill %1\r")
		s.sees("/ # ")
	})
	t.Run("^C reaches a program that is not the first process", func(t *testing.T) {
		m := busybox()
		_, err := m.Start([]string{"sleep", "1000"}, machine.IO{})
		require.NoError(t, err)
		s := sit(t, m, "cat")
		s.types("a\r")
		s.sees("a\r\na\r\n")
		s.types("\x03")
		s.ends(130)
	})
	t.Run("editing keys edit the line", func(t *testing.T) {
		s := sit(t, busybox(), "cat")
		s.types("abc\x7f\x7fd\r")
		s.sees("abc\b \b\b \bd\r\nad\r\n")
		s.types("junk\x15ok\r")
		s.sees("ok\r\nok\r\n")
		s.types("é\x7fe\r")
		s.sees("\b \be\r\ne\r\n")
		s.types("one two\x17three\r")
		s.sees("one three\r\n")
	})
	t.Run("stty", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		s.types("stty size\r")
		s.sees("\r\n24 80\r\n/ # ")
		s.p.Resize(120, 40)
		s.types("stty size\r")
		s.sees("\r\n40 120\r\n/ # ")
		s.types("stty -echo\r")
		s.sees("stty -echo\r\n/ # ")
		s.types("echo quiet\r")
		s.sees("quiet\r\n/ # ")
		s.types("stty sane; [ -t 0 ] && tty\r")
		s.sees("/dev/pts/0\r\n/ # ")
	})
	t.Run("a raw terminal passes every byte", func(t *testing.T) {
		s := sit(t, busybox(), "sh", "-c", "stty raw -echo; echo go; exec head -c 4")
		s.sees("go\n")
		s.types("\x03\x04\r\n")
		s.sees("\x03\x04\r\n")
		s.ends(0)
	})
	t.Run("a trap for WINCH runs after a resize", func(t *testing.T) {
		s := sit(t, busybox(), "sh", "-c", `trap 'stty size; exit 9' WINCH; echo go; while :; do sleep 0.01; done`)
		s.sees("go\r\n")
		s.p.Resize(100, 50)
		s.sees("50 100\r\n")
		s.ends(9)
	})
	t.Run("long input waits until it is read", func(t *testing.T) {
		s := sit(t, busybox(), "sh", "-c", "stty -echo; echo go; wc -c")
		s.sees("go\r\n")
		s.types(strings.Repeat(strings.Repeat("x", 999)+"\r", 1000))
		s.types("\x04")
		s.sees("1000000\r\n")
		s.ends(0)
	})
	t.Run("the end of the process sends SIGHUP to its background jobs", func(t *testing.T) {
		m := busybox()
		first, err := m.Start([]string{"sleep", "1000"}, machine.IO{})
		require.NoError(t, err)
		s := sit(t, m, "sh", "-c", "sleep 1000 & exit 4")
		s.ends(4)
		m.Kill()
		require.Equal(t, 137, first.Wait())
	})
	t.Run("job control ends when the terminal's input does", func(t *testing.T) {
		s := sit(t, busybox(), "sh")
		s.sees("/ # ")
		require.NoError(t, s.typing.Close())
		s.ends(0)
	})
}
