package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestAProxyVariableThatDoesNotParseIsAnErrorThatNamesItAndNeverItsPassword(t *testing.T) {
	config := clitest.WriteFile(t, "config", "kind: Config\napiVersion: v1\n")
	for _, value := range []string{"me:s3cret%@proxy", "me:s3cret#@proxy", "me:s3cret", "me:s3cret@proxy:0"} {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
			t.Run(name+"="+value, func(t *testing.T) {
				cmd := process(t, largeDisk, "--kubeconfig", config, "--server", "https://kx.invalid",
					"get", "pods")
				cmd.Env = append(cmd.Env, "HTTPS_PROXY=", "NO_PROXY=", "no_proxy=", name+"=http://"+value)
				code, messages := run(t, cmd)
				require.Equal(t, 1, code)
				require.Contains(t, messages, "transport: "+name+" ")
				require.NotContains(t, messages, "s3cret")
			})
		}
	}
}
