//go:build linux

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheTimeOfAPromptIsThatUntilThePrompt(t *testing.T) {
	c := command{program: "sh", args: []string{"-c", `printf '/ # '; read line; sleep 0.2; ` +
		`test "$line" = exit`}}
	started := time.Now()
	r, err := runToPrompt(t.Context(), c)
	require.NoError(t, err)
	require.Zero(t, r.Code)
	require.LessOrEqual(t, r.Elapsed, time.Since(started)-200*time.Millisecond)
}

func TestAProgramThatEndsWithoutAPromptIsAnError(t *testing.T) {
	_, err := runToPrompt(t.Context(), command{program: "sh", args: []string{"-c", "echo no shell"}})
	require.ErrorContains(t, err, "no prompt: ")
	require.ErrorContains(t, err, "no shell")
}
