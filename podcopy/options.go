package podcopy

import (
	"errors"
	"fmt"
	"path"

	"github.com/kx-k8s/kx/debug"
)

// ErrNoTar means that the container has no tar. A copy with Options.ViaDebug does not need one.
var ErrNoTar = errors.New("the container has no tar")

// Options says what to copy, and how. Remote and Local are required.
type Options struct {
	// Container is the container that holds the files. A pod with one container needs no name.
	Container string
	// Remote is a path in the container, and Local is a path on this machine.
	//
	// They behave as the arguments of cp -r do. The source is a file, or a directory with its
	// contents. A destination that is a directory receives the source under the source's name;
	// any other destination becomes the copy. If the source ends in "/." or is the root
	// directory, its contents are copied instead. A relative Remote starts at the container's
	// working directory; ViaDebug requires an absolute one.
	Remote, Local string
	// Preserve keeps the modes of the source exactly, for new and for replaced files on this
	// machine. Without it, the umask applies to new files and directories, and a replaced file
	// keeps its mode. Copies into a container keep modes exactly, unless NoPreserve is set.
	Preserve bool
	// NoPreserve drops what a copy otherwise keeps: modification times, and in a container also
	// numeric owners, where the container's user may set them. New directories on this machine
	// have the default mode. In a container, modes lose the special bits and the write permission
	// of group and others, and tar applies its umask.
	NoPreserve bool
	// Limit is the number of content bytes that the copy may write, copies of hard links included.
	// 0 is no limit.
	Limit int64
	// ViaDebug copies through a debug container, which sees the files of Container under
	// /proc/N/root. It serves containers without tar, or without any program. A running debug
	// container that targets Container is used if there is one. Otherwise these options describe
	// the one to add; its Image needs sh, tar and readlink.
	ViaDebug *debug.Options
	// PassThrough copies from the container as subresource.ExecOptions.PassThrough describes. It
	// does nothing for a copy into a container.
	PassThrough bool
	// Progress, when set, is called after each piece of the contents, from one goroutine. copied is
	// the number of content bytes so far. total is that of the whole copy. It is 0 if From copies a
	// directory: its size is not known before.
	Progress func(copied, total int64)
	// Notice, when set, receives warnings and remarks, one sentence each: files that were left out,
	// and what tar writes to stderr. Control characters are escaped.
	Notice func(string)
}

func (o *Options) check() error {
	switch {
	case o.Remote == "" || o.Local == "":
		return errors.New("both paths must be given")
	case o.Preserve && o.NoPreserve:
		return errors.New( //nolint:staticcheck // begins with the name of a field
			"Preserve and NoPreserve exclude each other")
	case o.Limit < 0:
		return fmt.Errorf("the limit of %d bytes is negative", o.Limit)
	case o.ViaDebug != nil && !path.IsAbs(o.Remote):
		return errors.New(
			"a debug container does not know the working directory of the container: " +
				"begin the path with /")
	}
	return nil
}

// notice reports text to the caller if the caller listens.
func (o *Options) notice(text string) {
	if o.Notice != nil {
		o.Notice(text)
	}
}

// limitError returns the error of a copy whose contents exceed the limit.
func (o *Options) limitError() error {
	return fmt.Errorf("the contents exceed the limit of %d bytes", o.Limit)
}
