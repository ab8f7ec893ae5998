package transport

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

// river is a network on which so many bytes come every tick; it counts the reads.
type river struct {
	net.Conn
	every time.Duration
	bytes int

	start time.Time
	taken int
	reads int
	late  time.Duration // the longest that a byte lay there while nobody read
}

func (r *river) Read(p []byte) (int, error) {
	r.reads++
	first := time.Duration(r.taken/r.bytes+1) * r.every
	if time.Since(r.start) < first {
		time.Sleep(first - time.Since(r.start))
	} else {
		r.late = max(r.late, time.Since(r.start)-first)
	}
	n := min(len(p), int(time.Since(r.start)/r.every)*r.bytes-r.taken)
	r.taken += n
	return n, nil
}

func TestABulkConnReadsSeldomWhenMuchComesAndAtOnceWhenLittleDoes(t *testing.T) {
	for name, test := range map[string]struct {
		every     time.Duration
		bytes     int
		size      int
		mostReads int
		late      time.Duration
	}{
		"4 KiB every 100 µs, as from an API server": {100 * time.Microsecond, 4 << 10, 64 << 20, 2500, maxPause}, // of 16,384 frames
		"4 KiB every millisecond":                   {time.Millisecond, 4 << 10, 4 << 20, 300, maxPause},
		"100 bytes every 10 ms":                     {10 * time.Millisecond, 100, 100_000, 1000, 0},
		"4 KiB every 5 ms":                          {5 * time.Millisecond, 4 << 10, 1 << 20, 256, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := &river{every: test.every, bytes: test.bytes, start: time.Now()}
				idle := 0
				conn := &bulkConn{Conn: network, doze: time.Sleep}
				conn.carryStream(func() { idle++ })
				_, err := io.CopyN(io.Discard, conn, int64(test.size))
				require.NoError(t, err)
				require.LessOrEqual(t, network.reads, test.mostReads)
				require.LessOrEqual(t, network.late, test.late)
				require.Equal(t, network.reads, idle)
			})
		})
	}
}

func TestABulkConnIsAsItsNetworkUntilItCarriesAStream(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	conn := &bulkConn{Conn: here}
	go there.Write([]byte("first and more"))
	p := make([]byte, 5)
	n, err := conn.Read(p)
	require.NoError(t, err)
	require.Equal(t, "first", string(p[:n]))
	conn.carryStream(func() {})
	rest := make([]byte, 9)
	_, err = io.ReadFull(conn, rest)
	require.NoError(t, err)
	require.Equal(t, " and more", string(rest))
	there.Close()
	_, err = conn.Read(rest)
	require.Equal(t, io.EOF, err)
	_, err = conn.Read(rest)
	require.Equal(t, io.EOF, err)
}

// pieces keeps each write.
type pieces struct {
	net.Conn
	written [][]byte
}

func (p *pieces) Write(b []byte) (int, error) {
	p.written = append(p.written, bytes.Clone(b))
	return len(b), nil
}

func TestABulkConnWritesWhatIsGatheredInOnePiece(t *testing.T) {
	network := &pieces{}
	conn := &bulkConn{Conn: network}
	big := make([]byte, 100_000)
	_, _ = rand.Read(big)
	for range 2 {
		network.written = nil
		_, err := conn.Write([]byte("a"))
		require.NoError(t, err)
		conn.gather()
		for _, part := range [][]byte{big[:16384], big[16384:40000], big[40000:]} {
			_, err := conn.Write(part)
			require.NoError(t, err)
		}
		require.Len(t, network.written, 1)
		require.NoError(t, conn.flush())
		_, err = conn.Write([]byte("b"))
		require.NoError(t, err)
		require.Len(t, network.written, 3)
		require.True(t, bytes.Equal(big, network.written[1]))
	}
}

// asked is a network that gives an answer of so many bytes a while after each write.
type asked struct {
	net.Conn
	answer  int
	answers chan time.Time
}

func (a *asked) Write(p []byte) (int, error) {
	a.answers <- time.Now().Add(time.Millisecond)
	return len(p), nil
}

func (a *asked) Read(p []byte) (int, error) {
	time.Sleep(time.Until(<-a.answers))
	return min(len(p), a.answer), nil
}

func TestABulkConnKeepsNoAnswerWaiting(t *testing.T) {
	for sentence, think := range map[string]time.Duration{"at once": 0, "while reading has begun again": 100 * time.Microsecond} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := &bulkConn{Conn: &asked{answer: 16 << 10, answers: make(chan time.Time, 1)}}
				conn.carryStream(func() {})
				ask := func() {
					conn.gather()
					_, _ = conn.Write([]byte("?"))
					require.NoError(t, conn.flush())
				}
				start := time.Now()
				for range 1000 {
					if think == 0 {
						ask()
					} else {
						time.AfterFunc(think, ask)
					}
					_, err := io.ReadFull(conn, make([]byte, 16<<10))
					require.NoError(t, err)
				}
				require.Equal(t, 1000*(time.Millisecond+think), time.Since(start))
			})
		})
	}
}

func TestABulkConnIsFoundBelowLayersOfTLS(t *testing.T) {
	conn := &bulkConn{}
	layer := func(below net.Conn) net.Conn { return tls.Client(below, nil) }
	require.Same(t, conn, bulkOf(conn))
	require.Same(t, conn, bulkOf(layer(conn)))
	require.Same(t, conn, bulkOf(layer(layer(conn))), "through a proxy with https")
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	require.Nil(t, bulkOf(layer(here)))
	require.Nil(t, bulkOf(nil))
}

// broken gives bytes together with an error.
type broken struct {
	net.Conn
	text string
	err  error
}

func (b *broken) Read(p []byte) (int, error) {
	n := copy(p, b.text)
	b.text = b.text[n:]
	return n, b.err
}

func TestABulkConnGivesWhatCameBeforeAnError(t *testing.T) {
	conn := &bulkConn{Conn: &broken{text: "last words", err: net.ErrClosed}}
	conn.carryStream(func() {})
	got, err := io.ReadAll(conn)
	require.Equal(t, net.ErrClosed, err)
	require.Equal(t, "last words", string(got))
	_, err = conn.Read(make([]byte, 1))
	require.Equal(t, net.ErrClosed, err, "again and again")
}

// records is TLS as far as that matters here: nothing of a record is there before all of it is.
type records struct {
	*bulkConn
	size int
}

func (r records) Read(p []byte) (int, error) { return io.ReadFull(r.bulkConn, p[:r.size]) }

func TestAPeerWhoseRecordComesSlowlyIsNotDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		bulk := &bulkConn{Conn: here}
		ws := newWebSocket(t.Context(), records{bulk, 5}, bulk, "/", "")
		go func() {
			for _, b := range []byte("\x82\x03abc") {
				time.Sleep(59100 * time.Millisecond) // so that no ping goes out at the moment of its death
				_, _ = there.Write([]byte{b})
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
		there.Close()
	})
}
