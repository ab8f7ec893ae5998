package transport

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestATokenFileIsReadAgainAfterFiftySecondsAndAFailureKeepsTheLastGoodToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(content string) { require.NoError(t, os.WriteFile(file, []byte(content), 0o600)) }
	synctest.Test(t, func(t *testing.T) {
		write("one\n")
		s, err := newTokenFile(file, "")
		require.NoError(t, err)
		write("two")
		time.Sleep(50 * time.Second)
		require.Equal(t, "one", s.get())
		time.Sleep(time.Second)
		require.Equal(t, "two", s.get())
		for name, spoil := range map[string]func(){
			"empty":  func() { write("\n") },
			"gone":   func() { require.NoError(t, os.Remove(file)) },
			"broken": func() { write("a b") },
		} {
			spoil()
			time.Sleep(51 * time.Second)
			require.Equal(t, "two", s.get(), name)
			require.False(t, s.refresh("two"), name)
		}
		write("three")
		require.True(t, s.refresh("two"))
		require.True(t, s.refresh("two"), "another request's refresh counts as well")
		require.Equal(t, "three", s.get())
	})
}

func TestTheKubeconfigsOwnTokenServesUntilTheFileCanBeRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	s, err := newTokenFile(file, "fallback")
	require.NoError(t, err)
	require.Equal(t, "fallback", s.get())
	require.NoError(t, os.WriteFile(file, []byte("late"), 0o600))
	require.True(t, s.refresh("fallback"))
	require.Equal(t, "late", s.get())
}

func TestAFixedTokenIsNeverRefreshed(t *testing.T) {
	s := &tokenSource{token: "t"}
	require.False(t, s.refresh("t"))
	require.Equal(t, "t", s.get())
}
