package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// verdict is what became of a mutant.
type verdict string

const (
	killed    verdict = "killed"    // by a test of its package
	elsewhere verdict = "elsewhere" // by a test of another package
	hung      verdict = "hung"      // until the limit of time, which kills it too
	lived     verdict = "LIVED"     // all tests that reach it pass
	unreached verdict = "UNREACHED" // no test reaches it
	excused   verdict = "excused"   // it lives, and the list says why
	uncompile verdict = "refused"   // by the compiler
)

var verdicts = []verdict{killed, elsewhere, hung, uncompile, excused, lived, unreached}

// slack is what a test may take longer with a mutant than without, on a machine that is busy.
const slack = 30 * time.Second

// A bench holds the test programs of all targets, with all mutants compiled in.
type bench struct {
	root, work string
	targets    []target
	out        io.Writer
	programs   map[string]program // by the target's path
}

// A program is the tests of one package.
type program struct {
	file, folder string
	tests        []test
}

// A test is a top-level test that passes without a mutant.
type test struct {
	name    string
	took    time.Duration
	reaches map[int]bool
}

// prepare builds the test programs, runs each test alone, and notes which mutants it reaches.
func (b *bench) prepare(ctx context.Context, mutants []*mutant) error {
	switched := slices.DeleteFunc(slices.Clone(mutants), (*mutant).alone)
	overlay, err := writeOverlay(b.root, b.work, switched)
	if err != nil {
		return err
	}
	b.programs = map[string]program{}
	for _, t := range b.targets {
		p, err := b.build(ctx, t.path, overlay)
		if err != nil {
			return fmt.Errorf("the tests of %s do not build: %w", t.path, err)
		}
		err = p.measure(ctx, b.out, filepath.Join(b.work, "reached"))
		if err != nil {
			return err
		}
		b.programs[t.path] = p
		fmt.Fprintf(b.out, "%s: %d tests\n", t.path, len(p.tests))
	}
	return nil
}

// build builds the tests of one package.
func (b *bench) build(ctx context.Context, path, overlay string) (program, error) {
	file := filepath.Join(b.work, strings.ReplaceAll(path, "/", "_")+".test")
	command := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", file,
		"./"+path)
	command.Dir = b.root
	output, err := command.CombinedOutput()
	if err != nil {
		return program{}, fmt.Errorf("%w\n%s", err, output)
	}
	return program{file: file, folder: filepath.Join(b.root, path)}, nil
}

// measure runs each test alone, with all mutants off. A test that fails even so judges none.
func (p *program) measure(ctx context.Context, out io.Writer, reached string) error {
	command := exec.CommandContext(ctx, p.file, "-test.list", "^Test|^Fuzz|^Example")
	command.Dir = p.folder
	output, err := command.Output()
	if err != nil {
		return err
	}
	for name := range strings.Lines(string(output)) {
		name = strings.TrimSpace(name)
		if !strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "Fuzz") && !strings.HasPrefix(name, "Example") {
			continue
		}
		err := os.Remove(reached)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		start := time.Now()
		output, err := p.run(ctx, 10*time.Minute, []string{name}, reachedVariable+"="+reached)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(out, "passed over: %s fails without a mutant: %v\n%s", name, err, lastLines(output))
			continue
		}
		t := test{name: name, took: time.Since(start), reaches: map[int]bool{}}
		lines, err := os.ReadFile(reached)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for _, line := range strings.Fields(string(lines)) {
			id, err := strconv.Atoi(line)
			if err != nil {
				return err
			}
			t.reaches[id] = true
		}
		p.tests = append(p.tests, t)
	}
	return nil
}

// run runs the named tests until the first fails.
func (p *program) run(ctx context.Context, limit time.Duration, names []string, env string) ([]byte, error) {
	for i, name := range names {
		names[i] = regexp.QuoteMeta(name)
	}
	ctx, cancel := context.WithTimeout(ctx, limit+slack)
	defer cancel()
	command := exec.CommandContext(ctx, p.file, "-test.run", "^("+strings.Join(names, "|")+")$",
		"-test.failfast", "-test.timeout", limit.String())
	command.Dir = p.folder
	command.Env = append(os.Environ(), env)
	command.WaitDelay = time.Second // for a child that holds the output
	return command.CombinedOutput()
}

// judge runs the tests that reach the mutant, those of its own package first. by names the package
// whose test killed it, if that is another one.
func (b *bench) judge(ctx context.Context, m *mutant) (v verdict, by string) {
	if m.alone() {
		return b.judgeAlone(ctx, m), ""
	}
	v = unreached
	paths := []string{m.pkg}
	for _, t := range b.targets {
		if t.path != m.pkg {
			paths = append(paths, t.path)
		}
	}
	for _, path := range paths {
		p := b.programs[path]
		tests := slices.DeleteFunc(slices.Clone(p.tests), func(t test) bool { return !t.reaches[m.id] })
		if len(tests) == 0 {
			continue
		}
		v = p.judge(ctx, tests, m.id)
		switch {
		case v == killed && path != m.pkg:
			return elsewhere, "(" + path + ")"
		case v != lived:
			return v, ""
		}
	}
	return v, ""
}

// judgeAlone builds the tests of the mutant's package for it alone, and runs them all.
func (b *bench) judgeAlone(ctx context.Context, m *mutant) verdict {
	folder, err := os.MkdirTemp(b.work, "alone")
	if err != nil {
		return uncompile
	}
	defer os.RemoveAll(folder)
	overlay, err := writeOverlay(b.root, folder, []*mutant{m})
	if err != nil {
		return uncompile
	}
	p, err := (&bench{root: b.root, work: folder}).build(ctx, m.pkg, overlay)
	if err != nil {
		return uncompile
	}
	return p.judge(ctx, b.programs[m.pkg].tests, 0)
}

// judge runs the tests with the mutant of the given id on, the quick ones first, and returns
// whether it lived, was killed or hung. No mutant has the id 0. A test kills only if it fails
// twice, as a busy machine makes tests fail or last, too.
func (p *program) judge(ctx context.Context, tests []test, id int) verdict {
	batches := batch(tests)
	for len(batches) > 0 {
		v, failed := p.attempt(ctx, batches[0], id, 1)
		i := slices.IndexFunc(batches[0], func(t test) bool { return t.name == failed })
		switch {
		case v == hung:
			v, _ = p.attempt(ctx, batches[0], id, 3)
		case i >= 0:
			v, _ = p.attempt(ctx, batches[0][i:i+1], id, 3)
			batches[0] = slices.Delete(batches[0], i, i+1)
		}
		switch {
		case v != lived:
			return v
		case i < 0 || len(batches[0]) == 0:
			batches = batches[1:]
		}
	}
	return lived
}

// attempt runs the tests in one process, until the first of them fails. factor multiplies the
// limit of time.
func (p *program) attempt(ctx context.Context, tests []test, id int,
	factor time.Duration) (v verdict, failed string) {
	limit := slack
	var names []string
	for _, t := range tests {
		names = append(names, t.name)
		limit += 3 * t.took
	}
	output, err := p.run(ctx, factor*limit, names, activeVariable+"="+strconv.Itoa(id))
	switch {
	case err == nil:
		return lived, ""
	case strings.Contains(string(output), "panic: test timed out after"):
		return hung, ""
	}
	match := failure.FindSubmatch(output)
	if match == nil {
		return killed, "" // the program ended outside of a test
	}
	return killed, string(match[1])
}

// failure is what a test program prints when a test fails.
var failure = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

// batch returns the tests by time, in parts of which each takes longer than all before it. So a
// mutant that a quick test notices costs no slow one.
func batch(tests []test) (batches [][]test) {
	tests = slices.Clone(tests)
	slices.SortStableFunc(tests, func(a, b test) int { return cmp.Compare(a.took, b.took) })
	var part []test
	took, enough := time.Duration(0), time.Second
	for _, t := range tests {
		part = append(part, t)
		took += t.took
		if took >= enough {
			batches, part, enough = append(batches, part), nil, 2*took
		}
	}
	if len(part) > 0 {
		batches = append(batches, part)
	}
	return batches
}

// lastLines returns the end of a test's output.
func lastLines(output []byte) string {
	lines := strings.SplitAfter(strings.TrimSpace(string(output)), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "") + "\n"
}
