package machine

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxOffset is how far into a file dd can go: more than any file has.
const maxOffset = 1 << 60

// dd copies blocks.
func dd(ctx context.Context, p *Process) int {
	in, out := p.Stdin(), p.Stdout()
	size, count, skipped, sought, quiet := int64(512), int64(-1), int64(0), int64(0), false
	outName, truncate := "", true
	for _, arg := range p.args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		var n int64
		if strings.Contains(" bs ibs obs count skip seek ", " "+name+" ") {
			var ok bool
			if n, ok = p.number(value); !ok || n < 0 {
				return 1
			}
		}
		switch name {
		case "if":
			d, err := p.task.open(value, 0)
			if err != nil {
				p.complain("can't open '%s': %s", value, reason(err))
				return 1
			}
			defer d.drop()
			in = stream{p.task, d}
		case "of":
			outName = value
		case "bs", "ibs":
			size = n
		case "obs":
		case "count":
			count = n
		case "skip":
			skipped = n
		case "seek":
			sought = n
		case "status":
			quiet = value == "none"
		case "conv":
			truncate = !strings.Contains(value, "notrunc")
		case "iflag", "oflag":
		default:
			p.complain("unrecognized operand '%s'", arg)
			return 1
		}
	}
	if size == 0 || size > 16<<20 || sought > maxOffset/size || skipped > maxOffset/size {
		p.complain("%s", errInvalid)
		return 1
	}
	if count > maxOffset-skipped {
		count = -1
	}
	if outName != "" {
		flags := os.O_WRONLY | os.O_CREATE
		if truncate && sought == 0 {
			flags = createFlags
		}
		d, err := p.task.open(outName, flags)
		if err != nil {
			p.complain("can't open '%s': %s", outName, reason(err))
			return 1
		}
		defer d.drop()
		if f, ok := d.file.(*regularFile); ok {
			f.offset = sought * size
		}
		out = stream{p.task, d}
	}
	started := now()
	if p.task.reserve(int(size)) != nil {
		p.complain("%s", errNoMemory)
		return 1
	}
	b := make([]byte, size)
	var whole, parts, wholeOut, partsOut, total int64
	status := 0
	for i := int64(0); (count < 0 || i < count+skipped) && ctx.Err() == nil; i++ {
		n, err := in.Read(b)
		if n > 0 && i >= skipped {
			if int64(n) == size {
				whole++
			} else {
				parts++
			}
			written, err := out.Write(b[:n])
			total += int64(written)
			if written == len(b) {
				wholeOut++
			} else if written > 0 {
				partsOut++
			}
			if err != nil {
				p.complain("error writing '%s': %s", outName, reason(err))
				status = 1
				break
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			p.complain("error reading: %s", reason(err))
			status = 1
			break
		}
	}
	if !quiet {
		took := now().Sub(started).Seconds()
		_, _ = fmt.Fprintf(p.Stderr(), "%d+%d records in\n%d+%d records out\n%d bytes (%s) copied, %f seconds, %s/s\n", whole, parts, wholeOut, partsOut, total,
			bytesText(float64(total)), took, bytesText(float64(total)/max(took, 1e-9)))
	}
	return status
}

func bytesText(n float64) string {
	unit := 0
	for ; n >= 1024 && unit < 4; unit++ {
		n /= 1024
	}
	return fmt.Sprintf("%.1f%s", n, []string{"B", "KB", "MB", "GB", "TB"}[unit])
}
