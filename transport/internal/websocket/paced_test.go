package websocket

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// steadyNetwork is a network on which a number of bytes arrives at each interval.
// It counts the reads.
type steadyNetwork struct {
	net.Conn
	interval time.Duration
	bytes    int

	start time.Time
	taken int
	reads int
	late  time.Duration // the longest time that a byte waited for a read
}

func (r *steadyNetwork) Read(p []byte) (int, error) {
	r.reads++
	first := time.Duration(r.taken/r.bytes+1) * r.interval
	if time.Since(r.start) < first {
		time.Sleep(first - time.Since(r.start))
	} else {
		r.late = max(r.late, time.Since(r.start)-first)
	}
	n := min(len(p), int(time.Since(r.start)/r.interval)*r.bytes-r.taken)
	r.taken += n
	return n, nil
}

func TestPacedConnReadsRarelyAtHighRatesAndAtOnceAtLowAndHighestRates(t *testing.T) {
	for name, test := range map[string]struct {
		interval  time.Duration
		bytes     int
		size      int
		mostReads int
		late      time.Duration
	}{
		"4 KiB every 100 µs, as an API server sends them": {100 * time.Microsecond, 4 << 10, 64 << 20, 2500, maxPause},
		// 16,384 frames
		"4 KiB every 10 µs, faster than any cluster": {10 * time.Microsecond, 4 << 10, 64 << 20, 1 << 14, 0},
		"4 KiB every millisecond":                    {time.Millisecond, 4 << 10, 4 << 20, 300, maxPause},
		"100 bytes every 10 ms":                      {10 * time.Millisecond, 100, 100_000, 1000, 0},
		"4 KiB every 5 ms":                           {5 * time.Millisecond, 4 << 10, 1 << 20, 256, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := &steadyNetwork{interval: test.interval, bytes: test.bytes, start: time.Now()}
				idle := 0
				conn := &PacedConn{Conn: network, nanosleep: time.Sleep}
				conn.enableReadAhead(func() { idle++ })
				_, err := io.CopyN(io.Discard, conn, int64(test.size))
				require.NoError(t, err)
				require.LessOrEqual(t, network.reads, test.mostReads)
				require.LessOrEqual(t, network.late, test.late)
				require.Equal(t, network.reads, idle)
			})
		})
	}
}

func TestPacedConnAddsNothingBeforeReadAheadIsEnabled(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	conn := &PacedConn{Conn: near}
	go far.Write([]byte("first and more"))
	p := make([]byte, 5)
	n, err := conn.Read(p)
	require.NoError(t, err)
	require.Equal(t, "first", string(p[:n]))
	conn.enableReadAhead(func() {})
	rest := make([]byte, 9)
	_, err = io.ReadFull(conn, rest)
	require.NoError(t, err)
	require.Equal(t, " and more", string(rest))
	far.Close()
	_, err = conn.Read(rest)
	require.Equal(t, io.EOF, err)
	_, err = conn.Read(rest)
	require.Equal(t, io.EOF, err)
}

// writeRecorder recordReader each write.
type writeRecorder struct {
	net.Conn
	written [][]byte
}

func (p *writeRecorder) Write(b []byte) (int, error) {
	p.written = append(p.written, bytes.Clone(b))
	return len(b), nil
}

func TestPacedConnWritesABatchInOneWrite(t *testing.T) {
	network := &writeRecorder{}
	conn := &PacedConn{Conn: network}
	big := make([]byte, 100_000)
	_, _ = rand.Read(big)
	for range 2 {
		network.written = nil
		_, err := conn.Write([]byte("a"))
		require.NoError(t, err)
		conn.beginBatch()
		for _, part := range [][]byte{big[:16384], big[16384:40000], big[40000:]} {
			_, err := conn.Write(part)
			require.NoError(t, err)
		}
		require.Len(t, network.written, 1)
		require.NoError(t, conn.endBatch())
		_, err = conn.Write([]byte("b"))
		require.NoError(t, err)
		require.Len(t, network.written, 3)
		require.True(t, bytes.Equal(big, network.written[1]))
	}
}

// answeringNetwork returns an answer of a fixed size one millisecond after each write.
type answeringNetwork struct {
	net.Conn
	answer  int
	answers chan time.Time
}

func (a *answeringNetwork) Write(p []byte) (int, error) {
	a.answers <- time.Now().Add(time.Millisecond)
	return len(p), nil
}

func (a *answeringNetwork) Read(p []byte) (int, error) {
	time.Sleep(time.Until(<-a.answers))
	return min(len(p), a.answer), nil
}

func TestPacedConnDelaysNoAnswer(t *testing.T) {
	for sentence, delay := range map[string]time.Duration{"before the read": 0,
		"during the read": 100 * time.Microsecond} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := &PacedConn{Conn: &answeringNetwork{answer: 16 << 10, answers: make(chan time.Time, 1)}}
				conn.enableReadAhead(func() {})
				sendBatch := func() {
					conn.beginBatch()
					_, _ = conn.Write([]byte("?"))
					require.NoError(t, conn.endBatch())
				}
				start := time.Now()
				for range 1000 {
					if delay == 0 {
						sendBatch()
					} else {
						time.AfterFunc(delay, sendBatch)
					}
					_, err := io.ReadFull(conn, make([]byte, 16<<10))
					require.NoError(t, err)
				}
				require.Equal(t, 1000*(time.Millisecond+delay), time.Since(start))
			})
		})
	}
}

func TestFindPacedLooksBelowLayersOfTLS(t *testing.T) {
	conn := &PacedConn{}
	layer := func(below net.Conn) net.Conn { return tls.Client(below, nil) }
	require.Same(t, conn, FindPaced(conn))
	require.Same(t, conn, FindPaced(layer(conn)))
	require.Same(t, conn, FindPaced(layer(layer(conn))), "through a proxy with https")
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	require.Nil(t, FindPaced(layer(near)))
	require.Nil(t, FindPaced(nil))
}

// failingNetwork returns bytes together with an error.
type failingNetwork struct {
	net.Conn
	text string
	err  error
}

func (b *failingNetwork) Read(p []byte) (int, error) {
	n := copy(p, b.text)
	b.text = b.text[n:]
	return n, b.err
}

func TestPacedConnReturnsDataBeforeTheError(t *testing.T) {
	conn := &PacedConn{Conn: &failingNetwork{text: "last words", err: net.ErrClosed}}
	conn.enableReadAhead(func() {})
	got, err := io.ReadAll(conn)
	require.Equal(t, net.ErrClosed, err)
	require.Equal(t, "last words", string(got))
	_, err = conn.Read(make([]byte, 1))
	require.Equal(t, net.ErrClosed, err, "each time")
}

// recordReader reads as TLS does: it returns nothing of a record before it has the whole.
type recordReader struct {
	*PacedConn
	size int
}

func (r recordReader) Read(p []byte) (int, error) { return io.ReadFull(r.PacedConn, p[:r.size]) }

func TestAPeerThatSendsARecordSlowlyIsNotDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, far) }()
		paced := &PacedConn{Conn: near}
		ws := New(t.Context(), recordReader{paced, 5}, paced, "/", "")
		go func() {
			for _, b := range []byte("\x82\x03abc") {
				time.Sleep(59100 * time.Millisecond)
				_, _ = far.Write([]byte{b})
			}
		}()
		_, err := ws.Next()
		require.NoError(t, err)
		got, err := io.ReadAll(ws)
		require.NoError(t, err)
		require.Equal(t, "abc", string(got))
		start := time.Now()
		_, err = ws.Next()
		require.Equal(t, ErrSilent, err)
		require.Equal(t, time.Minute, time.Since(start))
		require.NoError(t, ws.Close())
		far.Close()
	})
}
