//go:build linux

package main

import (
	"slices"
	"time"
)

// usage is what one run of a command took, or the medians of several.
type usage struct {
	elapsed, cpu time.Duration
	memory       int64 // bytes
}

// medians returns the median of each figure by itself.
func medians(runs []usage) usage {
	return usage{
		elapsed: median(runs, func(u usage) time.Duration { return u.elapsed }),
		cpu:     median(runs, func(u usage) time.Duration { return u.cpu }),
		memory:  median(runs, func(u usage) int64 { return u.memory }),
	}
}

// median returns the middle figure; of an even number, the mean of the two in the middle.
func median[T ~int64](runs []usage, figure func(usage) T) T {
	if len(runs) == 0 {
		return 0
	}
	var all []T
	for _, u := range runs {
		all = append(all, figure(u))
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}
