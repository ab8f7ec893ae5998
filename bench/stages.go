//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// calm is how long the server rests after thousands of writes.
const calm = 5 * time.Second

// measureAll measures the rows, stage by stage. A row that fails does not end the run.
func (b *bench) measureAll(ctx context.Context, all []row, pods [2]int) (results []result,
	err error) {
	if err := b.createNamespaces(ctx); err != nil {
		return nil, err
	}
	if err := b.fillCaches(ctx); err != nil {
		return nil, err
	}
	var failed []error
	for _, s := range []stage{streams, listing, growth} {
		prepared := false
		for _, r := range all {
			if r.stage != s {
				continue
			}
			if !prepared {
				if err := b.prepare(ctx, s, pods, needsLog(all)); err != nil {
					return results, errors.Join(append(failed, err)...)
				}
				prepared = true
			}
			started := time.Now()
			done, err := b.measureRow(ctx, r)
			if ctx.Err() != nil {
				return results, errors.Join(append(failed, err)...)
			}
			if err != nil {
				done = result{row: r, err: err}
				failed = append(failed, err)
			}
			b.report(fmt.Sprintf("%s, %d rounds", r.name, done.rounds), started)
			results = append(results, done)
		}
	}
	return results, errors.Join(failed...)
}

// needsLog reports whether one of the rows reads the large log.
func needsLog(all []row) bool {
	return slices.ContainsFunc(all, func(r row) bool { return strings.Contains(r.words, "LOG") })
}

// prepare creates the pods of a stage.
func (b *bench) prepare(ctx context.Context, s stage, pods [2]int, withLog bool) error {
	started := time.Now()
	if s == streams {
		names, err := b.startPods(ctx, 1)
		if err != nil {
			return err
		}
		b.pod = names[0]
		if withLog {
			b.log, err = b.makeLog(ctx)
		}
		b.report("start the pods of the streams", started)
		return err
	}
	total := pods[0]
	if s == growth {
		total = pods[1]
	}
	if err := b.addListed(ctx, total); err != nil {
		return err
	}
	b.report(fmt.Sprintf("create pods, until there are %d", total), started)
	select {
	case <-time.After(calm):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
