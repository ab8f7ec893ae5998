package kubeconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// lockFile keeps kubectl and kx from losing each other's changes. It creates the file path.lock,
// like kubectl, and fails if another program has it.
//
// kx also holds flock(2) on that file, and the kernel releases it when kx is killed. So a file that
// nobody holds is left over, and lockFile removes it. kubectl holds none, but its file has mode 0.
func lockFile(path string) (*os.File, error) {
	name := path + ".lock"
	for range 3 {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil && hold(f) {
			return f, nil
		}
		if err == nil { // another kx took it for left over before it was held
			f.Close()
		} else if !errors.Is(err, fs.ErrExist) {
			return nil, err
		} else if !removeLeftover(name) {
			break
		}
	}
	return nil, fmt.Errorf(
		"%s is locked: another program is changing it; if none is, remove %s", path, name)
}
