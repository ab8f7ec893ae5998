package chooser

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzNextKey(f *testing.F) {
	for _, typed := range []string{"a", "\x1b", "\x1b[A", "\x1bOA", "\x1b[1;5A", "\x1bx", "\x1b\x1b", "\xff"} {
		f.Add([]byte(typed))
	}
	f.Fuzz(func(t *testing.T, typed []byte) {
		for len(typed) > 0 {
			key, length := nextKey(typed)
			if length == 0 {
				require.Equal(t, byte(escape), typed[0])
				require.Less(t, len(typed), maxSequence)
				return
			}
			require.True(t, key >= keyEraseAll && key <= '~', key)
			require.LessOrEqual(t, length, len(typed))
			typed = typed[length:]
		}
	})
}
