package resources

import (
	"fmt"
	"io"
)

// maxItemSize limits one item of a list and one event of a watch, in bytes. The API server accepts
// writes of 3 MiB.
const maxItemSize = 16 << 20

// itemReader reads an answer item by item. It fails when an item exceeds maxItemSize.
type itemReader struct {
	body io.Reader
	kind string // of the items, in messages
	left int    // how many bytes may be read before the next item
}

func newItemReader(body io.Reader, kind string) *itemReader {
	return &itemReader{body: body, kind: kind, left: maxItemSize}
}

// next begins the next item.
func (r *itemReader) next() { r.left = maxItemSize }

func (r *itemReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, fmt.Errorf("the server sent an %s of more than %d MiB", r.kind, maxItemSize>>20)
	}
	n, err := r.body.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
