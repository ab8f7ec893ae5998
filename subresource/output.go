package subresource

import (
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	blockSize = 64 << 10
	maxBlocks = 8
)

// output buffers what arrived on one channel and was not consumed yet, at most maxBlocks blocks.
//
// Two goroutines fill and consume it without copying, and the faster one waits. Or one goroutine
// does both in turn.
type output struct {
	name   string
	writer io.Writer // nil if the caller reads a pipe
	// writtenByReader is true while the goroutine that reads the socket also writes to writer. The
	// session's mu guards it.
	writtenByReader bool
	beforeWait      func()    // called before room waits
	record          *Recorder // may be nil
	channel         byte

	mu          sync.Mutex
	changed     sync.Cond
	blocks      []*block
	spare       []*block
	unannounced bool // bytes arrived since the last announce
	ended       bool // no more bytes arrive
	stopped     bool // no more bytes are consumed
	closed      bool // by the reader of the pipe

	deadline      time.Time   // of Read; zero for none
	deadlineTimer *time.Timer // wakes a Read at its deadline
}

type block struct {
	data          [blockSize]byte
	read, written int // how many bytes of data
}

func newOutput(name string, writer io.Writer, beforeWait func(), record *Recorder,
	channel byte) *output {
	o := &output{name: name, writer: writer, writtenByReader: writer != nil, beforeWait: beforeWait,
		record: record, channel: channel}
	o.changed.L = &o.mu
	return o
}

// readFrom fills the buffer with one Read of r. It returns false if nobody consumes any more.
func (o *output) readFrom(r io.Reader) (bool, error) {
	free := o.room()
	if free == nil {
		return false, nil
	}
	n, err := r.Read(free)
	o.record.data(o.channel, free[:n])
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.blocks) > 0 { // not closed meanwhile
		o.blocks[len(o.blocks)-1].written += n
	}
	o.unannounced = true
	if err == io.EOF {
		err = nil
	}
	return true, err
}

// needsBlock reports whether the next read needs another block.
func (o *output) needsBlock() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.blocks) > 0 && o.blocks[len(o.blocks)-1].written == blockSize
}

// isEmpty reports whether there is nothing to consume.
func (o *output) isEmpty() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ready() == nil
}

// announce wakes the consumer, and reports whether there is something to consume. Until announce,
// the buffer fills up further, so that the consumer gets larger pieces.
func (o *output) announce() bool {
	if o == nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unannounced {
		o.unannounced = false
		o.changed.Broadcast()
	}
	return o.ready() != nil
}

// room returns free space, and waits for it. It returns nil if there will be none.
func (o *output) room() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	for shown := false; ; {
		if o.stopped {
			return nil
		}
		n := len(o.blocks)
		if n > 0 && o.blocks[n-1].written < blockSize {
			last := o.blocks[n-1]
			return last.data[last.written:]
		}
		if len(o.blocks) < maxBlocks {
			if len(o.spare) == 0 {
				o.spare = append(o.spare, new(block))
			}
			last := len(o.spare) - 1
			o.blocks, o.spare = append(o.blocks, o.spare[last]), o.spare[:last]
			continue
		}
		if !shown {
			shown = true
			o.mu.Unlock()
			o.beforeWait()
			o.mu.Lock()
			continue
		}
		o.changed.Wait()
	}
}

// next waits for bytes and returns them. They stay valid until consume. It returns io.EOF once all
// are consumed and no more arrive. The caller holds mu.
func (o *output) next() ([]byte, error) {
	for {
		switch {
		case o.closed:
			return nil, io.ErrClosedPipe
		case !o.deadline.IsZero() && !time.Now().Before(o.deadline):
			return nil, os.ErrDeadlineExceeded
		}
		b := o.ready()
		if b != nil {
			return b, nil
		}
		if o.ended || o.stopped {
			return nil, io.EOF
		}
		o.changed.Wait()
	}
}

// setDeadline makes Read fail from t on. The zero time removes the deadline.
func (o *output) setDeadline(t time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.deadline = t
	if o.deadlineTimer != nil {
		o.deadlineTimer.Stop()
	}
	if !t.IsZero() && !o.closed {
		o.deadlineTimer = time.AfterFunc(time.Until(t), o.changed.Broadcast)
	}
	o.changed.Broadcast() // the deadline may have passed already
}

// ready returns the bytes that next would return, or nil if next would wait.
func (o *output) ready() []byte {
	if len(o.blocks) > 0 && o.blocks[0].read < o.blocks[0].written {
		return o.blocks[0].data[o.blocks[0].read:o.blocks[0].written]
	}
	return nil
}

// consume frees the first n bytes that next returned. The caller holds mu.
func (o *output) consume(n int) {
	first := o.blocks[0]
	first.read += n
	if first.read < blockSize {
		return
	}
	first.read, first.written = 0, 0
	o.spare = append(o.spare, first)
	o.blocks = slices.Delete(o.blocks, 0, 1)
	o.changed.Broadcast()
}

// end marks that no more bytes arrive. Buffered bytes can still be consumed.
func (o *output) end() {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.changed.Broadcast()
}

// stop marks that no more bytes are consumed.
func (o *output) stop() {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped = true
	o.changed.Broadcast()
}

// pipe returns the caller's pipe, or nil if the caller did not ask for one.
func (o *output) pipe() io.ReadCloser {
	if o == nil || o.writer != nil {
		return nil
	}
	return o
}

// Read reads buffered bytes.
func (o *output) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	b, err := o.next()
	if err != nil {
		return 0, err
	}
	n := copy(p, b)
	o.consume(n)
	return n, nil
}

// Close drops all bytes, buffered and to come.
func (o *output) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped, o.closed = true, true
	o.blocks, o.spare = nil, nil
	if o.deadlineTimer != nil {
		o.deadlineTimer.Stop() // it would keep the output until the deadline
	}
	o.changed.Broadcast()
	return nil
}

// drainUntilEnd writes everything to the writer, up to EOF.
func (o *output) drainUntilEnd() error {
	for {
		o.mu.Lock()
		b, err := o.next()
		o.mu.Unlock()
		if err != nil {
			return nil
		}
		if err := o.write(b); err != nil {
			return err
		}
	}
}

// drainBuffered writes the buffered bytes to the writer.
func (o *output) drainBuffered() error {
	for {
		o.mu.Lock()
		b := o.ready()
		o.mu.Unlock()
		if b == nil {
			return nil
		}
		if err := o.write(b); err != nil {
			return err
		}
	}
}

func (o *output) write(b []byte) error {
	n, err := o.writer.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.consume(len(b))
	return nil
}
