package machine

import (
	"context"
	"errors"
	"io"
	"os"
)

// blockSize is the size of the blocks of a file's content.
const blockSize = 64 << 10

// data is the content of a regular file. Every block except the last is full.
type data struct {
	blocks [][]byte
	size   int64
}

func (d *data) readAt(b []byte, offset int64) int {
	n := 0
	for n < len(b) && offset < d.size {
		piece := copy(b[n:], d.blocks[offset/blockSize][offset%blockSize:])
		n, offset = n+piece, offset+int64(piece)
	}
	return n
}

// grow extends a file with zeros.
func (d *data) grow(size int64) {
	for d.size < size {
		if d.size%blockSize == 0 {
			d.blocks = append(d.blocks, nil)
		}
		last := len(d.blocks) - 1
		n := min(size-d.size, blockSize-int64(len(d.blocks[last])))
		d.blocks[last] = append(d.blocks[last], make([]byte, n)...)
		d.size += n
	}
}

func (d *data) writeAt(b []byte, offset int64) {
	d.grow(offset + int64(len(b)))
	for len(b) > 0 {
		n := copy(d.blocks[offset/blockSize][offset%blockSize:], b)
		b, offset = b[n:], offset+int64(n)
	}
}

func (d *data) truncate(size int64) {
	if size >= d.size {
		d.grow(size)
		return
	}
	d.blocks = d.blocks[:(size+blockSize-1)/blockSize]
	if size%blockSize != 0 {
		d.blocks[len(d.blocks)-1] = d.blocks[len(d.blocks)-1][:size%blockSize]
	}
	d.size = size
}

// resize sets a regular file's length if the disk has room.
func (n *node) resize(size int64) error {
	if err := n.disk.take(size - n.data.size); err != nil {
		return err
	}
	n.data.truncate(size)
	n.modified = now()
	return nil
}

// regularFile is an open regular file.
type regularFile struct {
	ns     *namespace
	node   *node
	offset int64
	flags  int
}

func (f *regularFile) read(ctx context.Context, b []byte) (int, error) {
	f.ns.mu.Lock()
	defer f.ns.mu.Unlock()
	if f.flags&os.O_WRONLY != 0 {
		return 0, errBadFile
	}
	n := f.node.data.readAt(b, f.offset)
	f.offset += int64(n)
	if n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return n, ctxError(ctx)
}

func (f *regularFile) write(ctx context.Context, b []byte) (int, error) {
	f.ns.mu.Lock()
	defer f.ns.mu.Unlock()
	if f.flags&(os.O_WRONLY|os.O_RDWR) == 0 {
		return 0, errBadFile
	}
	if f.flags&os.O_APPEND != 0 {
		f.offset = f.node.data.size
	}
	end := f.offset + int64(len(b))
	room := maxDisk - f.node.disk.used
	if end-f.node.data.size > room { // write the part that fits
		b = b[:max(0, min(int64(len(b)), f.node.data.size+room-f.offset))]
		end = f.offset + int64(len(b))
		if len(b) == 0 {
			return 0, errNoSpace
		}
		defer func() { f.node.modified = now() }()
	}
	full := false
	grown := end - f.node.data.size
	if grown > 0 {
		full = f.node.disk.take(grown) != nil
	}
	if full {
		return 0, errNoSpace
	}
	f.node.data.writeAt(b, f.offset)
	f.offset, f.node.modified = end, now()
	return len(b), ctxError(ctx)
}

func (f *regularFile) close() {}

// textFile is an open file of /proc. Its content is read when it is opened.
type textFile struct {
	ns   *namespace
	text string
}

func (f *textFile) read(_ context.Context, b []byte) (int, error) {
	f.ns.mu.Lock()
	defer f.ns.mu.Unlock()
	if f.text == "" {
		return 0, io.EOF
	}
	n := copy(b, f.text)
	f.text = f.text[n:]
	return n, nil
}

func (*textFile) write(context.Context, []byte) (int, error) { return 0, errBadFile }
func (*textFile) close()                                     {}

// directory is an open directory.
type directory struct{}

func (directory) read(context.Context, []byte) (int, error)  { return 0, errIsDirectory }
func (directory) write(context.Context, []byte) (int, error) { return 0, errBadFile }
func (directory) close()                                     {}

// open implements open(2).
func (t *task) open(name string, flags int) (*description, error) {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	dir, base, n, err := t.walk(name, true)
	if n == nil && errors.Is(err, errNoEntry) && dir != nil && flags&os.O_CREATE != 0 {
		if n, err = t.create(dir, base, 0o666); err != nil {
			return nil, err
		}
		return open(&regularFile{ns: t.ns, node: n, flags: flags}, t.clean(name)), nil
	}
	if err != nil {
		return nil, err
	}
	writes := flags&(os.O_WRONLY|os.O_RDWR) != 0
	switch {
	case flags&os.O_CREATE != 0 && flags&os.O_EXCL != 0:
		return nil, errExists
	case n.isDir() && writes:
		return nil, errIsDirectory
	case flags&os.O_WRONLY == 0 && !t.allowed(n, mayRead), writes && !t.allowed(n, mayWrite):
		return nil, errAccess
	case n.open != nil:
		d := n.open(t)
		if d == nil {
			return nil, errNoDevice
		}
		return d, nil
	case n.isDir():
		return open(directory{}, t.clean(name)), nil
	case n.device != nil:
		return open(n.device, t.clean(name)), nil
	case n.read != nil:
		return open(&textFile{ns: t.ns, text: n.read()}, t.clean(name)), nil
	case flags&os.O_TRUNC != 0:
		if err := n.resize(0); err != nil {
			return nil, err
		}
	}
	return open(&regularFile{ns: t.ns, node: n, flags: flags}, t.clean(name)), nil
}
