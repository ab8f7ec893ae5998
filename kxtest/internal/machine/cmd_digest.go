package machine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// sha256sum prints the SHA-256 digest of each file.
func sha256sum(_ context.Context, p *Process) int {
	_, files, ok := p.options("b")
	if !ok {
		return 1
	}
	b := make([]byte, 64<<10)
	return p.eachInput(files, func(name string, r io.Reader) error {
		h := sha256.New()
		_, err := io.CopyBuffer(h, r, b)
		if err == nil {
			p.printf("%s  %s\n", hex.EncodeToString(h.Sum(nil)), name)
		}
		return err
	})
}
