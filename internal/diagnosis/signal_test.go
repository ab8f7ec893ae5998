package diagnosis_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/diagnosis"
)

func TestAnExitCodeAbove128StandsForASignal(t *testing.T) {
	for code, want := range map[int32]string{0: "", 1: "", 127: "", 128: "", 129: "SIGHUP", 130: "SIGINT", 134: "SIGABRT", 137: "SIGKILL", 139: "SIGSEGV", 141: "SIGPIPE", 143: "SIGTERM", 144: "", 255: "", -1: "", -2147483648: ""} {
		require.Equal(t, want, diagnosis.SignalName(code), code)
	}
}
