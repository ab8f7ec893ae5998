package debug

import "io"

// recorded gives r, and what is read of it to the record.
func (o *Options) recorded(r io.Reader) io.Reader {
	if o.Record == nil {
		return r
	}
	return io.TeeReader(r, o.Record)
}
