package podcopy

import (
	"fmt"
	"io"
	"strings"
)

// tarWriter writes an archive in GNU's format, the one with long names that busybox reads too.
type tarWriter struct {
	w    io.Writer
	fill int64 // the zeros that the last entry's content is to end with
}

// header begins an entry. Exactly e.size bytes of content come after it.
func (t *tarWriter) header(e *tarEntry) error {
	for _, long := range []struct {
		text string
		kind byte
	}{{e.link, tarLongLink}, {e.name, tarLongName}} {
		if len(long.text) <= 100 {
			continue
		}
		if err := t.block(&tarEntry{name: "././@LongLink", kind: long.kind, size: int64(len(long.text)) + 1}); err != nil {
			return err
		}
		if _, err := io.WriteString(t.w, long.text+"\x00"); err != nil {
			return err
		}
	}
	return t.block(e)
}

func (t *tarWriter) block(e *tarEntry) error {
	var block [tarBlockSize]byte
	copy(block[:100], e.name)
	putTarNumber(block[100:108], e.mode)
	putTarNumber(block[108:116], e.uid)
	putTarNumber(block[116:124], e.gid)
	putTarNumber(block[124:136], e.size)
	modified := int64(0)
	if !e.modified.IsZero() {
		modified = e.modified.Unix()
	}
	putTarNumber(block[136:148], modified)
	block[156] = e.kind
	copy(block[157:257], e.link)
	copy(block[257:265], "ustar  \x00")
	sum, _ := tarChecksums(&block)
	copy(block[148:156], fmt.Sprintf("%06o\x00 ", sum))
	if err := t.zeros(t.fill); err != nil {
		return err
	}
	t.fill = -e.size & (tarBlockSize - 1)
	_, err := t.w.Write(block[:])
	return err
}

// end writes what an archive ends with.
func (t *tarWriter) end() error { return t.zeros(t.fill + 2*tarBlockSize) }

func (t *tarWriter) zeros(n int64) error {
	const piece = 4096
	for ; n > 0; n -= piece {
		if _, err := io.WriteString(t.w, strings.Repeat("\x00", int(min(n, piece)))); err != nil {
			return err
		}
	}
	return nil
}

// putTarNumber writes an octal number, and GNU's binary one where that is too long.
func putTarNumber(field []byte, n int64) {
	digits := fmt.Sprintf("%0*o", len(field)-1, n)
	if n >= 0 && len(digits) < len(field) {
		copy(field, digits)
		return
	}
	for i := len(field) - 1; i >= 0; i-- {
		field[i] = byte(n)
		n >>= 8
	}
	field[0] |= 0x80
}
