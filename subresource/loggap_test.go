package subresource_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

func TestAFollowReportsAGap(t *testing.T) {
	for sentence, test := range map[string]struct {
		lose  func(*fakeNode)
		lines []string
		gap   string
	}{
		"when the node has begun a new log file": {func(n *fakeNode) {
			n.runs[0].texts = []loggedText{{logTime(9000), "newer\n"}}
		}, []string{"one\n", "newer\n", "later\n"}, "log of container app of pod web-0: lines may be missing after 2026-01-02T03:04:05.5Z: " +
			"the node no longer has that line: it began a new log file"},
		"when the container has restarted twice": {func(n *fakeNode) {
			for range 3 {
				n.runs[len(n.runs)-1].ended = true
				n.runs = append(n.runs, &fakeRun{texts: []loggedText{{logTime(9000), fmt.Sprintf("run %d\n", len(n.runs))}}})
			}
		}, []string{"one\n", "run 2\n", "run 3\n", "later\n"}, "log of container app of pod web-0: lines may be missing after 2026-01-02T03:04:05.5Z: " +
			"the container has restarted since, and the node has only the logs of its last two runs"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newFakeNode()
				n.policy = "OnFailure"
				n.write(0, "one\n")
				n.cut = func(answer int) int {
					if answer > 0 {
						return -1
					}
					return 35 // after the line
				}
				later(t, func() { time.Sleep(time.Minute); n.write(10000, "later\n"); n.exit(0) })
				var lines []string
				var errs []error
				for line, err := range n.logs(t).Lines(t.Context(), "web-0", subresource.LogOptions{Follow: true}) {
					if err != nil {
						errs = append(errs, err)
						continue
					}
					lines = append(lines, line.Text+"\n")
					if len(lines) == 1 {
						n.do(func() { test.lose(n) })
					}
				}
				require.Equal(t, test.lines, lines)
				require.Len(t, errs, 1)
				var gap *subresource.LogGapError
				require.ErrorAs(t, errs[0], &gap)
				require.EqualError(t, gap, test.gap)
			})
		})
	}
}

func TestAFollowReadsTheEndOfARunBeforeTheStatusHasTheNext(t *testing.T) {
	for sentence, said := range map[string]string{"a next run that is silent": "", "a next run that writes": "next\n"} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newFakeNode()
				n.policy = "OnFailure"
				n.write(0, "one\n")
				n.cut = func(answer int) int {
					if answer > 0 {
						return -1
					}
					return 35 // after the line
				}
				later(t, func() {
					time.Sleep(15 * time.Second)
					n.do(func() { n.unknown = 0 })
					time.Sleep(time.Hour)
					n.write(10000, "later\n")
					n.exit(0)
				})
				started := time.Now()
				var lines []string
				for line, err := range n.logs(t).Lines(t.Context(), "web-0", subresource.LogOptions{Follow: true}) {
					require.NoError(t, err)
					lines = append(lines, line.Text)
					switch line.Text {
					case "one":
						n.write(1, "the reason\n")
						n.exit(1)
						n.do(func() { n.runs, n.unknown = append(n.runs, &fakeRun{}), 1 })
						if said != "" {
							n.write(9000, said)
						}
					case "the reason":
						require.Less(t, time.Since(started), time.Minute) // of synctest's clock
					}
				}
				want := []string{"one", "the reason", "later"}
				if said != "" {
					want = []string{"one", "the reason", "next", "later"}
				}
				require.Equal(t, want, lines)
			})
		})
	}
}
