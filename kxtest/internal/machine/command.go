package machine

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// commands are busybox's, by name. Each is called with the name that it was started by as its first argument.
var commands map[string]Program

func init() {
	commands = map[string]Program{
		"[": testCommand, "ash": shell, "cat": cat, "chmod": chmod, "clear": clearScreen, "cp": cp, "date": date,
		"echo": echo, "env": env, "false": fail, "grep": grep, "head": head, "hostname": hostname, "id": id,
		"kill": kill, "ln": ln, "ls": ls, "mkdir": mkdir, "mv": mv, "nc": nc, "printf": printf, "ps": ps, "pwd": pwd,
		"readlink": readlink, "rm": rm, "seq": seq, "sh": shell, "sha256sum": sha256sum, "sleep": sleep,
		"sort": sortLines, "stty": stty, "tail": tail, "tar": tarCommand, "test": testCommand, "touch": touch, "tr": tr,
		"true": succeed, "tty": tty, "uname": uname, "wc": wc, "which": which, "whoami": whoami, "yes": yes,
	}
}

// runBusybox runs the command that it was called as, or the one that its first argument names.
func runBusybox(ctx context.Context, p *Process) int {
	name := strings.TrimPrefix(path.Base(p.args[0]), "-")
	if name == "busybox" {
		if len(p.args) == 1 || p.args[1] == "--help" {
			p.printf("BusyBox v1.36.1 multi-call binary.\n\nUsage: busybox [function [arguments]...]\n\nCurrently defined functions:\n\t%s\n",
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
		p.complain("applet not found")
		return 127
	}
	return command(ctx, p)
}

func (p *Process) printf(format string, args ...any) bool {
	_, err := fmt.Fprintf(p.Stdout(), format, args...)
	return err == nil
}

// complain writes an error to stderr, with the command's name before it.
func (p *Process) complain(format string, args ...any) {
	name := p.speaker
	if name == "" {
		name = path.Base(p.args[0])
	}
	_, _ = fmt.Fprintf(p.Stderr(), "%s: %s\n", name, fmt.Sprintf(format, args...))
}

// fileError is the line that says which file could not be used.
func (p *Process) fileError(name string, err error) { p.complain("%s: %s", name, reason(err)) }

func succeed(context.Context, *Process) int { return 0 }
func fail(context.Context, *Process) int    { return 1 }

// openInput opens a file to read; "-" is stdin.
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

// input is a file opened by a command.
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

// options reads a command's options: the letters of spec, one followed by a colon having a value. What is left are the operands, which may
// stand before options, too, unless spec begins with a plus. When ok is false the command has told what is wrong.
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
			p.complain("unrecognized option '%s'", word)
			return nil, nil, false
		}
		for j := 1; j < len(word); j++ {
			at := strings.IndexByte(spec, word[j])
			if at < 0 || word[j] == ':' {
				p.complain("invalid option -- '%c'", word[j])
				return nil, nil, false
			}
			if at+1 == len(spec) || spec[at+1] != ':' {
				options[word[j]] += "x" // as often as it was given
				continue
			}
			value := word[j+1:]
			if value == "" {
				i++
				if i == len(args) {
					p.complain("option requires an argument -- '%c'", word[j])
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

// number reads an amount, with busybox's suffixes.
func (p *Process) number(text string) (int64, bool) {
	digits := strings.TrimRight(text, "bcwkKMGTB")
	n, err := strconv.ParseInt(digits, 10, 64)
	scale, known := map[string]int64{"": 1, "c": 1, "w": 2, "b": 512, "k": 1 << 10, "K": 1 << 10, "kB": 1000, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}[text[len(digits):]]
	if err != nil || !known || n > (1<<62)/scale || n < -(1<<62)/scale {
		p.complain("invalid number '%s'", text)
		return 0, false
	}
	return n * scale, true
}

// briefly are the commands that name a file they cannot open without saying so.
var briefly = map[string]bool{"grep": true, "head": true, "wc": true}

// eachInput opens one file after the other, stdin when there are none.
func (p *Process) eachInput(names []string, do func(name string, r io.Reader) error) int {
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := 0
	for _, name := range names {
		r, err := p.openInput(name)
		if err != nil {
			if briefly[path.Base(p.args[0])] {
				p.fileError(name, err)
			} else {
				p.complain("can't open '%s': %s", name, reason(err))
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
			if err == errNoSpace { // nothing that is read has none
				what = "write"
			}
			p.complain("%s error: %s", what, reason(err))
			status = 1
		}
	}
	return status
}

// eachLine calls do with every line, without its end, which do may not keep. A long line takes memory of the machine.
func (p *Process) eachLine(r io.Reader, do func(line []byte) error) error {
	b := bufio.NewReaderSize(r, 32<<10)
	var long []byte
	for {
		piece, err := b.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			if cap(long)-len(long) < len(piece) {
				if err := p.task.reserve(2*cap(long) + len(piece)); err != nil { // the old one is garbage, but still there
					return err
				}
				long = append(make([]byte, 0, 2*cap(long)+len(piece)), long...)
			}
			long = append(long, piece...)
			continue
		}
		if err != nil && err != io.EOF {
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
		if err == io.EOF {
			return nil
		}
	}
}

// output is a buffer before stdout. A terminal, and whoever reads a pipe, gets what there is when the command waits for more.
func (p *Process) output() *bufio.Writer { return bufio.NewWriterSize(p.Stdout(), 32<<10) }
