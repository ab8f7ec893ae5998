//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheProgramsRunInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		programs := []string{withKx, withKubectl, withCurl}
		done, err := measure(t.Context(), row{name: "a"}, programs, 2,
			func(_ context.Context, program string, round int) (usage, error) {
				order = append(order, fmt.Sprint(program, round))
				time.Sleep(shortRow / 2)
				if program == withKx && round == 1 {
					return usage{elapsed: 3 * time.Second}, nil
				}
				return usage{elapsed: time.Second}, nil
			})
		require.NoError(t, err)
		require.Equal(t, []string{"kx0", "kubectl0", "curl0", "kx1", "kubectl1", "curl1"}, order)
		require.Equal(t, 2, done.rounds)
		require.Equal(t, 1, done.later)
		require.Equal(t, map[string]usage{withKx: {elapsed: 2 * time.Second},
			withKubectl: {elapsed: time.Second}, withCurl: {elapsed: time.Second}}, done.medians)
	})
}

func TestTheRoundsOfARowDependOnItsTime(t *testing.T) {
	for name, test := range map[string]struct {
		took   time.Duration
		row    row
		rounds int
	}{
		"a fast row":                     {time.Millisecond, row{}, 20 * mostTimes},
		"a fast row of new pods":         {time.Millisecond, row{freshPod: true}, 20},
		"a short row":                    {shortRow / 80, row{}, 40},
		"a slow row":                     {rowBudget, row{goal: goal{cpu: 0.5}}, leastRounds},
		"a slow row with a goal of time": {rowBudget, row{goal: goal{elapsed: 0.5}}, 20},
		"a row of two times":             {rowBudget / 10, row{}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				done, err := measure(t.Context(), test.row, []string{withKx, withKubectl}, 20,
					func(context.Context, string, int) (usage, error) {
						time.Sleep(test.took)
						return usage{elapsed: test.took}, nil
					})
				require.NoError(t, err)
				require.Equal(t, test.rounds, done.rounds)
			})
		})
	}
}

func TestARunThatKubectlCutsShortRunsAgain(t *testing.T) {
	for name, test := range map[string]struct {
		cut   string // the program
		times int    // its first runs that are cut
		want  string
	}{
		"one run":        {withKubectl, 1, ""},
		"as many as may": {withKubectl, mostCut, ""},
		"one too many": {withKubectl, mostCut + 1,
			`row "exec", round 1: the output has 3 bytes, and should have 5`},
		"a run of kx": {withKx, 1, `row "exec", round 1: the output has 3 bytes, and should have 5`},
	} {
		t.Run(name, func(t *testing.T) {
			runs := map[string]int{}
			done, err := measure(t.Context(), row{name: "exec", freshPod: true}, []string{withKx, withKubectl}, 2,
				func(_ context.Context, program string, _ int) (usage, error) {
					runs[program]++
					if program == test.cut && runs[program] <= test.times {
						return usage{elapsed: time.Hour}, fmt.Errorf("%w", &cutOutputError{3, 5})
					}
					return usage{elapsed: time.Second}, nil
				})
			if test.want != "" {
				require.EqualError(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.times, done.cut)
			require.Equal(t, time.Second, done.medians[withKubectl].elapsed)
			require.Contains(t, cuts([]result{done}), fmt.Sprintf("in %d of %d runs", test.times,
				test.times+2))
		})
	}
}

func TestAnErrorNamesTheRowAndTheRound(t *testing.T) {
	_, err := measure(t.Context(), row{name: "get pods"}, []string{withKx}, 3,
		func(context.Context, string, int) (usage, error) { return usage{}, errors.New("no") })
	require.EqualError(t, err, `row "get pods", round 1: no`)
}

func TestKxIsLaterFromOnePercentOn(t *testing.T) {
	for kx, want := range map[time.Duration]bool{
		999 * time.Millisecond: false, 1009 * time.Millisecond: false, 1011 * time.Millisecond: true,
	} {
		require.Equal(t, want, isLater(kx, time.Second), kx)
	}
}
