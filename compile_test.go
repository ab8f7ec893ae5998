package kx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
)

// The programs are below testdata, where ./... does not match them.
func TestOnlyKindsWithTheSubresourceCompile(t *testing.T) {
	tests := []struct {
		sentence, program, compileError string
	}{
		{"the subresources of a Pod and the scale of a Deployment compile", "pod", ""},
		{"ephemeral containers of a Deployment do not compile", "deployment",
			"Deployment does not satisfy interface{*resources.Deployment; resources.HasEphemeralContainers} (missing method HasEphemeralContainers)"},
		{"exec in a Deployment does not compile", "exec", "Deployment does not satisfy interface{*resources.Deployment; resources.HasExec} (missing method HasExec)"},
		{"attach to a Deployment does not compile", "attach", "Deployment does not satisfy interface{*resources.Deployment; resources.HasAttach} (missing method HasAttach)"},
		{"the log of a Deployment does not compile", "log", "Deployment does not satisfy interface{*resources.Deployment; resources.HasLog} (missing method HasLog)"},
		{"port-forward to a Deployment does not compile", "portforward", "Deployment does not satisfy interface{*resources.Deployment; resources.HasPortForward} (missing method HasPortForward)"},
		{"an eviction of a Deployment does not compile", "eviction", "Deployment does not satisfy interface{*resources.Deployment; resources.HasEviction} (missing method HasEviction)"},
		{"a resize of a Deployment does not compile", "resize", "Deployment does not satisfy interface{*resources.Deployment; resources.HasResize} (missing method HasResize)"},
		{"Force on Replace does not compile", "force", "missing method applyUpdate"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			t.Parallel()
			output, err := buildtest.Go(t, "vet", "./testdata/compile/"+test.program).CombinedOutput()
			if test.compileError == "" {
				require.NoError(t, err, string(output))
				return
			}
			require.Error(t, err)
			require.Contains(t, string(output), test.compileError)
		})
	}
}
