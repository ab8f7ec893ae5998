//go:build linux

package main

import (
	"context"
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
	// rowBudget is the time after which a row has no further rounds, if it has had leastRounds.
	rowBudget   = 12 * time.Second
	leastRounds = 3
)

// result is a row with its figures.
type result struct {
	row
	rounds  int
	medians map[string]usage // by program; none of curl if the row is unlimited
	later   int              // rounds in which kx was later than kubectl
	pods    int              // that the namespace has
	err     error            // why there are no figures, or nil
}

// runner runs the command of a row once with a program. round counts from 0.
type runner func(ctx context.Context, program string, round int) (usage, error)

// measure runs a row with each program in turn.
func measure(ctx context.Context, r row, programs []string, rounds int,
	run runner) (result, error) {
	runs := map[string][]usage{}
	measured := result{row: r, medians: map[string]usage{}}
	started := time.Now()
	for round := range rounds {
		if round >= leastRounds && time.Since(started) > rowBudget {
			break
		}
		for _, program := range programs {
			u, err := run(ctx, program, round)
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

// isLater reports whether a took more than 1 % longer than b. Less is no difference: both wait for
// the same event of the node.
func isLater(a, b time.Duration) bool { return a-b > b/100 }
