package subresource

import (
	"errors"
	"hash/maphash"
	"time"
)

const (
	// logOverlap is how far before the last line a log is resumed. The runtime stamps a line before
	// it takes the lock of the log file, so lines of stdout and stderr may be out of order.
	logOverlap = time.Second
	// recentTimes is how many different times a position counts. Two streams are out of order by
	// fewer.
	recentTimes = 8
)

// errLastLineMissing reports an answer that lacks the last line that was read. It is the log of
// another run of the container, or the node has begun a new file since.
var errLastLineMissing = errors.New("the last line that was read is missing")

// logPosition is a place in the log of one run of a container: after the last line that was read.
//
// The lines that were read are a prefix of the log, and also of the lines from since on. So the
// place is after the last line among those. The last line is the nth with its time: a node with a
// coarse clock writes several lines with equal times.
type logPosition struct {
	seed   maphash.Seed
	begun  bool      // there is a last line
	latest time.Time // the latest time of a line
	last   time.Time // the time of the last line
	hash   uint64    // of the last line's first part
	parts  int       // of the last line that were read
	whole  bool      // the last line was read to its end
	// counts are the numbers of lines by time, for the last few times.
	counts [recentTimes]struct {
		time  time.Time
		lines int
	}
	next int // index in counts that is replaced next
	// loose is true if the log may not have the last line as it was read: it is gone, or it was the
	// end of a long line. The log then continues with the first line after latest.
	loose bool
}

// add moves the position behind a part.
func (p *logPosition) add(part *logPart) {
	p.whole = part.newline
	if !part.first {
		p.parts++
		return
	}
	p.begun, p.loose, p.last, p.parts = true, false, part.time, 1
	p.hash = maphash.Bytes(p.seed, part.text)
	if part.time.After(p.latest) {
		p.latest = part.time
	}
	for i := range p.counts {
		if p.counts[i].lines > 0 && p.counts[i].time.Equal(part.time) {
			p.counts[i].lines++
			return
		}
	}
	p.counts[p.next].time, p.counts[p.next].lines = part.time, 1
	p.next = (p.next + 1) % recentTimes
}

// since returns the time from which on a resumed log is read.
func (p *logPosition) since() time.Time { return p.last.Add(-logOverlap).Truncate(time.Second) }

// linesOfLast returns the number of lines with the time of the last line.
func (p *logPosition) linesOfLast() int {
	for i := range p.counts {
		if p.counts[i].time.Equal(p.last) {
			return p.counts[i].lines
		}
	}
	return 1
}

// resume returns a filter for a log that is read from since on.
func (p *logPosition) resume() *logResume {
	return &logResume{position: p, found: !p.begun, passed: !p.begun}
}

// logResume finds the position in a log.
type logResume struct {
	position *logPosition
	equal    int  // lines with the time of the last line
	found    bool // the last line has begun
	parts    int  // of the last line
	passed   bool // the position is behind
}

// isNew reports whether a part follows the position. It fails with errLastLineMissing if the log
// lacks the last line.
func (r *logResume) isNew(part *logPart) (bool, error) {
	p := r.position
	switch {
	case r.passed:
		return true, nil
	case r.found && (part.first || r.parts == p.parts && !p.whole):
		r.passed = true
		return true, nil
	case r.found:
		r.parts++
		return false, nil
	case !part.first:
		return false, nil
	case part.time.After(p.latest) && p.loose:
		r.found, r.passed = true, true
		return true, nil
	case part.time.After(p.latest):
		return false, errLastLineMissing
	case !part.time.Equal(p.last):
		return false, nil
	}
	r.equal++
	if r.equal >= p.linesOfLast() && maphash.Bytes(p.seed, part.text) == p.hash {
		r.found, r.parts = true, 1
	}
	return false, nil
}
