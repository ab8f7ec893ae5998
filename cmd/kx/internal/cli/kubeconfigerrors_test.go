package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const kubeconfigErrors = "../../../../docs/kubeconfig-errors.md"

// kubeconfigMends say what to do about the messages of kubeconfigMessages and kubeconfigListed, by
// the situation.
var kubeconfigMends = map[string]string{
	"no server":                                               "Set `server` of the cluster.",
	"a server without a scheme":                               "Write `https://` before the host.",
	"a server with a wrong escape":                            "Write a literal `%` as `%25`.",
	"a server with a space":                                   "Remove the blank or the quote from the host.",
	"a server without a host":                                 "Write the host after `https://`.",
	"a server with a user":                                    "Move user name and password to `username` and `password` of the user.",
	"two authorities":                                         "Keep the file or the data, whichever is current.",
	"an authority that is not asked":                          "Remove `insecure-skip-tls-verify`: the authority makes it unnecessary.",
	"a proxy that is no URL":                                  "Write special characters of the password as `%XX`.",
	"a proxy of another scheme":                               "Use one of these schemes. `socks5h` is `socks5` here.",
	"a proxy without a host":                                  "Write `proxy-url: http://HOST:PORT`.",
	"PEM without base64":                                      "Use the output of `base64 -w0 ca.pem`, or `certificate-authority: ca.pem`.",
	"no base64":                                               "Copy the value again: a part of it is lost, or it is quoted wrongly.",
	"base64 of no PEM":                                        "The data must be a certificate that begins with `-----BEGIN CERTIFICATE-----`.",
	"a flag that is a word":                                   "Write `true` or `false` without quotes.",
	"a server that is a list":                                 "Remove the hyphen: a cluster has one server.",
	"a plugin and an auth-provider":                           "Remove `auth-provider`.",
	"a token and a password":                                  "Keep the token: servers since 1.19 know no passwords.",
	"two certificates":                                        "Keep the file or the data, whichever is current.",
	"two keys":                                                "Keep the file or the data, whichever is current.",
	"a certificate without its key":                           "Add the key that the certificate was made for.",
	"groups without a user":                                   "Add `as`, or `--as`.",
	"a group without a name":                                  "Remove the empty entry of `as-groups`.",
	"an extra field without a name":                           "Remove the empty key of `as-user-extra`.",
	"a plugin without a command":                              "Set `exec.command` to the plugin's program.",
	"a plugin without a version":                              "Set `exec.apiVersion`.",
	"a plugin of an old version":                              "Update the plugin, then set `exec.apiVersion`.",
	"a variable without a name":                               "Give the entry of `exec.env` a `name`.",
	"no interactiveMode":                                      "`interactiveMode: IfAvailable` fits most plugins.",
	"a wrong interactiveMode":                                 "Write the word with these capitals.",
	"an auth-provider without a name":                         "Replace `auth-provider` by an `exec` plugin.",
	"a provider of GKE":                                       "Install `gke-gcloud-auth-plugin`, and let `gcloud container clusters get-credentials` write the user anew.",
	"a provider with a token that is none":                    "Use an exec plugin for OpenID Connect.",
	"a provider with an expired token":                        "Use an exec plugin for OpenID Connect, which renews the token.",
	"a user that is a list":                                   "Remove the hyphen: `exec` is a mapping.",
	"a token with a space":                                    "Remove blanks and line breaks from the token.",
	"a user name with a colon":                                "Use a token or a certificate for this user.",
	"a token file that is a device":                           "Name a regular file, or give the token by `--token`.",
	"a token file that is not there":                          "Correct `tokenFile`. A relative path begins at the kubeconfig.",
	"a certificate file that is not there":                    "Correct `client-certificate`. A relative path begins at the kubeconfig.",
	"a certificate that is a device":                          "Name a regular file.",
	"a certificate and key that are none":                     "Both must be PEM, and in-line the base64 of PEM.",
	"an encrypted key":                                        "Decrypt the key, as the message says.",
	"a plugin that is not there":                              "Install the plugin. A relative path begins at the kubeconfig.",
	"a plugin that is not in PATH":                            "Install the plugin, or set its path. The entry may have an `installHint`.",
	"a plugin that needs a terminal":                          "Log in once in a terminal, or use a service account's token.",
	"a plugin that prints nothing":                            "Run the plugin by hand: it must print an ExecCredential.",
	"a plugin that fails":                                     "Read the plugin's own message above.",
	"a plugin that prints a text":                             "Let the plugin write its messages to stderr.",
	"a plugin that prints a list":                             "Update the plugin.",
	"a plugin that prints a Pod":                              "Correct `exec.command` and `exec.args`.",
	"a plugin without the version":                            "Set `exec.apiVersion` to the plugin's.",
	"a plugin of another version":                             "Set `exec.apiVersion` to the plugin's.",
	"a plugin of an unknown version":                          "Update the plugin.",
	"a plugin without a status":                               "Update the plugin, or log in again.",
	"a plugin without a credential":                           "Log in again by the plugin's own command.",
	"a plugin with half a certificate":                        "Update the plugin.",
	"a plugin with a key alone":                               "Update the plugin.",
	"a plugin with a token of two words":                      "Update the plugin: its token has a line break, perhaps.",
	"a plugin with a date that is none":                       "Update the plugin.",
	"a plugin with a certificate that is none":                "Update the plugin.",
	"a plugin that may not run":                               "Name the plugin by `--allow-exec-plugin`, or use another user.",
	"a password without TLS":                                  "Write `https://`.",
	"a password without a name":                               "Add `username`.",
	"a key without a certificate":                             "Add `client-certificate`.",
	"a token beside a plugin":                                 "Remove `token` to use the plugin.",
	"a token beside an auth-provider":                         "Remove `auth-provider`.",
	"no context":                                              "Add a cluster and a user, or name another file by `--kubeconfig`.",
	"an empty file":                                           "Name another file by `--kubeconfig`.",
	"contexts, and none is current":                           "`kx config use-context NAME`, or `--context NAME`.",
	"a context that is not there":                             "`kx config use-context NAME`.",
	"a cluster that is not there":                             "Correct `cluster` of the context, or name the file that has it in `KUBECONFIG`.",
	"a requested context that is not there":                   "Correct `--context`. `kx config get-contexts` lists the names.",
	"a context without a cluster":                             "Set `cluster` of the context.",
	"a namespace of a context that is none":                   "Correct `namespace` of the context.",
	"a manifest of another kind":                              "Name a kubeconfig: this is the manifest of an object.",
	"a name twice":                                            "Rename or remove one of the two entries.",
	"several documents":                                       "Split the file at `---`, and list the parts in `KUBECONFIG`.",
	"a text":                                                  "Name a kubeconfig.",
	"a list":                                                  "Name a kubeconfig.",
	"neither YAML nor JSON":                                   "Correct the line. Tabs must not indent YAML.",
	"an unknown anchor":                                       "Define the anchor, or write the value.",
	"contexts that are a mapping":                             "Begin each entry with `- name:`.",
	"a context that is a text":                                "Begin each entry with `- name:`.",
	"a current-context in base64":                             "Write the name as it is.",
	"a key twice":                                             "Remove one of the two lines.",
	"a merge of a text":                                       "`<<` needs an anchor of a mapping.",
	"a program in place of a file":                            "Name a kubeconfig.",
	"a current-context of two lines":                          "Write `current-context: NAME` on one line.",
	"a current-context with a terminal's sequence":            "Look at the file's origin before you use it.",
	"a context's name with a second line":                     "Look at the file's origin before you use it.",
	"a context to use that is not there":                      "`kx config get-contexts` lists the names.",
	"a URL fails in an unknown way":                           "Correct the URL.",
	"the directory of a kubeconfig cannot be found":           "Change to a folder that exists.",
	"config use-context on a device or a directory":           "Name a regular file by `--kubeconfig`.",
	"config use-context while another program writes":         "Wait, or remove the lock of a killed program.",
	"a kubeconfig in another encoding":                        "Save the file as UTF-8.",
	"a kubeconfig in UTF-16 that is cut":                      "Save the file as UTF-8.",
	"a program asks for the service account outside of a pod": "Use `kubeconfig.Load` outside of pods.",
	"more than 20 names are known":                            "`kx config get-contexts` lists all contexts.",
	"no kubeconfig exists, and a name is asked for":           "Set `KUBECONFIG`, or write `~/.kube/config`.",
	"outside of a pod: why":                                   "Set `KUBECONFIG`. In a pod, let it have a service account.",
	"the token's path in a pod is a directory":                "Mount the service account's token there.",
	"the environment of a pod is wrong":                       "Unset the variable: a pod has the right one.",
	"no kubeconfig exists":                                    "Set `KUBECONFIG`, or write `~/.kube/config`.",
	"KUBECONFIG is empty":                                     "Unset `KUBECONFIG`, or name a file.",
	"the files of KUBECONFIG are missing or empty":            "Correct the names in `KUBECONFIG`.",
	"neither KUBECONFIG nor a home":                           "Set `KUBECONFIG` or `HOME`.",
	"neither KUBECONFIG nor ~/.kube/config":                   "Set `KUBECONFIG`, or write the file.",
	"--as-group with an empty name":                           "Give the group a name.",
	"KUBECONFIG names a large file":                           "Name a kubeconfig.",
	"config use-context on an empty file":                     "Write a context into the file first.",
	"config view of a file with many aliases":                 "Write the values in place of the aliases.",
	"KUBECONFIG names a binary":                               "Name a kubeconfig.",
}

func TestThePageOfKubeconfigErrorsHasEveryMessageAndItsMend(t *testing.T) {
	type section struct{ heading, prefix string }
	sections := []section{
		{"Clusters", `error: kubeconfig: $CONFIG: cluster `}, {"Users", `error: kubeconfig: $CONFIG: user `},
		{"Credentials", `error: transport: `}, {"Output of credential plugins", `error: credential plugin `},
		{"Warnings", `Warning: `}, {"Files and contexts", `error: `},
	}
	var page strings.Builder
	page.WriteString("<!-- Generated: go test ./cmd/kx/internal/cli -run KubeconfigErrors -update -->\n\n" +
		"# Errors of a kubeconfig\n\nEach message that kx prints about a kubeconfig or its credentials, and what mends it. " +
		"FILE stands for the file,\n`one` for a cluster, `me` for a user, `%s` and the like for a value. " +
		"A test makes each situation of the first six\nsections, and compares the message.\n" +
		"[Kubeconfig and credentials](kubeconfig.md) has the rules.\n")
	used := map[string]bool{}
	line := func(situation, text string) {
		mend := kubeconfigMends[situation]
		require.NotEmpty(t, mend, "kubeconfigMends has nothing for %q", situation)
		used[situation] = true
		text = strings.ReplaceAll(strings.TrimSpace(text), "$CONFIG", "FILE")
		page.WriteString("| `" + strings.ReplaceAll(text, "|", `\|`) + "` | " + situation + " | " + mend + " |\n")
	}
	begin := func(heading string) {
		page.WriteString("\n## " + heading + "\n\n| message | situation | mend |\n|---|---|---|\n")
	}
	printed := map[int]bool{}
	for _, s := range sections {
		begin(s.heading)
		for i, m := range kubeconfigMessages {
			if strings.HasPrefix(m.stderr, s.prefix) && !printed[i] {
				printed[i] = true
				line(m.situation, strings.TrimPrefix(m.stderr, "error: "))
			}
		}
	}
	require.Len(t, printed, len(kubeconfigMessages))
	begin("Rare cases")
	for _, m := range kubeconfigListed {
		line(m.situation, m.text)
	}
	require.Len(t, used, len(kubeconfigMends), "kubeconfigMends has a situation that no message has")
	if *update {
		require.NoError(t, os.WriteFile(kubeconfigErrors, []byte(page.String()), 0o644))
	}
	got, err := os.ReadFile(kubeconfigErrors)
	require.NoError(t, err)
	require.Equal(t, page.String(), string(got), "go test ./cmd/kx/internal/cli -run KubeconfigErrors -update")
}
