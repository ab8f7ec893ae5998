package machine

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"path"
	"strconv"
	"strings"
)

var digests = map[string]func() hash.Hash{"md5sum": md5.New, "sha1sum": sha1.New, "sha256sum": sha256.New, "sha512sum": sha512.New}

// digest is md5sum, sha256sum and their like.
func digest(_ context.Context, p *Process) int {
	options, files, ok := p.options("cswbt")
	if !ok {
		return 1
	}
	b := make([]byte, 64<<10)
	sum := func(r io.Reader) (string, error) {
		h := digests[path.Base(p.args[0])]()
		_, err := io.CopyBuffer(h, r, b)
		return hex.EncodeToString(h.Sum(nil)), err
	}
	if options['c'] == "" {
		return p.eachInput(files, func(name string, r io.Reader) error {
			text, err := sum(r)
			if err == nil {
				p.printf("%s  %s\n", text, name)
			}
			return err
		})
	}
	failed := 0
	status := p.eachInput(files, func(_ string, r io.Reader) error {
		return p.eachLine(r, func(line []byte) error {
			want, name, ok := strings.Cut(string(line), "  ")
			if !ok {
				return nil
			}
			result := "FAILED"
			if f, err := p.openInput(name); err == nil {
				if got, err := sum(f); err == nil && got == want {
					result = "OK"
				}
				_ = f.Close()
			}
			if result == "FAILED" {
				failed++
			}
			if options['s'] == "" {
				p.printf("%s: %s\n", name, result)
			}
			return nil
		})
	})
	if failed > 0 {
		p.complain("WARNING: %d of the computed checksums did NOT match", failed)
		return 1
	}
	return status
}

// base64Command encodes, or with -d decodes.
func base64Command(_ context.Context, p *Process) int {
	options, files, ok := p.options("dw:")
	if !ok {
		return 1
	}
	width := 76
	if w := options['w']; w != "" {
		n, err := strconv.Atoi(w)
		if err != nil || n < 0 {
			p.complain("invalid number '%s'", w)
			return 1
		}
		width = n
	}
	w := p.output()
	status := p.eachInput(files, func(_ string, r io.Reader) error {
		if options['d'] != "" {
			_, err := io.Copy(w, base64.NewDecoder(base64.StdEncoding, &withoutSpace{r}))
			_, corrupt := err.(base64.CorruptInputError)
			if corrupt || err == io.ErrUnexpectedEOF {
				return errno("truncated input")
			}
			return err
		}
		wrapped := &wrapper{w: w, width: width}
		encoder := base64.NewEncoder(base64.StdEncoding, wrapped)
		_, err := io.Copy(encoder, r)
		_ = encoder.Close()
		if wrapped.column > 0 && width > 0 {
			_ = w.WriteByte('\n')
		}
		return err
	})
	if w.Flush() != nil {
		return 1
	}
	return status
}

// withoutSpace leaves out what a decoder does not expect.
type withoutSpace struct{ r io.Reader }

func (s *withoutSpace) Read(b []byte) (int, error) {
	for {
		n, err := s.r.Read(b)
		kept := b[:0]
		for _, c := range b[:n] {
			if !strings.ContainsRune(" \t\r\n", rune(c)) {
				kept = append(kept, c)
			}
		}
		if len(kept) > 0 || err != nil || n == 0 {
			return len(kept), err
		}
	}
}

// wrapper breaks what it writes into lines.
type wrapper struct {
	w             io.Writer
	width, column int
}

func (l *wrapper) Write(b []byte) (int, error) {
	if l.width == 0 {
		return l.w.Write(b)
	}
	var out bytes.Buffer
	for rest := b; len(rest) > 0; {
		n := min(len(rest), l.width-l.column)
		out.Write(rest[:n])
		rest = rest[n:]
		l.column += n
		if l.column == l.width {
			out.WriteByte('\n')
			l.column = 0
		}
	}
	_, err := l.w.Write(out.Bytes())
	return len(b), err
}
