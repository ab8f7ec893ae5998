package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/subresource"
)

// recordFlag keeps a transcript of a session in a file.
type recordFlag struct {
	name     string
	file     *os.File
	recorder *subresource.Recorder // nil without the flag
}

func (r *recordFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.name, "record", "", "keep a transcript in the new `FILE`, in the format asciicast v3: all output, the exit code, and all input, with the passwords that are typed")
	mustRegister(cmd.MarkFlagFilename("record"))
}

// begin makes the file, before anything is sent, for a terminal of that size.
func (r *recordFlag) begin(width, height int) (err error) {
	if r.name == "" {
		return nil
	}
	if r.file, err = os.OpenFile(r.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return fmt.Errorf("cannot record: %w", err)
	}
	r.recorder = subresource.NewRecorder(r.file, width, height)
	return nil
}

// end completes the file; where there was no session there is none. err is what the session came to: a record that is incomplete does not replace it.
func (r *recordFlag) end(k *kx, err error) error {
	if r.file == nil {
		return err
	}
	lost := r.recorder.Close()
	info, _ := r.file.Stat()
	closing := r.file.Close()
	if lost == nil {
		lost = closing
	}
	switch {
	case lost == nil:
		if info != nil && info.Size() == 0 {
			_ = os.Remove(r.name) // it stays, then, and is empty
		}
		return err
	case err == nil:
		return fmt.Errorf("the record %s is incomplete: %w", r.name, lost)
	}
	k.complain("the record %s is incomplete: %v", r.name, lost)
	return err
}
