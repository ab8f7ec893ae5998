//go:build linux

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachRowHasANameOfItsOwnAndAFarTwinIfItIsShort(t *testing.T) {
	names := map[string]row{}
	for _, r := range rows() {
		require.NotContains(t, names, r.name)
		names[r.name] = r
	}
	for name, r := range names {
		if r.isShort && !r.isFar {
			require.Equal(t, r.words, names[name+farSuffix].words)
			require.Zero(t, names[name+farSuffix].goal, "the goals are for a near server")
		}
		near, isGrown := strings.CutSuffix(name, grownSuffix)
		if isGrown {
			require.Equal(t, r.words, names[near].words)
		}
	}
}

func TestTheWordsOfARowNameThePodTheLogAndTheImage(t *testing.T) {
	r := row{words: "debug POD --image IMAGE LOG -- head -c 1"}
	args := r.args("p", "l", "i:1")
	require.Equal(t, strings.Fields("debug p --image i:1 l -- head -c 1"), args)
	require.Equal(t, []string{"head", "-c", "1"}, remoteCommand(args))
	require.Nil(t, remoteCommand([]string{"version"}))
}

func TestTheFlagsAreChecked(t *testing.T) {
	for _, test := range []struct {
		args string
		fail bool
	}{
		{"", false},
		{"-pods 200,400 -only ^version$", false},
		{"-pods 200,200", false},
		{"-pods 400,200", true},
		{"-pods 200", true},
		{"-pods 0,5", true},
		{"-only (", true},
		{"-only a -page b", true},
		{"-rounds 0", true},
		{"-unknown", true},
	} {
		t.Run(test.args, func(t *testing.T) {
			_, err := parseFlags(strings.Fields(test.args))
			require.Equal(t, test.fail, err != nil, "%v", err)
		})
	}
}
