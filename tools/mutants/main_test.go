package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// module is a module with a mutant of each kind and for each verdict.
var module = map[string]string{
	"go.mod": "module example.com/m\n\ngo 1.26\n",
	"a/a.go": `package a

import (
	"errors"
	"time"
)

const most = 3

var allowed [2]bool

func Check(n int) error {
	if n < 0 {
		return errors.New("negative")
	}
	if n > most {
		return errors.New("too many")
	}
	return nil
}

func Even(n int64) bool { return n%2 == 0 && n != 7 }

func Loop(n int) (rounds int) {
	for n > 0 {
		n--
		rounds++
	}
	return rounds
}

func Untested() bool { return true }

func Used(n int) bool {
	buffer := make([]byte, 0, 10)
	time.Sleep(1 * time.Nanosecond)
	return cap(buffer) > n || allowed[n]
}
`,
	"a/a_test.go": `package a

import "testing"

func TestCheck(t *testing.T) {
	if Check(-1) == nil || Check(1) != nil || Check(4) == nil {
		t.Fatal("Check")
	}
}

func TestEven(t *testing.T) {
	if !Even(2) || Even(3) {
		t.Fatal("Even")
	}
}

func TestLoop(t *testing.T) {
	if Loop(2) != 2 {
		t.Fatal("Loop")
	}
}
`,
	"b/b.go": "package b\n",
	"b/b_test.go": `package b

import (
	"testing"

	"example.com/m/a"
)

func TestUsed(t *testing.T) {
	if !a.Used(0) {
		t.Fatal("Used")
	}
}
`,
	"lives.md": "# Mutants\n\n| mutant | why it may live |\n|---|---|\n" +
		"| a/a.go Check: `n > most` → `n >= most` | 3 is never asked |\n" +
		"| a/a.go Even: `n != 7` → `!(n != 7)` | |\n",
}

// writeModule writes the module into a new folder.
func writeModule(t *testing.T) (root string) {
	root = t.TempDir()
	for name, content := range module {
		file := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	}
	return root
}

func TestAListOfMutantsThatAreGoneIsAnError(t *testing.T) {
	root := writeModule(t)
	file := filepath.Join(root, "lives.md")
	require.NoError(t, os.WriteFile(file, []byte("| a/a.go Check: `n > 9 \\| m` → `n >= 9 \\| m` | it is gone |\n"), 0o600))
	_, err := run(t.Context(), options{root: root, count: 1, listed: "lives.md", targets: []target{{path: "a"}}, out: io.Discard})
	require.EqualError(t, err, "lives.md lists mutants that are no more:\na/a.go Check: `n > 9 | m` → `n >= 9 | m`")
}

func TestEachMutantGetsItsVerdict(t *testing.T) {
	root := writeModule(t)
	var out bytes.Buffer
	failed, err := run(t.Context(), options{root: root, count: 100, seed: 1, listed: "lives.md",
		targets: []target{{path: "a"}, {path: "b"}}, out: &out})
	require.NoError(t, err)
	require.True(t, failed)

	var verdicts []string
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "→") {
			line = regexp.MustCompile(`^ *\d+ | \(line \d+\)`).ReplaceAllString(line, "")
			verdicts = append(verdicts, strings.Join(strings.Fields(line), " "))
		}
	}
	slices.Sort(verdicts)
	require.Equal(t, []string{
		"LIVED a/a.go Check: `0` → `0+1`",
		"LIVED a/a.go Check: `n < 0` → `n <= 0`",
		"LIVED a/a.go Even: `7` → `7+1`",
		"LIVED a/a.go Used: `cap(buffer) > n` → `cap(buffer) >= n`",
		"LIVED a/a.go: `2` → `2+1`",
		"UNREACHED a/a.go Untested: `true` → `false`",
		"elsewhere a/a.go Used: `cap(buffer) > n || allowed[n]` → `!(cap(buffer) > n || allowed[n])` (b)",
		"elsewhere a/a.go Used: `cap(buffer) > n || allowed[n]` → `cap(buffer) > n && allowed[n]` (b)",
		"excused a/a.go Check: `n > most` → `n >= most`",
		"killed a/a.go Check: `n < 0` → `!(n < 0)`",
		"killed a/a.go Check: `n > most` → `!(n > most)`",
		"killed a/a.go Check: `return errors.New(\"negative\")` → `return nil`",
		"killed a/a.go Check: `return errors.New(\"too many\")` → `return nil`",
		"killed a/a.go Even: `0` → `0+1`",
		"killed a/a.go Even: `2` → `2+1`",
		"killed a/a.go Even: `n != 7` → `!(n != 7)`",
		"killed a/a.go Even: `n%2 == 0 && n != 7` → `!(n%2 == 0 && n != 7)`",
		"killed a/a.go Even: `n%2 == 0 && n != 7` → `n%2 == 0 || n != 7`",
		"killed a/a.go Even: `n%2 == 0` → `!(n%2 == 0)`",
		"killed a/a.go Loop: `0` → `0+1`",
		"killed a/a.go Loop: `n > 0` → `!(n > 0)`",
		"killed a/a.go Loop: `n > 0` → `n >= 0`",
		"killed a/a.go: `3` → `3+1`",
	}, verdicts, out.String())
}

func TestTheSampleDependsOnTheSeedAndItsMutantsAlone(t *testing.T) {
	all := make([]*mutant, 50)
	for i := range all {
		all[i] = &mutant{function: string(rune('a' + i/2))} // each text twice
	}
	first := draw(all, 10, 1)
	require.Equal(t, first, draw(all, 10, 1))
	require.NotEqual(t, first, draw(all, 10, 2))
	require.Equal(t, first[:5], draw(all, 5, 1), "a smaller sample is the start of a larger one")
	require.Len(t, draw(all, 100, 1), 50)
	others := append([]*mutant{{function: "new"}}, all...)
	require.Subset(t, draw(others, 11, 1), first, "other mutants stay in the sample")
}
