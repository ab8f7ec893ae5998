package cli_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

// endless is a transcript whose second event is a day after the first.
const endless = `{"version":3}` + "\n" + `[0,"o","\u001b[?25lfirst\r\n"]` + "\n" + `[86400,"o","last\r\n"]` + "\n"

// playing starts a replay in a terminal and waits for its first output.
func playing(t *testing.T, text string, flags ...string) *clitest.Terminal {
	w := clitest.NewTerminal(t)
	w.Start(&clitest.Cluster{}, append([]string{"record", "play", clitest.WriteFile(t, "s.cast", text)}, flags...)...)
	w.WaitFor("first")
	return w
}

// requireRestored requires that the terminal is as it was before.
func requireRestored(t *testing.T, w *clitest.Terminal) {
	require.Equal(t, w.Before, w.Modes())
	w.WaitFor("\x1b[?25h")
}

func TestAReplayEndsWithAKeyOrASignalAndRestoresTheTerminal(t *testing.T) {
	for name, tc := range map[string]struct {
		end  func(*clitest.Terminal)
		code int
	}{
		"q":       {func(w *clitest.Terminal) { w.TypeKeys("q") }, 0},
		"^C":      {func(w *clitest.Terminal) { w.TypeKeys("\x03") }, 1},
		"SIGTERM": {func(w *clitest.Terminal) { w.Signal(syscall.SIGTERM) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := playing(t, endless)
			w.WaitForRaw()
			tc.end(w)
			_ = w.Cmd.Wait()
			require.Equal(t, tc.code, w.Cmd.ProcessState.ExitCode())
			requireRestored(t, w)
			require.NotContains(t, w.Shown.String(), "last")
			if tc.code != 0 {
				w.WaitFor("error: interrupted")
			}
		})
	}
}

func TestAReplayShortensPausesAndEndsByItself(t *testing.T) {
	for name, flags := range map[string][]string{
		"--idle":  {"--idle", "10ms"},
		"--speed": {"--speed", "8640000"},
	} {
		t.Run(name, func(t *testing.T) {
			w := playing(t, endless, flags...)
			require.NoError(t, w.Cmd.Wait())
			w.WaitFor("last")
			requireRestored(t, w)
		})
	}
}

func TestAHostileTranscriptMakesNoTerminalAnswer(t *testing.T) {
	w := playing(t, `{"version":3}`+"\n"+`[0,"o","\u001b]0;taken\u0007\u001b]52;c;ZXZpbA==\u0007\u001b[6n\u001b[c\u001b[?1000h\u001b[?1049hfirst \u202e\u009b6n"]`+"\n")
	require.NoError(t, w.Cmd.Wait())
	requireRestored(t, w)
	w.WaitFor("\x1b[?1049l")
	shown, _, _ := strings.Cut(w.Shown.String(), "\x0f")
	require.Equal(t, "\x1b[?1049hfirst \ufffd\ufffd6n", shown)
}
