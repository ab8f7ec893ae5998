package credential

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestATokenFileIsReadEveryFiftySecondsAndAFailureKeepsTheLastToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(content string) { require.NoError(t, os.WriteFile(file, []byte(content), 0o600)) }
	synctest.Test(t, func(t *testing.T) {
		write("one\n")
		s, err := newTokenFile(file, "")
		require.NoError(t, err)
		write("two")
		time.Sleep(50 * time.Second)
		require.Equal(t, "one", s.get(t.Context()))
		time.Sleep(time.Second)
		require.Equal(t, "two", s.get(t.Context()))
		for name, spoil := range map[string]func(){
			"empty":   func() { write("\n") },
			"removed": func() { require.NoError(t, os.Remove(file)) },
			"broken":  func() { write("a b") },
		} {
			spoil()
			time.Sleep(51 * time.Second)
			require.Equal(t, "two", s.get(t.Context()), name)
			require.False(t, s.refresh(t.Context(), "two"), name)
		}
		write("three")
		require.True(t, s.refresh(t.Context(), "two"))
		require.True(t, s.refresh(t.Context(), "two"), "another request read the file already")
		require.Equal(t, "three", s.get(t.Context()))
	})
}

func TestTheKubeconfigsTokenIsUsedUntilTheFileCanBeRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	s, err := newTokenFile(file, "fallback")
	require.NoError(t, err)
	require.Equal(t, "fallback", s.get(t.Context()))
	require.NoError(t, os.WriteFile(file, []byte("late"), 0o600))
	require.True(t, s.refresh(t.Context(), "fallback"))
	require.Equal(t, "late", s.get(t.Context()))
}

func TestAFixedTokenNeverChanges(t *testing.T) {
	s := &tokenSource{token: "t"}
	require.False(t, s.refresh(t.Context(), "t"))
	require.Equal(t, "t", s.get(t.Context()))
}
