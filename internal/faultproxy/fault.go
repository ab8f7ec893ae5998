package faultproxy

import "net/http"

// Stage is the point of a request at which a fault happens.
type Stage int

// The stages of a connection, of a request and of a stream, in order of time.
const (
	Connect   Stage = iota + 1 // the connection is accepted; TLS has not begun
	Received                   // the client sent the request; the server never sees it
	Forwarded                  // the server executed the request; the answer has not begun
	Headers                    // half of the answer's headers, or of the 101, are sent
	Body                       // half of the body, or half of an event or frame, is sent
	Event                      // the first event or line of a stream is sent
	LastByte                   // all but the body's last byte, or but its last chunk, is sent
	Whole                      // the answer is complete but altered
	Stream                     // the first frame with data of an upgraded connection is sent
	Status                     // the status of a session is due
)

var stageNames = map[Stage]string{
	Connect: "connect", Received: "received", Forwarded: "forwarded", Headers: "headers",
	Body: "body", Event: "event", LastByte: "last byte", Whole: "whole", Stream: "stream",
	Status: "status",
}

func (s Stage) String() string { return stageNames[s] }

// Kind is what an Effect does.
type Kind int

// The kinds of effects. Those from ResetStream on need HTTP/2, and those from CloseFrame on a
// WebSocket.
const (
	Reset    Kind = iota + 1 // ends the connection with a TCP reset
	Close                    // ends TLS and the connection in order
	Truncate                 // ends the connection without the end of TLS
	Stall                    // sends nothing more, and keeps the connection open
	Garbage                  // sends bytes that are no HTTP, and closes
	Answer                   // sends Code, Header and Text in place of the answer
	Alter                    // changes the whole answer by Change
	Trickle                  // sends the answer byte by byte
	TooLong                  // announces more bytes than come, and closes
	Endless                  // sends Text after the headers again and again, up to EndlessLimit

	ResetStream // sends RST_STREAM with Code
	GoAway      // sends GOAWAY in the middle of an answer, which is then completed
	Refuse      // sends GOAWAY that says that this request was not processed, and closes
	FlowStall   // sends no more of this answer, but answers PING
	UploadStall // never lets the client send its request's body

	CloseFrame // sends a close frame with Code
	BadFrame   // sends a frame with a reserved opcode
	GoesOn     // sends the status, and then FurtherOutput for ever
)

// FurtherOutput is what a message of the effect GoesOn holds.
const FurtherOutput = "more\n"

// keepsConnection reports whether the effect ends one stream and not the connection.
func (k Kind) keepsConnection() bool {
	return k == ResetStream || k == GoAway || k == FlowStall
}

// EndlessLimit is how many bytes of an Endless body are sent. A client that reads them all has no
// bound.
const EndlessLimit = 192 << 20

// Effect is what goes wrong.
type Effect struct {
	Kind   Kind
	Code   int
	Header http.Header
	Text   string
	// Change returns another answer, for Alter.
	Change func(header http.Header, body []byte) []byte
}

// Fault is an effect at a stage of the requests that match.
type Fault struct {
	// Match reports whether a request is meant. nil means every request. Connect ignores it.
	Match func(r *Record) bool
	// Skip is the number of matching requests, or of connections, that pass.
	Skip int
	// Times is the number of requests that are hit: 0 means one, a negative number all.
	Times  int
	Stage  Stage
	Effect Effect

	seen, hits int
}

// next reports whether the fault hits the request that has just come.
func (f *Fault) next() bool {
	f.seen++
	if f.seen <= f.Skip || f.Times >= 0 && f.hits >= max(f.Times, 1) {
		return false
	}
	f.hits++
	return true
}
