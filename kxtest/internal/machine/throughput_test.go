package machine_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

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
