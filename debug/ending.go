package debug

import "bytes"

// say keeps what comes for the end, as long as that is little.
func (b *beginning) say(p piece) {
	if b.said == nil {
		return
	}
	b.saying += len(p.text)
	if b.saying > maxHeld {
		b.said = nil
		return
	}
	b.said = append(b.said, piece{p.stderr, bytes.Clone(p.text)})
}

// ends tells whether finish has something to go by.
func (b *beginning) ends() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.said != nil
}

// failure is why some of the output could not be written.
func (b *beginning) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// finish writes what the whole log has besides, at its end: a runtime may drop what a program writes just before it ends, and log it all the same.
func (b *beginning) finish(log []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	streams := split(b.said)
	rest := takeLines(log, &streams)
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	switch { // the first of what is missing may be there in part
	case len(rest) == 0:
	case len(streams[1]) == 0 && bytes.HasPrefix(line, streams[0]):
		b.write(b.asWritten(rest[len(streams[0]):]), false)
	case len(streams[0]) == 0 && bytes.HasPrefix(line, streams[1]):
		b.write(b.asWritten(rest[len(streams[1]):]), true)
	}
}

// takeLines takes the lines of log off the streams that they came on, and gives what is left of it from the first that neither goes on with.
func takeLines(log []byte, streams *[2][]byte) (rest []byte) {
	for len(log) > 0 {
		line := log
		end := bytes.IndexByte(log, '\n')
		if end >= 0 {
			line = log[:end+1]
		}
		stream := &streams[0]
		if !bytes.HasPrefix(*stream, line) {
			stream = &streams[1]
		}
		if !bytes.HasPrefix(*stream, line) {
			break
		}
		*stream, log = (*stream)[len(line):], log[len(line):]
	}
	return log
}

// split gives what came on stdout and on stderr, as the runtime logs it.
func split(pieces []piece) (streams [2][]byte) {
	for _, p := range pieces {
		i := 0
		if p.stderr {
			i = 1
		}
		streams[i] = append(streams[i], p.text...)
	}
	return [2][]byte{asLogged(streams[0]), asLogged(streams[1])}
}
