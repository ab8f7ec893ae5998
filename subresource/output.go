package subresource

import (
	"io"
	"slices"
	"sync"
)

const (
	blockSize = 64 << 10
	maxBlocks = 8
)

// output holds what came on one channel and was not taken yet, at most maxBlocks blocks. One goroutine fills it and another takes from it,
// each working in a block in place; whoever is ahead waits.
type output struct {
	mu      sync.Mutex
	changed sync.Cond
	blocks  []*block
	spare   []*block
	fresh   bool   // there is more than who waits knows of
	waits   func() // called before waiting for room
	ended   bool   // nothing more comes
	stopped bool   // nothing more is taken
	closed  bool   // by who reads
	copied  bool   // to a writer, so that nobody else reads
}

type block struct {
	data        [blockSize]byte
	taken, full int
}

func newOutput(waits func()) *output {
	o := &output{waits: waits}
	o.changed.L = &o.mu
	return o
}

// fill reads r, a message, to its end. Where nobody takes anything it reads nothing.
func (o *output) fill(r io.Reader) error {
	for o != nil {
		if _, err := r.Read(nil); err == io.EOF {
			return nil // which needs no room
		}
		free := o.room()
		if free == nil {
			return nil
		}
		n, err := r.Read(free)
		o.mu.Lock()
		if len(o.blocks) > 0 { // not closed meanwhile
			o.blocks[len(o.blocks)-1].full += n
		}
		o.fresh = true
		o.mu.Unlock()
		if err != nil && err != io.EOF {
			return err
		}
	}
	return nil
}

// show wakes who waits for what was filled in. Until then more can come, so that it is taken in larger pieces.
func (o *output) show() {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fresh {
		o.fresh = false
		o.changed.Broadcast()
	}
}

// room waits for free space; nil when there will be none.
func (o *output) room() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	for shown := false; ; {
		if o.stopped {
			return nil
		}
		if n := len(o.blocks); n > 0 && o.blocks[n-1].full < blockSize {
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
		if o.closed {
			return nil, io.ErrClosedPipe
		}
		if len(o.blocks) > 0 && o.blocks[0].taken < o.blocks[0].full {
			return o.blocks[0].data[o.blocks[0].taken:o.blocks[0].full], nil
		}
		if o.ended || o.stopped {
			return nil, io.EOF
		}
		o.changed.Wait()
	}
}

// took says, with mu held, that n bytes of what next gave are not needed any more.
func (o *output) took(n int) {
	first := o.blocks[0]
	if first.taken += n; first.taken < blockSize {
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
	if o == nil || o.copied {
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

// copyTo gives w everything, until the end or w's error.
func (o *output) copyTo(w io.Writer) error {
	for {
		o.mu.Lock()
		b, err := o.next()
		o.mu.Unlock()
		if err != nil {
			return nil
		}
		n, err := w.Write(b)
		if err == nil && n < len(b) {
			err = io.ErrShortWrite
		}
		if err != nil {
			return err
		}
		o.mu.Lock()
		o.took(n)
		o.mu.Unlock()
	}
}
