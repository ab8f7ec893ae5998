package conformance_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// debugWalk is what a person types to find out why a workload does not go on, and to
// mend it.
func debugWalk() []behaviour {
	return []behaviour{{"a person debugs a workload with kx alone", func(t *testing.T, w *world) {
		pod := w.podOf(t, w.name(), "echo starting; until [ -e /tmp/go ]; do sleep 0.1; done; echo done")
		walk := func(args ...string) string {
			t.Helper()
			done := w.kx(t, "", args...)
			require.Equal(t, 0, done.code, "%q: %s%s", args, done.stdout, done.stderr)
			return done.stdout
		}
		tools := []string{"debug", pod, "--target", "app", "--image", image, "--image-pull-policy", "Never", "-i", "-q", "--"}

		require.Regexp(t, `(?m)^`+pod+` +1/1 +Running +0 `, walk("get", "pods"))
		require.Regexp(t, `(?m)^Pod +\S+/`+pod+`$`, walk("describe", "pod", pod))
		eventually(t, "its program has begun", func() bool { return walk("logs", pod) == "starting\n" })
		require.Empty(t, walk(append(tools, "ls", "/proc/1/root/tmp")...), "the file that it waits for is missing")
		waiting := w.kx(t, "", "wait", "pod/"+pod, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=0")
		require.Equal(t, 1, waiting.code)
		require.Contains(t, waiting.stderr, "is Running")

		walk(append(tools, "touch", "/proc/1/root/tmp/go")...)
		require.Equal(t, "pod/"+pod+" condition met\n", walk("wait", "pod/"+pod, "--for=jsonpath={.status.phase}=Succeeded", limitFlag))
		require.Equal(t, "starting\ndone\n", walk("logs", pod))
		require.Equal(t, 3, strings.Count(walk("debug", "ls", pod), "\n"), "a heading and the two debug containers")
	}}}
}
