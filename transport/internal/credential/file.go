package credential

import (
	"errors"
	"io"
	"os"
)

// maxFileSize is the size in bytes of the largest file that is read. Bundles of authorities have
// some 200 KiB; a file such as /dev/zero has no end.
const maxFileSize = 4 << 20

// readFile returns the content of a file that a configuration names.
func readFile(name string) ([]byte, error) {
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
