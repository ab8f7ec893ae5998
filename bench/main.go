//go:build linux

// Command bench measures kx, kubectl and curl in turn on the cluster that $KUBECONFIG names, and
// writes the figures into a page:
//
//	bench -kx bin/kx -page docs/performance.md
//
// It creates two namespaces, with thousands of pods that no node runs, and removes them at the end.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == launchArg {
		if err := launch(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	o, err := parseFlags(os.Args[1:])
	if err != nil {
		os.Exit(2) // flag has printed why
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, o.limit,
		fmt.Errorf("the run did not end within %s: set -limit", o.limit))
	defer cancel()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the values of the flags.
type options struct {
	kx, kubectl, page, picture, image string
	pods                              [2]int
	rounds                            int
	limit                             time.Duration
	only                              *regexp.Regexp
}

func parseFlags(args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.kx, "kx", "bin/kx", "`FILE` of kx")
	f.StringVar(&o.kubectl, "kubectl", cmp.Or(os.Getenv("KUBECTL"), "kubectl"),
		"`FILE` of kubectl")
	f.StringVar(&o.page, "page", "", "`FILE` that gets the figures, between its markers; "+
		"they are printed without it")
	f.StringVar(&o.picture, "picture", "", "`FILE` that gets the chart")
	f.StringVar(&o.image, "image", "kx.local/busybox:1", "`IMAGE` with a shell, on the node")
	f.IntVar(&o.rounds, "rounds", 7, "`COUNT` of the runs of each command; "+
		"short rows have more, long ones fewer")
	f.DurationVar(&o.limit, "limit", 15*time.Minute, "limit of the whole run, "+
		"without the removal of the pods")
	pods := f.String("pods", "5000,20000", "two `COUNTS` of pods, separated by a comma")
	only := f.String("only", "", "`PATTERN` of the rows to measure, such as '^get pods$'")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	var err error
	o.pods, err = parseCounts(*pods)
	if err == nil {
		o.only, err = regexp.Compile(*only)
	}
	if err == nil && *only != "" && o.page != "" {
		err = errors.New("-page needs all rows: leave -only or -page out")
	}
	if err == nil && o.rounds < 1 {
		err = errors.New("-rounds must be 1 or more")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	return o, err
}

// parseCounts parses two ascending counts of pods.
func parseCounts(text string) (counts [2]int, err error) {
	first, second, _ := strings.Cut(text, ",")
	counts[0], err = strconv.Atoi(first)
	if err == nil {
		counts[1], err = strconv.Atoi(second)
	}
	if err != nil || counts[0] < 1 || counts[1] < counts[0] {
		return counts, fmt.Errorf("-pods %q: give two ascending counts, such as 5000,20000", text)
	}
	return counts, nil
}

// run measures the rows, and writes the page and the picture.
func run(ctx context.Context, o *options) (err error) {
	all := slices.DeleteFunc(rows(), func(r row) bool { return !o.only.MatchString(r.name) })
	if len(all) == 0 {
		return fmt.Errorf("-only %q: no row has such a name", o.only)
	}
	b := &bench{rounds: o.rounds, progress: os.Stderr}
	if b.programs, err = findPrograms(o); err != nil {
		return err
	}
	head, err := describeRun(ctx, b.programs, o)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "kx-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	// kubectl finds the answers of discovery there once it has run.
	if err := os.Setenv("KUBECACHEDIR", filepath.Join(folder, "cache")); err != nil {
		return err
	}
	if b.cluster, err = connect(o.image); err != nil {
		return err
	}
	if b.credentials, err = newCredentials(b.config, folder); err != nil {
		return err
	}
	relay, err := b.listenFar(ctx)
	if err != nil {
		return err
	}
	defer relay.Close()
	defer func() { err = errors.Join(err, b.remove(ctx)) }()
	results, err := b.measureAll(ctx, all, o.pods)
	if errors.Is(ctx.Err(), context.Canceled) { // by a signal
		o.page, o.picture = "", ""
	}
	if len(results) == 0 {
		return err
	}
	return errors.Join(err, write(o, head+tables(results), results))
}

// findPrograms returns the files of the programs.
func findPrograms(o *options) (map[string]string, error) {
	programs := map[string]string{withKx: o.kx, withKubectl: o.kubectl, withCurl: withCurl}
	for name, file := range programs {
		found, err := exec.LookPath(file)
		if err == nil {
			found, err = filepath.Abs(found)
		}
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", name, err)
		}
		programs[name] = found
	}
	return programs, nil
}

// remove removes the namespaces, also after the end of ctx.
func (b *bench) remove(ctx context.Context) error {
	const removeLimit = 10 * time.Minute
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), removeLimit,
		fmt.Errorf("the pods were not gone after %s", removeLimit))
	defer cancel()
	started := time.Now()
	err := b.removeNamespaces(ctx)
	b.report("remove the pods", started)
	return err
}

// report prints how long a step took.
func (b *bench) report(step string, started time.Time) {
	fmt.Fprintf(b.progress, "bench: %5.1fs  %s\n", time.Since(started).Seconds(), step)
}

// write puts the figures into the page, and the chart into the picture.
func write(o *options, text string, results []result) error {
	if o.picture != "" {
		if err := os.WriteFile(o.picture, chart(results), 0o644); err != nil {
			return err
		}
	}
	if o.page == "" {
		fmt.Print(text)
		return nil
	}
	page, err := os.ReadFile(o.page)
	if err != nil {
		return err
	}
	if o.picture != "" {
		link, err := filepath.Rel(filepath.Dir(o.page), o.picture)
		if err != nil {
			return err
		}
		text = "![The share of kubectl's figures that kx has](" + link + ")\n\n" + text
	}
	page, err = replaceBetween(page, text)
	if err != nil {
		return fmt.Errorf("%s: %w", o.page, err)
	}
	return os.WriteFile(o.page, page, 0o644)
}
