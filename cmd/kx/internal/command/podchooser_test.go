package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSickPodsComeBeforeThoseThatAreWell(t *testing.T) {
	for state, want := range map[string]int{ // STATUS AGE READY RESTARTS, with _ for a space
		"CrashLoopBackOff 5d 0/1 12_(3m_ago)": 0,
		"Running 5d 1/2 0":                    0,
		"Pending 5d 0/1 0":                    0,
		"ImagePullBackOff 5d 0/1 0":           0,
		"Init:0/1 5d 0/1 0":                   0,
		"Error 5d 0/1 0":                      0,
		"Evicted 5d 0/1 0":                    0,
		"Running 5d 2/2 3_(5m10s_ago)":        1,
		"Running 5d 2/2 3_(59s_ago)":          1,
		"Running 5d 2/2 3_(4h_ago)":           2,
		"Running 5d 2/2 3_(2d4h_ago)":         2,
		"Running 5d 2/2 3":                    2,
		"Terminating 5d 1/1 0":                2,
		"Completed 5d 0/1 0":                  3,
		"Succeeded 5d 0/1 0":                  3,
	} {
		cells := strings.Fields(state)
		cells[3] = strings.ReplaceAll(cells[3], "_", " ")
		require.Equal(t, want, podRank(cells), state)
	}
}

func TestCellsTakeOneColumnForEachByte(t *testing.T) {
	require.Equal(t, "a-b_c (1m ago)", asciiCell("a-b_c (1m ago)"))
	require.Equal(t, "?[2Ja?b??", asciiCell("\x1b[2Ja\u202eb\u4e2d\u0301"))
}
