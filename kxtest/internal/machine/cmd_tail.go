package machine

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// tail prints the last lines or bytes of files.
func tail(ctx context.Context, p *Process) int {
	options, files, ok := p.options(rewriteNumericOption(p, "n:c:qvfs:"))
	if !ok {
		return 1
	}
	lines, count := true, "10"
	if n, given := options['n']; given {
		count = n
	}
	if c, given := options['c']; given {
		lines, count = false, c
	}
	fromStart := strings.HasPrefix(count, "+")
	n, ok := p.number(strings.TrimPrefix(strings.TrimPrefix(count, "+"), "-"))
	if !ok {
		return 1
	}
	w := p.output()
	title := headings(w, options, files)
	status := p.eachInput(files, func(name string, r io.Reader) error {
		title(name)
		if fromStart {
			if err := skip(r, &r, max(0, n-1), lines); err != nil {
				return err
			}
			_, err := io.Copy(w, r)
			return err
		}
		end, err := p.keepLast(r, n, lines)
		if err != nil {
			return err
		}
		_, _ = w.Write(end)
		for options['f'] != "" && ctx.Err() == nil { // follow what is appended
			if err := w.Flush(); err != nil {
				return err
			}
			if _, err := io.Copy(w, r); err != nil {
				return err
			}
			if w.Buffered() == 0 && !sleepFor(ctx, "0.1") {
				return errInterrupted
			}
		}
		return nil
	})
	if w.Flush() != nil {
		return 1
	}
	return status
}

// skip discards n lines or bytes. It stores in rest the reader of what follows.
func skip(r io.Reader, rest *io.Reader, n int64, lines bool) error {
	if !lines {
		_, err := io.CopyN(io.Discard, r, n)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return err
	}
	b := bufio.NewReaderSize(r, 32<<10)
	*rest = b
	return copyLines(io.Discard, b, n)
}

// keepLast reads to EOF and returns the last n lines or bytes.
func (p *Process) keepLast(r io.Reader, n int64, lines bool) ([]byte, error) {
	var kept []byte
	b := make([]byte, 32<<10)
	for {
		size, err := r.Read(b)
		if cap(kept)-len(kept) < size {
			last := kept[lastPartStart(kept, n, lines):]
			need := 2 * (len(last) + size)
			if need > cap(kept) {
				if err := p.task.reserve(need - cap(kept)); err != nil {
					return nil, err
				}
				kept = append(make([]byte, 0, need), last...)
			} else {
				kept = append(kept[:0], last...)
			}
		}
		kept = append(kept, b[:size]...)
		if errors.Is(err, io.EOF) {
			return kept[lastPartStart(kept, n, lines):], nil
		}
		if err != nil {
			return nil, err
		}
	}
}
