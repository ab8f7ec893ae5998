package websocket

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

const (
	// readAhead is the size in bytes of the read buffer.
	readAhead = 256 << 10

	// minReadBatch is how many bytes a read should return: half of a TCP sender's initial window.
	minReadBatch = 32 << 10

	// rateSpan is the time over which the rate of received data is measured.
	rateSpan = 40 * time.Millisecond

	// minPacedRate and maxPacedRate are the rates, in bytes per second, between which reads are
	// paced. Above, a pause would be so short that the 50 µs which Linux adds to each sleep
	// (prctl(2), PR_SET_TIMERSLACK) would fill the socket and hold the sender up.
	minPacedRate, maxPacedRate = 2 << 20, 300 << 20

	// maxPause is the longest pause before a read.
	maxPause = 5 * time.Millisecond

	// timerResolution is the shortest time that Go's timers can wait in an idle process.
	timerResolution = time.Millisecond
)

// PacedConn is a network connection that, once it carries a stream, reads and writes large batches.
//
// Most frames of an API server hold 4 KiB. To wake up for each of them costs a client more than all
// other work on the frame. So while data arrives fast, PacedConn pauses before each read until
// about 32 KiB should have arrived. It never pauses for more than 5 ms, and not at all
//
//   - below 2 MiB/s, and above 300 MiB/s;
//   - after a write, because the data that follows may be the answer.
//
// All that is written in a batch goes to the network in one write, however many TLS records it is.
type PacedConn struct {
	net.Conn
	// nanosleep sleeps for less than timerResolution.
	nanosleep func(time.Duration)
	// unanswered returns for how long the peer's TCP has owed an acknowledgement.
	unanswered func(net.Conn) time.Duration
	// beforeRead is called before each read from the network; nil until read-ahead is enabled.
	beforeRead func()

	unread []byte // received from the network, and not yet read by the caller
	buffer []byte
	err    error // of the network, returned once unread is empty

	spanStart time.Time
	spanBytes int // received since spanStart
	pause     time.Duration
	filled    bool // the last read filled the buffer

	writing  sync.Mutex
	batching bool
	batch    []byte
	// wrote holds one element after a write, until a pause sees it. It is nil until read-ahead is
	// enabled.
	wrote chan struct{}
}

// NewPaced returns a PacedConn over conn.
func NewPaced(conn net.Conn) *PacedConn { return &PacedConn{Conn: conn} }

// FindPaced returns the PacedConn below conn and its layers of TLS, or nil when there is none.
func FindPaced(conn net.Conn) *PacedConn {
	for {
		switch c := conn.(type) {
		case *tls.Conn:
			conn = c.NetConn()
		case *PacedConn:
			return c
		default:
			return nil
		}
	}
}

// enableReadAhead starts to read ahead and to pace reads. No goroutine may read meanwhile.
// beforeRead is called before each read from the network.
func (c *PacedConn) enableReadAhead(beforeRead func()) {
	if c.nanosleep == nil {
		c.nanosleep = nanosleep
	}
	if c.unanswered == nil {
		c.unanswered = unanswered
	}
	c.beforeRead, c.buffer, c.spanStart = beforeRead, make([]byte, readAhead), time.Now()
	c.writing.Lock()
	defer c.writing.Unlock()
	c.wrote = make(chan struct{}, 1)
}

func (c *PacedConn) Read(p []byte) (int, error) {
	if c.beforeRead == nil {
		return c.Conn.Read(p)
	}
	if len(c.unread) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		c.beforeRead()
		if c.pause > 0 && !c.filled { // after a full buffer, more data waits already
			c.waitForBatch()
		}
		var n int
		n, c.err = c.Conn.Read(c.buffer)
		c.unread = c.buffer[:n]
		c.updatePause(n)
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	if n == 0 {
		return 0, c.err
	}
	return n, nil
}

// waitForBatch pauses before a read. A write ends the pause.
func (c *PacedConn) waitForBatch() {
	if c.pause >= timerResolution {
		select {
		case <-time.After(c.pause):
		case <-c.wrote:
		}
		return
	}
	select {
	case <-c.wrote:
	default:
		c.nanosleep(c.pause)
	}
}

// updatePause sets the pause before the next read, after one that returned n bytes.
// At the measured rate, minReadBatch bytes arrive during the pause.
func (c *PacedConn) updatePause(n int) {
	c.spanBytes, c.filled = c.spanBytes+n, n == len(c.buffer)
	took := time.Since(c.spanStart)
	if took < rateSpan {
		return
	}
	c.pause = 0
	rate := float64(c.spanBytes) / took.Seconds()
	if rate >= minPacedRate && rate <= maxPacedRate {
		c.pause = min(maxPause, time.Duration(minReadBatch/rate*float64(time.Second)))
	}
	c.spanStart, c.spanBytes = time.Now(), 0
}

func (c *PacedConn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if !c.batching {
		return c.writeNow(p)
	}
	c.batch = append(c.batch, p...)
	return len(p), nil
}

// beginBatch keeps what is written until endBatch.
func (c *PacedConn) beginBatch() {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.batching = true
}

// endBatch writes what was kept since beginBatch.
func (c *PacedConn) endBatch() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.batching = false
	_, err := c.writeNow(c.batch)
	c.batch = c.batch[:0]
	return err
}

func (c *PacedConn) writeNow(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	select {
	case c.wrote <- struct{}{}:
	default:
	}
	return n, err
}
