package chooser

// The keys that Type knows, besides printable ASCII.
const (
	keyNone = -iota // a key without a meaning here
	keyUp
	keyDown
	keyPageUp
	keyPageDown
	keyHome
	keyEnd
	keyEnter
	keyLeave
	keyErase
	keyEraseAll
)

const (
	escape = 0x1b
	// maxSequence bounds an escape sequence. The longest ones of keys have about ten bytes.
	maxSequence = 32
)

// controlKeys are the keys of readline and of a terminal's line discipline.
var controlKeys = map[byte]int{
	0x03: keyLeave, 0x04: keyLeave, // ^C, ^D
	'\r': keyEnter, '\n': keyEnter,
	0x10: keyUp, 0x0e: keyDown, // ^P, ^N
	0x01: keyHome, 0x05: keyEnd, // ^A, ^E
	0x7f: keyErase, 0x08: keyErase, // Backspace, ^H
	0x15: keyEraseAll, 0x17: keyEraseAll, // ^U, ^W
}

// sequenceKeys are the keys that xterm sends as CSI or SS3 sequences, without the introducer.
var sequenceKeys = map[string]int{
	"A": keyUp, "B": keyDown, "H": keyHome, "F": keyEnd,
	"1~": keyHome, "4~": keyEnd, "7~": keyHome, "8~": keyEnd, "5~": keyPageUp, "6~": keyPageDown,
}

// nextKey returns the first key of typed, and its length. The length is 0 for a sequence whose end
// has not arrived.
func nextKey(typed []byte) (key, length int) {
	first := typed[0]
	switch {
	case first >= ' ' && first < 0x7f:
		return int(first), 1
	case first != escape:
		return controlKeys[first], 1
	case len(typed) == 1:
		return keyNone, 0
	case typed[1] == escape:
		return keyLeave, 1
	case typed[1] != '[' && typed[1] != 'O': // Alt and a key
		return keyNone, 2
	}
	for i := 2; i < len(typed) && i < maxSequence; i++ {
		if typed[i] >= '@' && typed[i] <= '~' { // the final byte (ECMA-48, 5.4)
			return sequenceKeys[string(typed[2:i+1])], i + 1
		}
	}
	if len(typed) >= maxSequence {
		return keyNone, maxSequence
	}
	return keyNone, 0
}
