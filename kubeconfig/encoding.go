package kubeconfig

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is how the text of a file is written down. Editors on Windows, and PowerShell's redirection, write a byte order mark or UTF-16.
type encoding struct {
	mark  []byte
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	} // nil for UTF-8
}

// decodeText returns data as UTF-8 without a byte order mark, and the encoding to write it back with.
func decodeText(data []byte) ([]byte, encoding, error) {
	enc := detectEncoding(data)
	data = data[len(enc.mark):]
	if enc.order == nil {
		if !utf8.Valid(data) {
			return nil, enc, errors.New("is neither UTF-8 nor UTF-16 with a byte order mark")
		}
		return data, enc, nil
	}
	if len(data)%2 != 0 {
		return nil, enc, errors.New("is UTF-16 of an odd number of bytes: it has been cut short")
	}
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) > 0; data = data[2:] {
		units = append(units, enc.order.Uint16(data))
	}
	return []byte(string(utf16.Decode(units))), enc, nil
}

func detectEncoding(data []byte) encoding {
	for _, enc := range []encoding{
		{mark: []byte{0xEF, 0xBB, 0xBF}},
		{mark: []byte{0xFF, 0xFE}, order: binary.LittleEndian},
		{mark: []byte{0xFE, 0xFF}, order: binary.BigEndian},
	} {
		if bytes.HasPrefix(data, enc.mark) {
			return enc
		}
	}
	return encoding{}
}

// encode is decodeText the other way round.
func (e encoding) encode(text []byte) []byte {
	out := bytes.Clone(e.mark)
	if e.order == nil {
		return append(out, text...)
	}
	for _, unit := range utf16.Encode([]rune(string(text))) {
		out = e.order.AppendUint16(out, unit)
	}
	return out
}
