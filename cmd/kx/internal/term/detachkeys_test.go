package term

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDetachKeysAreWrittenAsDockerDoes(t *testing.T) {
	for text, want := range map[string]string{
		"":              "",
		"ctrl-p,ctrl-q": "\x10\x11",
		"Ctrl-A,d":      "\x01d",
		"ctrl-@,ctrl-[": "\x00\x1b",
		`ctrl-\,ctrl-]`: "\x1c\x1d",
		"ctrl-^,ctrl-_": "\x1e\x1f",
		"~,.":           "~.",
		"A":             "A",
	} {
		var keys DetachKeys
		require.NoError(t, keys.Set(text), text)
		require.Equal(t, want, string(keys), text)
		var reparsed DetachKeys
		require.NoError(t, reparsed.Set(keys.String()))
		require.Equal(t, keys, reparsed)
	}
	for _, text := range []string{",", "ctrl-", "ctrl-1", "ctrl-pq", "ctrl-p,", "ab", "é", "\x1b"} {
		require.Error(t, new(DetachKeys).Set(text), text)
	}
}

func TestOnlyTheWholeSequenceIsKeptFromTheProgram(t *testing.T) {
	for name, test := range map[string]struct {
		keys  string
		typed []string
		want  string
		found bool
	}{
		"no keys are set":                    {"", []string{"\x10\x11"}, "\x10\x11", false},
		"all keys in one read":               {"ctrl-p,ctrl-q", []string{"ls\x10\x11rest"}, "ls", true},
		"one key per read":                   {"ctrl-p,ctrl-q", []string{"a", "\x10", "\x11"}, "a", true},
		"a partial sequence and another key": {"ctrl-p,ctrl-q", []string{"\x10", "x"}, "\x10x", false},
		"a partial sequence twice":           {"ctrl-p,ctrl-q", []string{"\x10", "\x10", "\x11"}, "\x10", true},
		"a pending partial sequence":         {"ctrl-p,ctrl-q", []string{"x\x10"}, "x", false},
		"a sequence that overlaps itself":    {"a,a,b", []string{"a", "a", "a", "b"}, "a", true},
		"a single key":                       {"ctrl-]", []string{"x", "\x1d"}, "x", true},
	} {
		t.Run(name, func(t *testing.T) {
			f := KeyFilter{}
			require.NoError(t, f.Sequence.Set(test.keys))
			var got string
			var found bool
			for _, typed := range test.typed {
				var keys []byte
				keys, found = f.Pass([]byte(typed))
				got += string(keys)
			}
			require.Equal(t, test.want, got)
			require.Equal(t, test.found, found)
		})
	}
}
