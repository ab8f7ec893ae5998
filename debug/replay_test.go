package debug

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestEachAttemptGetsStdinFromItsStart(t *testing.T) {
	r := newReplay(strings.NewReader("first second third"), func() {})
	for _, n := range []int{5, 12, 0} {
		a := r.attempt()
		buffer := make([]byte, n)
		_, err := io.ReadFull(a, buffer)
		require.NoError(t, err)
		require.Equal(t, "first second third"[:n], string(buffer))
		a.end()
		_, err = a.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.ErrClosedPipe)
	}
	last := r.attempt()
	r.settle()
	text, err := io.ReadAll(last)
	require.NoError(t, err)
	require.Equal(t, "first second third", string(text))
}

func TestWhatAnAttemptStillReadsIsForTheNext(t *testing.T) {
	source, keys := io.Pipe()
	r := newReplay(source, func() {})
	first := r.attempt()
	done := make(chan struct{})
	go func() {
		_, _ = first.Read(make([]byte, 10))
		close(done)
	}()
	for r.mu.Lock(); !r.reading; r.mu.Lock() {
		r.mu.Unlock()
	}
	r.mu.Unlock()
	first.end()
	second := r.attempt()
	got := make(chan string)
	go func() {
		buffer := make([]byte, 10)
		n, _ := second.Read(buffer)
		got <- string(buffer[:n])
	}()
	_, err := io.WriteString(keys, "typed")
	require.NoError(t, err)
	require.Equal(t, "typed", <-got)
	<-done
}

func TestStdinIsSpentOnceSomeOfItIsKeptNoMore(t *testing.T) {
	r := newReplay(iotest.OneByteReader(strings.NewReader("12")), func() {})
	a := r.attempt()
	for _, spent := range []bool{false, true} {
		_, err := io.ReadFull(a, make([]byte, 1))
		require.NoError(t, err)
		require.Equal(t, spent, r.spent())
		r.settle()
	}
	require.False(t, (*replay)(nil).spent(), "there is none")
}

func TestNoMoreIsReadThanCanComeAgain(t *testing.T) {
	source := bytes.NewReader(make([]byte, 3*maxReplay))
	r := newReplay(iotest.OneByteReader(source), func() {})
	a := r.attempt()
	_, err := io.ReadFull(a, make([]byte, maxReplay))
	require.NoError(t, err)
	rest := make(chan int)
	go func() {
		n, _ := io.Copy(io.Discard, a)
		rest <- int(n)
	}()
	select {
	case <-rest:
		t.Fatal("it reads on")
	default:
		require.GreaterOrEqual(t, source.Len(), 2*maxReplay)
	}
	r.settle()
	require.Equal(t, 2*maxReplay, <-rest)
	require.Nil(t, r.kept)
}
