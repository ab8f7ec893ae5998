package attach

import (
	"bytes"
	"slices"
)

// findLiveOutput returns the length of the log prefix that precedes held. exact reports whether the
// match is unambiguous: the rest of the log equals held.
//
// While output flows, the log and the stream are never read at the same moment. Then findLiveOutput
// returns the position nearest to the expected one where log and stream match. If the log has no
// first line of the output, all of the log precedes it.
func (m *outputMerger) findLiveOutput(log []byte) (prefix int, exact bool) {
	x, _, isCut := m.findCutLine(log)
	if isCut {
		return x, false
	}
	live, streams := asLogged(m.live()), split(m.held)
	logged := len(completeLines(streams[0])) + len(completeLines(streams[1]))
	for _, n := range []int{len(live), logged} {
		x := len(log) - n
		if x >= 0 && linesMatch(log[x:], streams, true) {
			return x, true
		}
	}
	// The log usually leads the stream, so the search goes from the expected position towards the
	// start first.
	expected := max(0, len(log)-logged)
	for i := range log {
		x := expected - i
		if x < 0 {
			x = i
		}
		if (len(streams[1]) == 0 || x == 0 || log[x-1] == '\n') &&
			linesMatch(log[x:], streams, false) {
			return x, false
		}
	}
	if !hasFirstLine(log, streams) {
		return len(log), false // the runtime has not logged any of it
	}
	return expected, false
}

// hasFirstLine reports whether log contains the first complete line of one of the streams.
func hasFirstLine(log []byte, streams [2][]byte) bool {
	return slices.ContainsFunc(streams[:], func(stream []byte) bool {
		line := stream[:bytes.IndexByte(stream, '\n')+1]
		return len(line) > 0 && bytes.Contains(log, line)
	})
}

// linesMatch reports whether log consists of lines of both streams, each stream's in order. If
// whole is true, log must contain every complete line of both streams. Otherwise it need contain
// only the first ones. A single stream need not begin at the start of a line.
func linesMatch(log []byte, streams [2][]byte, whole bool) bool {
	if len(streams[1]) == 0 || len(streams[0]) == 0 {
		stream := streams[0]
		if len(stream) == 0 {
			stream = streams[1]
		}
		if whole {
			return bytes.HasPrefix(stream, log)
		}
		return bytes.HasPrefix(stream, log) || bytes.HasPrefix(log, stream)
	}
	rest := takeLines(log, &streams)
	return len(rest) == 0 || !whole && len(completeLines(streams[0])) == 0 &&
		len(completeLines(streams[1])) == 0
}
