package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/transcript"
)

func newRecord(k *command.Invocation) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "record",
		Short: "Replay the transcript of a session",
	})
	cmd.AddCommand(newRecordPlay(k), newRecordHTML(k))
	setRecordHelp(k, cmd, recordHelp)
	return cmd
}

// setRecordHelp sets the help of a command that reads a transcript.
func setRecordHelp(k *command.Invocation, cmd *cobra.Command, h command.Help) {
	h.ExitStatus = command.DefaultExitStatus()
	h.SeeAlso = []string{"kx record, kx exec, kx debug; docs/debug.md"}
	k.SetHelp(cmd, h)
}

var recordHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Record a session", CommandLine: "kx exec -it shell --record s.cast -- sh"},
		{Purpose: "Replay it in the terminal", CommandLine: "kx record play s.cast"},
		{Purpose: "Make a web page of it", CommandLine: "kx record html s.cast -o s.html"},
	},
	Background: `These commands read transcripts in asciicast v3, as --record of exec, attach and
debug writes them, and in asciicast v2. They ask no server.`,
}

// openTranscript reads the one file that args names, or stdin for "-".
func openTranscript(k *command.Invocation, args []string) (*transcript.Reader, error) {
	if len(args) != 1 {
		return nil, command.Usagef("give the name of one transcript")
	}
	var text []byte
	err := command.Interruptibly(k, func() (err error) {
		text, _, err = command.ReadFile(k, args[0])
		return err
	})
	if err != nil {
		return nil, err
	}
	reader, err := transcript.NewReader(text)
	return reader, transcriptError(args[0], err)
}

func transcriptError(name string, err error) error {
	if err != nil {
		err = fmt.Errorf("cannot read the transcript %s: %w", name, err)
	}
	return err
}

// stdoutName stands for stdout in the place of a file.
const stdoutName = "-"

func newRecordHTML(k *command.Invocation) *cobra.Command {
	output := stdoutName
	cmd := &cobra.Command{
		Use:   "html FILE",
		Short: "Make a web page that replays a transcript",
		RunE: func(_ *cobra.Command, args []string) error {
			reader, err := openTranscript(k, args)
			if err != nil {
				return err
			}
			var page bytes.Buffer
			err = transcript.WritePage(&page, reader, filepath.Base(args[0]))
			if err != nil {
				return transcriptError(args[0], err)
			}
			if output != stdoutName {
				return writeNewFile(output, page.Bytes())
			}
			_, err = k.Out.Write(page.Bytes())
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", output, "`FILE` of the page; -: stdout")
	command.MustRegister(cmd.MarkFlagFilename("output"))
	setRecordHelp(k, cmd, recordHTMLHelp)
	return cmd
}

var recordHTMLHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Make a page", CommandLine: "kx record html s.cast -o s.html"},
		{Purpose: "Print it", CommandLine: "kx record html s.cast > s.html"},
		{Purpose: "Record a session for it",
			CommandLine: "kx debug distroless -it --record other.cast"},
	},
	Background: `The page needs no network and no other file, and trusts nothing in FILE:
docs/debug.md describes it. Typed keys are not in it unless the program printed them. kx creates
the page with mode 0600, and refuses a file that exists.`,
}

// writeNewFile creates a file for its owner alone. It leaves no half file.
func writeNewFile(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	closing := file.Close()
	if err == nil {
		err = closing
	}
	if err != nil {
		_ = os.Remove(name)
	}
	return err
}
