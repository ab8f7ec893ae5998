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
		DisableGlobbing: true,
		Description: "Lightweight Kubernetes client\n" +
			"kx has kubectl's verbs and flags, and debugs running pods.",
	})
	info.RPM.BuildHost, info.RPM.Summary = "kx", "Lightweight Kubernetes client"
	for i, f := range a.files {
		destination := installed(format, f.name)
		if destination == "" {
			continue
		}
		content := f.content
		if strings.HasSuffix(destination, ".gz") {
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
			Destination: destination, FileInfo: &files.ContentFileInfo{Owner: "root",
				Group: "root", Mode: f.mode, MTime: date}})
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
	case name == "LICENSE":
		return "/usr/share/licenses/kx/LICENSE"
	case path.Ext(name) == ".md", strings.HasPrefix(folder, "docs/"),
		strings.HasPrefix(folder, "deploy/"):
		return "/usr/share/doc/kx/" + name
	}
	return ""
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
