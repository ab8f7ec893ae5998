package credential

import (
	"errors"
	"io"
	"os"
)

// maxFileSize is the size in bytes of the largest file that is read. Bundles of authorities have
// some 200 KiB; a file such as /dev/zero has no end.
const maxFileSize = 4 << 20

// readFile returns the content of a regular file that a configuration names, or of one that a link
// leads to, as in a projected volume. A pipe could wait for ever, and /dev/stdin is not the
// configuration's.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name) // opening a missing file or reading a folder fails by itself
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &os.PathError{Op: "read", Path: name,
			Err: errors.New("it is not a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(content) > maxFileSize {
		err = &os.PathError{Op: "read", Path: name,
			Err: errors.New("the file is larger than 4 MiB")}
	}
	return content, err
}
