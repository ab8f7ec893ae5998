package podcopy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The types of entries of a tar archive, as their headers have them (POSIX.1-1988; L and K are GNU's, x and g POSIX.1-2001's).
const (
	tarFile      = '0'
	tarHardLink  = '1'
	tarSymlink   = '2'
	tarCharacter = '3'
	tarBlock     = '4'
	tarDirectory = '5'
	tarFIFO      = '6'
	tarReserved  = '7'
	tarLongName  = 'L'
	tarLongLink  = 'K'
	tarSparse    = 'S'
	tarPax       = 'x'
	tarPaxGlobal = 'g'
)

const (
	tarBlockSize = 512
	// maxTarText bounds a name, or a list of extended attributes: the longest path of Linux is 4 KiB.
	maxTarText = 1 << 20
)

// tarEntry is a file in an archive.
type tarEntry struct {
	name, link string // link is what a symbolic link holds, or the name of the entry that a hard link is to
	kind       byte
	mode       int64
	size       int64
	modified   time.Time
	uid, gid   int64
}

// tarReader reads archives in the formats of GNU tar, busybox, bsdtar and toybox. archive/tar reads a few more, and is 110 KB of a program.
type tarReader struct {
	r    io.Reader
	left int64 // of the entry's content
	fill int64 // of the zeros that fill its last block
}

// next gives the next entry, whose content Read gives then. The error is io.EOF at the end that the archive itself has.
func (t *tarReader) next() (*tarEntry, error) {
	var extended map[string]string
	var longName, longLink string
	for {
		for _, rest := range []int64{t.left, t.fill} {
			if _, err := io.CopyN(io.Discard, t.r, rest); err != nil {
				return nil, cut(err)
			}
		}
		t.left, t.fill = 0, 0
		var block [tarBlockSize]byte
		if _, err := io.ReadFull(t.r, block[:]); err != nil {
			return nil, cut(err)
		}
		if block == [tarBlockSize]byte{} { // there are two of them, and more to fill a record
			_, err := io.Copy(io.Discard, t.r)
			if err == nil {
				err = io.EOF
			}
			return nil, err
		}
		e, err := parseTarHeader(&block)
		if err != nil {
			return nil, err
		}
		t.holds(e)
		switch e.kind {
		case tarPax:
			if extended, err = t.attributes(); err != nil {
				return nil, err
			}
			continue
		case tarPaxGlobal: // comments of git and the like
			continue
		case tarLongName:
			if longName, err = t.text(); err != nil {
				return nil, err
			}
			longName, _, _ = strings.Cut(longName, "\x00")
			continue
		case tarLongLink:
			if longLink, err = t.text(); err != nil {
				return nil, err
			}
			longLink, _, _ = strings.Cut(longLink, "\x00")
			continue
		}
		if err := e.extend(extended); err != nil {
			return nil, err
		}
		if longName != "" {
			e.name = longName
		}
		if longLink != "" {
			e.link = longLink
		}
		if e.kind == 0 {
			e.kind = tarFile
			if strings.HasSuffix(e.name, "/") {
				e.kind = tarDirectory
			}
		}
		t.holds(e)
		return e, nil
	}
}

// cut is an error of reading an archive, of which the end comes before its own.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// holds says which content comes after e's header.
func (t *tarReader) holds(e *tarEntry) {
	switch e.kind {
	case tarHardLink, tarSymlink, tarCharacter, tarBlock, tarDirectory, tarFIFO: // whatever their size says
		e.size = 0
	}
	t.left, t.fill = e.size, -e.size&(tarBlockSize-1)
}

// Read gives the content of the entry.
func (t *tarReader) Read(p []byte) (int, error) {
	if t.left == 0 {
		return 0, io.EOF
	}
	n, err := t.r.Read(p[:min(int64(len(p)), t.left)])
	t.left -= int64(n)
	if t.left > 0 {
		err = cut(err)
	} else {
		err = nil
	}
	return n, err
}

func (t *tarReader) text() (string, error) {
	if t.left > maxTarText {
		return "", fmt.Errorf("the archive has a name of %d bytes", t.left)
	}
	text, err := io.ReadAll(t)
	return string(text), err
}

// attributes reads the records of an extended header: each is its own length, a blank, KEY=VALUE and a line's end.
func (t *tarReader) attributes() (map[string]string, error) {
	text, err := t.text()
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for text != "" {
		digits, _, _ := strings.Cut(text, " ")
		n, err := strconv.ParseUint(digits, 10, 31)
		if err != nil || n <= uint64(len(digits))+1 || n > uint64(len(text)) || text[n-1] != '\n' {
			return nil, errTarHeader
		}
		key, value, ok := strings.Cut(text[len(digits)+1:n-1], "=")
		if !ok || key == "" {
			return nil, errTarHeader
		}
		found[key], text = value, text[n:]
	}
	return found, nil
}

// extend sets what an extended header says.
func (e *tarEntry) extend(attributes map[string]string) error {
	for key, value := range attributes {
		var err error
		switch {
		case value == "": // what the header says, then
		case key == "path":
			e.name = value
		case key == "linkpath":
			e.link = value
		case key == "size":
			e.size, err = strconv.ParseInt(value, 10, 64)
			if e.size < 0 {
				err = errTarHeader
			}
		case key == "mtime":
			whole, part, _ := strings.Cut(value, ".")
			var seconds int64
			seconds, err = strconv.ParseInt(whole, 10, 64)
			nanos, invalid := strconv.ParseUint((part + "000000000")[:9], 10, 63)
			if strings.HasPrefix(whole, "-") {
				nanos = -nanos
			}
			e.modified = time.Unix(seconds, int64(nanos))
			if invalid != nil {
				err = invalid
			}
		case strings.HasPrefix(key, "GNU.sparse."):
			e.kind = tarSparse
		}
		if err != nil {
			return errTarHeader
		}
	}
	return nil
}

var errTarHeader = errors.New("the archive is broken: this is no header of a file")

// parseTarHeader reads a header in one of the formats v7, ustar, star and GNU's.
func parseTarHeader(block *[tarBlockSize]byte) (*tarEntry, error) {
	sum, signed := tarChecksums(block)
	stored, ok := tarNumber(block[148:156])
	if !ok || stored != sum && stored != signed {
		return nil, errTarHeader
	}
	e := &tarEntry{name: tarString(block[:100]), link: tarString(block[157:257]), kind: block[156]}
	for _, field := range []struct {
		value    *int64
		from, to int
	}{{&e.mode, 100, 108}, {&e.uid, 108, 116}, {&e.gid, 116, 124}, {&e.size, 124, 136}} {
		n, ok := tarNumber(block[field.from:field.to])
		if !ok {
			return nil, errTarHeader
		}
		*field.value = n
	}
	modified, ok := tarNumber(block[136:148])
	if !ok || e.size < 0 {
		return nil, errTarHeader
	}
	e.modified = time.Unix(modified, 0)
	if string(block[257:263]) == "ustar\x00" {
		prefix := block[345:500]
		if string(block[508:512]) == "tar\x00" { // star's
			prefix = block[345:476]
		}
		before := tarString(prefix)
		if before != "" {
			e.name = before + "/" + e.name
		}
	}
	return e, nil
}

// tarChecksums sums up a header, its own checksum taken as blanks: as POSIX has it, and as some with signed bytes did.
func tarChecksums(block *[tarBlockSize]byte) (unsigned, signed int64) {
	for i, c := range block {
		if i >= 148 && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return unsigned, signed
}

func tarString(field []byte) string {
	i := bytes.IndexByte(field, 0)
	if i >= 0 {
		field = field[:i]
	}
	return string(field)
}

// tarNumber reads an octal number, or GNU's binary one for what is longer than its field.
func tarNumber(field []byte) (int64, bool) {
	if field[0]&0x80 != 0 {
		n := int64(field[0]) << 57 >> 57 // without the first bit, and with a sign
		for _, c := range field[1:] {
			if n != n<<8>>8 {
				return 0, false
			}
			n = n<<8 | int64(c)
		}
		return n, true
	}
	text := strings.Trim(tarString(bytes.TrimLeft(field, " \x00")), " ")
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(text, 8, 63)
	return int64(n), err == nil
}

// isSpecial holds for what is neither a file, a directory nor a link.
func (e *tarEntry) isSpecial() bool {
	return e.kind == tarCharacter || e.kind == tarBlock || e.kind == tarFIFO
}
