package websocket

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
)

func TestReadHeader(t *testing.T) {
	for sentence, tc := range map[string]struct {
		wire    string
		want    frameHeader
		problem string
		err     error
	}{
		"a short binary frame":            {wire: "\x82\x05", want: frameHeader{opBinary, true, 5}},
		"the longest length of one byte":  {wire: "\x82\x7d", want: frameHeader{opBinary, true, 125}},
		"a length of two bytes":           {wire: "\x82\x7e\x00\x7e", want: frameHeader{opBinary, true, 126}},
		"the longest length of two bytes": {wire: "\x82\x7e\xff\xff", want: frameHeader{opBinary, true, 65535}},
		"a length of eight bytes": {wire: "\x82\x7f\x00\x00\x00\x00\x00\x40\x00\x00",
			want: frameHeader{opBinary, true, 4 << 20}},
		"the longest length of eight bytes": {wire: "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff",
			want: frameHeader{opBinary, true, 1<<63 - 1}},
		"a length that is not in its shortest form": {wire: "\x82\x7e\x00\x01", want: frameHeader{opBinary, true, 1}},
		"the first part of a message":               {wire: "\x02\x01", want: frameHeader{opBinary, false, 1}},
		"a middle part":                             {wire: "\x00\x01", want: frameHeader{opContinuation, false, 1}},
		"the last part":                             {wire: "\x80\x00", want: frameHeader{opContinuation, true, 0}},
		"a text frame":                              {wire: "\x81\x00", want: frameHeader{opText, true, 0}},
		"a close frame":                             {wire: "\x88\x02", want: frameHeader{opClose, true, 2}},
		"the longest ping":                          {wire: "\x89\x7d", want: frameHeader{opPing, true, 125}},
		"a pong":                                    {wire: "\x8a\x00", want: frameHeader{opPong, true, 0}},
		"the first bit for extensions":              {wire: "\xc2\x00", problem: "bits set for an extension"},
		"the last bit for extensions":               {wire: "\x92\x00", problem: "bits set for an extension"},
		"a mask":                                    {wire: "\x82\x81\x00\x00\x00\x00x", problem: "masked"},
		"a reserved data opcode":                    {wire: "\x83\x00", problem: "unknown opcode"},
		"the last reserved data opcode":             {wire: "\x87\x00", problem: "unknown opcode"},
		"a reserved control opcode":                 {wire: "\x8b\x00", problem: "unknown opcode"},
		"a ping in parts":                           {wire: "\x09\x00", problem: "control frame is in parts"},
		"a close frame with a long length":          {wire: "\x88\x7e\x00\x7e", problem: "longer than 125"},
		"a pong with a longer length": {wire: "\x8a\x7f\x00\x00\x00\x00\x00\x00\x00\x01",
			problem: "longer than 125"},
		"a negative length": {wire: "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00",
			problem: "highest bit"},
		"nothing":                      {err: io.EOF},
		"half of the first two bytes":  {wire: "\x82", err: io.EOF},
		"no length of two bytes":       {wire: "\x82\x7e", err: io.EOF},
		"half a length of eight bytes": {wire: "\x82\x7f\x00\x00\x00", err: io.EOF},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := readHeader(bufio.NewReader(bytes.NewReader([]byte(tc.wire))))
			switch {
			case tc.problem != "":
				var broken *frameError
				require.ErrorAs(t, err, &broken)
				require.ErrorContains(t, err, tc.problem)
			case tc.err != nil:
				require.ErrorIs(t, err, tc.err)
			default:
				require.NoError(t, err)
				require.Equal(t, tc.want, got)
			}
		})
	}
}

func FuzzReadHeader(f *testing.F) {
	for _, seed := range []string{"\x82\x05", "\x82\x7e\x00\x7e", "\x82\x7f\x00\x00\x00\x00\x00\x40\x00\x00", "\x89\x7d",
		"\x82\x81", "\xff\xff", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		in := bytes.NewReader(wire)
		h, err := readHeader(bufio.NewReader(in))
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, h.length, int64(0))
		require.False(t, h.isControl() && (!h.final || h.length > 125))
		// A header that this package can write reads the same after appendHeader.
		if h.final && h.length < 1<<16 {
			header := appendHeader(nil, h.opcode, int(h.length), [4]byte{})
			header = header[:len(header)-4]
			header[1] &^= 0x80
			same, err := readHeader(bufio.NewReader(bytes.NewReader(header)))
			require.NoError(t, err)
			require.Equal(t, h, same)
		}
	})
}

// onWire returns the bytes that ws writes for p.
func onWire(t *testing.T, ws *Conn, out *bytes.Buffer, p []byte) []byte {
	t.Helper()
	out.Reset()
	n, err := ws.Write(p)
	require.NoError(t, err)
	require.Equal(t, len(p), n)
	return bytes.Clone(out.Bytes())
}

// writeOnly accepts writes and never returns a byte.
type writeOnly struct {
	bytes.Buffer
	closed chan struct{}
}

func (s *writeOnly) Read([]byte) (int, error) { <-s.closed; return 0, io.EOF }
func (s *writeOnly) Close() error             { return nil }

func TestEachFrameIsMaskedWithItsOwnKey(t *testing.T) {
	out := &writeOnly{closed: make(chan struct{})}
	close(out.closed)
	ws := New(context.Background(), out, nil, "/", "")
	defer ws.Close()
	lengths := []int{1023, 1024, 1025, 16383, 16384, 32751, 32752, 32753, MaxMessage - 1, MaxMessage}
	for n := range 601 {
		lengths = append(lengths, n)
	}
	keys := map[[4]byte]bool{}
	for _, n := range lengths {
		p := bytes.Repeat([]byte("\x00abcdefg\xff"), n/9+1)[:n]
		before := bytes.Clone(p)
		wire := onWire(t, ws, &out.Buffer, p)
		require.Equal(t, before, p, "the caller's bytes stay as they are")
		require.Equal(t, byte(0x82), wire[0])
		require.NotZero(t, wire[1]&0x80, "masked")
		head, length := 2, int(wire[1]&0x7f)
		if n > 125 {
			require.Equal(t, 126, length)
			head, length = 4, int(binary.BigEndian.Uint16(wire[2:]))
		}
		require.Equal(t, n, length)
		require.Len(t, wire, head+4+n)
		key := [4]byte(wire[head:])
		keys[key] = true
		got := wire[head+4:]
		for i := range got {
			got[i] ^= key[i%4]
		}
		require.Equal(t, before, got, "%d bytes", n)
	}
	require.Greater(t, len(keys), len(lengths)-5, "keys repeat only by chance")
	_, err := ws.Write(make([]byte, MaxMessage+1))
	require.ErrorContains(t, err, "32761 bytes is too long: at most 32760 can be sent")
}

// FuzzServerBytes feeds arbitrary bytes from a server.
// Reading them ends, without a panic and in bounded memory.
func FuzzServerBytes(f *testing.F) {
	f.Add([]byte("\x82\x05\x01hell\x02\x03\x01ab\x89\x02hi\x80\x01c\x88\x02\x03\xe8"))
	f.Add([]byte("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffabc"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x80\x00\x81\x01x\x8a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x80\x01x"))
	f.Add([]byte("\x82\x02ab\x02\x01a\x82\x01b"))
	f.Add([]byte("\x88\x01\x03\x88\x00\x82\x01\x01"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		client, server := wstest.Pipe(len(wire) + 1<<20)
		_, _ = server.Write(wire)
		go func() {
			_, _ = io.Copy(io.Discard, server)
			server.Close()
		}()
		_ = server.CloseWrite()
		ws := New(context.Background(), client, nil, "/", "")
		defer ws.Close()
		total := 0
		buffer := make([]byte, 64)
		for {
			if _, err := ws.Next(); err != nil {
				require.NotEqual(t, io.EOF, err)
				break
			}
			n, err := ws.Read(buffer)
			for err == nil {
				total += n
				n, err = ws.Read(buffer)
			}
			if !errors.Is(err, io.EOF) {
				break
			}
		}
		require.LessOrEqual(t, total, len(wire))
	})
}
