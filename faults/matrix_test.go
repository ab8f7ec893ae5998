package faults_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/leaktest"
	"github.com/kx-k8s/kx/internal/signaltest"
)

var (
	e2e      = flag.Bool("e2e", false, "run over the cluster of $KUBECONFIG")
	all      = flag.Bool("all", false, "run all cells, and not only a sample")
	seed     = flag.Uint64("seed", 1, "choose another sample")
	each     = flag.Bool("each", false, "run one cell of each subject with each fault at each stage, drawn by the seed")
	count    = flag.Int("cells", 60, "the number of cells of a sample; with -only, all if it is not set")
	rowCount = flag.Int("subjects", 12, "the number of subjects of a sample")
	only     = flag.String("only", "", "run the cells whose name matches this regular expression")
	plan     = flag.Bool("plan", false, "only count the cells")
	workers  = flag.Int("workers", 8, "the number of cells at once")
)

func TestMain(m *testing.M) {
	flag.Parse()
	signaltest.Reset() // kx ends by SIGINT at the output of subject.until
	leaktest.Main(m)
}

// subjects are the rows of the matrix.
func subjects() []*subject { return slices.Concat(verbs(), calls()) }

var protocols = []string{"http/1.1", "h2"}

// In each cell, what kx does is right, or a typed error that says whether the write may have
// happened, within its limit.
func TestEachFaultAtEachStageIsSurvivedOrReported(t *testing.T) {
	w := newWorld(t)
	random := rand.New(rand.NewPCG(*seed, 0))
	m := &matrix{t: t, world: w, leftOut: map[string][]string{}}
	rows := subjects()
	if !*all && !*each && *only == "" {
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		rows = rows[:min(len(rows), *rowCount)]
	}
	m.plan(t, rows)
	switch {
	case *each:
		m.cells, m.slow = oneOfEach(m.cells, random), oneOfEach(m.slow, random)
	case sampled():
		m.slow = nil
		random.Shuffle(len(m.cells), func(i, j int) { m.cells[i], m.cells[j] = m.cells[j], m.cells[i] })
		m.cells = m.cells[:min(len(m.cells), *count)]
	}
	t.Logf("%d cells, and %d that wait for a limit", len(m.cells), len(m.slow))
	if *plan {
		m.report(t)
		return
	}
	m.run(t.Context(), nil)
	m.report(t)
	require.Empty(t, m.wrong, "%d cells are wrong", len(m.wrong))
	require.NotZero(t, m.right)
}

// sampled reports whether the flags ask for a sample of the cells.
func sampled() bool {
	isSet := false
	flag.Visit(func(f *flag.Flag) { isSet = isSet || f.Name == "cells" })
	return !*all && (*only == "" || isSet)
}

// oneOfEach draws one of the cells that have the subject, the fault and the stage in common. They
// differ in the request, in the protocol, and in whether the fault goes on.
func oneOfEach(cells []*cell, random *rand.Rand) []*cell {
	random.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	drawn := map[string]bool{}
	return slices.DeleteFunc(cells, func(c *cell) bool {
		key := strings.Join([]string{c.subject.name, c.fault.name, c.stage.String()}, " / ")
		wasDrawn := drawn[key]
		drawn[key] = true
		return wasDrawn
	})
}

// slowCell is how long a cell may take without being named in a run of all cells.
const slowCell = 30 * time.Second

// matrix runs cells and counts what came of them.
type matrix struct {
	t           *testing.T
	world       *world
	cells, slow []*cell

	mu      sync.Mutex
	right   int
	unhit   []string            // the request or the frame of the fault did not come
	wrong   []string            // with the reasons
	leftOut map[string][]string // names by reason
	broken  []error             // of the preparation
	longest time.Duration
	last    string // the name of the longest
}

// plan observes the subjects without faults, and lists the cells of their requests.
func (m *matrix) plan(t *testing.T, rows []*subject) {
	pattern := regexp.MustCompile(*only)
	type row struct {
		subject  *subject
		protocol string
		base     *baseline
		err      error
	}
	var planned []*row
	for _, s := range rows {
		for _, protocol := range protocols {
			planned = append(planned, &row{subject: s, protocol: protocol})
		}
	}
	parallel(planned, *workers, func(r *row) {
		r.base, r.err = m.world.observe(t.Context(), r.subject, r.protocol)
	})
	for _, r := range planned {
		require.NoError(t, r.err)
		for _, c := range cellsOf(r.subject, r.protocol, r.base) {
			if !pattern.MatchString(c.name()) {
				continue
			}
			reason := c.leftOut()
			switch {
			case reason != "":
				m.leftOut[reason] = append(m.leftOut[reason], c.name())
			case c.slow() || c.outlives():
				m.slow = append(m.slow, c)
			default:
				m.cells = append(m.cells, c)
			}
		}
	}
}

// run runs the cells, the slow ones beside the others: they only wait.
func (m *matrix) run(ctx context.Context, planted *bug) {
	var both sync.WaitGroup
	both.Go(func() { parallel(m.slow, 8*(*workers), func(c *cell) { m.runCell(ctx, c, planted) }) })
	both.Go(func() { parallel(m.cells, *workers, func(c *cell) { m.runCell(ctx, c, planted) }) })
	both.Wait()
}

func (m *matrix) runCell(ctx context.Context, c *cell, planted *bug) {
	began := time.Now()
	verdict, hit, err := m.world.runCell(ctx, c, planted)
	took := time.Since(began)
	m.mu.Lock()
	defer m.mu.Unlock()
	if took > slowCell && (*all || *each) {
		m.t.Logf("took %v: %s", took.Round(time.Second), c.name())
	}
	if took > m.longest {
		m.longest, m.last = took, c.name()
	}
	switch {
	case err != nil:
		m.broken = append(m.broken, fmt.Errorf("%s: %w", c.name(), err))
	case !hit:
		m.unhit = append(m.unhit, c.name())
	case verdict != "":
		m.wrong = append(m.wrong, c.name()+": "+verdict)
		if planted == nil {
			m.t.Log("WRONG ", c.name()+": "+strings.TrimSpace(verdict))
		}
	default:
		m.right++
	}
}

// report prints the counts, each wrong cell, and each cell that is left out with the reason.
func (m *matrix) report(t *testing.T) {
	t.Logf("seed %d: %d cells right, %d wrong, %d without their fault; the longest took %v: %s",
		*seed, m.right, len(m.wrong), len(m.unhit), m.longest.Round(time.Millisecond), m.last)
	for _, reason := range slices.Sorted(maps.Keys(m.leftOut)) {
		t.Logf("%d cells left out: %s", len(m.leftOut[reason]), reason)
		if *all {
			for _, name := range m.leftOut[reason] {
				t.Log("left out ", name)
			}
		}
	}
	slices.Sort(m.unhit)
	for _, name := range m.unhit {
		t.Log("without its fault ", name)
	}
	for _, err := range m.broken {
		t.Error(err)
	}
}

// parallel calls do for each item, n at once.
func parallel[T any](items []T, n int, do func(T)) {
	queue := make(chan T)
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for item := range queue {
				do(item)
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	workers.Wait()
}
