package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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

// commonFiles are the files of every archive: the licence, the texts, the man pages and the
// completion scripts.
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
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		content, err := os.ReadFile(filepath.Join(r.source.folder, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, content})
	}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name := filepath.ToSlash(strings.TrimPrefix(path, folder+string(filepath.Separator)))
		files = append(files, file{name, 0o644, content})
		return err
	})
	return files, err
}
