package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // registers the format
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm" // registers the format
)

// zshFolder is where a package puts completions of zsh, by the package's format.
var zshFolder = map[string]string{
	"deb": "/usr/share/zsh/vendor-completions", "rpm": "/usr/share/zsh/site-functions",
}

// copyright is the file that Debian's policy asks for. It names the license by its place on Debian:
// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: kx
Source: https://` + module + `

Files: *
Copyright: 2026 The kx authors
License: Apache-2.0
 The text of the license is in /usr/share/common-licenses/Apache-2.0.
Comment:
 The programs contain modules of others. Their licenses are in
 /usr/share/doc/kx/` + licensesFile + `.
`

const (
	summary     = "Lightweight Kubernetes client"
	description = "kx adds a debug container to a pod without a shell, and attaches your " +
		"terminal\nto it. It also has kubectl's verbs for objects, logs, files and ports.\n"
)

// linuxPackage returns the name and the content of a package, "deb" or "rpm", with the files of an
// archive. kx is also kubectl-kx and kubectl_complete-kx there, which kubectl looks for.
func linuxPackage(format string, a archive, date time.Time, work string) (string, []byte, error) {
	folder, err := os.MkdirTemp(work, format)
	if err != nil {
		return "", nil, err
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "kx", Arch: a.platform.arch, Platform: a.platform.os, Version: a.version,
		Section: "admin", Priority: "optional", Maintainer: "The kx authors <" + module + ">",
		Homepage: "https://" + module, License: "Apache-2.0", MTime: date,
		DisableGlobbing: true, Description: summary + "\n" + description,
	})
	if format == "rpm" {
		info.Description, info.RPM.Summary, info.RPM.BuildHost = description, summary, "kx"
	}
	for i, f := range a.files {
		destination := installed(format, f.name)
		if destination == "" {
			continue
		}
		content := f.content
		switch {
		case destination == "/usr/share/doc/kx/copyright":
			content = []byte(copyright)
		case strings.HasSuffix(destination, ".gz"):
			content, err = compress(content)
			if err != nil {
				return "", nil, err
			}
		}
		source := filepath.Join(folder, strconv.Itoa(i))
		if err := os.WriteFile(source, content, 0o600); err != nil {
			return "", nil, err
		}
		info.Contents = append(info.Contents, &files.Content{Source: source,
			Destination: destination, Type: fileType(format, destination),
			FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: f.mode,
				MTime: date}})
	}
	for folder := range ownFolders(info.Contents) {
		info.Contents = append(info.Contents, &files.Content{Destination: folder,
			Type: files.TypeDir, FileInfo: &files.ContentFileInfo{Owner: "root",
				Group: "root", Mode: 0o755, MTime: date}})
	}
	for _, name := range []string{"kubectl-kx", "kubectl_complete-kx"} {
		info.Contents = append(info.Contents, &files.Content{Source: "kx",
			Destination: "/usr/bin/" + name, Type: files.TypeSymlink,
			FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", MTime: date}})
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	if err := packager.Package(info, &b); err != nil {
		return "", nil, err
	}
	return packager.ConventionalFileName(info), b.Bytes(), nil
}

// installed returns where a package installs a file of an archive, or "" for a file that it does
// without.
func installed(format, name string) string {
	folder, base := path.Split(name)
	switch {
	case name == "kx" || name == "kx-sandbox":
		return "/usr/bin/" + name
	case folder == "man/":
		return "/usr/share/man/man1/" + base + ".gz"
	case name == "completions/kx.bash":
		return "/usr/share/bash-completion/completions/kx"
	case name == "completions/_kx":
		return zshFolder[format] + "/_kx"
	case name == "completions/kx.fish":
		return "/usr/share/fish/vendor_completions.d/kx.fish"
	case name == "LICENSE" && format == "deb":
		return "/usr/share/doc/kx/copyright"
	case name == licensesFile && format == "deb":
		return "/usr/share/doc/kx/" + name
	case name == "LICENSE" || name == licensesFile:
		return "/usr/share/licenses/kx/" + name
	case path.Ext(name) == ".md", strings.HasPrefix(folder, "docs/"),
		strings.HasPrefix(folder, "deploy/"):
		return "/usr/share/doc/kx/" + name
	}
	return ""
}

// fileType returns nfpm's type of a file. rpm knows documentation and licenses by it: rpm -qd lists
// the one, and rpm --excludedocs leaves it out. nfpm leaves files of such types out of a .deb.
func fileType(format, destination string) string {
	switch {
	case format == "rpm" && strings.HasPrefix(destination, "/usr/share/licenses/"):
		return files.TypeRPMLicense
	case format == "rpm" && (strings.HasPrefix(destination, "/usr/share/doc/") ||
		strings.HasPrefix(destination, "/usr/share/man/")):
		return files.TypeRPMDoc
	}
	return files.TypeFile
}

// ownFolders returns the folders that belong to kx alone. rpm removes only folders that a package
// lists.
func ownFolders(contents files.Contents) map[string]bool {
	folders := map[string]bool{}
	for _, c := range contents {
		folder := path.Dir(c.Destination)
		for ; strings.Contains(folder, "/kx"); folder = path.Dir(folder) {
			folders[folder] = true
		}
	}
	return folders
}

func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
