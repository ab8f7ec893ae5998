package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

// usageMessages are the messages about a command line or a file that is wrong. kx prints them
// without a request. $CONFIG stands for the kubeconfig file.
var usageMessages = []message{
	{"can-i with the headers of no list", "auth can-i get pods --no-headers", "", 2,
		"error: --no-headers needs --list; see kx auth can-i --help", nil},
	{"can-i of nothing", "auth can-i", "", 2,
		"error: give a verb and a kind, such as get pods, or a verb and a URL, such as get /metrics; see kx auth can-i --help", nil},
	{"can-i of an empty verb", "auth can-i '' pods", "", 2,
		"error: an empty argument names nothing: give a verb and a kind; see kx auth can-i --help", nil},
	{"can-i of a URL's subresource", "auth can-i get /metrics --subresource x", "", 2,
		"error: a URL has no subresource: leave out --subresource; see kx auth can-i --help", nil},
	{"can-i of two names", "auth can-i get pod/a b", "", 2,
		`error: two names are given: "a" and "b"; see kx auth can-i --help`, nil},
	{"can-i --list of a kind", "auth can-i get --list", "", 2,
		"error: --list excludes arguments, -q, -A and --subresource: it lists the permissions in one namespace; see kx auth can-i --help", nil},
	{"a role as JSON", "auth check --role -o json", "", 2,
		"error: --role prints YAML: leave -o out; see kx auth check --help", nil},
	{"an unknown shell", "completion tcsh", "", 2,
		`error: unknown shell "tcsh": give one of bash, zsh, fish and powershell; see kx completion --help`, nil},
	{"no context to use", "config use-context", "", 2,
		"error: give the name of one context; see kx config use-context --help", nil},
	{"one path to copy", "cp a", "", 2,
		"error: cp takes two paths, one of them POD:PATH; see kx cp --help", nil},
	{"two paths in pods", "cp a:/x b:/y", "", 2,
		"error: both paths are in pods: one must be local; see kx cp --help", nil},
	{"no path in a pod", "cp x y", "", 2,
		"error: neither path is in a pod: one must be POD:PATH; see kx cp --help", nil},
	{"an empty path in a pod", "cp a: y", "", 2,
		"error: a path in a pod is POD:PATH, and neither part may be empty; see kx cp --help", nil},
	{"a path with another namespace", "cp b/a:/x y -n c", "", 2,
		"error: the path names namespace b, and --namespace names c; see kx cp --help", nil},
	{"a relative path with --via-debug", "cp --via-debug a:x y", "", 2,
		`error: with --via-debug a path in a pod begins with /, and "x" does not; see kx cp --help`, nil},
	{"an image for no debug container", "cp --image x a:/x y", "", 2,
		"error: --image needs --via-debug; see kx cp --help", nil},
	{"two ways to treat modes", "cp --preserve --no-preserve a:/x y", "", 2,
		"error: --preserve and --no-preserve exclude each other; see kx cp --help", nil},
	{"a limit that is no size", "cp --limit much a:/x y", "", 2,
		`error: --limit "much" is not a number of bytes, such as 500M or 2Gi; see kx cp --help`, nil},
	{"two ways to hurry a deletion", "delete pod a --now --grace-period 5", "", 2,
		"error: --now and --grace-period exclude each other; see kx delete --help", nil},
	{"no grace period at all", "delete pod a --grace-period 0", "", 2,
		"error: --grace-period=0 needs --force: the programs may still run after that; see kx delete --help", nil},
	{"a negative grace period", "delete pod a --grace-period -5", "", 2,
		"error: --grace-period must be 0 or more, or -1 for the object's own; see kx delete --help", nil},
	{"a deletion by force with a grace period", "delete pod a --force --grace-period 5", "", 2,
		"error: --force and a grace period exclude each other; see kx delete --help", nil},
	{"names and a file", "delete pod a -f x", "", 2,
		"error: give the objects by -f or by their names, not both; see kx delete --help", nil},
	{"two dashes and no program", "exec shell --", "", 2,
		"error: no program is given after --; see kx exec --help", nil},
	{"a name and a selector", "get pod a -l x=y", "", 2,
		"error: a selector and a name exclude each other; see kx get --help", nil},
	{"a subresource of all objects", "get pods --subresource status", "", 2,
		"error: --subresource needs the name of an object; see kx get --help", nil},
	{"a kind that is empty", "get /a", "", 2,
		`error: "/a" is neither NAME nor KIND/NAME; see kx get --help`, nil},
	{"logs of nothing", "logs", "", 2,
		"error: no pod is given: give POD, KIND/NAME, or -l SELECTOR; see kx logs --help", nil},
	{"logs of two containers", "logs a b -c c", "", 2,
		"error: two containers are given: b and -c c; see kx logs --help", nil},
	{"logs of all containers and one", "logs a -c b --all-containers", "", 2,
		"error: --all-containers and the name of a container exclude each other; see kx logs --help", nil},
	{"logs since two times", "logs a --since 1h --since-time 2026-01-02T03:04:05Z", "", 2,
		"error: --since and --since-time exclude each other; see kx logs --help", nil},
	{"a negative tail", "logs a --tail -2", "", 2,
		"error: --tail must be -1 or more; see kx logs --help", nil},
	{"a negative limit of a log", "logs a --limit-bytes -1", "", 2,
		"error: --limit-bytes must be 0 or more; see kx logs --help", nil},
	{"no log requests", "logs a --max-log-requests 0", "", 2,
		"error: --max-log-requests must be 1 or more; see kx logs --help", nil},
	{"a time that is none", "logs a --since-time yesterday", "", 2,
		`error: --since-time "yesterday" is no time such as 2006-01-02T15:04:05Z; see kx logs --help`, nil},
	{"an expression that is none", "logs a --grep (", "", 2,
		"error: --grep: error parsing regexp: missing closing ): `(`; see kx logs --help", nil},
	{"no port", "port-forward a", "", 2,
		"error: no port is given, as in kx port-forward a 8080:80; see kx port-forward --help", nil},
	{"a port that is none", "port-forward a x:y:z", "", 2,
		`error: "x:y:z" is not [LOCAL:]REMOTE: ports are 1 to 65535, and REMOTE may be a name; see kx port-forward --help`, nil},
	{"a pod too much", "exec a b -- ls", "", 2,
		`error: unexpected argument "b": exec takes one pod; see kx exec --help`, nil},
	{"two slashes", "attach a/b/c", "", 2,
		`error: "a/b/c" is neither NAME nor KIND/NAME; see kx attach --help`, nil},
	{"an empty plugin", "get pods --allow-exec-plugin=", "", 2,
		`error: invalid argument "" for "--allow-exec-plugin" flag: must be a program's name or path, or none; see kx get --help`, nil},
	{"no plugin, and one", "get pods --allow-exec-plugin none --allow-exec-plugin x", "", 2,
		`error: invalid argument "x" for "--allow-exec-plugin" flag: none and a program exclude each other; see kx get --help`, nil},
	{"an extra field without a value", "get pods --as a --as-user-extra x", "", 2,
		`error: invalid argument "x" for "--as-user-extra" flag: must be KEY=VALUE; see kx get --help`, nil},
	{"stdin for two things", "debug a --custom - -i", "", 2,
		"error: --custom - and -i exclude each other: stdin can be read only once; see kx debug --help", nil},
	{"a patch for all pods", "debug -l a=b --all --dry-run=client", "", 2,
		"error: --all allows only --dry-run=server without -o: leave out --all to print one pod's patch; see kx debug --help", nil},
	{"a pod of all namespaces", "debug ls a -A", "", 2,
		"error: a pod's name excludes --all-namespaces and --selector; see kx debug ls --help", nil},
	{"--arguments-only without arguments", "debug a --arguments-only", "", 2,
		"error: --arguments-only needs arguments after --; see kx debug --help", nil},
	{"one container to stop and all", "debug stop a b --all", "", 2,
		"error: CONTAINER and --all exclude each other; see kx debug stop --help", nil},
	{"a kind beside its name", "debug pod a", "", 2,
		`error: unexpected argument "a": write pod/a; see kx debug --help`, nil},
	{"detach keys that are none", "attach a --detach-keys F1", "", 2,
		`error: invalid argument "F1" for "--detach-keys" flag: "F1" is not a key: give characters or ctrl- with one of a-z @ [ \ ] ^ _, such as ctrl-p,ctrl-q; see kx attach --help`, nil},
	{"no apiVersion in a file", "create -f -", "{kind: Pod}", 1,
		"error: stdin: apiVersion is missing, such as v1", nil},
	{"a name that is a number", "create -f -", "{apiVersion: v1, kind: Pod, metadata: {name: 1}}", 1,
		"error: stdin: /metadata/name has the wrong type: apiVersion, kind, name and namespace are strings, metadata is a mapping, items is a list", nil},
	{"a file that is not there", "create -f /nope/pod.yaml", "", 1,
		"error: open /nope/pod.yaml: no such file or directory", nil},
	{"a wait for a name and a selector", "wait pod/a -l x=y --for delete", "", 2,
		"error: a name excludes selectors and --all; see kx wait --help", nil},
	{"a wait for a kind alone", "wait pods --for delete", "", 2,
		"error: no name is given: give KIND NAME, KIND/NAME, -l SELECTOR or --all; see kx wait --help", nil},
	{"a file and a selector", "wait -f x -l x=y --for delete", "", 2,
		"error: -f excludes selectors, --all and --all-namespaces; see kx wait --help", nil},
	{"a wait for nothing", "wait pod/a", "", 2,
		"error: --for is not given: it must be create, delete, rollout, condition=TYPE[=STATUS] or jsonpath=PATH[=VALUE]; see kx wait --help", nil},
	{"a wait for an empty value", "wait pod/a --for jsonpath={.a}=", "", 2,
		`error: invalid argument "jsonpath={.a}=" for "--for" flag: has no value after =: leave out = to wait for any value; see kx wait --help`, nil},
	{"a request without a path", "api GET", "", 2, "error: give METHOD and PATH, such as GET /version; see kx api --help", nil},
	{"a request with a method that is none", "api FETCH /version", "", 2,
		`error: "FETCH" is not a method: give one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE; see kx api --help`, nil},
	{"a request to a URL", "api GET https://example.com/api", "", 2,
		`error: "https://example.com/api" is not a path of the API: it begins with one /, ` +
			"as in /api/v1/nodes, and has no host; see kx api --help", nil},
	{"a request with a fragment", "api GET /api#x", "", 2, `error: "/api#x" is not a path of the API: it has no fragment after #; see kx api --help`, nil},
	{"a request with a broken escape", "api GET /%zz", "", 2, `error: "/%zz" is not a path of the API: invalid URL escape "%zz"; see kx api --help`, nil},
	{"a request to another folder", "api GET /api/../x", "", 2, `error: "/api/../x" is not a path of the API: empty parts, . and .. lead elsewhere; see kx api --help`, nil},
	{"a request with a broken query", "api GET /api?x=%zz", "", 2, `error: "x=%zz" is not a query: invalid URL escape "%zz"; see kx api --help`, nil},
	{"a write without a body", "api POST /api", "", 2, "error: POST needs a body: give -f FILE, or -f - for stdin; see kx api --help", nil},
	{"a read with a body", "api GET /api -f x", "", 2, "error: GET has no body: leave out -f; see kx api --help", nil},
	{"a body of two documents", "api POST /api -f -", "{} {}", 1, "error: stdin: a body is one document, and this has 2", nil},
	{"events of an unknown type", "events --types Bad", "", 2, `error: --types must be Normal or Warning, not "Bad"; see kx events --help`, nil},
	{"events of two pods", "events a b", "", 2, `error: unexpected argument "b": give one POD or KIND/NAME; see kx events --help`, nil},
	{"events of two objects", "events a --for pod/b", "", 2, "error: an argument and --for exclude each other; see kx events --help", nil},
	{"events of a name without a kind", "events --for a", "", 2, `error: --for must be KIND/NAME, not "a"; see kx events --help`, nil},
	{"a file on the web", "create -f https://example.com/pod.yaml", "", 2,
		"error: -f takes no URL: download the file, read it, and give its name; see kx create --help", nil},
	{"an object that is cut off", "create -f -", "{apiVersion: v1, kind", 1,
		"error: stdin: invalid YAML at line 1, column 2: did not find expected ',' or '}'", nil},
	{"a namespace that is none", "get pods -n A_b", "", 1,
		`error: kubeconfig: the requested namespace, "A_b", is not a DNS label: at most 63 of a-z, 0-9 and '-', with no '-' at either end`, nil},
	{"a recording that cannot be written", "exec shell --record /nope/x -it -- sh", "", 125,
		"Warning: ignoring -t: stdin is not a terminal\nerror: cannot record: open /nope/x: no such file or directory", nil},
	{"no answer", "get pods", "", 1,
		`error: GET /api/v1/namespaces/default/pods: cannot reach 127.0.0.1:1 (context "dev" in $CONFIG): dial tcp 127.0.0.1:1: connect: connection refused; is the API server running there? check the address in context "dev" in $CONFIG`, nil},
	{"a server that is no URL", "get pods --server ftp://x", "", 1,
		"error: kubeconfig: the requested server must begin with https:// or http://", nil},
	{"a uid without a user", "get pods --as-uid 1", "", 1,
		"error: kubeconfig: the requested impersonation of a uid, groups or extra needs a user; request a user too", nil},
	{"a certificate without a key", "get pods --client-certificate x", "", 1,
		"error: kubeconfig: the requested client certificate needs a key; request its key too", nil},
	{"any certificate and an authority", "get pods --insecure-skip-tls-verify --certificate-authority x", "", 1,
		"error: kubeconfig: a certificate authority and insecure-skip-tls-verify were both requested and exclude each other; request one", nil},
	{"an unknown profile", "debug a --profile root", "", 2,
		`error: invalid argument "root" for "--profile" flag: must be general, baseline, restricted, netadmin, sysadmin, legacy or auto, or of your own in $CONFIGDIR/kx/profiles: none; see kx debug --help`, nil},
}

func TestMessagesAboutTheCommandLine(t *testing.T) {
	for _, m := range usageMessages {
		t.Run(m.situation, func(t *testing.T) {
			requireMessage(t, kubeconfigOf("", ""), &m)
		})
	}
}

// requireMessage runs m with a kubeconfig file of that text.
func requireMessage(t *testing.T, kubeconfig string, m *message) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	configDir, err := os.UserConfigDir()
	require.NoError(t, err)
	path := clitest.WriteFile(t, "config", kubeconfig)
	r := clitest.Execute(t.Context(), m.stdin, append([]string{"--kubeconfig", path}, splitWords(m.commandLine)...)...)
	require.Equal(t, strings.NewReplacer("$CONFIGDIR", configDir, "$CONFIG", path).Replace(m.stderr)+"\n", r.Err)
	require.Equal(t, m.code, r.Code)
}
