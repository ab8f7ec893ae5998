package cli

import (
	"bytes"
	"strings"
)

// detachKeys is a sequence of keys that leaves a session, in docker's notation: characters and ctrl-X, divided by commas.
type detachKeys []byte

func (d *detachKeys) Set(text string) error {
	*d = nil
	if text == "" {
		return nil
	}
	for key := range strings.SplitSeq(text, ",") {
		c, ok := keyCode(key)
		if !ok {
			return usagef("%q is no key: write a character, or ctrl- and one of a-z @ [ \\ ] ^ _, such as ctrl-p,ctrl-q", key)
		}
		*d = append(*d, c)
	}
	return nil
}

func (d *detachKeys) String() string {
	keys := make([]string, len(*d))
	for i, c := range *d {
		keys[i] = string(rune(c))
		if c < ' ' {
			keys[i] = "ctrl-" + strings.ToLower(string(rune(c+'@')))
		}
	}
	return strings.Join(keys, ",")
}

func (*detachKeys) Type() string { return "KEYS" }

// keyCode gives the byte that a terminal sends for a key. Control keys are those with a code from 0 to 31.
func keyCode(key string) (code byte, ok bool) {
	letter, control := strings.CutPrefix(strings.ToLower(key), "ctrl-")
	switch {
	case !control && len(key) == 1 && key[0] >= ' ' && key[0] < 0x7f:
		return key[0], true
	case control && len(letter) == 1 && (letter[0] >= 'a' && letter[0] <= 'z' || strings.Contains(`@[\]^_`, letter)):
		return letter[0] & 0x1f, true
	}
	return 0, false
}

// keyFilter holds back what may become the sequence.
type keyFilter struct {
	sequence detachKeys
	typed    int // of the sequence, so far
}

// pass gives what of p, and of what was held back before, is for the program; found says that then the sequence came.
func (f *keyFilter) pass(p []byte) (forProgram []byte, found bool) {
	if len(f.sequence) == 0 {
		return p, false
	}
	held := append(bytes.Clone(f.sequence[:f.typed]), p...)
	if before, _, found := bytes.Cut(held, f.sequence); found {
		return before, true
	}
	f.typed = min(len(held), len(f.sequence)-1)
	for !bytes.HasSuffix(held, f.sequence[:f.typed]) {
		f.typed--
	}
	return held[:len(held)-f.typed], false
}
