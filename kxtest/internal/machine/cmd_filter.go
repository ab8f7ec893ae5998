package machine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// head prints the first lines or bytes of files.
func head(_ context.Context, p *Process) int {
	options, files, ok := p.options(rewriteNumericOption(p, "n:c:qv"))
	if !ok {
		return 1
	}
	lines, count := true, "10"
	if n, given := options['n']; given {
		count = n
	}
	if c, given := options['c']; given {
		lines, count = false, c
	}
	n, ok := p.number(count)
	if !ok {
		return 1
	}
	w := p.output()
	title := headings(w, options, files)
	status := p.eachInput(files, func(name string, r io.Reader) error {
		title(name)
		if !lines && n >= 0 {
			_ = w.Flush()
			_, err := io.Copy(p.Stdout(), io.LimitReader(r, n))
			return err
		}
		if n < 0 {
			return p.allButLast(w, r, -n, lines)
		}
		return copyLines(w, r, n)
	})
	if w.Flush() != nil {
		return 1
	}
	return status
}

// rewriteNumericOption rewrites the option -5 to -n 5, and returns spec.
func rewriteNumericOption(p *Process, spec string) string {
	for i, word := range p.args {
		if i > 0 && len(word) > 1 && word[0] == '-' &&
			(i == 1 || !strings.HasSuffix(p.args[i-1], "n") && !strings.HasSuffix(p.args[i-1],
				"c")) &&
			strings.Trim(word[1:], "0123456789") == "" {
			p.args = slices.Concat(p.args[:i], []string{"-n", word[1:]}, p.args[i+1:])
			break
		}
	}
	return spec
}

// headings returns the function that prints ==> NAME <== ahead of each of several files.
func headings(w *bufio.Writer, options map[byte]string, files []string) func(string) {
	first := true
	return func(name string) {
		if options['q'] != "" || len(files) < 2 && options['v'] == "" {
			return
		}
		if !first {
			_ = w.WriteByte('\n')
		}
		first = false
		if name == "-" {
			name = "standard input"
		}
		_, _ = w.WriteString("==> " + name + " <==\n")
	}
}

// copyLines copies n lines of any length.
func copyLines(w io.Writer, r io.Reader, n int64) error {
	b := bufio.NewReaderSize(r, 32<<10)
	for n > 0 {
		piece, err := b.ReadSlice('\n')
		if _, err := w.Write(piece); err != nil {
			return err
		}
		switch {
		case err == nil:
			n--
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
	return nil
}

// allButLast copies everything except the last n lines or bytes.
func (p *Process) allButLast(w io.Writer, r io.Reader, n int64, lines bool) error {
	kept, err := p.readAll(r)
	if err != nil {
		return err
	}
	_, err = w.Write(kept[:lastPartStart(kept, n, lines)])
	return err
}

// readAll reads to EOF and charges the bytes to the machine's memory.
func (p *Process) readAll(r io.Reader) ([]byte, error) {
	var all []byte
	b := make([]byte, 32<<10)
	for {
		n, err := r.Read(b)
		if cap(all)-len(all) < n {
			if err := p.task.reserve(max(len(all), n)); err != nil { // append doubles at most
				return nil, err
			}
		}
		all = append(all, b[:n]...)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// lastPartStart returns the offset of the last n lines or bytes.
func lastPartStart(b []byte, n int64, lines bool) int {
	if !lines {
		return int(max(0, int64(len(b))-n))
	}
	at := len(b)
	for ; n > 0 && at > 0; n-- {
		at = bytes.LastIndexByte(b[:at-1], '\n') + 1
	}
	return at
}

// wc counts lines, words and bytes.
func wc(_ context.Context, p *Process) int {
	options, files, ok := p.options("lwcm")
	if !ok {
		return 1
	}
	if len(options) == 0 {
		options = map[byte]string{'l': "x", 'w': "x", 'c': "x"}
	}
	var total [4]int64
	show := func(counts [4]int64, name string) {
		var columns []string
		for i, c := range []byte("lwmc") {
			if options[c] == "" {
				continue
			}
			text := strconv.FormatInt(counts[i], 10)
			if len(options) > 1 || len(files) > 1 {
				text = strings.Repeat(" ", max(0, 9-len(text))) + text
			}
			columns = append(columns, text)
		}
		if name != "-" || len(files) > 0 {
			columns = append(columns, name)
		}
		p.printf("%s\n", strings.Join(columns, " "))
	}
	b := make([]byte, 64<<10)
	status := p.eachInput(files, func(name string, r io.Reader) error {
		var counts [4]int64
		inWord := false
		for {
			n, err := r.Read(b)
			counts[0] += int64(bytes.Count(b[:n], []byte("\n")))
			counts[3] += int64(n)
			if options['w'] != "" || options['m'] != "" {
				for _, c := range b[:n] {
					space := c == ' ' || c >= '\t' && c <= '\r'
					if !space && !inWord {
						counts[1]++
					}
					inWord = !space
					if c&0xc0 != 0x80 {
						counts[2]++
					}
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		for i := range counts {
			total[i] += counts[i]
		}
		show(counts, name)
		return nil
	})
	if len(files) > 1 {
		show(total, "total")
	}
	return status
}
