package subresource_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

// story writes a log in two runs: lines with equal times, two streams out of order, a line in
// parts, empty lines, a time that goes back, and an end without a newline.
func story(n *fakeNode) (want []string) {
	n.policy = "OnFailure"
	long := strings.Repeat("p", 40)
	n.write(0, "start\n")
	n.write(0.001, "equal\n")
	n.write(0.001, "equal\n")
	n.write(0.001, "other\n")
	n.write(0.001, "equal\n")
	n.write(499.9, "stderr\n")
	n.write(499.8, "stdout\n") // before stderr
	n.write(499.99, long)
	n.write(500.01, long+"\n") // in the next second
	n.write(700, "\n")
	n.write(1700, "a 2026-01-02T03:04:05Z b\n")
	n.write(1701, "last of the run\n")
	n.exit(1)
	n.write(2000, "again\n")
	n.write(2000, "again\n")
	n.write(2001, "\n")
	n.write(2002, "no newline")
	n.exit(0)
	return []string{"start\n", "equal\n", "equal\n", "other\n", "equal\n", "stderr\n", "stdout\n", long + long + "\n", "\n",
		"a 2026-01-02T03:04:05Z b\n", "last of the run\n", "again\n", "again\n", "\n", "no newline"}
}

// storyOneByOne is story while the log is followed.
func storyOneByOne(n *fakeNode) (want []string, run func()) {
	finished := newFakeNode()
	want = story(finished)
	n.runs, n.policy = []*fakeRun{{}}, finished.policy
	return want, func() {
		for i, run := range finished.runs {
			for _, text := range run.texts {
				time.Sleep(30 * time.Millisecond)
				n.do(func() {
					if len(n.runs) == i {
						n.runs = append(n.runs, &fakeRun{})
					}
					n.runs[i].texts = append(n.runs[i].texts, text)
				})
			}
			n.exit(run.code)
			time.Sleep(time.Second)
		}
	}
}

// later runs do on the side, and waits for its end at the end of the test.
func later(t *testing.T, do func()) {
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	t.Cleanup(func() { <-done })
}

func TestAFollowThatIsCutAtAnyByteLosesAndRepeatsNothing(t *testing.T) {
	for _, test := range []struct {
		sentence string
		clean    bool
		cuts     int
	}{
		{"a lost connection", false, 1},
		{"an answer that seems complete", true, 1},
		{"three lost connections", false, 3},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for at := range 560 { // bytes of the first run with its timestamps
					n := newFakeNode()
					want, run := storyOneByOne(n)
					n.cutClean = test.clean
					n.cut = func(answer int) int {
						if answer < test.cuts {
							return at + answer
						}
						return -1
					}
					stopped := make(chan struct{})
					go func() { defer close(stopped); run() }()
					lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true})
					require.Equal(t, want, lines, "cut at %d", at)
					require.Empty(t, errs)
					<-stopped
				}
			})
		})
	}
}

func TestAFollowOfAnEndedContainerThatIsCutAtAnyByteLosesAndRepeatsNothing(t *testing.T) {
	for at := range 160 {
		synctest.Test(t, func(t *testing.T) {
			n := newFakeNode()
			want := story(n)[11:] // of the current run
			n.cut = func(answer int) int {
				if answer == 0 {
					return at
				}
				return -1
			}
			lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true})
			require.Equal(t, want, lines, "cut at %d", at)
			require.Empty(t, errs)
		})
	}
}

func TestAFollowStartsAtTheTail(t *testing.T) {
	for _, tail := range []int64{0, 1, 3, 5} {
		for at := 0; at < 150; at += 3 {
			synctest.Test(t, func(t *testing.T) {
				n := newFakeNode()
				for i := range 4 {
					n.write(float64(i), fmt.Sprintf("before %d\n", i))
				}
				n.cut = func(answer int) int {
					if answer < 2 {
						return at
					}
					return -1
				}
				later(t, func() {
					time.Sleep(5 * time.Minute) // after all cuts of earlier lines
					for i := range 3 {
						n.write(float64(4+i), fmt.Sprintf("after %d\n", i))
						time.Sleep(time.Millisecond)
					}
					n.exit(0)
				})
				lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true, Tail: &tail})
				var want []string
				for i := range 4 {
					if i >= 4-int(tail) {
						want = append(want, fmt.Sprintf("before %d\n", i))
					}
				}
				want = append(want, "after 0\n", "after 1\n", "after 2\n")
				require.Equal(t, want, lines, "tail %d, cut at %d", tail, at)
				require.Empty(t, errs)
			})
		}
	}
}

func TestAFollowStartsAtATimeWithinALongLine(t *testing.T) {
	for at := 0; at < 150; at += 3 {
		synctest.Test(t, func(t *testing.T) {
			n := newFakeNode()
			n.write(499.99, strings.Repeat("p", 40))
			n.write(500.01, "end\n") // in the next second
			n.cut = func(answer int) int {
				if answer < 2 {
					return at
				}
				return -1
			}
			later(t, func() {
				time.Sleep(5 * time.Minute)
				n.write(700, "after\n")
				n.exit(0)
			})
			lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true, SinceTime: logTime(500)})
			require.Equal(t, []string{"end\n", "after\n"}, lines, "cut at %d", at)
			require.Empty(t, errs)
		})
	}
}

func TestAFollowEnds(t *testing.T) {
	// The kubelet's answer once it has removed the log.
	const noLog = `failed to try resolving symlinks in path "/var/log/pods/a"`
	for sentence, test := range map[string]struct {
		policy string
		end    func(*fakeNode)
		err    string
	}{
		"when the container has ended and is never restarted":      {"Never", func(n *fakeNode) { n.exit(1) }, ""},
		"when the container has succeeded and restarts on failure": {"OnFailure", func(n *fakeNode) { n.exit(0) }, ""},
		"when the pod is deleted":                                  {"Always", func(n *fakeNode) { n.exit(0); n.do(func() { n.deleted = true }) }, ""},
		"when another pod has its name":                            {"Always", func(n *fakeNode) { n.exit(0); n.do(func() { n.uid = "2" }) }, ""},
		"when the pod is deleted while it waits for a restart": {"Always", func(n *fakeNode) {
			n.exit(0)
			time.Sleep(time.Minute)
			n.do(func() { n.deleted = true })
		}, ""},
		"when the node removes the log, and then the pod is deleted": {"Always", func(n *fakeNode) {
			n.answerLogs(noLog)
			n.exit(0)
			time.Sleep(10 * time.Second)
			n.do(func() { n.deleted = true })
		}, ""},
		"with an error when the connection is lost, then the node removes the log, and then the pod is deleted": {"Always", func(n *fakeNode) {
			n.do(func() {
				n.cut = func(int) int { return 0 }
				n.runs[0].texts = append(n.runs[0].texts, loggedText{logTime(1), "lost\n"})
			})
			n.answerLogs(noLog)
			n.exit(0)
			time.Sleep(10 * time.Second)
			n.do(func() { n.deleted = true })
		}, "log of container app of pod web-0: the pod was deleted before its last lines were read: GET /api/v1/namespaces/default/pods/web-0/log: the connection to kx.invalid:6443 was lost: the answer was cut off: unexpected EOF"},
		"with an error when the node removes the log of the next run, and then the pod is deleted": {"Always", func(n *fakeNode) {
			n.exit(1)
			time.Sleep(time.Minute)
			n.answerLogs(noLog)
			n.do(func() { n.runs = append(n.runs, &fakeRun{}) })
			time.Sleep(10 * time.Second)
			n.do(func() { n.deleted = true })
		}, "log of container app of pod web-0: the pod was deleted before its last lines were read: log of container app of pod web-0: the answer is no log with timestamps: \"failed to try resolving symlinks in path \\\"/var/log/pods/a\\\"\""},
		"with an error when the node has no log for 20 s, and the pod stays": {"Always", func(n *fakeNode) {
			n.answerLogs(noLog)
			n.exit(0)
		}, "log of container app of pod web-0: the answer is no log with timestamps: \"failed to try resolving symlinks in path \\\"/var/log/pods/a\\\"\""},
		"with an error when the pod is deleted while the connection is lost": {"Always", func(n *fakeNode) {
			n.do(func() {
				n.cut = func(int) int { return 0 }
				n.runs[0].texts = append(n.runs[0].texts, loggedText{logTime(1), "lost\n"})
				n.deleted = true
			})
		}, "log of container app of pod web-0: the pod was deleted before its last lines were read: GET /api/v1/namespaces/default/pods/web-0/log: the connection to kx.invalid:6443 was lost: the answer was cut off: unexpected EOF"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newFakeNode()
				n.policy = test.policy
				n.write(0, "one\n")
				if strings.Contains(test.err, "cut off") {
					n.cut = func(answer int) int { return 35 } // after the line
				}
				later(t, func() { time.Sleep(time.Second); test.end(n) })
				lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true})
				require.Equal(t, []string{"one\n"}, lines)
				if test.err == "" {
					require.Empty(t, errs)
					return
				}
				require.Len(t, errs, 1)
				require.EqualError(t, errs[0], test.err)
			})
		})
	}
}

func TestAFollowWaitsForTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		later(t, func() { time.Sleep(time.Minute); n.write(0, "one\n"); n.exit(0) })
		lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true})
		require.Equal(t, []string{"one\n"}, lines)
		require.Empty(t, errs)
	})
}

func TestAFollowEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		n.write(0, "one\n")
		stopped := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var got error
		for line, err := range n.logs(t).Lines(ctx, "web-0", subresource.LogOptions{Follow: true}) {
			got = err
			if line.Text == "one" {
				later(t, func() { time.Sleep(time.Hour); cancel(stopped) })
			}
		}
		require.ErrorIs(t, got, stopped)
	})
}

func TestAFollowReadsAnEmptyLogTwiceAsTheNodeMayBeLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		n.write(0, "one\n")
		n.exit(0)
		n.cutClean = true
		n.cut = func(answer int) int { return min(0, -answer) } // nothing of the first answer
		lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true})
		require.Equal(t, []string{"one\n"}, lines)
		require.Empty(t, errs)
	})
}

func TestThePausesOfAFollowGrowWhileNoLineArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		n.write(0, "one\n")
		n.cut = func(answer int) int {
			if answer == 0 {
				return len("2026-01-02T03:04:05.500000000Z one\n")
			}
			return 0
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for line, err := range n.logs(t).Lines(ctx, "web-0", subresource.LogOptions{Follow: true}) {
			if err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				break
			}
			require.Equal(t, "one", line.Text)
		}
		require.Greater(t, len(n.answers), 5)
		require.Less(t, len(n.answers), 30, "requests in a minute")
	})
}
