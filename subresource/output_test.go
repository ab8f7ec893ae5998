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
		more, failed := make(chan bool, 1), make(chan error, 1)
		go func() {
			isMore, err := o.readFrom(bytes.NewReader([]byte("x")))
			more <- isMore
			failed <- err
		}()
		synctest.Wait() // the buffer is full until somebody reads it
		require.Equal(t, 1, announced)
		n, err := o.Read(make([]byte, blockSize))
		require.NoError(t, err)
		require.Equal(t, blockSize, n)
		require.NoError(t, <-failed)
		require.True(t, <-more)
	})
}
