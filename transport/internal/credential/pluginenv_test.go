package credential

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestAVariableThatChoosesWhatAProgramLoadsIsFound(t *testing.T) {
	for _, name := range []string{
		"PATH", "Path", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "PYTHONPATH", "PYTHONSTARTUP",
		"NODE_OPTIONS", "NODE_PATH", "PERL5OPT", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH",
		"BASH_ENV", "ENV", "BASH_FUNC_ls%%", "GCONV_PATH", "DOTNET_STARTUP_HOOKS", "CORECLR_PROFILER_PATH", "LUA_INIT",
		"GIT_SSH_COMMAND", "CLOUDSDK_PYTHON", "AWS_CONFIG_FILE", "HOME", "XDG_CONFIG_HOME", "OPENSSL_CONF", "PAGER",
		"LD_PRELOAD=/tmp/x.so", "PATH=",
	} {
		env := []kubeconfig.ExecEnvVar{{Name: "AWS_PROFILE", Value: "dev"}, {Name: name, Value: "x"}}
		require.Equal(t, name, loadVariable(env))
	}
	for _, name := range []string{
		"AWS_PROFILE", "AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS", "AZURE_CLIENT_CERTIFICATE_PATH", "AAD_LOGIN_METHOD",
		"USE_GKE_GCLOUD_AUTH_PLUGIN", "CLOUDSDK_CORE_PROJECT", "CREDENTIAL_PATH", "XPATH", "PATHS", "LD", "HOMES", "",
		"KUBERNETES_EXEC_INFO", "HTTPS_PROXY", "MY_LD_PRELOAD",
	} {
		require.Empty(t, loadVariable([]kubeconfig.ExecEnvVar{{Name: name, Value: "PATH"}}), name)
	}
}
