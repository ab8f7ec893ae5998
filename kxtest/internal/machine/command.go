package machine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// commands are the applets of busybox by name. The first argument of each is the name that started
// it.
var commands map[string]Program

func init() {
	commands = map[string]Program{
		"[": testCommand, "ash": shell, "cat": cat, "chmod": chmod, "chroot": chroot,
		"clear": clearScreen, "cp": cp, "date": date, "echo": echo, "env": env, "false": fail,
		"grep": grep, "head": head, "hostname": hostname, "id": id, "kill": killCommand, "ln": ln,
		"ls": ls, "mkdir": mkdir, "mv": mv, "nc": nc, "printf": printf, "ps": ps, "pwd": pwd,
		"readlink": readlink, "rm": rm, "seq": seq, "sh": shell, "sha256sum": sha256sum,
		"sleep": sleep, "sort": sortLines, "stty": stty, "tail": tail, "tar": tarCommand,
		"test": testCommand, "touch": touch, "tr": tr, "true": succeed, "tty": tty, "uname": uname,
		"wc": wc, "which": which, "whoami": whoami, "yes": yes,
	}
}

// runBusybox runs the applet that the process was started as. Started as busybox, it runs the
// applet that its first argument names.
func runBusybox(ctx context.Context, p *Process) int {
	name := strings.TrimPrefix(path.Base(p.args[0]), "-")
	if name == "busybox" {
		if len(p.args) == 1 || p.args[1] == "--help" {
			p.printf(
				"BusyBox v1.36.1 multi-call binary.\n\nUsage: busybox [function "+
					"[arguments]...]\n\nCurrently defined functions:\n\t%s\n",
				strings.Join(slices.Sorted(maps.Keys(commands)), ", "))
			return 0
		}
		if p.args[1] == "--list" {
			p.printf("%s\n", strings.Join(slices.Sorted(maps.Keys(commands)), "\n"))
			return 0
		}
		p.args = p.args[1:]
		name = path.Base(p.args[0])
	}
	command := commands[name]
	if command == nil {
		p.errorf("applet not found")
		return 127
	}
	return command(ctx, p)
}

func (p *Process) printf(format string, args ...any) bool {
	_, err := fmt.Fprintf(p.Stdout(), format, args...)
	return err == nil
}

// errorf prints an error to stderr behind the command's name.
func (p *Process) errorf(format string, args ...any) {
	name := p.errorName
	if name == "" {
		name = path.Base(p.args[0])
	}
	_, _ = fmt.Fprintf(p.Stderr(), "%s: %s\n", name, fmt.Sprintf(format, args...))
}

// fileError prints which file could not be used, and why.
func (p *Process) fileError(name string, err error) { p.errorf("%s: %s", name, reason(err)) }

func succeed(context.Context, *Process) int { return 0 }
func fail(context.Context, *Process) int    { return 1 }

// openInput opens a file for reading. "-" is stdin.
func (p *Process) openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return input{stream{p.task, p.task.fds[0]}, nil}, nil
	}
	d, err := p.task.open(name, 0)
	if err != nil {
		return nil, err
	}
	return input{stream{p.task, d}, d}, nil
}

// input is a file that a command has opened.
type input struct {
	stream
	opened *description
}

func (i input) Close() error {
	if i.opened != nil {
		i.opened.drop()
	}
	return nil
}

// options parses a command's options. spec has their letters; a colon follows a letter with a
// value. Operands may precede options unless spec begins with a plus. If ok is false, options has
// printed the error.
func (p *Process) options(spec string) (options map[byte]string, operands []string, ok bool) {
	spec, strict := strings.CutPrefix(spec, "+")
	options = map[byte]string{}
	args := p.args[1:]
	for i := 0; i < len(args); i++ {
		word := args[i]
		switch {
		case word == "--":
			return options, append(operands, args[i+1:]...), true
		case len(word) < 2 || word[0] != '-':
			if strict {
				return options, args[i:], true
			}
			operands = append(operands, word)
			continue
		}
		if word[1] == '-' {
			p.errorf("unrecognized option '%s'", word)
			return nil, nil, false
		}
		for j := 1; j < len(word); j++ {
			at := strings.IndexByte(spec, word[j])
			if at < 0 || word[j] == ':' {
				p.errorf("invalid option -- '%c'", word[j])
				return nil, nil, false
			}
			if at+1 == len(spec) || spec[at+1] != ':' {
				options[word[j]] += "x" // one x for each time it is given
				continue
			}
			value := word[j+1:]
			if value == "" {
				i++
				if i == len(args) {
					p.errorf("option requires an argument -- '%c'", word[j])
					return nil, nil, false
				}
				value = args[i]
			}
			options[word[j]] = value
			break
		}
	}
	return options, operands, true
}

// scales are busybox's suffixes of a size.
var scales = map[string]int64{
	"": 1, "c": 1, "w": 2, "b": 512, "k": 1 << 10, "K": 1 << 10, "kB": 1000, "M": 1 << 20,
	"G": 1 << 30, "T": 1 << 40,
}

// number parses a size with busybox's suffixes.
func (p *Process) number(text string) (int64, bool) {
	digits := strings.TrimRight(text, "bcwkKMGTB")
	n, err := strconv.ParseInt(digits, 10, 64)
	scale, known := scales[text[len(digits):]]
	if err != nil || !known || n > (1<<62)/scale || n < -(1<<62)/scale {
		p.errorf("invalid number '%s'", text)
		return 0, false
	}
	return n * scale, true
}

// namesFileOnly lists the commands whose error for a missing file is just its name and the reason.
var namesFileOnly = map[string]bool{"grep": true, "head": true, "wc": true}

// eachInput calls do with each file in turn, or with stdin if there are no names.
func (p *Process) eachInput(names []string, do func(name string, r io.Reader) error) int {
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := 0
	for _, name := range names {
		r, err := p.openInput(name)
		if err != nil {
			if namesFileOnly[path.Base(p.args[0])] {
				p.fileError(name, err)
			} else {
				p.errorf("can't open '%s': %s", name, reason(err))
			}
			status = 1
			continue
		}
		err = do(name, r)
		_ = r.Close()
		if err != nil && p.task.ctx.Err() != nil {
			return 1
		}
		if err != nil {
			what := "read"
			if errors.Is(err, errNoSpace) { // only writing can lack space
				what = "write"
			}
			p.errorf("%s error: %s", what, reason(err))
			status = 1
		}
	}
	return status
}

// eachLine calls do with each line, without its newline. do may not keep the slice. A long line is
// charged to the machine's memory.
func (p *Process) eachLine(r io.Reader, do func(line []byte) error) error {
	b := bufio.NewReaderSize(r, 32<<10)
	var long []byte
	for {
		piece, err := b.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if cap(long)-len(long) < len(piece) {
				// the old buffer is not collected yet
				if err := p.task.reserve(2*cap(long) + len(piece)); err != nil {
					return err
				}
				long = append(make([]byte, 0, 2*cap(long)+len(piece)), long...)
			}
			long = append(long, piece...)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(long) > 0 {
			long = append(long, piece...)
			piece, long = long, long[:0]
		}
		if len(piece) > 0 {
			failed := do(bytes.TrimSuffix(piece, []byte("\n")))
			if failed != nil {
				return failed
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

// output returns a buffered stdout.
func (p *Process) output() *bufio.Writer { return bufio.NewWriterSize(p.Stdout(), 32<<10) }
