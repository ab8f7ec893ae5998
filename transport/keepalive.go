package transport

import (
	"encoding/binary"
	"fmt"
	"time"
)

const (
	pingEvery   = 5 * time.Second
	silentLimit = 60 * time.Second

	// unreadLimit is how much a server takes, in bytes, whatever its program does: the buffers between the two hold more.
	unreadLimit = 64 << 10
)

// ErrSilent says that nothing at all came from the peer for a minute, not even the answer to a ping.
var ErrSilent = fmt.Errorf("nothing came for %v, not even the answer to a ping: the server or the network to it is gone", silentLimit)

func (ws *WebSocket) now() int64 { return int64(time.Since(ws.start)) + 1 }

// receiver reads from the network by the clock.
type receiver struct{ ws *WebSocket }

func (r receiver) Read(p []byte) (int, error) {
	if r.ws.bulk == nil {
		r.ws.wait()
	}
	n, err := r.ws.conn.Read(p)
	r.ws.readSince.Store(0)
	return n, err
}

// keepAlive writes pings and pongs.
func (ws *WebSocket) keepAlive() {
	ticker := time.NewTicker(pingEvery)
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
			return // whoever reads finds it out too
		}
	}
}

// watch ends the connection when the peer is silent for too long.
func (ws *WebSocket) watch() {
	timer := time.NewTimer(pingEvery)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ws.ended:
			return
		}
		next := pingEvery
		heldUp := ws.writeSince.Load() != 0 || ws.sent.Load()-ws.read.Load() > unreadLimit
		since := ws.readSince.Load()
		if since != 0 && !heldUp {
			left := silentLimit - time.Duration(ws.now()-since)
			if left <= 0 {
				ws.abort(ErrSilent)
				return
			}
			next = min(next, left)
		}
		timer.Reset(next)
	}
}
