package transport

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

const (
	readAhead  = 256 << 10             // bytes
	worthwhile = 32 << 10              // bytes to wake up for: half of what a sender may have on its way at the start
	paceSpan   = 40 * time.Millisecond // over which the rate of what comes is measured
	paceRate   = 2 << 20               // bytes per second from which reads are paced
	maxPause   = 5 * time.Millisecond
	timerStep  = time.Millisecond // of Go's timers, while nothing else runs
)

// bulkConn is a connection to the server that deals with the network in large pieces once it carries a stream.
//
// Most frames of an API server hold 4 KiB, and to be woken for each costs a client more than all else that it does with them. So a stream reads ahead,
// and while data pours in it pauses between two reads, just long enough for some to gather: never more than 5 ms, and not at all below 2 MiB/s,
// nor once something was written, whose answer may be what comes next.
// What is written between gather and flush goes out in one piece, however many TLS records it is.
type bulkConn struct {
	net.Conn
	doze func(time.Duration) // waits for less than timerStep
	idle func()              // called before each wait for the network; nil until the connection carries a stream

	ahead []byte // what was read and not asked for yet
	space []byte
	err   error // of the network, after ahead

	since time.Time // when the span began
	came  int       // in it
	pause time.Duration
	full  bool // the last read filled space

	writing   sync.Mutex
	gathering bool
	gathered  []byte
	wrote     chan struct{} // holds one when something was written that no pause has seen; nil until the connection carries a stream
}

// bulkOf finds the bulkConn below layers of TLS; nil when there is none.
func bulkOf(conn net.Conn) *bulkConn {
	for {
		switch c := conn.(type) {
		case *tls.Conn:
			conn = c.NetConn()
		case *bulkConn:
			return c
		default:
			return nil
		}
	}
}

// carryStream begins with reading ahead; nobody may read meanwhile. idle is called before each wait for the network.
func (c *bulkConn) carryStream(idle func()) {
	if c.doze == nil {
		c.doze = doze
	}
	c.idle, c.space, c.since = idle, make([]byte, readAhead), time.Now()
	c.writing.Lock()
	defer c.writing.Unlock()
	c.wrote = make(chan struct{}, 1)
}

func (c *bulkConn) Read(p []byte) (int, error) {
	if c.idle == nil {
		return c.Conn.Read(p)
	}
	if len(c.ahead) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		c.idle()
		if c.pause > 0 && !c.full { // or else there is more already
			c.rest()
		}
		var n int
		n, c.err = c.Conn.Read(c.space)
		c.ahead = c.space[:n]
		c.pace(n)
	}
	n := copy(p, c.ahead)
	c.ahead = c.ahead[n:]
	if n == 0 {
		return 0, c.err
	}
	return n, nil
}

// rest pauses, unless something was written: what comes next may be the answer.
func (c *bulkConn) rest() {
	if c.pause >= timerStep {
		select {
		case <-time.After(c.pause):
		case <-c.wrote:
		}
		return
	}
	select {
	case <-c.wrote:
	default:
		c.doze(c.pause)
	}
}

// pace sets the pause before the next read: as long as it takes for what is worth waking up for to come.
func (c *bulkConn) pace(n int) {
	c.came, c.full = c.came+n, n == len(c.space)
	took := time.Since(c.since)
	if took < paceSpan {
		return
	}
	c.pause = 0
	rate := float64(c.came) / took.Seconds()
	if rate >= paceRate {
		c.pause = min(maxPause, time.Duration(worthwhile/rate*float64(time.Second)))
	}
	c.since, c.came = time.Now(), 0
}

func (c *bulkConn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if !c.gathering {
		return c.send(p)
	}
	c.gathered = append(c.gathered, p...)
	return len(p), nil
}

// gather keeps what is written until flush.
func (c *bulkConn) gather() {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.gathering = true
}

// flush writes what was gathered.
func (c *bulkConn) flush() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.gathering = false
	_, err := c.send(c.gathered)
	c.gathered = c.gathered[:0]
	return err
}

func (c *bulkConn) send(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	select {
	case c.wrote <- struct{}{}:
	default:
	}
	return n, err
}
