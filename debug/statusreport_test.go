package debug

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestAGenericStatusIsReportedOnlyWhereNoEventSaysMore(t *testing.T) {
	for name, row := range map[string]struct {
		status        string
		event         Waiting
		reportsEvents bool
		want          []Waiting
	}{
		"without an event":                       {"ContainerCreating", Waiting{}, true, []Waiting{{Reason: "ContainerCreating"}}},
		"before events are reported":             {"ContainerCreating", Waiting{Reason: "Pulling"}, false, []Waiting{{Reason: "ContainerCreating"}}},
		"after an event":                         {"ContainerCreating", Waiting{Reason: "Pulling"}, true, nil},
		"a status that says more, after events":  {"ErrImagePull", Waiting{Reason: "Pulling"}, true, []Waiting{{Reason: "ErrImagePull"}}},
		"a status that says more, without event": {"ErrImagePull", Waiting{}, true, []Waiting{{Reason: "ErrImagePull"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []Waiting
			w := &startWatcher{event: row.event, reportsEvents: row.reportsEvents,
				pullTimer: time.NewTimer(time.Hour), // no second one
				progress:  func(w Waiting) { got = append(got, w) }}
			state := &resources.ContainerState{Waiting: &resources.ContainerStateWaiting{Reason: row.status}}
			require.Nil(t, w.onPod(&resources.PodOutline{}, state))
			require.Nil(t, w.onPod(&resources.PodOutline{}, state), "an unchanged status is reported once")
			require.Equal(t, row.want, got)
		})
	}
}
