package subresource

import (
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// logged is a line of a log: its time in nanoseconds after the start, and its text.
type logged struct {
	at   time.Duration
	text string
}

func (l logged) part() *logPart {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return &logPart{time: start.Add(l.at), text: []byte(l.text), first: true, newline: true}
}

// newLines returns the lines of log from the position's time on that follow the position.
func newLines(p *logPosition, log []logged) (lines []logged, err error) {
	resume := p.resume()
	for _, line := range log {
		if p.begun && line.part().time.Before(p.since()) {
			continue
		}
		isNew, err := resume.isNew(line.part())
		if err != nil {
			return lines, err
		}
		if isNew {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func TestALogIsResumedAfterEachOfItsLines(t *testing.T) {
	for sentence, log := range map[string][]logged{
		"equal times":                    {{5, "a"}, {5, "b"}, {5, "a"}, {5, "a"}, {6, "a"}},
		"equal lines":                    {{5, "a"}, {5, "a"}, {5, "a"}},
		"two streams out of order":       {{5, "a"}, {9, "b"}, {7, "c"}, {8, "d"}, {10, "e"}},
		"equal times out of order":       {{5, "a"}, {5, "b"}, {4, "c"}, {5, "d"}, {5, "a"}, {4, "c"}},
		"out of order in another second": {{999999999, "a"}, {1000000001, "b"}, {999999998, "c"}, {1000000002, "d"}},
		"long pauses":                    {{0, "a"}, {time.Minute, "b"}, {time.Hour, "c"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := &logPosition{seed: maphash.MakeSeed()}
			for read := range len(log) + 1 {
				rest, err := newLines(p, log)
				require.NoError(t, err)
				require.Equal(t, log[read:], append([]logged{}, rest...), "after %d lines", read)
				if read < len(log) {
					p.add(log[read].part())
				}
			}
		})
	}
}

// The logs have equal times, equal lines, pauses and clocks that are set back. A line that was
// written while the clock was set back by more than the overlap is not in the server's answer.
func TestARandomLogIsResumedAfterEachOfItsLines(t *testing.T) {
	for seed := range uint64(5000) {
		random := rand.New(rand.NewPCG(seed, 0))
		clock := time.Duration(random.IntN(3)) * 400 * time.Millisecond
		var log []logged
		for range 3 + random.IntN(recentTimes-2) {
			switch random.IntN(6) {
			case 0, 1:
				clock += time.Duration(random.IntN(3)) * 300 * time.Millisecond
			case 2:
				clock += 2 * time.Second
			case 3:
				clock -= time.Duration(random.IntN(5)) * 700 * time.Millisecond
			}
			log = append(log, logged{clock, string(rune('a' + random.IntN(2)))})
		}
		p := &logPosition{seed: maphash.MakeSeed()}
		for read := range len(log) + 1 {
			rest, err := newLines(p, log)
			require.NoError(t, err, "seed %d", seed)
			var want []logged
			for _, line := range log[read:] {
				if !p.begun || !line.part().time.Before(p.since()) {
					want = append(want, line)
				}
			}
			require.Equal(t, want, rest, "seed %d, after %d lines of %v", seed, read, log)
			if read < len(log) {
				p.add(log[read].part())
			}
		}
	}
}

func TestALogIsResumedAfterTheClockWasSetBack(t *testing.T) {
	log := []logged{{5 * time.Hour, "a"}, {5*time.Hour + 1, "b"}, {1, "c"}, {2, "d"}, {5 * time.Hour, "e"}}
	p := &logPosition{seed: maphash.MakeSeed()}
	for _, line := range log[:3] {
		p.add(line.part())
	}
	lines, err := newLines(p, log)
	require.NoError(t, err)
	require.Equal(t, log[3:], lines)
}

func TestALogWithoutTheLastLineIsAnotherLog(t *testing.T) {
	log := []logged{{5, "a"}, {6, "b"}, {7, "c"}}
	p := &logPosition{seed: maphash.MakeSeed()}
	for _, line := range log {
		p.add(line.part())
	}
	newer := []logged{{8, "d"}, {9, "e"}}
	_, err := newLines(p, newer)
	require.ErrorIs(t, err, errLastLineMissing)
	p.loose = true
	lines, err := newLines(p, slices.Concat(log[1:2], newer))
	require.NoError(t, err)
	require.Equal(t, newer, lines)
}
