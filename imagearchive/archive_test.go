package imagearchive_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/imagearchive"
)

// file is a file of an archive. An empty name stands for that of its digest.
type file struct{ name, contents string }

// archiveOf returns an archive with the files.
func archiveOf(files ...file) []byte {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, f := range files {
		if f.name == "" {
			f.name = "blobs/sha256/" + digest(f.contents)
		}
		_ = w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.contents))})
		_, _ = w.Write([]byte(f.contents))
	}
	_ = w.Close()
	return archive.Bytes()
}

func digest(contents string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(contents))) }

// descriptor returns what leads to a blob.
func descriptor(contents, more string) string {
	return fmt.Sprintf(`{"digest":"sha256:%s","size":%d%s}`, digest(contents), len(contents), more)
}

func named(annotation, name string) string {
	return fmt.Sprintf(`,"annotations":{"%s":"%s"}`, annotation, name)
}

const (
	layerText  = "layer"
	configText = `{"os":"linux","architecture":"amd64"}`
	containerd = "io.containerd.image.name"
	refName    = "org.opencontainers.image.ref.name"
)

var manifestText = fmt.Sprintf(`{"config":%s,"layers":[%s]}`, descriptor(configText, ""), descriptor(layerText, ""))

func index(manifests ...string) string {
	return `{"schemaVersion":2,"manifests":[` + strings.Join(manifests, ",") + `]}`
}

func docker(tags string) file {
	return file{"manifest.json", `[{"Config":"c.json","RepoTags":` + tags + `,"Layers":["l/layer.tar"]}]`}
}

func TestOpenReadsTheImagesOfEachKindOfArchive(t *testing.T) {
	folder := write(t, map[string]string{"kx": string(elf(arm64, ""))})
	packed := pack(t, imagearchive.PackOptions{Name: "kx.local/tools:1", Paths: []string{filepath.Join(folder, "kx")}})
	blobs := []file{{"", configText}, {"", layerText}, {"", manifestText}}
	nested := index(descriptor(manifestText, ""), descriptor("a platform that is not in it", ""))
	for name, row := range map[string]struct {
		archive []byte
		want    []imagearchive.Image
	}{
		"kx image pack": {packed, []imagearchive.Image{{Name: "kx.local/tools:1", OS: "linux", Architecture: "arm64"}}},
		"docker save": {archiveOf(file{"c.json", configText}, file{"l/layer.tar", ""}, docker(`["busybox:1","a.b/c:2"]`)),
			[]imagearchive.Image{{Name: "docker.io/library/busybox:1", OS: "linux", Architecture: "amd64"}, {Name: "a.b/c:2", OS: "linux", Architecture: "amd64"}}},
		"docker save of an ID": {archiveOf(file{"./c.json", configText}, file{"l/layer.tar", ""}, docker("null")),
			[]imagearchive.Image{{OS: "linux", Architecture: "amd64"}}},
		"a layout with an index for several platforms": {archiveOf(slices.Concat(blobs, []file{{"", nested},
			{"index.json", index(descriptor(nested, named(containerd, "a.b/c:1")))}})...),
			[]imagearchive.Image{{Name: "a.b/c:1", OS: "linux", Architecture: "amd64"}}},
		"a layout whose reference is a whole name": {archiveOf(slices.Concat(blobs, []file{
			{"index.json", index(descriptor(manifestText, named(refName, "a.b/c:1")))}})...),
			[]imagearchive.Image{{Name: "a.b/c:1", OS: "linux", Architecture: "amd64"}}},
		"a layout whose reference is a tag": {archiveOf(slices.Concat(blobs, []file{
			{"index.json", index(descriptor(manifestText, named(refName, "latest")))}})...),
			[]imagearchive.Image{{OS: "linux", Architecture: "amd64"}}},
	} {
		t.Run(name, func(t *testing.T) {
			archive, err := imagearchive.Open(bytes.NewReader(row.archive))
			require.NoError(t, err)
			require.Equal(t, row.want, archive.Images)
		})
	}
}

func TestOpenRefusesWhatIsNoArchiveOfImages(t *testing.T) {
	deep := index(descriptor(manifestText, ""))
	files := []file{{"", configText}, {"", layerText}, {"", manifestText}, {"", deep}}
	for range 4 {
		deep = index(descriptor(deep, ""))
		files = append(files, file{"", deep})
	}
	manyNames := `["a:1"` + strings.Repeat(`,"a:1"`, 1000) + `]`
	long := strings.Repeat(" ", 5<<20)
	for name, row := range map[string]struct {
		archive []byte
		want    string
	}{
		"nothing":                  {nil, "EOF"},
		"a text":                   {bytes.Repeat([]byte("text"), 1000), "invalid tar header"},
		"a compressed archive":     {[]byte("\x1f\x8b\x08\x00"), "it is compressed: decompress it with gunzip or unzstd"},
		"another archive":          {archiveOf(file{"a", "b"}), `it has no file "manifest.json"`},
		"a cut archive":            {archiveOf(docker(`["a:1"]`))[:550], "unexpected EOF"},
		"no image":                 {archiveOf(file{"index.json", index()}), "it has no image"},
		"an index that is none":    {archiveOf(file{"index.json", "text"}), `its file "index.json" cannot be read`},
		"a document without end":   {archiveOf(file{"index.json", long}), "is longer than 4194304 bytes"},
		"a missing manifest":       {archiveOf(file{"index.json", index(descriptor(manifestText, ""))}), "it has no file"},
		"a missing layer":          {archiveOf(file{"", configText}, file{"", manifestText}, file{"index.json", index(descriptor(manifestText, ""))}), "a layer is incomplete: "},
		"a missing layer of saves": {archiveOf(file{"c.json", configText}, docker(`["a:1"]`)), `a layer is incomplete: "l/layer.tar"`},
		"another digest": {archiveOf(file{"blobs/sha256/" + digest(manifestText), configText}, file{"index.json", index(descriptor(manifestText, ""))}),
			"its digest is another"},
		"a name that is none": {archiveOf(file{"c.json", configText}, file{"l/layer.tar", ""}, docker(`["A:1"]`)), `it names an image "A:1"`},
		"too many names":      {archiveOf(file{"c.json", configText}, file{"l/layer.tar", ""}, docker(manyNames)), "it has more than 1000 images"},
		"indexes in indexes":  {archiveOf(append(files, file{"index.json", index(descriptor(deep, ""))})...), "its indexes are nested more than 3 times"},
		"a long name":         {archiveOf(file{strings.Repeat("a", 2000), ""}), "or a name longer than 1024 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := imagearchive.Open(bytes.NewReader(row.archive))
			require.ErrorIs(t, err, imagearchive.ErrNotAnArchive)
			require.ErrorContains(t, err, row.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestOpenFailsWithTheErrorOfTheDisk(t *testing.T) {
	_, err := imagearchive.Open(closedFile(t))
	require.ErrorIs(t, err, os.ErrClosed)
}

func closedFile(t *testing.T) *os.File {
	f, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return f
}

func FuzzOpen(f *testing.F) {
	f.Add(archiveOf(file{"c.json", configText}, file{"l/layer.tar", ""}, docker(`["busybox:1"]`)))
	f.Add(archiveOf(file{"", configText}, file{"", layerText}, file{"", manifestText},
		file{"index.json", index(descriptor(manifestText, named(containerd, "a.b/c:1")))}))
	f.Add(archiveOf(file{"index.json", index()}))
	f.Fuzz(func(t *testing.T, text []byte) {
		archive, err := imagearchive.Open(bytes.NewReader(text))
		if err != nil {
			require.True(t, errors.Is(err, imagearchive.ErrNotAnArchive))
			return
		}
		require.NotEmpty(t, archive.Images)
		for _, image := range archive.Images {
			require.NotContains(t, image.Name, " ")
		}
	})
}
