package command

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/subresource"
)

// RecordText describes --record, for Help.Background.
const RecordText = `--record writes a transcript of the session in asciicast v3. It has everything
that you type, passwords included. kx creates the file with mode 0600, and refuses one that exists.`

// RecordFlag records a session in a file.
type RecordFlag struct {
	Name     string
	file     *os.File
	Recorder *subresource.Recorder // nil without the flag
}

// Register adds the flag to cmd.
func (r *RecordFlag) Register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.Name, "record", "", "record the session, with passwords, in `FILE`")
	MustRegister(cmd.MarkFlagFilename("record"))
}

// open creates the file, for a terminal of the given size in characters.
func (r *RecordFlag) open(width, height int) (err error) {
	if r.Name == "" {
		return nil
	}
	if r.file, err = os.OpenFile(r.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return fmt.Errorf("cannot record: %w", err)
	}
	r.Recorder = subresource.NewRecorder(r.file, width, height)
	return nil
}

// finish closes the file, and removes it when no session was opened. err is the error of the
// session: an incomplete recording is printed and does not replace it.
func (r *RecordFlag) finish(k *Invocation, err error) error {
	if r.file == nil {
		return err
	}
	lost := r.Recorder.Close()
	info, _ := r.file.Stat()
	closing := r.file.Close()
	if lost == nil {
		lost = closing
	}
	switch {
	case lost == nil:
		if info != nil && info.Size() == 0 {
			_ = os.Remove(r.Name) // an empty file is no harm
		}
		return err
	case err == nil:
		return fmt.Errorf("the recording %s is incomplete: %w", r.Name, lost)
	}
	k.PrintError("the recording %s is incomplete: %v", r.Name, lost)
	return err
}
