package imagearchive

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/kx-k8s/kx/internal/imagename"
)

// PackOptions describe the image that Pack makes.
type PackOptions struct {
	// Name is the image's name. It has a tag.
	Name string
	// Busybox is a static busybox. It becomes /bin/busybox, with a link in /bin for each program in
	// it.
	Busybox string
	// Paths are local programs and directories. A program becomes a file in /bin. The contents of a
	// directory are laid over the root of the image, so that bin/sh in it becomes /bin/sh.
	Paths []string
}

// Image is an image in an archive.
type Image struct {
	// Name is the whole name, such as docker.io/library/busybox:1, or "" if the archive has none.
	Name string
	// OS and Architecture are those of the programs in it, in the words of Go.
	OS, Architecture string
}

// Pack writes an archive with an image to w. The same options and files give the same bytes.
//
// The programs must be static, or their dynamic linker must be in the image, and all of them must
// be for one architecture. An error about a file is a *FileError or an *fs.PathError. The image has
// files of root with the modes 0755 for programs and 0644 for others, without times. Its command is
// /bin/sh if it has that, or else its only program. When ctx ends, Pack fails with its cause.
func Pack(ctx context.Context, w io.Writer, o PackOptions) (*Image, error) {
	name, err := wholeName(o.Name)
	if err != nil {
		return nil, err
	}
	files, err := collect(ctx, &o)
	if err != nil {
		return nil, err
	}
	digest := sha256.New()
	size := counter{Writer: digest}
	if err := files.writeLayer(ctx, &size); err != nil {
		return nil, err
	}
	layer := &blob{name: blobName(digest), size: size.n, write: func(w io.Writer) error {
		written := sha256.New()
		err := files.writeLayer(ctx, io.MultiWriter(w, written))
		if err == nil && blobName(written) != blobName(digest) {
			err = errors.New("a file changed while it was packed: pack it again")
		}
		return err
	}}
	image := &Image{Name: name, OS: "linux", Architecture: files.architecture}
	blobs, err := describe(image, files.command(), layer)
	if err != nil {
		return nil, err
	}
	return image, writeBlobs(w, blobs)
}

// wholeName returns a name with the defaults of a runtime filled in.
func wholeName(name string) (string, error) {
	if err := imagename.Check(name); err != nil {
		return "", fmt.Errorf("image %q: %w", name, err)
	}
	r := imagename.ParsePartial(name)
	if r.Tag == "" || r.Digest != "" {
		return "", fmt.Errorf("image %q: an image is packed under a name with a tag, such as %s:1",
			name, strings.TrimPrefix(r.Repository, "docker.io/library/"))
	}
	return r.String(), nil
}

// blob is a file of the archive.
type blob struct {
	name  string
	size  int64
	write func(io.Writer) error
}

// newBlob returns a file with the given contents. Its name is that of its digest if name is "".
func newBlob(name, contents string) *blob {
	if name == "" {
		digest := sha256.New()
		_, _ = io.WriteString(digest, contents) // never fails
		name = blobName(digest)
	}
	return &blob{name: name, size: int64(len(contents)), write: func(w io.Writer) error {
		_, err := io.WriteString(w, contents)
		return err
	}}
}

// blobName returns the name of the file with the digest.
func blobName(digest hash.Hash) string {
	return fmt.Sprintf("%s%x", blobFolder, digest.Sum(nil))
}

// writeBlobs writes an archive with the files.
func writeBlobs(w io.Writer, blobs []*blob) error {
	archive := tar.NewWriter(w)
	for _, b := range blobs {
		err := archive.WriteHeader(&tar.Header{Name: b.name, Mode: 0o644, Size: b.size})
		if err == nil {
			err = b.write(archive)
		}
		if err != nil {
			return err
		}
	}
	return archive.Close()
}

// interruptible is a writer that fails when its context ends.
type interruptible struct {
	ctx context.Context
	io.Writer
}

func (i *interruptible) Write(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.Writer.Write(p)
}

// counter counts what is written.
type counter struct {
	io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}
