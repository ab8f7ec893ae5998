package attach

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestEachAttemptReadsStdinFromItsStart(t *testing.T) {
	r := newRewindableStdin(strings.NewReader("first second third"), func() {})
	for _, n := range []int{5, 12, 0} {
		a := r.rewind()
		buffer := make([]byte, n)
		_, err := io.ReadFull(a, buffer)
		require.NoError(t, err)
		require.Equal(t, "first second third"[:n], string(buffer))
		a.close()
		_, err = a.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.ErrClosedPipe)
	}
	last := r.rewind()
	r.final()
	text, err := io.ReadAll(last)
	require.NoError(t, err)
	require.Equal(t, "first second third", string(text))
}

func TestAClosedAttemptLeavesItsReadToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, keys := io.Pipe()
		r := newRewindableStdin(source, func() {})
		first := r.rewind()
		done := make(chan struct{})
		go func() {
			_, _ = first.Read(make([]byte, 10))
			close(done)
		}()
		synctest.Wait() // first is in the Read of the source
		first.close()
		second := r.rewind()
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
	})
}

func TestStdinIsConsumedOnceAFinalAttemptHasRead(t *testing.T) {
	r := newRewindableStdin(iotest.OneByteReader(strings.NewReader("12")), func() {})
	a := r.rewind()
	for _, spent := range []bool{false, true} {
		_, err := io.ReadFull(a, make([]byte, 1))
		require.NoError(t, err)
		require.Equal(t, spent, r.spent())
		r.final()
	}
	require.False(t, (*rewindableStdin)(nil).spent(), "no stdin")
}

func TestStdinIsConsumedOnceAFinalAttemptHasReadWhatWasKept(t *testing.T) {
	r := newRewindableStdin(strings.NewReader("12"), func() {})
	_, err := io.ReadFull(r.rewind(), make([]byte, 2))
	require.NoError(t, err)
	a := r.rewind()
	r.final()
	require.False(t, r.spent())
	_, err = io.ReadFull(a, make([]byte, 2))
	require.NoError(t, err)
	require.True(t, r.spent())
}

func TestAnAttemptReadsAtMostTheBoundUntilItIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := bytes.NewReader(make([]byte, 3*maxKept))
		r := newRewindableStdin(iotest.OneByteReader(source), func() {})
		a := r.rewind()
		_, err := io.ReadFull(a, make([]byte, maxKept))
		require.NoError(t, err)
		rest := make(chan int)
		go func() {
			n, _ := io.Copy(io.Discard, a)
			rest <- int(n)
		}()
		synctest.Wait() // the copy waits for final
		require.Equal(t, 2*maxKept, source.Len())
		r.final()
		require.Equal(t, 2*maxKept, <-rest)
		require.Nil(t, r.kept)
	})
}

// scriptedReader returns one result for each Read, and then fails the test.
type scriptedReader struct {
	t       *testing.T
	results []any // a string or an error
}

func (r *scriptedReader) Read(p []byte) (int, error) {
	if len(r.results) == 0 {
		r.t.Error("the source is read again")
		return 0, io.EOF
	}
	result := r.results[0]
	r.results = r.results[1:]
	err, ok := result.(error)
	if ok {
		return 0, err
	}
	return copy(p, result.(string)), nil
}

func TestAnErrorOfStdinIsReturnedToEachAttemptUnlessItIsAnInterruption(t *testing.T) {
	errBroken := errors.New("broken")
	for name, row := range map[string]struct {
		results []any
		want    []any // of the attempts
	}{
		"an error":                       {[]any{errBroken}, []any{errBroken, errBroken}},
		"EOF":                            {[]any{io.EOF}, []any{io.EOF, io.EOF}},
		"an interruption":                {[]any{os.ErrDeadlineExceeded, "typed"}, []any{os.ErrDeadlineExceeded, "typed"}},
		"an error after an interruption": {[]any{os.ErrDeadlineExceeded, errBroken}, []any{os.ErrDeadlineExceeded, errBroken, errBroken}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRewindableStdin(&scriptedReader{t, row.results}, func() {})
			for _, want := range row.want {
				attempt := r.rewind()
				buffer := make([]byte, 10)
				n, err := attempt.Read(buffer)
				attempt.close()
				if err != nil {
					require.Equal(t, want, err)
					continue
				}
				require.Equal(t, want, string(buffer[:n]))
			}
		})
	}
}
