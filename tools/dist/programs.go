package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// module is the path of kx's module.
const module = "github.com/kx-k8s/kx"

// file is a file of an archive.
type file struct {
	name    string // with slashes, below the folder of the archive
	mode    fs.FileMode
	content []byte
}

// programs builds kx and kx-sandbox for a platform, as "make build" does.
func (r *release) programs(ctx context.Context, p platform) (files []file, err error) {
	folder := filepath.Join(r.work, p.os+p.arch)
	if err := r.make(ctx, p, "build", "BIN="+folder); err != nil {
		return nil, err
	}
	for _, name := range []string{"kx", "kx-sandbox"} {
		if p.os == "windows" {
			name += ".exe"
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o755, content})
	}
	return files, nil
}

// make runs make in the clone for a platform. No setting of the user changes what is built.
func (r *release) make(ctx context.Context, p platform, args ...string) error {
	env := []string{"GOOS=" + p.os, "GOARCH=" + p.arch, "GOFLAGS=-buildvcs=true", "MAKEFLAGS="}
	for _, name := range []string{"GOAMD64", "GOARM64", "GORISCV64", "GOEXPERIMENT", "GOWORK",
		"GODEBUG", "GOFIPS140"} {
		env = append(env, name+"=")
	}
	_, err := command(ctx, r.source.folder, env, "make", append([]string{"-s"}, args...)...)
	return err
}

// commonFiles returns the files of every archive: the texts, the man pages and the completion
// scripts.
func (r *release) commonFiles(ctx context.Context) (files []file, err error) {
	host := platform{runtime.GOOS, runtime.GOARCH}
	err = r.make(ctx, host, "build", "BIN="+filepath.Join(r.work, "tools"),
		"PROGRAMS=./cmd/kx/internal/packagefiles")
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(r.work, "files")
	_, err = command(ctx, "", nil, filepath.Join(r.work, "tools", "packagefiles"), "-version",
		r.version, "-date", r.source.date.Format("2006-01-02"), folder)
	if err != nil {
		return nil, err
	}
	files, err = texts(r.source.folder)
	if err != nil {
		return nil, err
	}
	made, err := readFiles(os.DirFS(folder), ".")
	return append(files, made...), err
}

// texts returns the files of the repository that are in every archive. They are what a user without
// a network reads: the pages with their pictures, and the roles to which the pages refer.
func texts(root string) ([]file, error) {
	return readFiles(os.DirFS(root), "LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "docs",
		"deploy")
}

// readFiles returns the files with the given names, and those in folders with these names.
func readFiles(root fs.FS, names ...string) (files []file, err error) {
	for _, name := range names {
		err := fs.WalkDir(root, name, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(root, name)
			files = append(files, file{name, 0o644, content})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
