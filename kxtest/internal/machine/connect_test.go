package machine_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// gatedWriter blocks every Write until gate is closed.
type gatedWriter struct {
	bytes.Buffer
	gate chan struct{}
}

func (s *gatedWriter) Write(b []byte) (int, error) {
	<-s.gate
	return s.Buffer.Write(b)
}

func TestStreams(t *testing.T) {
	t.Run("a reader that pauses stops the writer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := machine.New(machine.Config{})
			defer m.Kill()
			written := &gatedWriter{gate: make(chan struct{})}
			source := &counter{}
			p, err := m.Start([]string{"cat"}, machine.IO{Stdin: io.LimitReader(source, 10<<20), Stdout: written})
			require.NoError(t, err)
			synctest.Wait() // until cat is blocked
			require.Positive(t, source.count())
			require.LessOrEqual(t, source.count(), int64(1<<20))
			close(written.gate)
			require.Equal(t, 0, p.Wait())
			require.Equal(t, 10<<20, written.Len())
		})
	})
	t.Run("a stdout that fails ends the process as SIGPIPE does", func(t *testing.T) {
		m := machine.New(machine.Config{})
		defer m.Kill()
		r, w := io.Pipe()
		require.NoError(t, r.Close())
		p, err := m.Start([]string{"yes"}, machine.IO{Stdout: w})
		require.NoError(t, err)
		require.Equal(t, 141, p.Wait())
	})
	t.Run("Kill does not wait for a blocked stdout", func(t *testing.T) {
		m := machine.New(machine.Config{})
		r, w := io.Pipe()
		p, err := m.Start([]string{"yes"}, machine.IO{Stdout: w})
		require.NoError(t, err)
		m.Kill()
		require.Equal(t, 137, p.Wait())
		require.NoError(t, r.Close())
	})
	t.Run("bytes are unchanged", func(t *testing.T) {
		var all strings.Builder
		for i := range 1 << 16 {
			all.WriteByte(byte(i))
			all.WriteByte(byte(i >> 8))
		}
		r := run(t, machine.Config{}, all.String(), "sh", "-c", "cat | cat")
		require.Equal(t, all.String(), r.out)
	})
	t.Run("the last output is delivered", func(t *testing.T) {
		r := run(t, machine.Config{}, "", "sh", "-c", "head -c 300000 /dev/zero; echo end >&2; exit 5")
		require.Equal(t, result{strings.Repeat("\x00", 300000), "end\n", 5}, r)
	})
	t.Run("nothing of the host is visible", func(t *testing.T) {
		t.Setenv("KX_MACHINE_SECRET", "hunter2")
		host, err := os.Hostname()
		require.NoError(t, err)
		dir := t.TempDir()
		r := sh(t, "env; set; ls "+dir+"; cat /proc/self/environ /etc/passwd; pwd -P; command -v go; ls -R / | head "+
			"-n 3000; echo ~; hostname; cat /proc/*/cmdline")
		require.NotContains(t, r.out+r.err, "hunter2")
		require.NotContains(t, r.out, dir)
		require.NotContains(t, strings.Split(r.out, "\n"), host)
	})
}

// counter reads zeros and discards writes, and counts the bytes.
type counter struct{ n atomic.Int64 }

func (c *counter) Read(b []byte) (int, error)  { c.n.Add(int64(len(b))); return len(b), nil }
func (c *counter) Write(b []byte) (int, error) { c.n.Add(int64(len(b))); return len(b), nil }
func (c *counter) count() int64                { return c.n.Load() }

// A container passes on every byte of a large stream.
func TestThroughput(t *testing.T) {
	var written counter
	m := machine.New(machine.Config{})
	p, err := m.Start(
		[]string{"sh", "-c", "cat | cat"},
		machine.IO{Stdin: io.LimitReader(zeros{}, 64<<20), Stdout: &written},
	)
	require.NoError(t, err)
	require.Equal(t, 0, p.Wait())
	require.EqualValues(t, 64<<20, written.count())
}

// BenchmarkThroughput passes 64 MiB through a container.
func BenchmarkThroughput(b *testing.B) {
	const size = 64 << 20
	for _, script := range []string{"cat", "cat | cat", "head -c 67108864 /dev/zero", "sha256sum", "wc -c", "tail -c " +
		"10"} {
		b.Run(script, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				m := machine.New(machine.Config{})
				p, err := m.Start(
					[]string{"sh", "-c", script},
					machine.IO{Stdin: io.LimitReader(zeros{}, size), Stdout: io.Discard},
				)
				if err != nil {
					b.Fatal(err)
				}
				p.Wait()
				m.Kill()
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
