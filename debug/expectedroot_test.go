package debug

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestTheFilesOfATargetAreAtProcOneUnlessProcessesAreShared(t *testing.T) {
	for spec, isolated := range map[string]bool{
		"":                               true,
		`{"hostNetwork":true}`:           true,
		`{"hostPID":true}`:               false,
		`{"shareProcessNamespace":true}`: false,
		`{"hostPID":true,"shareProcessNamespace":true}`: false,
		`{"hostPID":"?"}`: false,
	} {
		pod := new(resources.PodOutline)
		pod.Spec.Unknown = jsontext.Value(spec)
		root, own := expectedRoot(pod)
		require.Equal(t, isolated, own, spec)
		require.Equal(t, map[bool]string{true: "/proc/1/root"}[isolated], root, spec)
	}
}
