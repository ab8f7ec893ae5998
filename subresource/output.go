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

// output holds what came on one channel and was not taken yet, at most maxBlocks blocks. One goroutine fills it and another takes from it,
// each working in a block in place; whoever is ahead waits. Or one goroutine does both, in turns.
type output struct {
	name    string
	writer  io.Writer // the caller's; nil when he reads a pipe
	direct  bool      // who fills it also writes it; the session's mu guards this
	waits   func()    // called before waiting for room
	record  *Recorder // nil when nobody wants one
	channel byte

	mu      sync.Mutex
	changed sync.Cond
	blocks  []*block
	spare   []*block
	fresh   bool // there is more than who waits knows of
	ended   bool // nothing more comes
	stopped bool // nothing more is taken
	closed  bool // by who reads

	readBy time.Time   // when who waits gives up; zero for never
	alarm  *time.Timer // wakes him
}

type block struct {
	data        [blockSize]byte
	taken, full int
}

func newOutput(name string, writer io.Writer, waits func(), record *Recorder, channel byte) *output {
	o := &output{name: name, writer: writer, direct: writer != nil, waits: waits, record: record, channel: channel}
	o.changed.L = &o.mu
	return o
}

// read takes what r gives at once; false when nobody takes anything any more.
func (o *output) read(r io.Reader) (bool, error) {
	free := o.room()
	if free == nil {
		return false, nil
	}
	n, err := r.Read(free)
	o.record.data(o.channel, free[:n])
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.blocks) > 0 { // not closed meanwhile
		o.blocks[len(o.blocks)-1].full += n
	}
	o.fresh = true
	if err == io.EOF {
		err = nil
	}
	return true, err
}

// isFull holds when the next read would need another block.
func (o *output) isFull() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.blocks) > 0 && o.blocks[len(o.blocks)-1].full == blockSize
}

// isEmpty holds when there is nothing to take.
func (o *output) isEmpty() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.here() == nil
}

// show wakes who waits for what was filled in, and tells whether something is there. Until then more can come, so that it is taken in larger pieces.
func (o *output) show() bool {
	if o == nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fresh {
		o.fresh = false
		o.changed.Broadcast()
	}
	return o.here() != nil
}

// room waits for free space; nil when there will be none.
func (o *output) room() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	for shown := false; ; {
		if o.stopped {
			return nil
		}
		n := len(o.blocks)
		if n > 0 && o.blocks[n-1].full < blockSize {
			last := o.blocks[n-1]
			return last.data[last.full:]
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
			o.waits()
			o.mu.Lock()
			continue
		}
		o.changed.Wait()
	}
}

// next waits for bytes, with mu held. They are the taker's until it says how many of them it took. The error is io.EOF once all are taken and no more come.
func (o *output) next() ([]byte, error) {
	for {
		switch {
		case o.closed:
			return nil, io.ErrClosedPipe
		case !o.readBy.IsZero() && !time.Now().Before(o.readBy):
			return nil, os.ErrDeadlineExceeded
		}
		b := o.here()
		if b != nil {
			return b, nil
		}
		if o.ended || o.stopped {
			return nil, io.EOF
		}
		o.changed.Wait()
	}
}

// setDeadline has Read give up from t on; the zero time is never.
func (o *output) setDeadline(t time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.readBy = t
	if o.alarm != nil {
		o.alarm.Stop()
	}
	if !t.IsZero() {
		o.alarm = time.AfterFunc(time.Until(t), o.changed.Broadcast)
	}
	o.changed.Broadcast() // one that has passed already
}

// here gives the bytes that next would, nil when it would wait.
func (o *output) here() []byte {
	if len(o.blocks) > 0 && o.blocks[0].taken < o.blocks[0].full {
		return o.blocks[0].data[o.blocks[0].taken:o.blocks[0].full]
	}
	return nil
}

// took says, with mu held, that n bytes of what next gave are not needed any more.
func (o *output) took(n int) {
	first := o.blocks[0]
	first.taken += n
	if first.taken < blockSize {
		return
	}
	first.taken, first.full = 0, 0
	o.spare = append(o.spare, first)
	o.blocks = slices.Delete(o.blocks, 0, 1)
	o.changed.Broadcast()
}

// end says that nothing more comes. What is there can still be taken.
func (o *output) end() {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.changed.Broadcast()
}

// stop says that nothing more is taken.
func (o *output) stop() {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped = true
	o.changed.Broadcast()
}

// pipe gives the caller's end, when there is one.
func (o *output) pipe() io.ReadCloser {
	if o == nil || o.writer != nil {
		return nil
	}
	return o
}

// Read takes what is there.
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
	o.took(n)
	return n, nil
}

// Close drops what is there and all that will come.
func (o *output) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped, o.closed = true, true
	o.blocks, o.spare = nil, nil
	o.changed.Broadcast()
	return nil
}

// copyAll gives the writer everything, until the end or its error.
func (o *output) copyAll() error {
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

// copyHere gives the writer what is there.
func (o *output) copyHere() error {
	for {
		o.mu.Lock()
		b := o.here()
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
	o.took(len(b))
	return nil
}
