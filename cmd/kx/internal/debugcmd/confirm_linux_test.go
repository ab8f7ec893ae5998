package debugcmd

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
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

func TestTheProgressLineDoesNotOverwriteAQuestion(t *testing.T) {
	w := clitest.NewTerminal(t)
	w.Start(startWithForeignImage(t), "debug", "app", "-it")
	question := "Run " + foreign + " in the pod? [y/N] "
	w.WaitFor(question)
	time.Sleep(time.Second) // the line would have been drawn meanwhile
	require.True(t, strings.HasSuffix(w.Shown.String(), question), w.Shown.String())
	w.TypeKeys("n\r")
	w.WaitForExit(125)
}

func TestOnlyYesConfirms(t *testing.T) {
	for line, want := range map[string]bool{"y": true, "YES\r": true, " y \n": true, "": false, "n": false, "yeah": false, "yn": false} {
		require.Equal(t, want, isYes(line), line)
	}
}
