package imagearchive

import (
	"bytes"
	"errors"
	"fmt"
)

// program is what a file says about how Linux runs it.
type program struct {
	isELF, isScript bool
	architecture    string // in the words of Go
	interpreter     string // the dynamic linker, or "" for a static program
}

// headSize is how much of a file readProgram needs. Linkers put an ELF file's program headers and
// the path of its dynamic linker into the first page.
const headSize = 64 << 10

var errDamaged = errors.New("is a damaged ELF file: its program headers are not at its beginning")

// readProgram returns what kind of program a file is that begins with head. It reads the fields of
// elf(5).
func readProgram(head []byte) (found program, err error) {
	found.isScript = bytes.HasPrefix(head, []byte("#!"))
	if !bytes.HasPrefix(head, []byte("\x7fELF")) || len(head) < 52 {
		return found, nil
	}
	is64 := head[4] == 2
	e := elf{head: head, bigEndian: head[5] == 2}
	headers, headerSize, count := e.number(28, 4), e.number(42, 2), e.number(44, 2)
	address, offsetAt, lengthAt := 4, 4, 16
	if is64 {
		headers, headerSize, count = e.number(32, 8), e.number(54, 2), e.number(56, 2)
		address, offsetAt, lengthAt = 8, 8, 32
	}
	kind, machine := e.number(16, 2), e.number(18, 2)
	if kind != 2 && kind != 3 { // ET_EXEC and ET_DYN: the others do not run
		return found, nil
	}
	found.isELF, found.architecture = true, e.architecture(machine, is64)
	if found.architecture == "" {
		return found, fmt.Errorf("is for a processor that kx does not know (ELF machine %d)",
			machine)
	}
	for i := range count {
		at := headers + i*headerSize
		if e.number(at, 4) != 3 { // PT_INTERP
			continue
		}
		at, length := e.number(at+offsetAt, address), e.number(at+lengthAt, address)
		if length <= 0 || length > len(head) || at < 0 || at > len(head)-length {
			return found, errDamaged
		}
		path, _, _ := bytes.Cut(head[at:at+length], []byte{0})
		found.interpreter = string(path)
	}
	if e.damaged {
		err = errDamaged
	}
	return found, err
}

// elf reads numbers of an ELF file.
type elf struct {
	head      []byte
	bigEndian bool
	damaged   bool // a number is not in head
}

// number returns the number with a size in bytes at an offset.
func (e *elf) number(at, size int) (n int) {
	if at < 0 || at > len(e.head)-size {
		e.damaged = true
		return 0
	}
	for i := range size {
		b := e.head[at+size-1-i]
		if e.bigEndian {
			b = e.head[at+i]
		}
		n = n<<8 | int(b)
	}
	return n
}

// architecture returns the name of an ELF machine (e_machine), or "".
func (e *elf) architecture(machine int, is64 bool) string {
	switch {
	case machine == 3:
		return "386"
	case machine == 62:
		return "amd64"
	case machine == 40:
		return "arm"
	case machine == 183:
		return "arm64"
	case machine == 243 && is64:
		return "riscv64"
	case machine == 21 && !e.bigEndian:
		return "ppc64le"
	case machine == 22 && is64:
		return "s390x"
	case machine == 258 && is64:
		return "loong64"
	}
	return ""
}
