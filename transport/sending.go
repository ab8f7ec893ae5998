package transport

import (
	"crypto/rand"
	"crypto/subtle"
	"slices"
)

// send writes one or more messages, one sender at a time.
func (ws *WebSocket) send(opcode byte, head, p []byte) error {
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
	if err := ws.write(opcode, head, p); err != nil {
		return ws.lost(err)
	}
	return nil
}

// write sends p in as many messages as it takes, each with head before its part, and all of them in one piece.
func (ws *WebSocket) write(opcode byte, head, p []byte) error {
	ws.out = ws.out[:0]
	for first := true; first || len(p) > 0; first = false {
		part := p[:min(len(p), MaxMessage-len(head))]
		ws.frameUp(opcode, head, part)
		p = p[len(part):]
	}
	ws.writeSince.Store(ws.now())
	err := ws.flush()
	if opcode == opBinary {
		ws.sent.Add(int64(len(ws.out)))
	}
	since := ws.writeSince.Swap(0)
	if ws.now()-since > int64(pingEvery) {
		// It was held up: the silence until now proves nothing.
		reading := ws.readSince.Load()
		if reading != 0 {
			ws.readSince.CompareAndSwap(reading, ws.now())
		}
	}
	return err
}

// frameUp appends a frame to what goes out. Each has a key of its own that nobody can foretell (RFC 6455, 5.3), with which it is masked on its way into the buffer.
func (ws *WebSocket) frameUp(opcode byte, head, p []byte) {
	var key [4]byte
	_, _ = rand.Read(key[:]) // does not fail
	ws.out = appendHeader(ws.out, opcode, len(head)+len(p), key)
	for i, b := range head {
		ws.out = append(ws.out, b^key[i%4])
	}
	for i := range 4 {
		ws.mask[i] = key[(len(head)+i)%4]
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

// flush writes what goes out. TLS would make a write of each of its records.
func (ws *WebSocket) flush() error {
	if ws.bulk == nil {
		_, err := ws.conn.Write(ws.out)
		return err
	}
	ws.bulk.gather()
	_, err := ws.conn.Write(ws.out)
	flushed := ws.bulk.flush()
	if err == nil {
		err = flushed
	}
	return err
}
