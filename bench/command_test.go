//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain makes the test's program a launcher, as main does.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == launchArg {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestACommandHasItsOwnUsage(t *testing.T) {
	const large = 64 << 20
	ballast := make([]byte, large)
	for i := range ballast { // this process has touched much memory
		ballast[i] = 1
	}
	c := command{program: "sh", args: []string{"-c", "sleep 0.05; echo four; echo note >&2"}, least: 5}
	r, stderr, err := c.run(t.Context())
	require.NoError(t, err)
	require.Equal(t, "note\n", stderr)
	require.GreaterOrEqual(t, r.Elapsed, 50*time.Millisecond)
	require.Positive(t, r.CPU)
	require.Less(t, r.Memory, int64(large), "%d bytes", ballast[0])
}

func TestACommandThatFailsIsAnErrorWithItsMessages(t *testing.T) {
	for name, test := range map[string]struct {
		script, want string
	}{
		"an exit status":              {"echo a >&2; echo b >&2; exit 3", "exit status 3: a; b"},
		"a signal":                    {"kill -9 $$", "exit status -1: "},
		"too little output":           {"echo abc", "the output has 4 bytes, and should have 5: "},
		"a program that is not there": {"", "exit status 1: "},
	} {
		t.Run(name, func(t *testing.T) {
			c := command{program: "sh", args: []string{"-c", test.script}, least: 5}
			if test.script == "" {
				c.program = "/no/such/program"
			}
			_, _, err := c.run(t.Context())
			require.ErrorContains(t, err, c.String()+": "+test.want)
			require.Equal(t, name == "too little output", errors.As(err, new(*cutOutputError)))
		})
	}
}

func TestACommandEndsWithItsContext(t *testing.T) {
	late := errors.New("it did not end")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(late) })
	_, _, err := command{program: "sh", args: []string{"-c", "sleep 1000; true"}}.run(ctx)
	require.ErrorIs(t, err, late)
}
