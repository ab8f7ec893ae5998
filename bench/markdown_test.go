//go:build linux

package main

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheFiguresReplaceThoseOfThePage(t *testing.T) {
	const marked = "<!-- make bench -->\n"
	const end = "<!-- end of make bench -->\n"
	for name, test := range map[string]struct{ page, want string }{
		"figures":            {"# A\n" + marked + "old\n" + end + "b\n", "# A\n" + marked + "new\n" + end + "b\n"},
		"no figures":         {marked + end, marked + "new\n" + end},
		"no mark":            {"# A\n", ""},
		"a mark without end": {marked + "old\n", ""},
		"marks in disorder":  {end + marked, ""},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := replaceBetween([]byte(test.page), "new\n")
			if test.want == "" {
				require.EqualError(t, err, "there is no line <!-- make bench --> with a line "+
					"<!-- end of make bench --> after it")
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, string(page))
		})
	}
}

func TestTheTablesHaveEachFigureItsRatioAndItsGoal(t *testing.T) {
	of := func(elapsed, cpu time.Duration, mebibytes int64) usage {
		return usage{elapsed, cpu, mebibytes << 20}
	}
	const ms = time.Millisecond
	results := []result{
		{row: row{name: "get pods", words: "get pods", goal: goal{elapsed: 0.5, memory: 0.1},
			why: reason{memory: "it holds all rows"}}, rounds: 7, pods: 5000,
			medians: map[string]usage{withKx: of(100*ms, 30*ms, 20), withKubectl: of(1000*ms, 300*ms, 100),
				withCurl: of(90*ms, 10*ms, 10)}},
		{row: row{name: "debug -i", unlimited: "the node starts it"}, rounds: 3, later: 1,
			medians: map[string]usage{withKx: of(1500*ms, ms, 10), withKubectl: of(1500*ms, 2*ms, 40)}},
		{row: row{name: "exec", words: "exec"}, err: errors.New("exit status 1")},
		{row: row{name: "get pods, far", isFar: true}, rounds: 3,
			medians: map[string]usage{withKx: of(450*ms, ms, 10), withKubectl: of(900*ms, ms, 10), withCurl: of(450*ms, ms, 10)}},
		{row: row{name: "get pods, grown", words: "get pods", stage: growth,
			why: reason{memory: "it holds all rows"}}, rounds: 3, pods: 20000,
			medians: map[string]usage{withKx: of(1, 1, 23), withKubectl: of(1, 1, 400), withCurl: of(1, 1, 10)}},
	}
	require.Equal(t, `
### Elapsed time

| | kx | kubectl | kx/kubectl | goal | curl | kx/curl | rounds |
|---|---|---|---|---|---|---|---|
| `+"`get pods`"+` | 100 ms | 1.00 s | 0.10 | 0.5 | 90 ms | 1.11 | 7 |
| `+"`debug -i`"+` | 1.50 s | 1.50 s | 1.00 |  | – | – | 3 |
| `+"`exec`"+` | failed | | | | | | |

### Processor time

| | kx | kubectl | kx/kubectl | goal | curl | kx/curl | rounds |
|---|---|---|---|---|---|---|---|
| `+"`get pods`"+` | 30 ms | 300 ms | 0.10 |  | 10 ms | 3.00 | 7 |
| `+"`debug -i`"+` | 1 ms | 2 ms | 0.50 |  | – | – | 3 |
| `+"`exec`"+` | failed | | | | | | |

### Peak memory

| | kx | kubectl | kx/kubectl | goal | curl | kx/curl | rounds |
|---|---|---|---|---|---|---|---|
| `+"`get pods`"+` | 20.0 MiB | 100.0 MiB | 0.20 | 0.1, missed | 10.0 MiB | 2.00 | 7 |
| `+"`debug -i`"+` | 10.0 MiB | 40.0 MiB | 0.25 |  | – | – | 3 |
| `+"`exec`"+` | failed | | | | | | |

### Elapsed time with 150 ms added to each round trip

| | kx | kubectl | kx/kubectl | goal | curl | kx/curl | rounds |
|---|---|---|---|---|---|---|---|
| `+"`get pods, far`"+` | 450 ms | 900 ms | 0.50 |  | 450 ms | 1.00 | 3 |

### Peak memory with more pods

| | 5,000 pods | 20,000 pods | growth | goal |
|---|---|---|---|---|
| `+"`kx get pods`"+` | 20.0 MiB | 23.0 MiB | 1.15 | 1.1, missed |
| `+"`kubectl get pods`"+` | 100.0 MiB | 400.0 MiB | 4.00 |  |
| `+"`curl get pods`"+` | 10.0 MiB | 10.0 MiB | 1.00 |  |

`+"`kx get pods`"+` grows: it holds all rows.

### Further from curl than 1.5 times

- `+"`get pods`"+`, processor time, 3.0 times curl's: not explained yet.
- `+"`get pods`"+`, peak memory, 2.0 times curl's: it holds all rows.
- `+"`debug -i`"+`: curl cannot do it: the node starts it. kx was later than kubectl by more than 1 % in 1 of 3 rounds.
`, tables(results))
}

func TestFiguresAreShort(t *testing.T) {
	require.Equal(t, []string{"8 ms", "999 ms", "1.00 s", "12.35 s"},
		[]string{seconds(0.0081), seconds(0.9991), seconds(0.9996), seconds(12.345001)})
	require.Equal(t, []string{"0", "999", "1,000", "20,000", "1,002,003"},
		[]string{thousands(0), thousands(999), thousands(1000), thousands(20000), thousands(1002003)})
	require.Equal(t, "–", ratio(1, 0))
}

func TestTheChartHasABarForEachFigureOfARowThatWasMeasured(t *testing.T) {
	picture := string(chart([]result{
		{row: row{name: "get <pods>"}, medians: map[string]usage{withKx: {1, 3, 9}, withKubectl: {2, 1, 10}}},
		{row: row{name: "far", isFar: true}},
		{row: row{name: "failed"}, err: errors.New("no")},
	}))
	require.Contains(t, picture, "get &lt;pods&gt;")
	require.Contains(t, picture, `width="220" height="10"/><text class="v" x="415" y="53">0.50</text>`)
	require.Contains(t, picture, `width="484" height="10"/><text class="v" x="679" y="65">3.00</text>`, "it is cut")
	require.NotContains(t, picture, "far")
	require.NotContains(t, picture, "failed")
}
