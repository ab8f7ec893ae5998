package replay

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"

	"github.com/coder/websocket"

	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// replaySession replays an upgraded connection. It sends the server's messages as recorded. At
// each recorded message of the client it waits for the same bytes on that channel. If they differ,
// it reports the difference and breaks the connection.
func (r *Replayer) replaySession(w http.ResponseWriter, req *http.Request, e *exchange) {
	s := stream.Upgrade(w, req, e.responseHeader.Values(protocolHeader))
	if s == nil {
		r.t.Errorf("kxtest: %s: %s %s does not request a WebSocket", r.file, e.method, e.uri)
		return
	}
	defer s.CloseWith(r.ctx)()
	defer s.End()
	client := &clientInput{}
	client.changed = sync.NewCond(&client.mu)
	s.ReceiveRaw(client.read)
	for i, f := range e.frames {
		var difference string
		if f.Dir == fromServer {
			sendFrame(s, f)
		} else {
			difference = client.expect(f)
		}
		cut := f.Opcode == opcodeClose && f.Code == codeCut
		if difference == "" && i == len(e.frames)-1 &&
			!cut { // a connection that was cut may have lost input before it was recorded
			difference = client.left()
		}
		if difference != "" {
			r.fail("message %d of %d of %s %s: %s", i+1, len(e.frames), e.method, e.uri, difference)
			s.Abort()
			return
		}
	}
}

// fail reports the first difference. Later ones carry no information.
func (r *Replayer) fail(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.failed {
		r.failed = true
		r.t.Errorf("kxtest: %s: "+format, append([]any{r.file}, args...)...)
	}
}

// sendFrame sends a recorded message of the server.
func sendFrame(s *stream.Session, f *frame) {
	if f.Opcode == opcodeClose {
		if f.Code == codeCut {
			s.Reset()
			return
		}
		s.SendClose(websocket.StatusCode(f.Code), f.Text)
		return
	}
	var message []byte
	if f.Channel != nil {
		message = []byte{byte(*f.Channel)}
	}
	kind := websocket.MessageBinary
	if f.Opcode == opcodeText {
		kind = websocket.MessageText
	}
	s.SendRaw(kind, append(message, f.payload()...))
}

// clientInput has the bytes that the client has sent and that no recorded message has matched yet.
type clientInput struct {
	mu       sync.Mutex
	changed  *sync.Cond
	channels [256][]byte
	closed   bool
	code     int // of the client's close frame
}

func (c *clientInput) read(next func() ([]byte, error)) {
	for {
		message, err := next()
		c.mu.Lock()
		switch {
		case err != nil:
			c.closed = true
			c.code = int(websocket.CloseStatus(err))
			if c.code < 0 {
				c.code = codeCut
			}
		case len(message) > 0:
			c.channels[message[0]] = append(c.channels[message[0]], message[1:]...)
		}
		c.changed.Broadcast()
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// expect waits for the bytes of a recorded message, and returns the difference, or "". The client
// may cut them into other messages.
func (c *clientInput) expect(f *frame) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Opcode == opcodeClose {
		for !c.closed {
			c.changed.Wait()
		}
		if c.code != f.Code {
			return fmt.Sprintf("the client closed with code %d, recorded %d", c.code, f.Code)
		}
		return ""
	}
	if f.Channel == nil {
		return ""
	}
	want, channel := f.payload(), &c.channels[*f.Channel]
	ended := func() bool { // the client has closed the connection or the channel
		return c.closed || *f.Channel != stream.ChannelClose &&
			bytes.IndexByte(c.channels[stream.ChannelClose],
				byte(*f.Channel)) >= 0
	}
	for len(*channel) < len(want) && bytes.HasPrefix(want, *channel) && !ended() {
		c.changed.Wait()
	}
	got := (*channel)[:min(len(want), len(*channel))]
	if at, differs := firstDifference(want, got); differs {
		how := "sent"
		if len(got) == at {
			how = "closed after"
		}
		return fmt.Sprintf("channel %d: recorded %#q, %s %#q", *f.Channel, excerpt(want, at), how,
			excerpt(got, at))
	}
	*channel = (*channel)[len(want):]
	return ""
}

// left returns a description of unmatched input, or "".
func (c *clientInput) left() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for channel, bytes := range c.channels {
		if len(bytes) > 0 {
			return fmt.Sprintf("channel %d: unexpected input %#q", channel, excerpt(bytes, 0))
		}
	}
	return ""
}
