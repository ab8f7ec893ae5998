package faultproxy

import (
	"bufio"
	"io"
)

// lineReader reads the lines of a stream, each as soon as it has come.
type lineReader struct{ reader *bufio.Reader }

func newLineReader(body io.Reader) *lineReader {
	return &lineReader{bufio.NewReaderSize(body, 16<<10)}
}

// next returns the next line with its end. The last may have none. After it, next returns no bytes.
func (l *lineReader) next() ([]byte, error) { return l.reader.ReadBytes('\n') }

// ended reports whether no more comes. It waits for that.
func (l *lineReader) ended() bool {
	_, err := l.reader.Peek(1)
	return err != nil
}
