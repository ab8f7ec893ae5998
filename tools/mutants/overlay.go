package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The environment of a test program: which mutant is on, and the file that lists those it reaches.
const (
	activeVariable  = "KX_MUTANT"
	reachedVariable = "KX_MUTANTS_REACHED"
)

// switches is the source that each mutated package gets.
const switches = `package %s

import (
	"os"
	"strconv"
	"sync"
)

var (
	mutantActive, _ = strconv.Atoi(os.Getenv("` + activeVariable + `"))
	mutantsFile     = os.Getenv("` + reachedVariable + `")
	mutantsReached  sync.Map
)

func mutantOn(id int) bool {
	if mutantsFile != "" {
		if _, known := mutantsReached.LoadOrStore(id, true); !known {
			file, err := os.OpenFile(mutantsFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				panic(err)
			}
			file.WriteString(strconv.Itoa(id) + "\n")
			file.Close()
		}
	}
	return id == mutantActive
}

func mutantNot(id int, value bool) bool {
	return value != mutantOn(id)
}

func mutantNil(id int, err error) error {
	if mutantOn(id) {
		return nil
	}
	return err
}

func mutantNext[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
	~uintptr | ~float32 | ~float64](id int, value T) T {
	if mutantOn(id) {
		return value + 1
	}
	return value
}
`

// alone reports whether the mutant needs a build of its own, as it changes a constant.
func (m *mutant) alone() bool {
	return m.edit.kind == changeConstant && m.edit.typ == ""
}

// writeOverlay writes the mutated files into the folder, and the file for "go build -overlay". Its
// mutants are off until an environment variable names one, but those of alone are on.
func writeOverlay(root, folder string, mutants []*mutant) (overlay string, err error) {
	replace := map[string]string{}
	write := func(path, source string) error {
		copied := filepath.Join(folder, fmt.Sprintf("%d.go", len(replace)))
		replace[path] = copied
		return os.WriteFile(copied, []byte(source), 0o600)
	}
	byFile := map[string][]*mutant{}
	for _, m := range mutants {
		byFile[m.file] = append(byFile[m.file], m)
	}
	for file, mutants := range byFile {
		source, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		err = write(file, render(string(source), mutants))
		if err != nil {
			return "", err
		}
		switchFile := filepath.Join(filepath.Dir(file), "mutants_switch.go")
		if replace[switchFile] == "" {
			err = write(switchFile, fmt.Sprintf(switches, packageName(string(source))))
			if err != nil {
				return "", err
			}
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(folder, "overlay.json")
	return overlay, os.WriteFile(overlay, data, 0o600)
}

func packageName(source string) string {
	for line := range strings.Lines(source) {
		name, ok := strings.CutPrefix(line, "package ")
		if ok {
			return strings.Fields(name)[0]
		}
	}
	return ""
}

// render returns the source with all mutants in it. An edit may lie within an operand of another.
func render(source string, mutants []*mutant) string {
	mutants = slices.Clone(mutants)
	slices.SortFunc(mutants, func(a, b *mutant) int {
		return cmp.Or(cmp.Compare(a.edit.lo, b.edit.lo), cmp.Compare(b.edit.hi, a.edit.hi),
			cmp.Compare(a.edit.kind, b.edit.kind), cmp.Compare(a.id, b.id))
	})
	return renderSpan(source, 0, len(source), mutants)
}

// renderSpan returns the bytes from lo to hi with the mutants that lie within.
func renderSpan(source string, lo, hi int, mutants []*mutant) string {
	var text strings.Builder
	for len(mutants) > 0 {
		m := mutants[0]
		mutants = mutants[1:]
		if m.edit.lo < lo || m.edit.hi > hi {
			continue
		}
		text.WriteString(source[lo:m.edit.lo])
		inner := slices.IndexFunc(mutants, func(other *mutant) bool { return other.edit.lo >= m.edit.hi })
		if inner < 0 {
			inner = len(mutants)
		}
		text.WriteString(renderEdit(source, m, mutants[:inner]))
		mutants, lo = mutants[inner:], m.edit.hi
	}
	text.WriteString(source[lo:hi])
	return text.String()
}

func renderEdit(source string, m *mutant, inner []*mutant) string {
	e := m.edit
	switch {
	case m.alone():
		return "(" + source[e.lo:e.hi] + " + 1)"
	case e.kind == changeConstant:
		return fmt.Sprintf("mutantNext(%d, %s(%s))", m.id, e.typ, source[e.lo:e.hi])
	case e.kind == swapOperator:
		left := renderSpan(source, e.left[0], e.left[1], inner)
		right := renderSpan(source, e.right[0], e.right[1], inner)
		operator := strings.TrimSpace(source[e.left[1]:e.right[0]])
		return fmt.Sprintf("func() bool { if mutantOn(%d) { return %s %s %s }; return %s %s %s }()",
			m.id, left, e.operator, right, left, operator, right)
	case e.kind == negate:
		return fmt.Sprintf("mutantNot(%d, %s)", m.id, renderSpan(source, e.lo, e.hi, inner))
	default:
		return fmt.Sprintf("mutantNil(%d, %s)", m.id, renderSpan(source, e.lo, e.hi, inner))
	}
}
