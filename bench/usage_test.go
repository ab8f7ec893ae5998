//go:build linux

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheMedianOfEachFigureIsTakenByItself(t *testing.T) {
	for name, test := range map[string]struct {
		runs []usage
		want usage
	}{
		"no run":  {nil, usage{}},
		"one run": {[]usage{{3, 2, 1}}, usage{3, 2, 1}},
		"an odd number of runs": {[]usage{{9, 1, 5}, {1, 9, 4}, {5, 5, 6}},
			usage{5, 5, 5}},
		"an even number of runs": {[]usage{{8, 1, 1}, {1, 2, 1}, {4, 9, 1}, {6, 4, 9}},
			usage{elapsed: 5 * time.Nanosecond, cpu: 3 * time.Nanosecond, memory: 1}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, medians(test.runs)) })
	}
}
