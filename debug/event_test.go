package debug

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnEventIsReportedWithTheReasonOfAStatus(t *testing.T) {
	lastFailure := ""
	for _, test := range []struct {
		reason, message string
		want            Waiting
	}{
		{"Pulling", "Pulling image", Waiting{"Pulling", "Pulling image"}},
		{"Failed", "Failed to pull image: no such host", Waiting{"ErrImagePull", "Failed to pull image: no such host"}},
		{"Failed", "Error: ErrImagePull", Waiting{"ErrImagePull", "Failed to pull image: no such host"}},
		{"BackOff", "Back-off pulling image", Waiting{"ImagePullBackOff", "Back-off pulling image"}},
		{"BackOff", "Back-off restarting failed container app in pod web", Waiting{"CrashLoopBackOff",
			"Back-off restarting failed container app in pod web"}},
		{"Started", "Container started", Waiting{Reason: "Started"}},
	} {
		e := coreEvent{Reason: test.reason, Message: test.message}
		require.Equal(t, test.want, e.asWaiting(&lastFailure), test.message)
	}
}
