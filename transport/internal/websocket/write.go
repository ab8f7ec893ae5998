package websocket

import (
	"crypto/rand"
	"crypto/subtle"
	"slices"
)

// send writes p as one or more messages. Only one goroutine sends at a time.
func (ws *Conn) send(opcode byte, prefix, p []byte) error {
	select {
	case ws.writing <- struct{}{}:
		defer func() { <-ws.writing }()
	case <-ws.ended:
	}
	select {
	case <-ws.ended:
		return ws.cause
	default:
	}
	if err := ws.writeMessages(opcode, prefix, p); err != nil {
		return ws.endCause(err)
	}
	return nil
}

// writeMessages writes p in as many messages as it needs, each with prefix before its part.
// All of them go to the network in one write.
func (ws *Conn) writeMessages(opcode byte, prefix, p []byte) error {
	ws.out = ws.out[:0]
	for first := true; first || len(p) > 0; first = false {
		part := p[:min(len(p), MaxMessage-len(prefix))]
		ws.appendFrame(opcode, prefix, part)
		p = p[len(part):]
	}
	ws.writeSince.Store(ws.now())
	err := ws.flush()
	if opcode == opBinary {
		ws.sent.Add(int64(len(ws.out)))
	}
	since := ws.writeSince.Swap(0)
	if ws.now()-since > int64(pingInterval) {
		// The peer held the write up, so its silence during that time proves nothing.
		reading := ws.readSince.Load()
		if reading != 0 {
			ws.readSince.CompareAndSwap(reading, ws.now())
		}
	}
	return err
}

// appendFrame appends a frame to ws.out, masked with a key of its own.
// The key must be unpredictable (RFC 6455, 5.3).
func (ws *Conn) appendFrame(opcode byte, prefix, p []byte) {
	var key [4]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	ws.out = appendHeader(ws.out, opcode, len(prefix)+len(p), key)
	for i, b := range prefix {
		ws.out = append(ws.out, b^key[i%4])
	}
	for i := range 4 {
		ws.mask[i] = key[(len(prefix)+i)%4]
	}
	for n := 4; n < min(len(p), len(ws.mask)); n *= 2 {
		copy(ws.mask[n:], ws.mask[:n])
	}
	start := len(ws.out)
	ws.out = slices.Grow(ws.out, len(p))[:start+len(p)]
	for i := 0; i < len(p); i += len(ws.mask) {
		subtle.XORBytes(ws.out[start+i:], p[i:], ws.mask[:])
	}
}

// flush writes ws.out in one write to the network. TLS alone would write each record separately.
func (ws *Conn) flush() error {
	if ws.paced == nil {
		_, err := ws.conn.Write(ws.out)
		return err
	}
	ws.paced.beginBatch()
	_, err := ws.conn.Write(ws.out)
	flushErr := ws.paced.endBatch()
	if err == nil {
		err = flushErr
	}
	return err
}
