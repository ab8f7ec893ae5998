package faultproxy

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/http2/hpack"
)

// The frames, flags, settings and limits of HTTP/2 (RFC 9113) that the proxy uses.
const (
	preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameGoAway       = 7
	frameWindowUpdate = 8
	frameContinuation = 9

	flagEndStream  = 1
	flagAck        = 1
	flagEndHeaders = 4
	flagPadded     = 8
	flagPriority   = 32

	settingInitialWindow = 4
	defaultWindow        = 65535
	maxFrame             = 16 << 10
)

type frame struct {
	kind, flags byte
	stream      uint32
	payload     []byte
}

func readFrame(r io.Reader) (frame, error) {
	var head [9]byte
	_, err := io.ReadFull(r, head[:])
	if err != nil {
		return frame{}, err
	}
	size := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
	f := frame{kind: head[3], flags: head[4],
		stream: binary.BigEndian.Uint32(head[5:]) & (1<<31 - 1), payload: make([]byte, size)}
	_, err = io.ReadFull(r, f.payload)
	return f, err
}

// unpad returns the payload of DATA or HEADERS without padding and priority.
func (f frame) unpad() []byte {
	p := f.payload
	if f.flags&flagPadded != 0 && len(p) > 0 {
		p = p[1:max(1, len(p)-int(p[0]))]
	}
	if f.kind == frameHeaders && f.flags&flagPriority != 0 && len(p) >= 5 {
		p = p[5:]
	}
	return p
}

// frameWriter writes the frames of a connection.
type frameWriter struct {
	mu      sync.Mutex
	conn    net.Conn
	silent  bool // nothing is written any more
	encoder *hpack.Encoder
	block   bytes.Buffer
}

func newFrameWriter(conn net.Conn) *frameWriter {
	w := &frameWriter{conn: conn}
	w.encoder = hpack.NewEncoder(&w.block)
	return w
}

// write writes a frame that announces at least len(payload) bytes.
func (w *frameWriter) write(kind, flags byte, stream uint32, payload []byte, announced int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.writeLocked(kind, flags, stream, payload, announced)
}

func (w *frameWriter) writeLocked(kind, flags byte, stream uint32, payload []byte,
	announced int) error {
	if w.silent {
		return nil
	}
	head := []byte{byte(announced >> 16), byte(announced >> 8), byte(announced), kind, flags}
	head = binary.BigEndian.AppendUint32(head, stream)
	_, err := w.conn.Write(append(head, payload...))
	return err
}

// headers writes the headers of an answer, or half of their bytes.
func (w *frameWriter) headers(stream uint32, code int, header http.Header, half bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.block.Reset()
	_ = w.encoder.WriteField(hpack.HeaderField{Name: ":status", Value: strconv.Itoa(code)})
	for name, values := range header {
		name = strings.ToLower(name)
		if name == "connection" || name == "transfer-encoding" {
			continue
		}
		for _, value := range values {
			_ = w.encoder.WriteField(hpack.HeaderField{Name: name, Value: value})
		}
	}
	block := w.block.Bytes()
	size := len(block)
	if half {
		block = block[:size/2]
	}
	return w.writeLocked(frameHeaders, flagEndHeaders, stream, block, size)
}

// goAway writes GOAWAY: the server processes no stream after last.
func (w *frameWriter) goAway(last uint32, code int) {
	payload := binary.BigEndian.AppendUint32(nil, last)
	payload = binary.BigEndian.AppendUint32(payload, uint32(code))
	_ = w.write(frameGoAway, 0, 0, payload, len(payload))
}

func (w *frameWriter) resetStream(stream uint32, code int) {
	_ = w.write(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, uint32(code)), 4)
}
