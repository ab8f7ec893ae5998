package subresource

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/kx-k8s/kx/resources"
)

// logCopyBuffer is the size in bytes of a write of Copy.
const logCopyBuffer = 64 << 10

// Copy writes the lines that Lines yields to w, up to now. It is cheaper than Lines: it makes no
// string for each line, and reads the log over a connection of its own, which
// transport.Client.Preconnect can make beforehand. It fails if o.Follow is set.
//
// Unlike Open, Copy notices a message of the kubelet amid the log, and fails with a
// *LogFormatError. It returns an error of w as it is.
func (e *LogEndpoint) Copy(ctx context.Context, w io.Writer, name string, o LogOptions,
	opts ...GetOption) error {
	if o.Follow {
		return &resources.OptionError{Option: "Follow",
			Problem: "Copy resumes no lost connection: use Lines or Open"}
	}
	if err := o.check(); err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, logCopyBuffer)
	s := newLogStream(e, name, o, opts, nil)
	s.dedicated = true
	s.write = func(text []byte, newline bool) error {
		_, err := out.Write(text)
		if newline {
			err = out.WriteByte('\n') // an error of bufio stays
		}
		return err
	}
	err := s.run(ctx, "")
	if errors.Is(err, errLogStopped) {
		err = nil // LimitBytes is reached
	}
	flushed := out.Flush()
	if err == nil {
		return flushed
	}
	return err
}
