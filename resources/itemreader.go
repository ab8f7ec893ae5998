package resources

import (
	"errors"
	"io"
	"math"
	"reflect"

	"github.com/kx-k8s/kx/transport"
)

// The limits of an answer, after decompression. An answer that exceeds one fails with a
// *transport.AnswerSizeError.
const (
	// MaxObjectBytes limits one object, one item of a list, one event of a watch, and one document
	// of discovery. The API server accepts writes of 3 MiB. A cluster with 1,000 custom resources
	// has 1 MiB of discovery.
	MaxObjectBytes = transport.MaxBodyBytes
	// MaxPageBytes limits one page of a list. To its text counts the size of the Go value of each
	// item. A larger list must be read in pages, with ListOptions.Limit.
	MaxPageBytes = 128 << 20
	// MaxRowBytes limits one row of a Table, and all its columns. With IncludeInRows(IncludeObject)
	// a row may have MaxObjectBytes.
	MaxRowBytes = 1 << 20
	// MaxColumns limits the columns of a Table, and the cells of a row.
	MaxColumns = 10_000
)

// itemReader reads an answer item by item. It fails when an item or the page exceeds its limit.
type itemReader struct {
	body  io.ReadCloser
	item  transport.AnswerSizeError // for an item that is too large
	items int                       // how many were read
	left  int                       // how many bytes may be read before the next item
	page  int64                     // how many bytes may be read at all
	err   error                     // the first one
}

// newItemReader reads the answer to req. part is an item of it with its article, in messages.
func newItemReader(req *transport.Request, body io.ReadCloser, part string) *itemReader {
	r := &itemReader{body: body, page: MaxPageBytes, item: transport.AnswerSizeError{Part: part,
		Limit: MaxObjectBytes >> 20, Unit: "MiB", Constant: "resources.MaxObjectBytes"}}
	if req.Accept == tableType && req.Query.Get("includeObject") != string(IncludeObject) {
		r.item.Part, r.item.Limit, r.item.Constant = "a row", MaxRowBytes>>20,
			"resources.MaxRowBytes"
	}
	if req.Stream {
		r.page = math.MaxInt64
	}
	r.left = r.item.Limit << 20
	return r
}

// next begins the item after item, which is a pointer.
func (r *itemReader) next(item any) {
	r.items++
	r.left = r.item.Limit << 20
	r.page -= int64(reflect.TypeOf(item).Elem().Size())
}

// failed reports whether the body could not be read to its end.
func (r *itemReader) failed() bool { return r.err != nil && !errors.Is(r.err, io.EOF) }

func (r *itemReader) Read(p []byte) (n int, err error) {
	switch {
	case r.page <= 0:
		err = &transport.AnswerSizeError{Part: "a page of a list", Limit: MaxPageBytes >> 20,
			Unit: "MiB", Constant: "resources.MaxPageBytes"}
	case r.left <= 0:
		err = &r.item
	default:
		n, err = r.body.Read(p[:min(int64(len(p)), int64(r.left), r.page)])
	}
	r.left -= n
	r.page -= int64(n)
	if r.err == nil {
		r.err = err
	}
	return n, err
}
