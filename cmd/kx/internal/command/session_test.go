package command

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestASignalEndsASessionAtOnceIfTheProgramCannotBeAsked(t *testing.T) {
	for name, s := range map[string]*Session{
		"kx has not started the program": {remoteStdin: strings.NewReader("")},
		"the program has no stdin":       {StartedHere: true},
	} {
		t.Run(name, func(t *testing.T) {
			require.False(t, s.askToEnd(nil))
		})
	}
}

func TestASignalTypesTheKeysThatEndAProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Session{StartedHere: true}
		keys, keyWriter := io.Pipe()
		s.remoteStdin, s.keyWriter = keys, keyWriter
		require.True(t, s.askToEnd(nil))
		typed := make([]byte, 2)
		_, err := io.ReadFull(keys, typed)
		require.NoError(t, err)
		require.Equal(t, []byte{interruptKey, endKey}, typed)
	})
}
