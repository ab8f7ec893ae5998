package subresource

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxUnwritten is how many bytes of a record may wait for the writer.
const maxUnwritten = 16 << 20

var errRecordSlow = fmt.Errorf(
	"more than %d MiB waited to be written, so the rest of the output is missing",
	maxUnwritten>>20)

// Recorder records sessions in the format asciicast v3, with the time of each event and the exit
// code (https://docs.asciinema.org/manual/asciicast/v3/). Several sessions may use it, one after
// the other.
//
// Its events have these codes:
//
//	o    output
//	i    input, including typed passwords
//	r    a new size of the terminal
//	x    the exit code
//	e    the next event is output on stderr
//	b    the next event's data in base64, because they are no valid UTF-8
//
// Players skip e and b. The event after b has U+FFFD in place of invalid bytes. Line ends stay
// those of the program.
//
// Recording neither blocks nor ends a session. After the first error nothing is recorded, and Close
// returns that error.
type Recorder struct {
	*transcript
	sizeOnly bool // the caller records the data
}

// transcript is the state that Recorders share.
type transcript struct {
	w             io.Writer
	width, height int // of the terminal, in characters

	mu            sync.Mutex
	idle          sync.Cond // signals that writing is false
	startTime     time.Time
	lastEvent     time.Time // of the last event: startTime and the written intervals
	headerMembers string    // written with the first event
	headerWritten bool
	partial       [3][]byte // by channel: the start of a character
	unwritten     []byte
	writing       bool
	err           error
}

// NewRecorder returns a Recorder that writes to w, in a goroutine that runs while there is
// something to write. The size is the terminal's at the start, in characters. If it is 0, 80 by 24
// is recorded.
func NewRecorder(w io.Writer, width, height int) *Recorder {
	if width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	t := &transcript{w: w, width: width, height: height}
	t.idle.L = &t.mu
	return &Recorder{transcript: t}
}

// WithoutData returns a Recorder of the same transcript that records only the size of the session's
// terminal. Use it if you delay output and record it yourself with Write, Stderr and Stdin.
func (r *Recorder) WithoutData() *Recorder {
	if r == nil {
		return nil
	}
	return &Recorder{r.transcript, true}
}

// Stdin and Stderr return writers like the Recorder's own, for input and for output on stderr.
func (t *transcript) Stdin() io.Writer  { return channelTranscript{t, channelStdin} }
func (t *transcript) Stderr() io.Writer { return channelTranscript{t, channelStderr} }

type channelTranscript struct {
	*transcript
	channel byte
}

func (c channelTranscript) Write(p []byte) (int, error) {
	c.data(c.channel, p)
	return len(p), nil
}

// Write records output that does not come from a session, such as the log of a container that has
// ended. It never fails.
func (r *transcript) Write(p []byte) (int, error) {
	r.data(channelStdout, p)
	return len(p), nil
}

// Exit records the exit code. A session of exec calls it. Attach does not learn the code.
func (r *transcript) Exit(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flushPartial()
	r.event("x", strconv.AppendQuote(nil, strconv.Itoa(code)))
}

// Close waits until everything is written, and returns the first error of recording: the writer's,
// or that the writer was too slow. It does not close the writer.
func (r *transcript) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flushPartial()
	for r.writing {
		r.idle.Wait()
	}
	return r.err
}

// begin sets the title and the command in the header, for the first session.
//
// It and the methods below are called by sessions. They do nothing if r is nil.
func (r *Recorder) begin(what string, command []string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.headerWritten {
		return
	}
	r.headerMembers = `,"title":` + quoted(what)
	if len(command) > 0 {
		r.headerMembers += `,"command":` + quoted(strings.Join(command, " "))
	}
	r.start()
}

func quoted(text string) string {
	q, _ := jsontext.AppendQuote(nil, text) // invalid UTF-8 is replaced
	return string(q)
}

func (r *transcript) start() {
	if r.startTime.IsZero() {
		r.startTime = time.Now()
		r.lastEvent = r.startTime
	}
}

// data records bytes of a channel.
func (r *Recorder) data(channel byte, p []byte) {
	if r != nil && !r.sizeOnly {
		r.transcript.data(channel, p)
	}
}

// data records bytes of a channel. An incomplete character at the end waits for its rest.
func (r *transcript) data(channel byte, p []byte) {
	if len(p) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.partial[channel]
	if len(before) > 0 {
		p = append(before, p...)
	}
	whole := len(p) - partialRune(p)
	r.partial[channel] = append([]byte(nil), p[whole:]...)
	r.text(channel, p[:whole])
}

// partialRune returns how many bytes at the end of p are the start of a character.
func partialRune(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		end := p[len(p)-n:]
		if utf8.RuneStart(end[0]) {
			if utf8.FullRune(end) {
				return 0
			}
			return n
		}
	}
	return 0
}

// flushPartial records incomplete characters whose rest will not arrive.
func (r *transcript) flushPartial() {
	for channel, p := range r.partial {
		r.partial[channel] = nil
		r.text(byte(channel), p)
	}
}

func (r *transcript) text(channel byte, p []byte) {
	if len(p) == 0 {
		return
	}
	value, invalid := jsontext.AppendQuote(nil, p)
	if invalid != nil {
		r.event("b", append(base64.StdEncoding.AppendEncode([]byte{'"'}, p), '"'))
	}
	switch channel {
	case channelStdin:
		r.event("i", value)
		return
	case channelStderr:
		r.event("e", []byte(`""`))
	}
	r.event("o", value)
}

// resize records a new size of the terminal. Before the first event, it sets the size in the
// header.
func (r *Recorder) resize(width, height int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if width == r.width && height == r.height {
		return
	}
	r.width, r.height = width, height
	if r.headerWritten {
		r.event("r", fmt.Appendf(nil, `"%dx%d"`, width, height))
	}
}

// end records the end of a session and, for exec, its code.
func (r *Recorder) end(exec bool, outcome error) {
	if r == nil {
		return
	}
	var exit *ExitError
	failed := errors.As(outcome, &exit)
	switch {
	case exec && failed:
		r.Exit(exit.Code)
	case exec && outcome == nil:
		r.Exit(0)
	default:
		r.mu.Lock()
		r.flushPartial()
		r.mu.Unlock()
	}
}

// event appends an event. data is JSON.
func (r *transcript) event(code string, data []byte) {
	if r.err != nil {
		return
	}
	r.start()
	if !r.headerWritten {
		r.headerWritten = true
		r.unwritten = fmt.Appendf(r.unwritten,
			`{"version":3,"term":{"cols":%d,"rows":%d},"timestamp":%d%s}`+"\n", r.width, r.height,
			r.startTime.Unix(), r.headerMembers)
	}
	interval := time.Since(r.lastEvent).Truncate(time.Microsecond)
	r.lastEvent = r.lastEvent.Add(interval) // the rounded part counts for the next event
	r.unwritten = fmt.Appendf(r.unwritten, `[%d.%06d,%q,%s]`+"\n", interval/time.Second,
		interval%time.Second/time.Microsecond, code, data)
	if len(r.unwritten) > maxUnwritten {
		r.err = errRecordSlow
	}
	if !r.writing {
		r.writing = true
		go r.flush()
	}
}

// flush writes events until there are no more.
func (r *transcript) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	var spare []byte
	for len(r.unwritten) > 0 {
		p := r.unwritten
		r.unwritten = spare[:0]
		r.mu.Unlock()
		n, err := r.w.Write(p)
		if err == nil && n < len(p) {
			err = io.ErrShortWrite
		}
		r.mu.Lock()
		spare = p
		if err != nil {
			r.unwritten = nil
			if r.err == nil {
				r.err = err
			}
		}
	}
	r.writing = false
	r.idle.Broadcast()
}
