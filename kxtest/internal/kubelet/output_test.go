package kubelet

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// Short lines must be as cheap as long ones. With all lines moved at each new one, this took
// minutes.
func TestTheLogOfShortLinesKeepsItsEnd(t *testing.T) {
	o := newOutput()
	stdout := o.writer(0)
	block := bytes.Repeat([]byte("\n"), 4096)
	for range 300 {
		_, err := stdout.Write(block)
		require.NoError(t, err)
	}
	_, err := stdout.Write([]byte("end\n"))
	require.NoError(t, err)
	lines, next, _, ended := o.linesFrom(0)
	size := 0
	for _, line := range lines {
		size += len(line.text)
	}
	require.Equal(t, logBound, size)
	require.Equal(t, "end\n", string(lines[len(lines)-1].text))
	require.Equal(t, 300*4096+1, next, "the number of the next line counts the dropped ones")
	require.False(t, ended)
}

// The machine of a killed container may still be in a Write when the output is closed.
func TestAWriteAfterTheEndIsNotLogged(t *testing.T) {
	o := newOutput()
	stdout := o.writer(0)
	_, err := stdout.Write([]byte("before\n"))
	require.NoError(t, err)
	o.close()
	n, err := stdout.Write([]byte("after\n"))
	require.NoError(t, err)
	require.Equal(t, len("after\n"), n)
	lines, _, _, ended := o.linesFrom(0)
	require.True(t, ended)
	require.Len(t, lines, 1)
	require.Equal(t, "before\n", string(lines[0].text))
}
