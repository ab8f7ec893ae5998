package imagearchive_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/imagearchive"
)

const (
	amd64 = 62
	arm64 = 183
)

// elf returns a 64-bit program for a machine, whose dynamic linker is interpreter.
func elf(machine uint16, interpreter string) []byte {
	head := make([]byte, 64+56)
	copy(head, "\x7fELF\x02\x01\x01")
	order := binary.LittleEndian
	order.PutUint16(head[16:], 2)
	order.PutUint16(head[18:], machine)
	order.PutUint64(head[32:], 64)
	order.PutUint16(head[54:], 56)
	order.PutUint16(head[56:], 1)
	order.PutUint32(head[64:], 1) // PT_LOAD
	if interpreter != "" {
		order.PutUint32(head[64:], 3) // PT_INTERP
		order.PutUint64(head[64+8:], uint64(len(head)))
		order.PutUint64(head[64+32:], uint64(len(interpreter)+1))
	}
	return append(head, interpreter+"\x00"...)
}

// busybox returns a program with the table of a busybox.
func busybox(applets ...string) []byte {
	return append(elf(amd64, ""), "text\x00more\x00\x00"+strings.Join(applets, "\x00")+"\x00\x00%s: sh\x00sh\x00"...)
}

// write writes files into a new folder, and returns the folder. A name with " -> " is a symbolic
// link.
func write(t *testing.T, files map[string]string) string {
	folder := t.TempDir()
	for name, contents := range files {
		path, target, isLink := strings.Cut(name, " -> ")
		path = filepath.Join(folder, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		if isLink {
			require.NoError(t, os.Symlink(target, path))
			continue
		}
		require.NoError(t, os.WriteFile(path, []byte(contents), 0o600))
	}
	return folder
}

// untar returns the files of an archive, with their contents.
func untar(t *testing.T, archive []byte) (headers []*tar.Header, contents map[string][]byte) {
	contents = map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return headers, contents
		}
		require.NoError(t, err)
		headers = append(headers, h)
		contents[h.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
}

// object is a JSON document.
type object = map[string]any

func decode[T any](t *testing.T, text []byte) (document T) {
	require.NoError(t, json.Unmarshal(text, &document), "%s", text)
	return document
}

// layer returns the layer of the only image of an archive, and the image's configuration. It checks
// that each file has the size and the digest of what refers to it.
func layer(t *testing.T, archive []byte) (layer []byte, config object) {
	_, files := untar(t, archive)
	follow := func(descriptor any) []byte {
		d := descriptor.(object)
		name := "blobs/" + strings.Replace(d["digest"].(string), ":", "/", 1)
		require.Len(t, files[name], int(d["size"].(float64)), name)
		require.Equal(t, d["digest"], fmt.Sprintf("sha256:%x", sha256.Sum256(files[name])))
		return files[name]
	}
	require.JSONEq(t, `{"imageLayoutVersion":"1.0.0"}`, string(files["oci-layout"]))
	index := decode[object](t, files["index.json"])
	require.Len(t, index["manifests"], 1)
	manifest := decode[object](t, follow(index["manifests"].([]any)[0]))
	require.Len(t, manifest["layers"], 1)
	layer = follow(manifest["layers"].([]any)[0])
	config = decode[object](t, follow(manifest["config"]))
	require.Equal(t, []any{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}, config["rootfs"].(object)["diff_ids"])
	docker := decode[[]object](t, files["manifest.json"])
	require.Len(t, docker, 1)
	require.Equal(t, files[docker[0]["Config"].(string)], follow(manifest["config"]))
	require.Equal(t, files[docker[0]["Layers"].([]any)[0].(string)], layer)
	return layer, config
}

func pack(t *testing.T, o imagearchive.PackOptions) []byte {
	var archive bytes.Buffer
	_, err := imagearchive.Pack(t.Context(), &archive, o)
	require.NoError(t, err)
	return archive.Bytes()
}

func TestPackMakesAnImageOfProgramsAndDirectories(t *testing.T) {
	folder := write(t, map[string]string{
		"busybox": string(busybox("[", "[[", "cat", "ls", "sh", "wget")), "wget": string(elf(amd64, "")), "probe": "#!/bin/sh\n",
		"root/etc/ssl/ca.crt": "PEM", "root/usr/bin/env -> ../../bin/env": "", "root/var/empty/.keep": "",
	})
	at := func(name string) string { return filepath.Join(folder, name) }
	archive := pack(t, imagearchive.PackOptions{Name: "tools:1", Busybox: at("busybox"),
		Paths: []string{at("wget"), at("probe"), at("root")}})
	text, config := layer(t, archive)
	headers, contents := untar(t, text)
	var lines []string
	for _, h := range headers {
		require.Equal(t, []any{0, 0, "", "", int64(0)}, []any{h.Uid, h.Gid, h.Uname, h.Gname, h.ModTime.Unix()}, h.Name)
		lines = append(lines, fmt.Sprintf("%c %04o %s %s", h.Typeflag, h.Mode, h.Name, h.Linkname))
	}
	require.Equal(t, []string{
		"5 0755 bin/ ", "2 0777 bin/[ busybox", "2 0777 bin/[[ busybox", "0 0755 bin/busybox ", "2 0777 bin/cat busybox",
		"2 0777 bin/ls busybox", "0 0755 bin/probe ", "2 0777 bin/sh busybox", "0 0755 bin/wget ", "5 0755 etc/ ",
		"5 0755 etc/ssl/ ", "0 0644 etc/ssl/ca.crt ", "5 1777 tmp/ ", "5 0755 usr/ ", "5 0755 usr/bin/ ",
		"2 0777 usr/bin/env ../../bin/env", "5 0755 var/ ", "5 0755 var/empty/ ", "0 0644 var/empty/.keep ",
	}, lines)
	require.Equal(t, "PEM", string(contents["etc/ssl/ca.crt"]))
	require.Equal(t, object{
		"created": "1970-01-01T00:00:00Z", "architecture": "amd64", "os": "linux", "rootfs": config["rootfs"],
		"history": []any{object{"created": "1970-01-01T00:00:00Z", "created_by": "kx image pack"}},
		"config":  object{"Cmd": []any{"/bin/sh"}, "Env": []any{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}},
	}, config)
}

func TestPackGivesTheSameBytesWhateverTheModesAndTimesOnTheDisk(t *testing.T) {
	files := map[string]string{"busybox": string(busybox("cat", "sh")), "root/a/b": "text", "root/c -> a": ""}
	packed := func(mode fs.FileMode) []byte {
		folder := write(t, files)
		require.NoError(t, os.Chmod(filepath.Join(folder, "root", "a", "b"), mode))
		return pack(t, imagearchive.PackOptions{Name: "kx.local/tools:1", Busybox: filepath.Join(folder, "busybox"),
			Paths: []string{filepath.Join(folder, "root")}})
	}
	require.Equal(t, packed(0o600), packed(0o644))
}

func TestAnImageIsNamedAsRuntimesListIt(t *testing.T) {
	folder := write(t, map[string]string{"kx": string(elf(arm64, ""))})
	for name, want := range map[string]string{
		"tools:1": "docker.io/library/tools:1", "kx.local/tools:1.2": "kx.local/tools:1.2", "a/b:c": "docker.io/a/b:c",
	} {
		var archive bytes.Buffer
		image, err := imagearchive.Pack(t.Context(), &archive, imagearchive.PackOptions{Name: name, Paths: []string{filepath.Join(folder, "kx")}})
		require.NoError(t, err)
		require.Equal(t, &imagearchive.Image{Name: want, OS: "linux", Architecture: "arm64"}, image)
		_, files := untar(t, archive.Bytes())
		index := decode[object](t, files["index.json"])
		_, tag, _ := strings.Cut(want, ":")
		require.Equal(t, object{"io.containerd.image.name": want, "org.opencontainers.image.ref.name": tag},
			index["manifests"].([]any)[0].(object)["annotations"])
		require.Equal(t, []any{want}, decode[[]object](t, files["manifest.json"])[0]["RepoTags"])
	}
}

func TestAnImageWithoutAShellRunsItsOnlyProgram(t *testing.T) {
	folder := write(t, map[string]string{"kx": string(elf(amd64, "")), "other": string(elf(amd64, "")), "root/bin/third": string(elf(amd64, ""))})
	at := func(name string) string { return filepath.Join(folder, name) }
	for want, paths := range map[string][]string{
		"[/bin/kx]": {at("kx")}, "[]": {at("kx"), at("other")}, "[/bin/other]": {at("root"), at("other")},
	} {
		_, config := layer(t, pack(t, imagearchive.PackOptions{Name: "a:1", Paths: paths}))
		require.Equal(t, want, fmt.Sprint(config["config"].(object)["Cmd"]))
	}
}

func TestPackRefuses(t *testing.T) {
	linker := "/lib64/ld-linux-x86-64.so.2"
	folder := write(t, map[string]string{
		"static": string(elf(amd64, "")), "dynamic": string(elf(amd64, linker)), "other": string(elf(arm64, "")),
		"odd": string(elf(9999, "")), "short": string(elf(amd64, ""))[:60], "data": "text", "busybox": string(busybox("cat", "sh")),
		"empty/readme": "text", "again/bin/static": "text", "link/bin -> usr/bin": "",
		"cut": string(elf(amd64, linker))[:130], "root/" + linker: "", "root/bin/dynamic": string(elf(amd64, linker)),
	})
	at := func(names ...string) (paths []string) {
		for _, name := range names {
			paths = append(paths, filepath.Join(folder, name))
		}
		return paths
	}
	for name, row := range map[string]struct {
		options imagearchive.PackOptions
		want    string
	}{
		"an image without a tag": {imagearchive.PackOptions{Name: "tools"},
			`image "tools": an image is packed under a name with a tag, such as tools:1`},
		"a name that is none": {imagearchive.PackOptions{Name: "No Name:1"},
			`image "No Name:1": "No Name" is no repository name`},
		"a digest": {imagearchive.PackOptions{Name: "a:1@sha256:" + strings.Repeat("0", 64)}, "is packed under a name with a tag"},
		"nothing": {imagearchive.PackOptions{Name: "a:1"},
			"an image needs a program: give a busybox, a program or a directory"},
		"a dynamic program": {imagearchive.PackOptions{Name: "a:1", Paths: at("dynamic")},
			`dynamic is linked dynamically and needs "` + linker + `", which the image lacks: link it statically, or give a directory that has its libraries`},
		"two architectures":        {imagearchive.PackOptions{Name: "a:1", Paths: at("static", "other")}, "other is for arm64, and "},
		"an unknown architecture":  {imagearchive.PackOptions{Name: "a:1", Paths: at("odd")}, "odd is for a processor that kx does not know (ELF machine 9999)"},
		"a cut program":            {imagearchive.PackOptions{Name: "a:1", Paths: at("short")}, "short is a damaged ELF file: its program headers are not at its beginning"},
		"a cut interpreter":        {imagearchive.PackOptions{Name: "a:1", Paths: at("cut")}, "cut is a damaged ELF file"},
		"data":                     {imagearchive.PackOptions{Name: "a:1", Paths: at("data")}, "data is no program for Linux, neither an ELF file nor a script"},
		"no program":               {imagearchive.PackOptions{Name: "a:1", Paths: at("empty")}, "empty has no program for Linux"},
		"a busybox that is none":   {imagearchive.PackOptions{Name: "a:1", Busybox: at("static")[0]}, "static is no busybox for Linux"},
		"a name twice":             {imagearchive.PackOptions{Name: "a:1", Paths: at("static", "again")}, "would be /bin/static, which is "},
		"a file below a link":      {imagearchive.PackOptions{Name: "a:1", Paths: at("link", "static")}, "would be /bin, which is "},
		"what does not exist":      {imagearchive.PackOptions{Name: "a:1", Paths: at("missing")}, "missing: no such file or directory"},
		"what is neither file nor": {imagearchive.PackOptions{Name: "a:1", Busybox: os.DevNull}, os.DevNull + " is no file, directory or symbolic link"},
	} {
		t.Run(name, func(t *testing.T) {
			var archive bytes.Buffer
			_, err := imagearchive.Pack(t.Context(), &archive, row.options)
			require.ErrorContains(t, err, row.want)
			require.Empty(t, archive.Bytes())
		})
	}
	pack(t, imagearchive.PackOptions{Name: "a:1", Paths: at("root")}) // it has the dynamic linker
}

func TestTheLinksAreThoseThatARealBusyboxLists(t *testing.T) {
	program, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("there is no busybox here")
	}
	listed, err := exec.CommandContext(t.Context(), program, "--list").Output()
	require.NoError(t, err)
	text, _ := layer(t, pack(t, imagearchive.PackOptions{Name: "a:1", Busybox: program}))
	headers, _ := untar(t, text)
	var links string
	for _, h := range headers {
		if h.Typeflag == tar.TypeSymlink {
			links += strings.TrimPrefix(h.Name, "bin/") + "\n"
		}
	}
	require.Equal(t, strings.ReplaceAll(string(listed), "\nbusybox\n", "\n"), links)
}

func TestPackFailsIfTheDiskIsFull(t *testing.T) {
	folder := write(t, map[string]string{"kx": string(elf(amd64, ""))})
	errFull := errors.New("no space left on device")
	_, err := imagearchive.Pack(t.Context(), failing{errFull}, imagearchive.PackOptions{Name: "a:1", Paths: []string{filepath.Join(folder, "kx")}})
	require.ErrorIs(t, err, errFull)
}

func TestPackEndsWithItsContext(t *testing.T) {
	folder := write(t, map[string]string{"kx": string(elf(amd64, "")), "more/kx": string(elf(amd64, ""))})
	stopped := errors.New("stopped")
	for name, paths := range map[string][]string{"in a directory": {folder}, "in a file": {filepath.Join(folder, "kx")}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(stopped)
			_, err := imagearchive.Pack(ctx, io.Discard, imagearchive.PackOptions{Name: "a:1", Paths: paths})
			require.ErrorIs(t, err, stopped)
		})
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }
