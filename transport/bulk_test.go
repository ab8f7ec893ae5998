package transport

import (
	"bytes"
	"crypto/rand"
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
	if first := time.Duration(r.taken/r.bytes+1) * r.every; time.Since(r.start) < first {
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
		"4 KiB every 100 µs, as from an API server": {100 * time.Microsecond, 4 << 10, 64 << 20, 1500, maxPause}, // of 16,384 frames
		"4 KiB every millisecond":                   {time.Millisecond, 4 << 10, 4 << 20, 300, maxPause},
		"100 bytes every 10 ms":                     {10 * time.Millisecond, 100, 100_000, 1000, 0},
		"4 KiB every 5 ms":                          {5 * time.Millisecond, 4 << 10, 1 << 20, 256, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := &river{every: test.every, bytes: test.bytes, start: time.Now()}
				idle := 0
				conn := &bulkConn{Conn: network}
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
