package chooser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pods returns a table of pods called web-0, web-1 and so on.
func pods(n int) Table {
	table := Table{Prompt: "Pod", Summary: "pods", Header: []string{"NAME", "STATUS", "AGE", "READY"}, Names: 1, Kept: 3}
	for i := range n {
		status := "Running"
		if i == 0 {
			status = "CrashLoopBackOff"
		}
		table.Rows = append(table.Rows, []string{fmt.Sprintf("web-%d", i), status, "5d", "1/1"})
	}
	return table
}

func TestKeysSelectARow(t *testing.T) {
	for name, test := range map[string]struct {
		typed    []string
		selected string
		outcome  Outcome
	}{
		"Enter takes the first":              {[]string{"\r"}, "web-0", Chosen},
		"a newline is Enter":                 {[]string{"\n"}, "web-0", Chosen},
		"an arrow":                           {[]string{"\x1b[B\r"}, "web-1", Chosen},
		"an arrow in application mode":       {[]string{"\x1bOB\x1bOB\x1bOA\r"}, "web-1", Chosen},
		"an arrow in two reads":              {[]string{"\x1b", "[B", "\r"}, "web-1", Chosen},
		"an arrow with a modifier":           {[]string{"\x1b[1;5B\r"}, "web-0", Chosen},
		"control keys":                       {[]string{"\x0e\x0e\x0e\x10\r"}, "web-2", Chosen},
		"no row is above the first":          {[]string{"\x10\x10\x0e\r"}, "web-1", Chosen},
		"no row is below the last":           {[]string{"\x05\x0e\x0e\x10\r"}, "web-18", Chosen},
		"Home and End":                       {[]string{"\x1b[F\x1b[H\x1b[B\r"}, "web-1", Chosen},
		"pages":                              {[]string{"\x1b[6~\x1b[6~\x1b[5~\r"}, "web-7", Chosen},
		"a filter":                           {[]string{"13\r"}, "web-13", Chosen},
		"a filter in capitals":               {[]string{"WEB-4\r"}, "web-4", Chosen},
		"two words":                          {[]string{"e 1 7 running\r"}, "web-17", Chosen},
		"a state":                            {[]string{"crash\r"}, "web-0", Chosen},
		"an erased letter":                   {[]string{"137\x7f\r"}, "web-13", Chosen},
		"nothing is left to erase":           {[]string{"\x7f\x083\r"}, "web-3", Chosen},
		"an erased filter":                   {[]string{"13\x15\x0e\r"}, "web-1", Chosen},
		"a filter selects the first again":   {[]string{"\x0e\x0e1\r"}, "web-1", Chosen},
		"Enter does nothing without a match": {[]string{"nope\r\x0e\x10\r"}, "", Undecided},
		"^C leaves":                          {[]string{"web\x03"}, "", Left},
		"^D leaves":                          {[]string{"\x04"}, "", Left},
		"Escape twice leaves":                {[]string{"\x1b\x1b"}, "", Left},
		"Alt and a letter do nothing":        {[]string{"\x1bx\r"}, "web-0", Chosen},
		"other keys do nothing":              {[]string{"\x1b[200~\x00\xc3\xa9\t\r"}, "web-0", Chosen},
		"what follows the decision":          {[]string{"\rls\r"}, "web-0", Chosen},
	} {
		t.Run(name, func(t *testing.T) {
			c := New(pods(20))
			c.Screen(80, 10) // seven rows
			outcome := Undecided
			for _, typed := range test.typed {
				outcome = c.Type([]byte(typed))
			}
			require.Equal(t, test.outcome, outcome)
			if outcome == Chosen {
				require.Equal(t, test.selected, c.table.Rows[c.Selected()][0])
			}
		})
	}
}

func TestEscapeLeavesIfNothingFollows(t *testing.T) {
	c := New(pods(2))
	require.False(t, c.Waits())
	require.Equal(t, Undecided, c.Type([]byte("\x1b")))
	require.True(t, c.Waits())
	require.Equal(t, Left, c.EndSequence())
	require.Equal(t, Undecided, c.Type([]byte("\x1b[")))
	require.Equal(t, Undecided, c.EndSequence(), "part of a sequence is no Escape")
	require.False(t, c.Waits())
}

func TestTheScreenShowsTheFilterTheTitlesTheRowsAndTheirNumber(t *testing.T) {
	c := New(pods(20))
	c.Type([]byte("web-1"))
	c.Type([]byte("\x0e"))
	require.Equal(t, Screen{Selected: 3, Column: 10, Lines: []string{
		"Pod: web-1",
		"  NAME    STATUS            AGE  READY",
		"  web-1   Running           5d   1/1",
		"> web-10  Running           5d   1/1",
		"  web-11  Running           5d   1/1",
		"11 of 20 pods. Enter: take it. Esc: leave.",
	}}, c.Screen(80, 6))
	c.Type([]byte("x"))
	require.Equal(t, Screen{Selected: -1, Column: 11, Lines: []string{
		"Pod: web-1x", "  NAME    STATUS            AGE  READY", "0 of 20 pods. Enter: take it. Esc: leave.",
	}}, c.Screen(80, 6))
}

func TestTheScreenFitsTheTerminal(t *testing.T) {
	table := pods(50)
	for i := range table.Rows {
		table.Rows[i][0] = fmt.Sprintf("checkout-with-a-long-name-5d4f8c7b9-x%03d", i)
	}
	for width := 1; width < 70; width++ {
		for height := 1; height < 12; height++ {
			c := New(table)
			for _, keys := range []string{"", "\x1b[6~", "\x05", "\x10", "049", "\x15nope", strings.Repeat("x", 70)} {
				c.Type([]byte(keys))
				s := c.Screen(width, height)
				require.LessOrEqual(t, len(s.Lines), height)
				for _, line := range s.Lines {
					require.LessOrEqual(t, len(line), max(width-1, 1))
				}
				require.Less(t, s.Column, max(width, 2))
				if height > 1 && len(c.matches) > 0 {
					require.GreaterOrEqual(t, s.Selected, 1, "the selected row is on the screen")
				}
			}
		}
	}
}

func TestANarrowTerminalShowsNameStateAndAge(t *testing.T) {
	table := pods(2)
	table.Rows[0][0] = "checkout-with-a-long-name-5d4f8c7b9-x2k4j"
	require.Equal(t, []string{
		"Pod: ",
		"  NAME           STATUS            AGE",
		"> check..-x2k4j  CrashLoopBackOff  5d",
		"  web-1          Running           5d",
		"2 of 2 pods. Enter: take it. Esc: leav",
	}, New(table).Screen(39, 5).Lines)
	table.Header, table.Names, table.Kept = slices.Concat([]string{"NAMESPACE"}, table.Header), 2, 4
	for i, row := range table.Rows {
		table.Rows[i] = append([]string{"default"}, row...)
	}
	require.Equal(t, "> default   che..k4", New(table).Screen(20, 5).Lines[2])
}

func TestEnterTakesNoRowThatIsNotShown(t *testing.T) {
	c := New(pods(2))
	c.Screen(80, 1)
	require.Equal(t, Undecided, c.Type([]byte("\r")))
	c.Screen(80, 2)
	require.Equal(t, Chosen, c.Type([]byte("\r")))
}
