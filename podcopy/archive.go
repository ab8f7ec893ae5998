package podcopy

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// maxPadding is how many bytes may follow the end of an archive. GNU tar pads to 10 KiB.
const maxPadding = 1 << 20

// archiveReader reads the entries of a tar archive that comes from a container.
type archiveReader struct {
	raw  io.Reader
	tar  *tar.Reader
	base string // all names of the archive are base, or are below base
}

func newArchiveReader(r io.Reader, base string) *archiveReader {
	raw := unexpectedEOFReader{r}
	return &archiveReader{raw: raw, tar: tar.NewReader(raw), base: base}
}

// unexpectedEOFReader returns io.ErrUnexpectedEOF in place of io.EOF. tar.Reader would take an EOF
// between two entries for the end of the archive, but a complete archive ends with two blocks of
// zeros.
type unexpectedEOFReader struct{ io.Reader }

func (r unexpectedEOFReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next returns the next entry, and the entry's name relative to base. The name has forward slashes;
// base itself is ".". The error is io.EOF at the end of the archive, and io.ErrUnexpectedEOF if the
// archive was cut off.
func (a *archiveReader) next() (*tar.Header, string, error) {
	for {
		h, err := a.tar.Next()
		switch {
		case err == io.EOF:
			return nil, "", a.skipPadding()
		case errors.Is(err, tar.ErrHeader):
			return nil, "", errors.New("the container sent a bad archive: invalid header")
		case err != nil:
			return nil, "", err
		case h.Typeflag == tar.TypeXGlobalHeader: // comments, such as git's
			continue
		}
		name, ok := a.relative(h.Name)
		if !ok {
			return nil, "", refused(h, "is not below the path to copy")
		}
		if isSparse(h) {
			return nil, "", refused(h, "is a sparse file, which kx does not unpack")
		}
		return h, name, nil
	}
}

// skipPadding reads what follows the end of the archive, so that tar can end. It returns io.EOF.
func (a *archiveReader) skipPadding() error {
	n, err := io.Copy(io.Discard, io.LimitReader(a.raw, maxPadding))
	switch {
	case n == maxPadding:
		return errors.New("the container sent a bad archive: data after its end")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return io.EOF
	}
	return err
}

// isSparse reports whether an entry is sparse in one of GNU's formats:
// a few bytes of such an entry can stand for any number of zeros.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// relative returns a name of the archive relative to base. ok is false for a name that is not
// below base, and for a name that this system treats specially, such as CON on Windows.
func (a *archiveReader) relative(name string) (_ string, ok bool) {
	name = path.Clean(name)
	if a.base != "." {
		rest, found := strings.CutPrefix(name+"/", a.base+"/")
		if !found {
			return "", false
		}
		name = path.Clean(rest)
	}
	if runtime.GOOS == "windows" {
		_, err := filepath.Localize(name)
		return name, err == nil
	}
	return name, filepath.IsLocal(name)
}

// isSpecial reports whether an entry is a device or a pipe.
func isSpecial(h *tar.Header) bool {
	return h.Typeflag == tar.TypeChar || h.Typeflag == tar.TypeBlock || h.Typeflag == tar.TypeFifo
}

// isRegular reports whether an entry is a file with contents.
func isRegular(h *tar.Header) bool {
	return h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeCont
}

// refused returns the error for an entry that is not unpacked.
func refused(h *tar.Header, why string) error {
	return fmt.Errorf("the container sent a bad archive: %s %s", quoted(h.Name), why)
}
