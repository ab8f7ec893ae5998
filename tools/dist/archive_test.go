package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var testDate = time.Date(2026, 11, 30, 1, 2, 4, 0, time.UTC)

// sample returns an archive of small files, in an order that is not the archive's.
func sample(p platform) archive {
	suffix := ""
	if p.os == "windows" {
		suffix = ".exe"
	}
	return archive{platform: p, version: "v1.2.3", files: []file{
		{"man/kx.1", 0o644, []byte(".TH KX 1\n")}, {"kx" + suffix, 0o755, []byte("the program kx")},
		{"completions/kx.bash", 0o644, []byte("bash")}, {"completions/_kx", 0o644, []byte("zsh")},
		{"completions/kx.fish", 0o644, []byte("fish")}, {"completions/kx.ps1", 0o644, []byte("powershell")},
		{"kx-sandbox" + suffix, 0o755, []byte("the program kx-sandbox")}, {"LICENSE", 0o644, []byte("Apache")},
		{licensesFile, 0o644, []byte("BSD")},
		{"README.md", 0o644, []byte("# kx\n")}, {"CHANGELOG.md", 0o644, []byte("# Changelog\n")},
		{"docs/kx.md", 0o644, []byte("# Reference\n")}, {"docs/pictures/demo.svg", 0o644, []byte("<svg/>")},
		{"deploy/rbac/exec.yaml", 0o644, []byte("kind: Role\n")}, {"Containerfile", 0o644, containerfile},
	}}
}

func TestAnArchiveHasSortedFilesOfRootInOneFolder(t *testing.T) {
	a := sample(platform{"linux", "arm64"})
	require.NoError(t, a.pack(testDate))
	require.Equal(t, "kx_v1.2.3_linux_arm64.tar.gz", a.name())
	uncompressed, err := gzip.NewReader(bytes.NewReader(a.content))
	require.NoError(t, err)
	reader := tar.NewReader(uncompressed)
	var names []string
	for {
		h, err := reader.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, []any{0, 0, "", ""}, []any{h.Uid, h.Gid, h.Uname, h.Gname})
		require.True(t, h.ModTime.Equal(testDate))
		names = append(names, h.Name)
		if h.Name == "kx_v1.2.3_linux_arm64/kx" {
			require.Equal(t, int64(0o755), h.Mode)
			require.Equal(t, "the program kx", string(content))
		}
	}
	require.Len(t, names, len(a.files))
	require.IsIncreasing(t, names)
}

func TestAnArchiveForWindowsIsAZipFile(t *testing.T) {
	a := sample(platform{"windows", "amd64"})
	require.NoError(t, a.pack(testDate))
	require.Equal(t, "kx_v1.2.3_windows_amd64.zip", a.name())
	reader, err := zip.NewReader(bytes.NewReader(a.content), int64(len(a.content)))
	require.NoError(t, err)
	require.Len(t, reader.File, len(a.files))
	program, err := reader.Open("kx_v1.2.3_windows_amd64/kx.exe")
	require.NoError(t, err)
	content, err := io.ReadAll(program)
	require.NoError(t, err)
	require.Equal(t, "the program kx", string(content))
	for _, f := range reader.File {
		require.True(t, f.Modified.Equal(testDate), f.Modified)
	}
}

func TestTheSameFilesMakeTheSameArchive(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		first, second := sample(platform{system, "amd64"}), sample(platform{system, "amd64"})
		second.files = append(second.files[5:], second.files[:5]...)
		require.NoError(t, first.pack(testDate))
		require.NoError(t, second.pack(testDate.In(time.FixedZone("x", 3600))))
		require.Equal(t, first.sha256(), second.sha256())
		require.NoError(t, second.pack(testDate.Add(time.Minute)))
		require.NotEqual(t, first.sha256(), second.sha256())
	}
}

func TestTheImageHasFilesOfTheArchiveAlone(t *testing.T) {
	a := sample(platform{"linux", "amd64"})
	copied := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^COPY (\S+) (\S+)$`).FindAllStringSubmatch(string(containerfile), -1) {
		copied[line[2]] = line[1]
	}
	require.Contains(t, string(containerfile), "\nFROM scratch\n")
	require.Contains(t, string(containerfile), "\nENTRYPOINT [\"/kx\"]\n")
	require.Equal(t, "kx", copied["/kx"])
	for _, name := range copied {
		require.Condition(t, func() bool {
			for _, f := range a.files {
				if f.name == name {
					return true
				}
			}
			return false
		}, name)
	}
}

func TestTheChecksumsAreThoseOfSha256sum(t *testing.T) {
	require.Equal(t, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n"+
		"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  b\n",
		string(sums(map[string][]byte{"b": []byte("a"), "a": nil})))
}
