package machine_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// bounded keeps the first MiB that is written.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len() < 1<<20 {
		b.Buffer.Write(p)
	}
	return len(p), nil
}

// FuzzShell types any text into a shell, at a terminal and as a script. The program must survive,
// Kill must end the shell, and nothing of the host may show.
func FuzzShell(f *testing.F) {
	for _, text := range []string{
		"echo $((1<<-1))",
		"cat <<A\n$x\nA",
		"x=$(yes)",
		"f() { f; }; f",
		"eval 'eval $x'",
		"a=(1 2); echo ${a[@]}",
		"echo ${x:-${y:=z}} ${#x} ${x//a/b}",
		"trap 'kill $$' 15; kill $$",
		"exec 3<>/tmp/x; echo a >&3",
		"while read x; do echo $x; done </etc/passwd",
		"for i in *; do [ -d $i ] && ls " +
			"$i; done",
		"sleep 1 & wait $!",
		"\x03\x04\x1c\x7f\x15",
		"stty raw; cat",
		"cat /proc/self/environ /proc/*/cmdline",
		"echo ~root ~daemon ~nobody",
		"`echo `echo``",
		"case x in [a-z]) " +
			";& *) echo;; esac",
		"[[ a =~ b ]]",
		"echo {1..99999999}",
		"type go; command -v sh",
		"printf '%99999999d' 1",
		"test ! ! ! ! a",
		"ls -lR /",
		"set -eux; false",
		"local x",
		"ln -s / /tmp/r; " +
			"ls -R /tmp",
		"exec sh",
		":(){ :|:& };:",
	} {
		f.Add(text, true)
		f.Add(text, false)
	}
	const secret = "kx-fuzz-secret-8c1f"
	require.NoError(f, os.Setenv("KX_FUZZ_SECRET", secret))
	f.Fuzz(func(t *testing.T, text string, tty bool) {
		m := machine.New(machine.Config{Hostname: "web-0"})
		var out bounded
		stdin, typed := io.Pipe()
		p, err := m.Start([]string{"sh"}, machine.IO{Stdin: stdin, Stdout: &out, Stderr: io.Discard, TTY: tty})
		require.NoError(t, err)
		go func() {
			_, _ = io.Copy(typed, strings.NewReader(text+"\n"))
			_ = typed.Close()
		}()
		select {
		case <-p.Done():
		case <-time.After(50 * time.Millisecond):
		}
		m.Kill()
		select {
		case <-p.Done():
		case <-time.After(20 * time.Second):
			t.Fatalf("still there after %q", text)
		}
		_ = stdin.Close()
		require.NotContains(t, out.String(), secret)
	})
}
