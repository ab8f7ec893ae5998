package term

import (
	"bytes"
	"fmt"
	"strings"
)

// DetachKeys is the sequence of keys that detaches from a session. It is written as in docker:
// characters and ctrl-X, separated by commas.
type DetachKeys []byte

// Set parses the value of the flag.
func (d *DetachKeys) Set(text string) error {
	*d = nil
	if text == "" {
		return nil
	}
	for key := range strings.SplitSeq(text, ",") {
		c, ok := keyCode(key)
		if !ok {
			return fmt.Errorf(
				"%q is not a key: give characters or ctrl- with one of a-z @ [ \\ ] ^ _, such as "+
					"ctrl-p,ctrl-q",
				key)
		}
		*d = append(*d, c)
	}
	return nil
}

func (d *DetachKeys) String() string {
	keys := make([]string, len(*d))
	for i, c := range *d {
		keys[i] = string(rune(c))
		if c < ' ' {
			keys[i] = "ctrl-" + strings.ToLower(string(rune(c+'@')))
		}
	}
	return strings.Join(keys, ",")
}

// Type is the placeholder of the value in the help.
func (*DetachKeys) Type() string { return "KEYS" }

// keyCode returns the byte that a terminal sends for a key. Control keys have the codes 0 to 31.
func keyCode(key string) (code byte, ok bool) {
	letter, control := strings.CutPrefix(strings.ToLower(key), "ctrl-")
	switch {
	case !control && len(key) == 1 && key[0] >= ' ' && key[0] < 0x7f:
		return key[0], true
	case control && len(letter) == 1 && (letter[0] >= 'a' && letter[0] <= 'z' ||
		strings.Contains(`@[\]^_`, letter)):
		return letter[0] & 0x1f, true
	}
	return 0, false
}

// KeyFilter finds the sequence in the typed keys. It holds back keys that may begin the sequence.
type KeyFilter struct {
	Sequence DetachKeys
	matched  int // how many keys of Sequence are held back
}

// Pass returns the keys for the program: those of p and those held back before. found reports
// whether the sequence follows them.
func (f *KeyFilter) Pass(p []byte) (forProgram []byte, found bool) {
	if len(f.Sequence) == 0 {
		return p, false
	}
	held := append(bytes.Clone(f.Sequence[:f.matched]), p...)
	before, _, found := bytes.Cut(held, f.Sequence)
	if found {
		return before, true
	}
	f.matched = min(len(held), len(f.Sequence)-1)
	for !bytes.HasSuffix(held, f.Sequence[:f.matched]) {
		f.matched--
	}
	return held[:len(held)-f.matched], false
}
