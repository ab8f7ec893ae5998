package parity_test

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/imagearchive"
)

// go-containerregistry reads an archive in its two layouts, checks all digests and sizes, and finds
// the same image in both. kx reads what go-containerregistry writes.
func TestPackedImagesAreThoseThatGoContainerregistryReads(t *testing.T) {
	for sentence, row := range map[string]struct {
		name     string
		busybox  string
		paths    []string
		machine  elf.Machine
		command  []string
		platform string
	}{
		"with busybox, programs and a directory": {name: "kx.local/tools:1", busybox: "busybox", paths: []string{"strace", "script", "root"},
			machine: elf.EM_X86_64, command: []string{"/bin/sh"}, platform: "linux/amd64"},
		"with busybox alone, and a short name": {name: "tools:1.2", busybox: "busybox",
			machine: elf.EM_AARCH64, command: []string{"/bin/sh"}, platform: "linux/arm64"},
		"with one program, and a port in the name": {name: "registry.example:5000/a/strace:v1", paths: []string{"strace"},
			machine: elf.EM_RISCV, command: []string{"/bin/strace"}, platform: "linux/riscv64"},
		"without a command": {name: "a/b:c", paths: []string{"strace", "script"},
			machine: elf.EM_S390, command: []string{}, platform: "linux/s390x"},
	} {
		t.Run(sentence, func(t *testing.T) {
			tag, err := name.NewTag(row.name)
			require.NoError(t, err)
			packed := func() (folder string, image *imagearchive.Image) {
				folder = t.TempDir()
				o := imagearchive.PackOptions{Name: row.name}
				sources := writePrograms(t, row.machine)
				if row.busybox != "" {
					o.Busybox = filepath.Join(sources, row.busybox)
				}
				for _, path := range row.paths {
					o.Paths = append(o.Paths, filepath.Join(sources, path))
				}
				file, err := os.Create(filepath.Join(folder, "archive.tar"))
				require.NoError(t, err)
				defer file.Close()
				image, err = imagearchive.Pack(t.Context(), file, o)
				require.NoError(t, err)
				return folder, image
			}
			folder, image := packed()
			oci := readLayout(t, folder)
			docker, err := tarball.ImageFromPath(filepath.Join(folder, "archive.tar"), &tag)
			require.NoError(t, err)
			require.NoError(t, validate.Image(docker))

			require.Equal(t, describeImage(t, oci), describeImage(t, docker))
			config, err := oci.ConfigFile()
			require.NoError(t, err)
			require.Empty(t, config.Config.Entrypoint)
			require.Equal(t, row.command, config.Config.Cmd)
			require.Equal(t, row.platform, config.Platform().String())

			second, _ := packed()
			require.Equal(t, digest(t, oci), digest(t, readLayout(t, second)), "of files packed a second time")

			written := filepath.Join(t.TempDir(), "docker.tar")
			require.NoError(t, tarball.WriteToFile(written, tag, oci))
			require.Equal(t, []imagearchive.Image{*image}, openArchive(t, written))
			require.Equal(t, []imagearchive.Image{*image}, openArchive(t, writeLayout(t, image.Name, oci)))
		})
	}
}

// writePrograms writes a busybox, a program, a script and a directory, and returns their folder.
func writePrograms(t *testing.T, machine elf.Machine) string {
	program := new(bytes.Buffer)
	order := binary.ByteOrder(binary.LittleEndian)
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Phentsize: 56, Ehsize: 64}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	if machine == elf.EM_S390 {
		order, header.Ident[elf.EI_DATA] = binary.BigEndian, byte(elf.ELFDATA2MSB)
	}
	require.NoError(t, binary.Write(program, order, header))
	folder := t.TempDir()
	for name, contents := range map[string]string{
		"strace": program.String(), "script": "#!/bin/sh\n", "root/etc/ssl/ca.crt": "PEM", "root/usr/bin/a": program.String(),
		"busybox":                          program.String() + "\x00" + strings.Join([]string{"[", "[[", "cat", "ls", "sh", "wget"}, "\x00") + "\x00\x00",
		"root/" + strings.Repeat("a", 120): "a name that needs a longer header",
	} {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(contents), 0o600))
	}
	require.NoError(t, os.Symlink("../usr/bin/a", filepath.Join(folder, "root", "etc", "link")))
	return folder
}

// readLayout extracts the archive in a folder, and returns the only image of its OCI layout.
func readLayout(t *testing.T, folder string) v1.Image {
	file, err := os.Open(filepath.Join(folder, "archive.tar"))
	require.NoError(t, err)
	defer file.Close()
	extracted := filepath.Join(folder, "layout")
	for r := tar.NewReader(file); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		path := filepath.Join(extracted, h.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		contents, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, contents, 0o600))
	}
	index, err := layout.ImageIndexFromPath(extracted)
	require.NoError(t, err)
	// Without Fast, validate takes a layer for compressed, whatever its media type is:
	// https://github.com/google/go-containerregistry/issues/1826. So the layers are checked below.
	require.NoError(t, validate.Index(index, validate.Fast))
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	require.Len(t, manifest.Manifests, 1)
	image, err := index.Image(manifest.Manifests[0].Digest)
	require.NoError(t, err)
	checkLayers(t, image)
	return image
}

// checkLayers checks the digests and sizes of layers that are not compressed.
func checkLayers(t *testing.T, image v1.Image) {
	manifest, err := image.Manifest()
	require.NoError(t, err)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	layers, err := image.Layers()
	require.NoError(t, err)
	require.Len(t, config.RootFS.DiffIDs, len(layers))
	for i, layer := range layers {
		require.Equal(t, types.OCIUncompressedLayer, manifest.Layers[i].MediaType)
		contents, err := layer.Compressed() // as it is stored
		require.NoError(t, err)
		hash, size, err := v1.SHA256(contents)
		require.NoError(t, err)
		require.NoError(t, contents.Close())
		require.Equal(t, hash, manifest.Layers[i].Digest)
		require.Equal(t, size, manifest.Layers[i].Size)
		require.Equal(t, hash, config.RootFS.DiffIDs[i])
	}
}

// writeLayout writes an archive of an OCI layout with an image, and returns its path.
func writeLayout(t *testing.T, name string, image v1.Image) string {
	folder := t.TempDir()
	path, err := layout.Write(folder, empty.Index)
	require.NoError(t, err)
	require.NoError(t, path.AppendImage(image, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": name})))
	file, err := os.Create(filepath.Join(t.TempDir(), "layout.tar"))
	require.NoError(t, err)
	defer file.Close()
	w := tar.NewWriter(file)
	require.NoError(t, w.AddFS(os.DirFS(folder)))
	require.NoError(t, w.Close())
	return file.Name()
}

// openArchive returns the images that kx finds in an archive.
func openArchive(t *testing.T, path string) []imagearchive.Image {
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	archive, err := imagearchive.Open(file)
	require.NoError(t, err)
	return archive.Images
}

// imageContents is what two layouts of one image share. Their manifests differ in media types.
type imageContents struct {
	ConfigDigest v1.Hash
	DiffIDs      []v1.Hash
	Config       *v1.ConfigFile
}

func describeImage(t *testing.T, image v1.Image) (found imageContents) {
	var err error
	found.ConfigDigest, err = image.ConfigName()
	require.NoError(t, err)
	found.Config, err = image.ConfigFile()
	require.NoError(t, err)
	layers, err := image.Layers()
	require.NoError(t, err)
	for _, layer := range layers {
		id, err := layer.DiffID()
		require.NoError(t, err)
		found.DiffIDs = append(found.DiffIDs, id)
	}
	return found
}

func digest(t *testing.T, image v1.Image) string {
	hash, err := image.Digest()
	require.NoError(t, err)
	return hash.String()
}
