package subresource

import (
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxUnwritten is how many bytes of a record may wait to be written.
const maxUnwritten = 16 << 20

var errRecordSlow = fmt.Errorf("more than %d MiB waited to be written, so that what came after it was left out", maxUnwritten>>20)

// Recorder keeps a transcript of sessions, with the time of each piece and the exit code, in the format asciicast v3
// (https://docs.asciinema.org/manual/asciicast/v3/). It may be given to several sessions, one after the other.
//
// The events are o for output, i for input, r for the terminal's size and x for the exit code. Input is what was sent, and with it passwords that were typed.
// Two more, which players pass over, speak of the event after them: e says that its output came on stderr; b has its data in base64,
// as that were no valid UTF-8, and the event itself then has U+FFFD where they were not. Nothing else is changed: line ends are those of the program.
//
// Recording never holds a session up and never ends it. What is wrong with the writer is told by Close, and nothing is recorded after that.
type Recorder struct {
	*transcript
	muted bool // data are recorded by who has them
}

// transcript is what Recorders of it have in common.
type transcript struct {
	w             io.Writer
	width, height int // the terminal's

	mu        sync.Mutex
	idle      sync.Cond // nothing waits to be written
	begun     time.Time
	last      time.Time // what the intervals add up to
	heading   string    // members of the header; it is written with the first event
	headed    bool
	held      [3][]byte // by channel: the beginning of a character
	unwritten []byte
	writing   bool
	err       error
}

// NewRecorder gives a Recorder that writes to w, in a goroutine of its own while there is something to write. The size is that of the terminal in characters
// at the beginning; 80 and 24 are taken where it is 0.
func NewRecorder(w io.Writer, width, height int) *Recorder {
	if width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	t := &transcript{w: w, width: width, height: height}
	t.idle.L = &t.mu
	return &Recorder{transcript: t}
}

// WithoutData gives a Recorder of the same transcript for sessions whose data are recorded by others, with Stdin, Write and Stderr: since output is not
// shown as it comes, say. The session records the size of its terminal alone.
func (r *Recorder) WithoutData() *Recorder {
	if r == nil {
		return nil
	}
	return &Recorder{r.transcript, true}
}

// Stdin gives a writer like the Recorder's own, for input, and Stderr one for what came on stderr.
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

// Write records output that came another way than by a session, such as from the log of a container that has ended. It never fails.
func (r *transcript) Write(p []byte) (int, error) {
	r.data(channelStdout, p)
	return len(p), nil
}

// Exit records the code with which the program ended. A session of exec does that itself; attach is not told the code.
func (r *transcript) Exit(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.release()
	r.event("x", strconv.AppendQuote(nil, strconv.Itoa(code)))
}

// Close waits until all is written, and gives the first error of that. It does not close the writer.
func (r *transcript) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.release()
	for r.writing {
		r.idle.Wait()
	}
	return r.err
}

// begin says which session comes, for the header. The methods of a Recorder from here on, which sessions call, do nothing without one.
func (r *Recorder) begin(what string, command []string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.headed {
		return
	}
	r.heading = `,"title":` + quoted(what)
	if len(command) > 0 {
		r.heading += `,"command":` + quoted(strings.Join(command, " "))
	}
	r.start()
}

func quoted(text string) string {
	q, _ := jsontext.AppendQuote(nil, text) // what is no UTF-8 is replaced
	return string(q)
}

func (r *transcript) start() {
	if r.begun.IsZero() {
		r.begun = time.Now()
		r.last = r.begun
	}
}

// data records what came or went on a channel.
func (r *Recorder) data(channel byte, p []byte) {
	if r != nil && !r.muted {
		r.transcript.data(channel, p)
	}
}

// data records what came or went on a channel. A character that is cut at the end waits for its rest.
func (r *transcript) data(channel byte, p []byte) {
	if len(p) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.held[channel]
	if len(before) > 0 {
		p = append(before, p...)
	}
	whole := len(p) - cut(p)
	r.held[channel] = append([]byte(nil), p[whole:]...)
	r.text(channel, p[:whole])
}

// cut gives how many bytes at the end of p are the beginning of a character.
func cut(p []byte) int {
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

// release records what waits for the rest of a character that will not come.
func (r *transcript) release() {
	for channel, p := range r.held {
		r.held[channel] = nil
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

// resize records another size of the terminal. One that comes before all else is the size at the beginning.
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
	if r.headed {
		r.event("r", fmt.Appendf(nil, `"%dx%d"`, width, height))
	}
}

// end says that the session has ended, and of exec whether it told a code.
func (r *Recorder) end(exec bool, outcome error) {
	if r == nil {
		return
	}
	exit, failed := outcome.(*ExitError)
	switch {
	case exec && failed:
		r.Exit(exit.Code)
	case exec && outcome == nil:
		r.Exit(0)
	default:
		r.mu.Lock()
		r.release()
		r.mu.Unlock()
	}
}

// event appends one, whose data are JSON, and has it written.
func (r *transcript) event(code string, data []byte) {
	if r.err != nil {
		return
	}
	r.start()
	if !r.headed {
		r.headed = true
		r.unwritten = fmt.Appendf(r.unwritten, `{"version":3,"term":{"cols":%d,"rows":%d},"timestamp":%d%s}`+"\n", r.width, r.height, r.begun.Unix(), r.heading)
	}
	interval := time.Since(r.last).Truncate(time.Microsecond)
	r.last = r.last.Add(interval) // what is cut off goes to the next
	r.unwritten = fmt.Appendf(r.unwritten, `[%d.%06d,%q,%s]`+"\n", interval/time.Second, interval%time.Second/time.Microsecond, code, data)
	if len(r.unwritten) > maxUnwritten {
		r.err = errRecordSlow
	}
	if !r.writing {
		r.writing = true
		go r.write()
	}
}

// write writes what there is, until there is no more.
func (r *transcript) write() {
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
