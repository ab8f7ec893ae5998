package kubeconfig

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is the character encoding of a file. Editors on Windows and PowerShell's redirection
// write a byte order mark or UTF-16.
type encoding struct {
	mark  []byte // the byte order mark
	utf16 bool
	low   int // the index of the low byte in a unit of UTF-16
}

// decodeText returns data as UTF-8 without a byte order mark, and its encoding.
func decodeText(data []byte) ([]byte, encoding, error) {
	enc := detectEncoding(data)
	data = data[len(enc.mark):]
	if !enc.utf16 {
		if !utf8.Valid(data) {
			return nil, enc, errors.New("is neither UTF-8 nor UTF-16 with a byte order mark")
		}
		return data, enc, nil
	}
	if len(data)%2 != 0 {
		return nil, enc, errors.New("is UTF-16 with an odd number of bytes: it is cut short")
	}
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) > 0; data = data[2:] {
		units = append(units, uint16(data[1-enc.low])<<8|uint16(data[enc.low]))
	}
	return []byte(string(utf16.Decode(units))), enc, nil
}

func detectEncoding(data []byte) encoding {
	for _, enc := range []encoding{
		{mark: []byte{0xEF, 0xBB, 0xBF}},
		{mark: []byte{0xFF, 0xFE}, utf16: true, low: 0},
		{mark: []byte{0xFE, 0xFF}, utf16: true, low: 1},
	} {
		if bytes.HasPrefix(data, enc.mark) {
			return enc
		}
	}
	if len(data) > 1 && (data[0] == 0) != (data[1] == 0) {
		// UTF-16 without a mark: the first character is ASCII and has one zero byte
		// (YAML 1.2.2, section 5.2).
		return encoding{utf16: true, low: bytes.IndexFunc(data[:2],
			func(r rune) bool { return r != 0 })}
	}
	return encoding{}
}

// encode is the inverse of decodeText.
func (e encoding) encode(text []byte) []byte {
	out := bytes.Clone(e.mark)
	if !e.utf16 {
		return append(out, text...)
	}
	for _, unit := range utf16.Encode([]rune(string(text))) {
		pair := [2]byte{}
		pair[e.low], pair[1-e.low] = byte(unit), byte(unit>>8)
		out = append(out, pair[:]...)
	}
	return out
}
