package credential

import (
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
)

// loadVariables are the environment variables that choose what a program loads or runs: libraries,
// modules, hooks, interpreters, helpers, and the configuration files that name those. A * stands
// for any ending.
//
// The sources are the manuals of the dynamic linkers (ld.so(8), dyld(1)), of the shells, of Python,
// Node.js, Ruby, Perl, Java, .NET, Lua, PHP and Erlang, and of the command lines that plugins are
// part of: aws, az, gcloud and git.
const loadVariables = "" +
	"AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AZURE_CONFIG_DIR AZURE_EXTENSION_DIR " +
	"BASHOPTS BASH_ENV BASH_FUNC_* BROWSER BUN_* CDPATH CLASSPATH CLOUDSDK_CONFIG " +
	"CLOUDSDK_PYTHON* COMSPEC CORECLR_* COR_* DOTNET_* DYLD_* EDITOR ENV ERL_* GCONV_PATH " +
	"GEM_* GIT_* GLIBC_TUNABLES HOME IFS JAVA_* JDK_JAVA_OPTIONS JRE_HOME KSH_ENV LD_* " +
	"LOCPATH LUA_* NIX_LD* NLSPATH NODE_OPTIONS NODE_PATH NODE_REPL_* OPENSSL_* PAGER PATH " +
	"PATHEXT PERL* PHPRC PHP_INI_SCAN_DIR PROMPT_COMMAND PS4 PSMODULEPATH PYTHON* RUBY* " +
	"SHELL SHELLOPTS SYSTEMROOT USERPROFILE VIRTUAL_ENV VISUAL WINDIR XDG_* ZDOTDIR " +
	"_JAVA_OPTIONS"

// loadVariable returns the name of the first variable that chooses what a program loads, or "".
// Windows reads names in either case.
func loadVariable(env []kubeconfig.ExecEnvVar) string {
	for _, v := range env {
		name, _, _ := strings.Cut(strings.ToUpper(v.Name), "=") // A=B as a name sets A
		for _, pattern := range strings.Fields(loadVariables) {
			prefix, isPrefix := strings.CutSuffix(pattern, "*")
			if name == prefix || isPrefix && strings.HasPrefix(name, prefix) {
				return v.Name
			}
		}
	}
	return ""
}

// checkEnv fails with the reason NotAllowed if the configuration sets such a variable: an allowed
// plugin would then run other code.
func (p *plugin) checkEnv() error {
	name := loadVariable(p.config.Env)
	if name == "" {
		return nil
	}
	const maxName = 100
	return p.failed("NotAllowed", fmt.Sprintf("exec.env sets %.*q, which chooses what a program "+
		"loads, and only some plugins may run here: remove it from exec.env", maxName, name), nil)
}
