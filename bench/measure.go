//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The programs of a round, in their order.
const (
	withKx      = "kx"
	withKubectl = "kubectl"
	withCurl    = "curl"
)

const (
	// commandLimit is how long one run of a command may take.
	commandLimit = 90 * time.Second
	// rowBudget is the time after which a row without a goal of elapsed time has no further rounds,
	// if it has had leastRounds.
	rowBudget   = 12 * time.Second
	leastRounds = 3
	// shortRow is the time until which a row has more rounds than asked for. One busy moment of the
	// server would decide over 7 rounds of 50 ms.
	shortRow = 4 * time.Second
	// mostTimes is how many times as many rounds as asked for a row has at most.
	mostTimes = 7
	// mostCut is how many runs of kubectl may end without all of the output, in one row.
	mostCut = 5
)

// result is a row with its figures.
type result struct {
	row
	rounds  int
	medians map[string]usage // by program; none of curl if the row is unlimited
	later   int              // rounds in which kx was later than kubectl
	cut     int              // runs of kubectl that ended without all of the output, and ran again
	pods    int              // that the namespace has
	err     error            // why there are no figures, or nil
}

// runner runs the command of a row once with a program. round counts from 0.
type runner func(ctx context.Context, program string, round int) (usage, error)

// measure runs a row with each program in turn. kubectl exec may lose the end of a long output and
// still exit with 0. Such a run has no figures, and kubectl runs again, up to mostCut times in all.
func measure(ctx context.Context, r row, programs []string, rounds int,
	run runner) (result, error) {
	runs := map[string][]usage{}
	measured := result{row: r, medians: map[string]usage{}}
	started := time.Now()
	for round := 0; r.hasRound(round, rounds, time.Since(started)); round++ {
		for _, program := range programs {
			u, err := run(ctx, program, round)
			var cut *cutOutputError
			for program == withKubectl && errors.As(err, &cut) && measured.cut < mostCut {
				measured.cut++
				u, err = run(ctx, program, round)
			}
			if err != nil {
				return result{}, fmt.Errorf("row %q, round %d: %w", r.name, round+1, err)
			}
			runs[program] = append(runs[program], u)
		}
		if isLater(runs[withKx][round].elapsed, runs[withKubectl][round].elapsed) {
			measured.later++
		}
		measured.rounds++
	}
	for program, all := range runs {
		measured.medians[program] = medians(all)
	}
	return measured, nil
}

// hasRound reports whether a row that has taken took has another round. round counts from 0, and
// asked is the value of -rounds.
func (r row) hasRound(round, asked int, took time.Duration) bool {
	if round < asked {
		return round < leastRounds || r.goal.elapsed > 0 || took <= rowBudget
	}
	return !r.freshPod && round < mostTimes*asked && took < shortRow
}

// isLater reports whether a took more than 1 % longer than b. Less is no difference: both wait for
// the same event of the node.
func isLater(a, b time.Duration) bool { return a-b > b/100 }
