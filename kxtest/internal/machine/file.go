package machine

import (
	"context"
	"crypto/rand"
	"io"
	"sync/atomic"
)

// file is an object that can be opened. The context ends a blocked call.
type file interface {
	read(ctx context.Context, b []byte) (int, error)
	write(ctx context.Context, b []byte) (int, error)
	close() // called after the last reference is dropped
}

// description is an open file description. Processes share it by reference count.
type description struct {
	file file
	name string // the target of /proc/self/fd/N
	refs atomic.Int32
}

func open(f file, name string) *description {
	d := &description{file: f, name: name}
	return d.share()
}

func (d *description) share() *description { d.refs.Add(1); return d }

func (d *description) drop() {
	if d.refs.Add(-1) == 0 {
		d.file.close()
	}
}

// The devices in /dev.
type (
	nullDevice   struct{}
	zeroDevice   struct{}
	fullDevice   struct{}
	randomDevice struct{}
)

func (nullDevice) read(context.Context, []byte) (int, error)      { return 0, io.EOF }
func (nullDevice) write(_ context.Context, b []byte) (int, error) { return len(b), nil }
func (nullDevice) close()                                         {}

func (zeroDevice) read(ctx context.Context, b []byte) (int, error) {
	clear(b)
	return len(b), ctxError(ctx)
}
func (zeroDevice) write(_ context.Context, b []byte) (int, error) { return len(b), nil }
func (zeroDevice) close()                                         {}

func (fullDevice) read(ctx context.Context, b []byte) (int, error) {
	return zeroDevice{}.read(ctx, b)
}
func (fullDevice) write(context.Context, []byte) (int, error) { return 0, errNoSpace }
func (fullDevice) close()                                     {}

func (randomDevice) read(ctx context.Context, b []byte) (int, error) {
	_, _ = rand.Read(b) // never fails
	return len(b), ctxError(ctx)
}
func (randomDevice) write(_ context.Context, b []byte) (int, error) { return len(b), nil }
func (randomDevice) close()                                         {}

func ctxError(ctx context.Context) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return nil
}
