package cli_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// podOnNoNode returns a pod that no node takes, with members of its spec.
func podOnNoNode(name, members string) string {
	return fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": %q}, "spec": {%s,
		"containers": [{"name": "app", "image": "kx.local/busybox:1"}]}}`, name, members)
}

func TestAPodOnNoNodeIsRefusedWithinFiveSecondsUnlessATimeLimitIsGiven(t *testing.T) {
	makeProcessWide(t)
	idle, gated := podOnNoNode("idle", `"schedulerName": "none"`), podOnNoNode("gated", `"schedulingGates": [{"name": "example.com/wait"}]`)
	const unhandled = "is on no node yet: no scheduler has handled it; --pod-running-timeout 1m waits for a node"
	for line, test := range map[string]struct {
		code        int
		least, most time.Duration
		want        string
	}{
		"exec idle -- true":                             {125, 0, 5 * time.Second, "cannot run a program: pod idle " + unhandled},
		"exec idle -c app -- true":                      {125, 0, 5 * time.Second, "cannot run a program: pod idle " + unhandled},
		"exec gated -q -i -- cat":                       {125, 0, 5 * time.Second, "cannot run a program: pod gated is on no node yet: SchedulingGated: "},
		"attach idle":                                   {125, 0, 5 * time.Second, "cannot attach: pod idle " + unhandled},
		"attach gated -i -c app":                        {125, 0, 5 * time.Second, "cannot attach: pod gated is on no node yet: SchedulingGated: "},
		"cp idle:/x /no-such/y":                         {1, 0, 5 * time.Second, "cannot copy: pod idle " + unhandled},
		"cp gated:/x /no-such/y -q":                     {1, 0, 5 * time.Second, "cannot copy: pod gated is on no node yet: SchedulingGated: "},
		"exec idle --pod-running-timeout 20s -- true":   {125, 20 * time.Second, 25 * time.Second, "not within 20s, still PodUnscheduled"},
		"attach gated --pod-running-timeout 40s -c app": {125, 40 * time.Second, 45 * time.Second, "not within 40s, still SchedulingGated"},
	} {
		t.Run(line, func(t *testing.T) {
			ended := runFar(t, line, idle, gated)
			require.Equal(t, test.code, ended.code, ended.stderr)
			require.Contains(t, ended.stderr, test.want)
			require.GreaterOrEqual(t, ended.took, test.least)
			require.LessOrEqual(t, ended.took, test.most)
		})
	}
}
