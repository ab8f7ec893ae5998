package debugcmd

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
)

func TestDebugAsksBeforeItUsesAnUntrustedImage(t *testing.T) {
	for answer, want := range map[string]struct {
		code int
		says string
	}{
		"y\r":   {0, "Using image " + foreign},
		"yes\r": {0, "Using image " + foreign},
		"\r":    {1, "to use it, give --image " + foreign},
		"no\r":  {1, "to use it, give --image " + foreign},
		"\x04":  {1, "to use it, give --image " + foreign}, // EOF
	} {
		t.Run(answer, func(t *testing.T) {
			w := clitest.NewTerminal(t)
			w.Start(startWithForeignImage(t), "debug", "app", "--dry-run=server")
			w.WaitFor("node kx-node has image " + foreign)
			w.WaitFor("Run " + foreign + " in the pod? [y/N] ")
			w.TypeKeys(answer)
			w.WaitForExit(want.code)
			w.WaitFor(want.says)
		})
	}
}

func TestDebugAsksBeforeItAttaches(t *testing.T) {
	w := clitest.NewTerminal(t)
	w.Start(startWithForeignImage(t), "debug", "app", "-it")
	w.WaitFor("Run " + foreign + " in the pod? [y/N] ")
	w.TypeKeys("n\r")
	w.WaitForExit(125)
}

func TestTheProgressLineDoesNotOverwriteAQuestion(t *testing.T) {
	w := clitest.NewTerminal(t)
	synctest.Test(t, func(t *testing.T) {
		d := debugCommand{session: command.Session{Invocation: new(command.Invocation)}}
		d.write.DryRun.Value = command.DryRunNone
		d.session.Err = &term.MessageWriter{Writer: w.Slave, Terminal: new(term.Terminal)}
		d.options.ConfirmImage = func(string, string) bool {
			fmt.Fprint(d.session.Err, "Run? ")
			time.Sleep(time.Minute) // of the bubble: the line would be drawn meanwhile
			fmt.Fprint(d.session.Err, "no\n")
			return false
		}
		d.startProgress()
		require.False(t, d.options.ConfirmImage("", ""))
		time.Sleep(time.Second)
		d.progress.Done(false)
	})
	w.WaitFor("Run? no\r\n\r\x1b[KWaiting 6")
}

func TestOnlyYesConfirms(t *testing.T) {
	for line, want := range map[string]bool{"y": true, "YES\r": true, " y \n": true, "": false, "n": false, "yeah": false, "yn": false} {
		require.Equal(t, want, isYes(line), line)
	}
}
