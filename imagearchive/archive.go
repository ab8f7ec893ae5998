package imagearchive

import (
	"archive/tar"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/internal/imagename"
)

// ErrNotAnArchive is the error for a file that is no archive of images.
var ErrNotAnArchive = errors.New("not an archive of images")

// The limits of an archive. They bound the memory that a hostile one can take.
const (
	maxFiles      = 10_000
	maxNameLength = 1024
	maxDocument   = 4 << 20
	maxImages     = 1000
	// maxDepth is how deep indexes are nested: that of a registry in that of an archive.
	maxDepth = 3
)

// Archive is an archive of images, in the layout of OCI or of docker save.
type Archive struct {
	Images []Image

	source io.ReadSeeker
	files  map[string]section
	size   int64 // of the whole archive in bytes
}

// section is where the contents of a file are.
type section struct{ offset, size int64 }

// Open reads which images an archive has. It checks that their files are in it, and the digests of
// the documents that describe them, but not those of the layers. The error for anything else is
// ErrNotAnArchive with the reason.
func Open(source io.ReadSeeker) (*Archive, error) {
	a := &Archive{source: source, files: map[string]section{}}
	err := a.list()
	if err == nil {
		_, isOCI := a.files[indexFile]
		if isOCI {
			err = a.readIndex(indexFile, "", 0)
		} else {
			err = a.readDocker()
		}
	}
	if err == nil && len(a.Images) == 0 {
		err = errors.New("it has no image")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAnArchive, err)
	}
	return a, nil
}

// list finds the files of the archive.
func (a *Archive) list() (err error) {
	if a.size, err = a.source.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	magic := make([]byte, 4)
	_, err = a.source.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.ReadFull(a.source, magic)
	}
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(string(magic), "\x1f\x8b"), string(magic) == "\x28\xb5\x2f\xfd":
		return errors.New("it is compressed: decompress it with gunzip or unzstd")
	}
	if _, err = a.source.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for r := tar.NewReader(a.source); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeDir {
			continue
		}
		offset, err := a.source.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if len(a.files) == maxFiles || len(h.Name) > maxNameLength {
			return fmt.Errorf("it has more than %d files, or a name longer than %d bytes", maxFiles,
				maxNameLength)
		}
		a.files[strings.TrimPrefix(h.Name, "./")] = section{offset, h.Size}
	}
}

// decode decodes a document. The name of a blob is that of its digest.
func (a *Archive) decode(name string, document any) error {
	file, ok := a.files[name]
	switch {
	case !ok:
		return errors.New("it has no file " + quote(name))
	case file.size > maxDocument:
		return fmt.Errorf("its file %s is longer than %d bytes", quote(name), maxDocument)
	}
	text := make([]byte, file.size)
	_, err := a.source.Seek(file.offset, io.SeekStart)
	if err == nil {
		_, err = io.ReadFull(a.source, text)
	}
	if err == nil && strings.HasPrefix(name, blobFolder) {
		if name != blobFolder+fmt.Sprintf("%x", sha256.Sum256(text)) {
			err = errors.New("its digest is another")
		}
	}
	if err == nil {
		err = json.Unmarshal(text, document)
	}
	if err != nil {
		return fmt.Errorf("its file %s cannot be read: %w", quote(name), err)
	}
	return nil
}

// index is an image index, or the manifest of an image.
type index struct {
	Manifests []descriptor `json:"manifests"`
	Config    descriptor   `json:"config"`
	Layers    []descriptor `json:"layers"`
}

type descriptor struct {
	Digest      string      `json:"digest"`
	Size        int64       `json:"size"`
	Annotations annotations `json:"annotations"`
}

// annotations are those that name an image.
type annotations struct {
	ContainerdName string `json:"io.containerd.image.name"`
	// RefName is the tag, or with some programs the whole name.
	RefName string `json:"org.opencontainers.image.ref.name"`
}

// platform is a part of an image's configuration.
type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
}

// savedImage is an element of docker save's manifest.json.
type savedImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// readIndex reads an index or a manifest, and what it leads to. name is the image's name, or "".
func (a *Archive) readIndex(file, name string, depth int) error {
	var i index
	if err := a.decode(file, &i); err != nil {
		return err
	}
	if depth > 0 && len(i.Manifests) == 0 {
		for _, layer := range i.Layers {
			if a.files[layer.file()].size != layer.Size {
				return errors.New("a layer is incomplete: " + quote(layer.file()))
			}
		}
		return a.addImage(i.Config.file(), name)
	}
	if depth == maxDepth {
		return fmt.Errorf("its indexes are nested more than %d times", maxDepth)
	}
	for _, m := range i.Manifests {
		_, has := a.files[m.file()]
		if !has && depth > 0 { // an archive may lack the platforms that nobody asked for
			continue
		}
		named := m.Annotations.ContainerdName
		if named == "" && strings.ContainsAny(m.Annotations.RefName, "/:") {
			named = m.Annotations.RefName
		}
		if err := a.readIndex(m.file(), cmp.Or(named, name), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// file returns the name of the file that a descriptor leads to.
func (d *descriptor) file() string { return "blobs/" + strings.Replace(d.Digest, ":", "/", 1) }

// readDocker reads manifest.json.
func (a *Archive) readDocker() error {
	var images []savedImage
	if err := a.decode(dockerFile, &images); err != nil {
		return err
	}
	for _, image := range images {
		for _, layer := range image.Layers {
			if _, has := a.files[layer]; !has {
				return errors.New("a layer is incomplete: " + quote(layer))
			}
		}
		names := image.RepoTags
		if len(names) == 0 {
			names = []string{""}
		}
		for _, name := range names {
			if err := a.addImage(image.Config, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// addImage adds the image with the given configuration.
func (a *Archive) addImage(config, name string) error {
	if len(a.Images) == maxImages {
		return fmt.Errorf("it has more than %d images", maxImages)
	}
	if name != "" {
		if err := imagename.Check(name); err != nil {
			return fmt.Errorf("it names an image %s: %w", quote(name), err)
		}
		name = imagename.Parse(name).String()
	}
	var p platform
	err := a.decode(config, &p)
	a.Images = append(a.Images, Image{Name: name, OS: p.OS, Architecture: p.Architecture})
	return err
}

// quote returns a name of an archive for a message.
func quote(name string) string { return fmt.Sprintf("%.100q", name) }
