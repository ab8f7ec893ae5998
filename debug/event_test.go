package debug

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnEventIsToldAsTheStatusWouldSayIt(t *testing.T) {
	failure := ""
	for _, test := range []struct {
		reason, message string
		want            Waiting
	}{
		{"Pulling", "Pulling image", Waiting{"Pulling", "Pulling image"}},
		{"Failed", "Failed to pull image: no such host", Waiting{"ErrImagePull", "Failed to pull image: no such host"}},
		{"Failed", "Error: ErrImagePull", Waiting{"ErrImagePull", "Failed to pull image: no such host"}},
		{"BackOff", "Back-off pulling image", Waiting{"ImagePullBackOff", "Back-off pulling image"}},
		{"BackOff", "Back-off restarting failed container app in pod web", Waiting{"CrashLoopBackOff", "Back-off restarting failed container app in pod web"}},
		{"Started", "Container started", Waiting{Reason: "Started"}},
	} {
		e := event{Reason: test.reason, Message: test.message}
		require.Equal(t, test.want, e.waiting(&failure), test.message)
	}
}
