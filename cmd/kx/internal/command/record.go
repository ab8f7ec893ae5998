package command

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/subresource"
)

// RecordText describes --record, for Help.Background.
const RecordText = `--record writes a transcript of the session in asciicast v3. It has everything
that you type, passwords included. kx creates the file with mode 0600, and refuses one that exists.
Until the session has ended the file is called FILE.partial. It keeps that name if kx is killed or
the disk is full; the next recording into FILE replaces it.`

// partialSuffix follows the name of a recording that is not complete.
const partialSuffix = ".partial"

// RecordFlag records a session in a file.
type RecordFlag struct {
	Name     string
	file     *os.File
	Recorder *subresource.Recorder // nil without the flag
}

// Register adds the flag to cmd.
func (r *RecordFlag) Register(cmd *cobra.Command) {
	cmd.Flags().Var((*recordName)(&r.Name), "record",
		"record the session, with passwords, in `FILE`")
	MustRegister(cmd.MarkFlagFilename("record"))
}

// recordName is the file of a recording. It is not stdout, which is the program's.
type recordName string

// Set takes the value of the flag.
func (n *recordName) Set(text string) error {
	if text == "" || text == "-" {
		return errors.New("must be the name of a file")
	}
	*n = recordName(text)
	return nil
}

func (n *recordName) String() string { return string(*n) }

// Type is the placeholder of the value in the help.
func (*recordName) Type() string { return "FILE" }

// open creates the file, for a terminal of the given size in characters. It removes the incomplete
// recording that a killed kx left: another kx that still writes to it keeps its file, without a
// name.
func (r *RecordFlag) open(width, height int) (err error) {
	if r.Name == "" {
		return nil
	}
	_, err = os.Lstat(r.Name)
	if err == nil {
		err = &os.PathError{Op: "open", Path: r.Name, Err: syscall.EEXIST}
	}
	if errors.Is(err, os.ErrNotExist) {
		partial := r.Name + partialSuffix
		_ = os.Remove(partial) // creating it fails with the reason
		r.file, err = os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		var failed *os.PathError
		if errors.As(err, &failed) {
			failed.Path = r.Name
		}
	}
	if err != nil {
		return fmt.Errorf("cannot record: %w", err)
	}
	r.Recorder = subresource.NewRecorder(r.file, width, height)
	return nil
}

// finish closes the file and gives it its name, or removes it when no session was opened. err is
// the error of the session: an incomplete recording is printed and does not replace it.
func (r *RecordFlag) finish(k *Invocation, err error) error {
	if r.file == nil {
		return err
	}
	partial := r.file.Name()
	lost := r.Recorder.Close()
	info, _ := r.file.Stat()
	closing := r.file.Close()
	if lost == nil {
		lost = closing
	}
	switch {
	case lost != nil:
	case info != nil && info.Size() == 0:
		_ = os.Remove(partial) // an empty file is no harm
	default:
		lost = nameRecording(info, partial, r.Name)
	}
	switch {
	case lost == nil:
		return err
	case err == nil:
		return fmt.Errorf("the recording %s is incomplete: %w", partial, lost)
	}
	PrintError(k, "the recording %s is incomplete: %v", partial, lost)
	return err
}

// nameRecording renames a recording, whose file is info. It replaces no file that was created
// meanwhile, where the disk has hard links.
func nameRecording(info os.FileInfo, partial, name string) error {
	now, err := os.Lstat(partial)
	if err != nil {
		return err
	}
	if !os.SameFile(info, now) {
		return errors.New("another session records into the same file")
	}
	err = os.Link(partial, name)
	switch {
	case err == nil:
		return os.Remove(partial)
	case errors.Is(err, os.ErrExist):
		return err
	}
	return os.Rename(partial, name)
}
