// Mutants changes the deciding code of kx in small ways, one at a time, and reports each change
// that no test notices. Each change is a mutant: a condition negated, a boundary moved by one,
// "and" for "or", a returned error dropped, or a constant changed.
//
// All mutants are compiled into the test programs once, and an environment variable turns one on.
// A first run of each test records which mutants it reaches, so a mutant costs only the tests that
// can notice it.
//
//	cd tools && go run ./mutants -n 300 -seed 1
//
// It exits with 1 if a mutant lives that the -listed file does not name.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.StringVar(&o.root, "root", "..", "folder of the module to mutate")
	flag.IntVar(&o.count, "n", 300, "number of mutants in the sample")
	flag.IntVar(&o.from, "from", 0, "number of mutants of the sample to pass over")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the sample")
	flag.DurationVar(&o.limit, "for", 0, "start no mutant after this time (0: no limit)")
	flag.StringVar(&o.listed, "listed", "docs/reliability.md",
		"file below -root that lists mutants that may live")
	flag.Parse()
	o.targets, o.out = deciding, os.Stdout
	failed, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	root    string
	count   int
	from    int
	seed    uint64
	limit   time.Duration
	listed  string
	targets []target
	out     io.Writer
}

// run tries a sample of mutants, prints the result of each and the counts, and reports whether a
// mutant lives that is not listed.
func run(ctx context.Context, o options) (failed bool, err error) {
	root, err := filepath.Abs(o.root)
	if err != nil {
		return false, err
	}
	all, err := find(ctx, root, o.targets)
	if err != nil {
		return false, err
	}
	sample := draw(all, o.count, o.seed)
	fmt.Fprintf(o.out, "%d mutants of %d, seed %d\n", len(sample), len(all), o.seed)
	sample = sample[min(o.from, len(sample)):]
	reasons, err := readListed(filepath.Join(root, o.listed))
	if err != nil {
		return false, err
	}
	gone := maps.Clone(reasons)
	for _, m := range all {
		delete(gone, m.String())
	}
	if len(gone) > 0 {
		return false, fmt.Errorf("%s lists mutants that are no more:\n%s", o.listed,
			strings.Join(slices.Sorted(maps.Keys(gone)), "\n"))
	}
	work, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(work)
	b := bench{root: root, work: work, targets: o.targets, out: o.out}
	err = b.prepare(ctx, sample)
	if err != nil {
		return false, err
	}
	start, counts := time.Now(), map[verdict]int{}
	for i, m := range sample {
		if ctx.Err() != nil || o.limit > 0 && time.Since(start) > o.limit {
			fmt.Fprintf(o.out, "stopped: -from %d goes on\n", o.from+i)
			break
		}
		v, by := b.judge(ctx, m)
		if ctx.Err() != nil {
			continue
		}
		if v == lived || v == unreached {
			if reasons[m.String()] {
				v = excused
			} else {
				failed = true
			}
		}
		counts[v]++
		fmt.Fprintf(o.out, "%3d %-9s %s (line %d) %s\n", o.from+i, v, m, m.line, by)
	}
	for _, v := range verdicts {
		fmt.Fprintf(o.out, "%-9s %d\n", v, counts[v])
	}
	return failed, ctx.Err()
}
