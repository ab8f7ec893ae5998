package transport

import (
	"errors"
	"io"
	"os"
)

// maxCredentialFile bounds what is read of a file that a configuration names: bundles of authorities have some 200 KiB, and /dev/zero has no end.
const maxCredentialFile = 4 << 20

func readCredentialFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxCredentialFile+1))
	if err == nil && len(content) > maxCredentialFile {
		err = &os.PathError{Op: "read", Path: name, Err: errors.New("the file is larger than 4 MiB")}
	}
	return content, err
}
