package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// options are the flags.
type options struct{ root, out, platforms, version, downloads string }

// platform is one that kx is built for, in Go's words.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

// release is what all files of a release share.
type release struct {
	version string
	source  *checkout
	work    string // a folder for programs before they are packed
	out     string
	// files are the files that are written so far, by their names.
	files map[string][]byte
}

// run makes a release.
func run(ctx context.Context, o options) error {
	platforms, err := parsePlatforms(o.platforms)
	if err != nil {
		return err
	}
	if err := requireEmpty(o.out); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "kx-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	source, version, err := cloneCommit(ctx, o.root, filepath.Join(work, "kx"), o.version)
	if err != nil {
		return err
	}
	if err := checkChangelog(source.folder, version); err != nil {
		return err
	}
	r := &release{version: version, source: source, work: work, out: o.out,
		files: map[string][]byte{}}
	common, err := r.commonFiles(ctx)
	if err != nil {
		return err
	}
	var archives []archive
	for _, p := range platforms {
		fmt.Println("dist:", version, p)
		made, err := r.pack(ctx, p, common)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		archives = append(archives, made)
	}
	downloads := o.downloads
	if downloads == "" {
		downloads = "https://" + module + "/releases/download/" + version
	}
	manifest, err := krewManifest(version, downloads, archives)
	if err != nil {
		return err
	}
	if len(manifest) > 0 {
		if err := r.write("kx.yaml", manifest); err != nil {
			return err
		}
	}
	return r.write("SHA256SUMS", sums(r.files))
}

// pack writes the archive of a platform, its list of parts and, for Linux, its packages.
func (r *release) pack(ctx context.Context, p platform, common []file) (archive, error) {
	programs, err := r.programs(ctx, p)
	if err != nil {
		return archive{}, err
	}
	if p == (platform{runtime.GOOS, runtime.GOARCH}) {
		if err := checkVersion(ctx, filepath.Join(r.work, p.os+p.arch, "kx"), r.version); err != nil {
			return archive{}, err
		}
	}
	licenses, err := r.licenses(ctx, programs)
	if err != nil {
		return archive{}, err
	}
	a := archive{platform: p, version: r.version,
		files: slices.Concat(programs, []file{licenses}, common)}
	if p.os == "linux" {
		a.files = append(a.files, file{name: "Containerfile", mode: 0o644, content: containerfile})
	}
	if err := a.pack(r.source.date); err != nil {
		return archive{}, err
	}
	if err := r.write(a.name(), a.content); err != nil {
		return archive{}, err
	}
	parts, err := sbom(a, programs, r.source.date)
	if err != nil {
		return archive{}, err
	}
	if err := r.write(a.base()+".spdx.json", parts); err != nil {
		return archive{}, err
	}
	if p.os != "linux" {
		return a, nil
	}
	for _, format := range []string{"deb", "rpm"} {
		name, content, err := linuxPackage(format, a, r.source.date, r.work)
		if err != nil {
			return archive{}, err
		}
		if err := r.write(name, content); err != nil {
			return archive{}, err
		}
	}
	return a, nil
}

// write writes a file of the release.
func (r *release) write(name string, content []byte) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	r.files[name] = content
	return os.WriteFile(filepath.Join(r.out, name), content, 0o644)
}

func parsePlatforms(text string) (platforms []platform, err error) {
	for word := range strings.FieldsSeq(strings.ReplaceAll(text, ",", " ")) {
		system, arch, ok := strings.Cut(word, "/")
		if !ok || system == "" || arch == "" || strings.Contains(arch, "/") {
			return nil, fmt.Errorf("%q is not a platform such as linux/amd64", word)
		}
		platforms = append(platforms, platform{system, arch})
	}
	if len(platforms) == 0 {
		return nil, errors.New("no platform is given")
	}
	return platforms, nil
}

// requireEmpty fails for a folder with files, which a release could be mistaken to contain.
func requireEmpty(folder string) error {
	entries, err := os.ReadDir(folder)
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("%s has files already: remove it first", folder)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// checkVersion fails unless the program prints the version of the release.
func checkVersion(ctx context.Context, program, version string) error {
	output, err := command(ctx, "", nil, program, "version", "--client")
	if err != nil {
		return err
	}
	printed := string(bytes.TrimSpace(output))
	if printed != "Client Version: "+version {
		return fmt.Errorf("kx prints %q and not version %s", printed, version)
	}
	return nil
}
