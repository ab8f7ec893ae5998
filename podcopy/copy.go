package podcopy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/kx-k8s/kx/internal/podscript"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// From copies a file or a directory from a container to this machine. It runs tar in the container.
//
//   - A file is written under a temporary name and renamed when it is complete. The temporary
//     files of a killed copy are called .kx-cp-*; the next copy to the same place removes them,
//     where the system has flock(2).
//   - Nothing is written outside the destination, whatever the container sends.
//   - A source that is a symbolic link is followed in the container; links below it stay links.
//   - Hard links must lead to files of the same copy, and stay hard links where the disk has them.
//   - Devices, pipes and sockets are left out, with a notice.
//   - Setuid, setgid and sticky bits are dropped. The files belong to the user who copies.
//   - Directories that existed before keep their modes and times.
//
// If tar cannot read a file, or a file changes meanwhile, From copies the other files and returns
// tar's error. The error matches ErrNoTar if the container has no tar. It is a *debug.TargetError
// if a debug container does not reach the container's files.
func From(ctx context.Context, api *resources.API[resources.Pod], pod string, o Options) error {
	return o.copy(ctx, api, pod, (*transfer).from)
}

// To copies a file or a directory from this machine into a container. It runs tar in the container.
//
//   - Files and new directories appear under their names when the whole copy has arrived, if the
//     container has sh, mv and rm. A copy that fails or is killed leaves the files as they were;
//     temporary ones of a killed copy are called .kx-cp-*, and the next copy removes them.
//     Without sh, a copy is visible while it is written.
//   - A source that is a symbolic link is followed here; links below it stay links.
//   - A destination that is a symbolic link is followed in the container.
//   - Devices, pipes and sockets are left out, with a notice.
//   - A file that is replaced while it is opened is not sent: To reports an error and goes on.
//
// With ViaDebug, a symbolic link in the place of a directory is an error, since it would lead
// the debug container to its own files. A program in the target that creates such a link
// during the copy is not detected.
// Errors are as for From.
func To(ctx context.Context, api *resources.API[resources.Pod], pod string, o Options) error {
	return o.copy(ctx, api, pod, (*transfer).to)
}

// transfer is one copy in progress.
type transfer struct {
	*Options
	pods      *resources.API[resources.PodOutline]
	pod       string
	container string // runs tar
	root      string // of the files, as seen in container; "" is the container's own
}

func (o *Options) copy(ctx context.Context, api *resources.API[resources.Pod], pod string,
	run func(*transfer, context.Context) error) error {
	t := &transfer{Options: o, pods: resources.As[resources.PodOutline](api), pod: pod,
		container: o.Container}
	err := o.check()
	switch {
	case err != nil:
	case o.ViaDebug != nil:
		err = t.viaDebug(ctx, api, run)
	default:
		err = run(t, ctx)
	}
	if err != nil {
		return fmt.Errorf("copy %s:%s: %w", pod, o.Remote, err)
	}
	return nil
}

// source is a path split for tar: the directory to change to, and a name in it.
type source struct {
	folder, name string
	contents     bool // the contents of folder are copied; name is "."
}

func splitSource(from string) source {
	clean := path.Clean(from)
	base := path.Base(clean)
	if base == "/" || base == "." || base == ".." || strings.HasSuffix(from, "/.") ||
		strings.HasSuffix(from, "/..") {
		return source{folder: clean, name: ".", contents: true}
	}
	return source{folder: path.Dir(clean), name: base}
}

func (t *transfer) from(ctx context.Context) error {
	from := splitSource(t.Remote)
	u, err := newUnpacker(t.Options, from.name)
	if err != nil {
		return err
	}
	defer u.close()
	found, err := t.resolve(ctx)
	if err != nil {
		return err
	}
	if from.contents {
		found.kind, found.path = kindDir, found.path+"/."
	}
	u.expected = found.kind
	from = splitSource(found.path)
	command := []string{"tar", "cf", "-", "-C", t.root + from.folder, "./" + from.name}
	return t.runTar(ctx, command, nil, func(r io.Reader) error {
		return u.unpack(bufio.NewReaderSize(r, copyBuffer), from.name)
	})
}

// errNoEntries means that the archive ended without an entry.
var errNoEntries = errors.New("the container sent an empty archive")

// runTar runs command in the container. Exactly one of send and receive is set:
// send writes the command's stdin, and receive reads its stdout.
func (t *transfer) runTar(ctx context.Context, command []string,
	send func(io.Writer) error, receive func(io.Reader) error) error {
	stderr := &stderrLines{report: t.notice}
	session, err := subresource.Exec(t.pods).Start(ctx, t.pod, subresource.ExecOptions{
		Container: t.container, Command: command,
		StdinPipe: send != nil, StdoutPipe: receive != nil, Stderr: stderr,
		PassThrough: t.PassThrough && send == nil,
	})
	if err != nil {
		return err
	}
	var failed error
	switch {
	case receive != nil:
		failed = receive(session.StdoutPipe())
		// An archive that is cut off, or empty, is a symptom: Wait returns the cause, if there is
		// one.
		symptom := errors.Is(failed, io.ErrUnexpectedEOF) || errors.Is(failed, errNoEntries)
		if failed != nil && !symptom {
			session.Close()
			return failed
		}
	case !session.CanCloseStdin():
		session.Close()
		return subresource.ErrCannotCloseStdin
	default:
		// What a session sends at once.
		buffer := bufio.NewWriterSize(session.StdinPipe(), 4*(transport.MaxMessage-1))
		failed = send(buffer)
		if failed == nil {
			failed = buffer.Flush()
		}
		_ = session.CloseStdin() // Wait returns the cause of a failure
	}
	err = session.Wait()
	switch {
	case err == nil:
		return failed
	case podscript.ProgramMissing(err) && t.root == "":
		return ErrNoTar
	case errors.As(err, new(*subresource.ExitError)) && stderr.first != "":
		return errors.New(stderr.first)
	}
	return err
}

// copyBuffer is how many bytes a copy reads at once.
const copyBuffer = 128 << 10

// copier copies contents in large pieces, with one buffer for all files.
type copier struct {
	buffer        []byte
	progress      func(copied, total int64) // may be nil
	copied, total int64
}

// copy copies like io.Copy. It hides ReadFrom and WriteTo, which have small buffers of their own.
func (c *copier) copy(w io.Writer, r io.Reader) (int64, error) {
	if c.buffer == nil {
		c.buffer = make([]byte, copyBuffer)
	}
	return io.CopyBuffer(&countingWriter{w, c}, struct{ io.Reader }{r}, c.buffer)
}

// countingWriter reports the progress of its copier.
type countingWriter struct {
	w io.Writer
	c *copier
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.c.copied += int64(n)
	if w.c.progress != nil {
		w.c.progress(w.c.copied, w.c.total)
	}
	return n, err
}

// permissions returns the permission bits of an archive's mode.
func permissions(mode int64) fs.FileMode { return fs.FileMode(mode) & fs.ModePerm }
