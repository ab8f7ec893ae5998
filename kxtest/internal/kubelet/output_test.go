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
