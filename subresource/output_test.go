package subresource

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestAFullBufferIsAnnouncedBeforeItsReaderWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		announced := 0
		var o *output
		o = newOutput("stdout", nil, func() {
			announced++
			require.True(t, o.announce())
		}, nil, 1)
		for range maxBlocks {
			_, err := o.readFrom(bytes.NewReader(make([]byte, blockSize)))
			require.NoError(t, err)
		}
		require.Zero(t, announced)
		read := make(chan int)
		go func() {
			buffer := make([]byte, blockSize)
			n, _ := o.Read(buffer)
			read <- n
		}()
		more, err := o.readFrom(bytes.NewReader([]byte("x")))
		require.NoError(t, err)
		require.True(t, more)
		require.Equal(t, blockSize, <-read)
		require.Equal(t, 1, announced)
	})
}
