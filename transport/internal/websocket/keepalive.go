package websocket

import (
	"encoding/binary"
	"fmt"
	"time"
)

const (
	// pingInterval is how often a ping is sent.
	pingInterval = 5 * time.Second

	// silenceTimeout is how long a peer may send nothing before the connection ends.
	silenceTimeout = 60 * time.Second

	// maxUnacknowledged is how much data, in bytes, a peer may have to read before its silence is
	// taken for that of a slow consumer. The buffers between the two sides hold more.
	maxUnacknowledged = 64 << 10
)

// ErrSilent is the error of a connection on which nothing was received for a minute, not even the
// answer to a ping.
var ErrSilent = fmt.Errorf("nothing came for %v, not even the answer to a ping: "+
	"the server is down, or the network to it", silenceTimeout)

// now returns the nanoseconds since the connection began, plus one, so that it is never 0.
func (ws *Conn) now() int64 { return int64(time.Since(ws.start)) + 1 }

// timedReader reads from the network, and records since when a read waits.
type timedReader struct{ ws *Conn }

func (r timedReader) Read(p []byte) (int, error) {
	if r.ws.paced == nil {
		r.ws.beforeRead()
	}
	n, err := r.ws.conn.Read(p)
	r.ws.readSince.Store(0)
	return n, err
}

// writePings writes pings and pongs until the connection ends.
func (ws *Conn) writePings() {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		var err error
		select {
		case <-ticker.C:
			err = ws.send(opPing, nil, binary.BigEndian.AppendUint64(nil, uint64(ws.sent.Load())))
		case payload := <-ws.pong:
			err = ws.send(opPong, nil, payload)
		case <-ws.ended:
			return
		}
		if err != nil {
			return // reads fail as well
		}
	}
}

// detectSilence aborts the connection when a read has waited for silenceTimeout. If the peer may be
// slow to read what we write, it aborts only when the peer's TCP has been silent as long. A second
// look tells an acknowledgement that is late from one that is on its way.
func (ws *Conn) detectSilence() {
	timer := time.NewTimer(pingInterval)
	defer timer.Stop()
	gone := false // the peer's TCP was silent for silenceTimeout
	for {
		select {
		case <-timer.C:
		case <-ws.ended:
			return
		}
		next, wasGone := pingInterval, gone
		gone = false
		since := ws.readSince.Load()
		if since != 0 {
			left := silenceTimeout - time.Duration(ws.now()-since)
			switch {
			case left > 0:
				next = min(next, left)
			case !ws.heldUp():
				ws.abort(ErrSilent)
				return
			default:
				gone = ws.paced != nil && ws.paced.unanswered(ws.paced.Conn) >= silenceTimeout
			}
			if gone && wasGone {
				ws.abort(ErrSilent)
				return
			}
		}
		timer.Reset(next)
	}
}

// heldUp reports whether the peer is slow to read what we write, which explains its silence.
// A write that begins at this moment explains nothing.
func (ws *Conn) heldUp() bool {
	since := ws.writeSince.Load()
	return since != 0 && since < ws.now() ||
		ws.sent.Load()-ws.acknowledged.Load() > maxUnacknowledged
}
