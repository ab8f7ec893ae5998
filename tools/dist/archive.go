package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// containerfile makes an image of the unpacked archive.
//
//go:embed Containerfile
var containerfile []byte

// archive is the archive of one platform. All its files are in one folder.
type archive struct {
	platform platform
	version  string
	files    []file
	content  []byte
}

// base returns the archive's name without its extension, which is its folder's name too.
func (a *archive) base() string {
	return "kx_" + a.version + "_" + a.platform.os + "_" + a.platform.arch
}

// name returns the name of the archive's file.
func (a *archive) name() string {
	if a.platform.os == "windows" {
		return a.base() + ".zip"
	}
	return a.base() + ".tar.gz"
}

// sha256 returns the checksum of the archive.
func (a *archive) sha256() string { return sum(a.content) }

// pack writes the archive. All files have the date, and belong to root.
func (a *archive) pack(date time.Time) error {
	slices.SortFunc(a.files, func(x, y file) int { return strings.Compare(x.name, y.name) })
	var b bytes.Buffer
	var err error
	if a.platform.os == "windows" {
		err = a.zip(&b, date)
	} else {
		err = a.tar(&b, date)
	}
	a.content = b.Bytes()
	return err
}

func (a *archive) tar(w io.Writer, date time.Time) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(compressed)
	for _, f := range a.files {
		h := &tar.Header{Format: tar.FormatUSTAR, Typeflag: tar.TypeReg,
			Name: a.base() + "/" + f.name, Mode: int64(f.mode), Size: int64(len(f.content)),
			ModTime: date}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(f.content); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return compressed.Close()
}

func (a *archive) zip(w io.Writer, date time.Time) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, f := range a.files {
		h := &zip.FileHeader{Name: a.base() + "/" + f.name, Method: zip.Deflate,
			Modified: date.UTC()}
		h.SetMode(f.mode)
		entry, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.content); err != nil {
			return err
		}
	}
	return z.Close()
}

// sum returns the SHA-256 of content in hexadecimal.
func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// sums returns the checksums of files by their names, as sha256sum prints them.
func sums(files map[string][]byte) []byte {
	var lines []string
	for name, content := range files {
		lines = append(lines, fmt.Sprintf("%s  %s\n", sum(content), name))
	}
	slices.SortFunc(lines, func(x, y string) int {
		return strings.Compare(x[2*sha256.Size:], y[2*sha256.Size:])
	})
	return []byte(strings.Join(lines, ""))
}
