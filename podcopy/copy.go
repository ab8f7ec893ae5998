package podcopy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/internal/podscript"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// ErrNoTar says that a container to copy from or to has no tar: ViaDebug copies without.
var ErrNoTar = errors.New("the container has no tar")

// Options say what From and To copy.
type Options struct {
	// Container is the container whose files are meant. It may be left out where the pod has one.
	Container string
	// Remote is a path in the container, and Local one here. They are source and destination as cp -r has it: the source is a file or a directory with all
	// that is in it; a destination that is a directory gets it under its own name, any other becomes it. Of a source that ends in "/." or is the root
	// the destination gets what is in it. A relative Remote begins at the container's working directory; ViaDebug takes none.
	Remote, Local string
	// NoPreserve leaves modes to the umask, and times and owners to be those of new files. Otherwise modes and times are kept, and the owner's numbers where
	// the container's user may set them; what comes from a container belongs to who copies, without the bits setuid, setgid and sticky.
	NoPreserve bool
	// ViaDebug copies through a debug container, which reaches the container's files under /proc/N/root: for one without tar or without any program.
	// One that runs and has the container as its target is used where there is one, and otherwise these Options say what to add: an Image with
	// sh, tar and readlink. What is added ends after the copy.
	ViaDebug *debug.Options
	// Notice, when set, is told what is no error of the copy as a whole, a sentence each: what was left out, and what tar says.
	Notice func(string)
}

// From copies a file or a directory of a container to this machine, by tar in the container.
//
// Each file is written under another name first and renamed when it is whole, so that one which was cut off is never seen under its own.
// Nothing is written outside the destination, whatever the container sends (os.Root); symbolic links are made as they are and never followed;
// the source itself may be one, and is what that leads to. A hard link becomes a file of its own. Devices, pipes and sockets are left out, with a Notice.
//
// Where tar does not end with 0, because it could not read a file or one changed meanwhile, that is an error too, and what it sent is kept.
// The error matches ErrNoTar when the container has no tar, and is a *TargetError when a debug container does not reach its files.
func From(ctx context.Context, api *resources.API[resources.Pod], pod string, o Options) error {
	return o.run(ctx, api, pod, (*copying).from)
}

// To copies a file or a directory of this machine into a container, by tar there. The rest is as with From, but that a directory's files are seen
// while they are written; a single file is not where the container has sh and mv. A symbolic link that is the destination is followed within
// the container. With ViaDebug, one in the place of a directory to be written is an error, as it would lead the debug container to its own files;
// a program in the target that puts one there at that very moment is not kept from it.
func To(ctx context.Context, api *resources.API[resources.Pod], pod string, o Options) error {
	return o.run(ctx, api, pod, (*copying).to)
}

// copying is one copy: in the container that tar runs in, whose root for it is root, empty for its own.
type copying struct {
	*Options
	pods          *resources.API[resources.PodOutline]
	pod, in, root string
}

func (o *Options) run(ctx context.Context, api *resources.API[resources.Pod], pod string, do func(*copying, context.Context) error) error {
	c := &copying{Options: o, pods: resources.As[resources.PodOutline](api), pod: pod, in: o.Container}
	var err error
	switch {
	case o.Remote == "" || o.Local == "":
		err = errors.New("both paths must be given")
	case o.ViaDebug == nil:
		err = do(c, ctx)
	case !path.IsAbs(o.Remote):
		err = errors.New("a debug container does not know the working directory that this is relative to: begin it with /")
	default:
		err = c.viaDebug(ctx, api, do)
	}
	if err != nil {
		err = fmt.Errorf("copy %s:%s: %w", pod, o.Remote, err)
	}
	return err
}

// notice tells what is no error.
func (o *Options) notice(text string) {
	if o.Notice != nil {
		o.Notice(text)
	}
}

// source is a path as tar gets it: a folder to be in, and a name there.
type source struct {
	folder, name string
	contents     bool // what is in the folder is meant
}

func splitSource(from string) source {
	clean := path.Clean(from)
	base := path.Base(clean)
	if base == "/" || base == "." || base == ".." || strings.HasSuffix(from, "/.") || strings.HasSuffix(from, "/..") {
		return source{clean, ".", true}
	}
	return source{path.Dir(clean), base, false}
}

func (c *copying) from(ctx context.Context) error {
	from := splitSource(c.Remote)
	u, err := newUnpacker(c.Options, from)
	if err != nil {
		return err
	}
	defer u.close()
	_, found, err := c.resolve(ctx)
	if err != nil {
		return err
	}
	if from.contents {
		found += "/."
	}
	from = splitSource(found)
	return c.tar(ctx, []string{"tar", "cf", "-", "-C", c.root + from.folder, "./" + from.name}, nil, func(r io.Reader) error {
		return u.unpack(&tarReader{r: bufio.NewReaderSize(r, 128<<10)}, from.name)
	})
}

// putWhole unpacks the one file $3 in the directory $2, with tar's options $1, and gives it its name $4 when it is whole.
const putWhole = `tar "$1" - -C "$2" && mv -f "$2/$3" "$2/$4" && exit
code=$?
rm -f "$2/$3"
exit $code`

func (c *copying) to(ctx context.Context) error {
	local, err := filepath.EvalSymlinks(c.Local)
	if err != nil {
		return err
	}
	info, err := os.Stat(local)
	if err != nil {
		return err
	}
	kind, found, err := c.resolve(ctx)
	if err != nil {
		return err
	}
	from := splitSource(filepath.ToSlash(c.Local))
	p := &packer{Options: c.Options, name: path.Base(found)}
	folder := path.Dir(found)
	switch {
	case kind == kindDir:
		folder, p.name = found, from.name
	case kind == kindOther, kind == kindFile && info.IsDir(), strings.HasSuffix(c.Remote, "/") && !info.IsDir():
		return errors.New("it is no directory")
	}
	options := "xpf"
	if c.NoPreserve {
		options = "xof"
	}
	command := []string{"tar", options, "-", "-C", c.root + folder}
	switch {
	case kind != kindUnknown && !info.IsDir():
		temporary := temporaryName()
		command = []string{"sh", "-c", putWhole, "sh", options, c.root + folder, temporary, p.name}
		p.name = temporary
	case c.root != "":
		if err := c.refuseLinks(ctx, folder, local, p); err != nil {
			return err
		}
	}
	err = c.tar(ctx, command, func(w io.Writer) error {
		buffer := bufio.NewWriterSize(w, 4*(transport.MaxMessage-1)) // what a session sends at once
		p.tar.w = buffer
		if err := p.add(local, p.name); err != nil {
			return err
		}
		if err := p.tar.end(); err != nil {
			return err
		}
		return buffer.Flush()
	}, nil)
	if p.failed != nil {
		return p.failed
	}
	return err
}

// tar runs a command, and sends what it reads or receives what it writes.
func (c *copying) tar(ctx context.Context, command []string, send func(io.Writer) error, receive func(io.Reader) error) error {
	said := &lines{told: c.notice}
	session, err := subresource.Exec(c.pods).Start(ctx, c.pod, subresource.ExecOptions{
		Container: c.in, Command: command, StdinPipe: send != nil, StdoutPipe: receive != nil, Stderr: said,
	})
	if err != nil {
		return err
	}
	var failed error
	switch {
	case receive != nil:
		failed = receive(session.StdoutPipe())
		if failed != nil && !errors.Is(failed, io.ErrUnexpectedEOF) { // of the latter the session may know why
			session.Close()
			return failed
		}
	case !session.CanCloseStdin():
		session.Close()
		return subresource.ErrCannotCloseStdin
	default:
		failed = send(session.StdinPipe())
		_ = session.CloseStdin() // where that fails, Wait says why
	}
	switch err := session.Wait(); {
	case err == nil:
		return failed
	case podscript.ProgramMissing(err) && c.root == "":
		return ErrNoTar
	case errors.As(err, new(*subresource.ExitError)) && said.first != "":
		return errors.New(said.first)
	default:
		return err
	}
}

// viaDebug calls do with a debug container that reaches the files of the container.
func (c *copying) viaDebug(ctx context.Context, api *resources.API[resources.Pod], do func(*copying, context.Context) error) error {
	o := *c.ViaDebug
	o.Target = c.Container
	if o.Notice == nil {
		o.Notice = c.notice
	}
	return debug.WithTargetFiles(ctx, api, c.pod, o, func(files debug.TargetFiles) error {
		c.in, c.root = files.Container, files.Root
		return do(c, ctx)
	})
}
