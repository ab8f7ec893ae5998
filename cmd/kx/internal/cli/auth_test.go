package cli

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/kxtest"
)

func TestWhoAmI(t *testing.T) {
	c := clitest.Start(t).As("kx-viewer")
	require.Equal(t, "ATTRIBUTE   VALUE\nUsername    kx-viewer\nUID         kx-viewer\nGroups      [system:authenticated]\n", c.MustRun("auth", "whoami"))
	var review struct {
		Kind   string `json:"kind"`
		Status struct {
			User auth.User `json:"userInfo"`
		} `json:"status"`
	}
	require.NoError(t, json.Unmarshal([]byte(c.MustRun("auth", "whoami", "-o", "json")), &review))
	require.Equal(t, "SelfSubjectReview", review.Kind)
	require.Equal(t, "kx-viewer", review.Status.User.Username)
	require.Contains(t, c.MustRun("auth", "whoami", "-o", "yaml"), "\n    username: kx-viewer\n")
	require.Equal(t, "kx-viewer", c.MustRun("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"))
	require.Regexp(t, `a closing brace is missing; see kx auth whoami --help$`, c.Kx("auth", "whoami", "-o", "jsonpath={").RequireError(t, 2))
}

func TestWhoAmIOfARefusedCredentialIsAFailure(t *testing.T) {
	c := clitest.Start(t)
	require.Contains(t, c.Kx("auth", "whoami", "--token", "stale").RequireError(t, 1), "Unauthorized (401)")
	line := c.Kx("auth", "whoami", "--token", c.ConfigOf("kx-viewer").BearerToken, "--as", "root").RequireError(t, 1)
	require.Contains(t, line, `cannot impersonate resource "users"`)
	require.NotContains(t, line, "kx auth check", "auth itself is not referred to")
}

func TestCanI(t *testing.T) {
	c := clitest.Start(t)
	c.User("jane", kxtest.Allow("get", "pods", "pods/log", "deployments.apps").In("default"), kxtest.Allow("get", "nodes"), kxtest.Allow("get", "namespaces").In("web"),
		kxtest.Allow("frob", "wibbles").In("default"), kxtest.Allow("get", "/metrics"), kxtest.Allow("impersonate", "users"))
	c = c.As("jane")
	for question, want := range map[string]clitest.Result{
		"get pods":                      {Code: 0, Out: "yes\n", Err: ""},
		"get po":                        {Code: 0, Out: "yes\n", Err: ""},
		"get pod shell":                 {Code: 0, Out: "yes\n", Err: ""},
		"get pod/shell":                 {Code: 0, Out: "yes\n", Err: ""},
		"get pods -n web":               {Code: 1, Out: "no\n", Err: ""},
		"get pods -A":                   {Code: 1, Out: "no\n", Err: ""},
		"get pods --subresource log":    {Code: 0, Out: "yes\n", Err: ""},
		"get pods --subresource exec":   {Code: 1, Out: "no\n", Err: ""},
		"list pods":                     {Code: 1, Out: "no\n", Err: ""},
		"get pods -q":                   {Code: 0, Out: "", Err: ""},
		"list pods -q":                  {Code: 1, Out: "", Err: ""},
		"get deployments":               {Code: 0, Out: "yes\n", Err: ""},
		"get deployments.apps":          {Code: 0, Out: "yes\n", Err: ""},
		"get deployments.v1.apps web":   {Code: 0, Out: "yes\n", Err: ""},
		"get secrets":                   {Code: 1, Out: "no\n", Err: ""},
		"get *":                         {Code: 1, Out: "no\n", Err: ""},
		"get no n1":                     {Code: 0, Out: "yes\n", Err: ""},
		"get namespace web":             {Code: 0, Out: "yes\n", Err: ""},
		"get namespace other":           {Code: 1, Out: "no\n", Err: ""},
		"get /metrics":                  {Code: 0, Out: "yes\n", Err: ""},
		"get /version":                  {Code: 0, Out: "yes\n", Err: ""},
		"get /secret":                   {Code: 1, Out: "no\n", Err: ""},
		"impersonate users":             {Code: 0, Out: "yes\n", Err: ""},
		"get wibbles":                   {Code: 1, Out: "no\n", Err: `Warning: the server has no resource type "wibbles": check its spelling, and its group when it is from a custom resource; asking for it as written` + "\n"},
		"frob pods":                     {Code: 1, Out: "no\n", Err: `Warning: "frob" is not a known verb: the known ones are get, list, watch, create, update, patch, delete, deletecollection, use, bind, impersonate, approve, sign, escalate and attest` + "\n"},
		"list /metrics":                 {Code: 1, Out: "no\n", Err: `Warning: "list" is not a known verb: the known ones are get, put, post, head, options, delete and patch` + "\n"},
		"get pods/log":                  {Code: 0, Out: "yes\n", Err: `Warning: "log" is read as the name of an object: for the subresource give --subresource log` + "\n"},
		"get selfsubjectreviews --as x": {Code: 1, Out: "no\n", Err: ""},
	} {
		require.Equal(t, want, c.Kx(append([]string{"auth", "can-i"}, strings.Fields(question)...)...), question)
	}
}

func TestCanISendsTheAttributesOfTheRequest(t *testing.T) {
	c := clitest.Start(t)
	for question, want := range map[string]string{
		"patch deployment.apps/web --subresource scale": `"namespace":"default","verb":"patch","group":"apps","version":"v1","resource":"deployments","subresource":"scale","name":"web"`,
		"get pods -A":          `"verb":"get","version":"v1","resource":"pods"`,
		"get nodes -n web":     `"verb":"get","version":"v1","resource":"nodes"`,
		"get ns web -n other":  `"namespace":"web","verb":"get","version":"v1","resource":"namespaces","name":"web"`,
		"list * -n web":        `"namespace":"web","verb":"list","resource":"*"`,
		"get *.apps":           `"namespace":"default","verb":"get","group":"apps","resource":"*"`,
		"get widgets.acme.com": `"namespace":"default","verb":"get","group":"acme.com","resource":"widgets"`,
	} {
		c.Kx(append([]string{"auth", "can-i"}, strings.Fields(question)...)...)
		require.Equal(t, `{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{`+want+`}}}`, string(c.Request("POST").Body), question)
	}
}

func TestCanIPrintsTheReasonOfARefusal(t *testing.T) {
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Method: "POST", Then: kxtest.Answer(201, nil, `{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":false,"reason":"not on\nSundays","evaluationError":"role not found"}}`)})
	require.Equal(t, clitest.Result{Code: 1, Out: "no - not on Sundays - role not found\n", Err: ""}, c.Kx("auth", "can-i", "get", "pods"))
}

func TestCanIRefusesInvalidArguments(t *testing.T) {
	for args, want := range map[string]string{
		"":                                 "give a verb and a kind, such as get pods, or a verb and a URL, such as get /metrics",
		"get":                              "give a verb and a kind, such as get pods, or a verb and a URL, such as get /metrics",
		"get pods a b":                     `unexpected argument "b"`,
		"get /metrics a":                   `unexpected argument "a"`,
		"get /metrics --subresource x":     "a URL has no subresource: leave out --subresource",
		"get pods/a b":                     `two names are given: "a" and "b"`,
		"get pods/":                        `"pods/" is neither NAME nor KIND/NAME`,
		"get pods --no-headers":            "--no-headers needs --list",
		"get pods --list":                  "--list excludes arguments, -q, -A and --subresource: it lists the permissions in one namespace",
		"--list -A":                        "--list excludes arguments, -q, -A and --subresource: it lists the permissions in one namespace",
		"get pods --output json --no-such": "unknown flag: --output",
	} {
		line := clitest.Start(t).Kx(append([]string{"auth", "can-i"}, strings.Fields(args)...)...).RequireError(t, 2)
		require.Equal(t, "error: "+want+"; see kx auth can-i --help", line)
	}
}

func TestCanIListsTheUsersRights(t *testing.T) {
	c := clitest.Start(t)
	c.User("jane", kxtest.Allow("get,list", "pods", "deployments.apps/scale").In("default"), kxtest.Allow("watch", "pods"), kxtest.Allow("get", "secrets").In("other"), kxtest.Allow("frob", "wibbles"))
	jane := c.As("jane")
	list := jane.MustRun("auth", "can-i", "--list")
	require.Equal(t, `Resources                                       Non-Resource URLs   Resource Names   Verbs
selfsubjectreviews.authentication.k8s.io        []                  []               [create]
selfsubjectaccessreviews.authorization.k8s.io   []                  []               [create]
selfsubjectrulesreviews.authorization.k8s.io    []                  []               [create]
wibbles.*                                       []                  []               [frob]
pods                                            []                  []               [get list watch]
deployments.apps/scale                          []                  []               [get list]
                                                [/api/*]            []               [get]
                                                [/api]              []               [get]
                                                [/apis/*]           []               [get]
                                                [/apis]             []               [get]
                                                [/healthz]          []               [get]
                                                [/livez]            []               [get]
                                                [/openapi/*]        []               [get]
                                                [/openapi]          []               [get]
                                                [/readyz]           []               [get]
                                                [/version/]         []               [get]
                                                [/version]          []               [get]
`, list)
	_, rest, _ := strings.Cut(list, "\n")
	require.Equal(t, strings.Count(rest, "\n"), strings.Count(jane.MustRun("auth", "can-i", "--list", "--no-headers"), "\n"))
	require.Contains(t, jane.MustRun("auth", "can-i", "--list", "-n", "other"), "secrets ")

	c.User("denied", kxtest.Allow("*", "*"), kxtest.Deny("get", "secrets"))
	r := c.As("denied").Kx("auth", "can-i", "--list")
	require.Equal(t, "Warning: the list may be incomplete: rules that deny are not listed\n", r.Err)
	require.Contains(t, r.Out, "*.*")
}

func TestARuleForNamedObjectsHasARowPerObject(t *testing.T) {
	require.Equal(t, [][]string{{"pods", "[]", "[a]", "[get]"}, {"pods", "[]", "[b]", "[get]"}, {"pods.x", "[]", "[a]", "[get]"}, {"pods.x", "[]", "[b]", "[get]"}},
		ruleRows([]auth.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{"", "x"}, Resources: []string{"pods"}, ResourceNames: []string{"a", "b"}}}))
}

// pageOf returns the lines of a page by their names.
func pageOf(t *testing.T, page string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(page) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "   ")
		require.True(t, ok, line)
		found[name] = strings.TrimSpace(value)
	}
	return found
}

func TestCheckPrintsTheConnectionAndTheRights(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, `kubeconfig     `+c.KubeconfigFile+`
context        kx-admin
cluster        kxtest
user           kx-admin
server         `+c.Config().Server+`
credential     bearer token
answers        yes, v1.35.4
you are        kx-admin, in system:masters, system:authenticated
namespace      default
debug          yes
exec           yes
attach         yes
logs           yes
port-forward   yes
`, c.MustRun("auth", "check"))

	viewer := c.As("kx-viewer")
	r := viewer.Kx("auth", "check", "--context", "kx-viewer")
	require.Equal(t, 1, r.Code)
	require.Equal(t, `"kx auth check --kubeconfig `+viewer.KubeconfigFile+` --context kx-viewer --role" prints the Role to ask an administrator for`+"\n", r.Err)
	page := pageOf(t, r.Out)
	require.Equal(t, "no: you lack patch pods/ephemeralcontainers", page["debug"])
	require.Equal(t, "no: you lack get pods/exec and create pods/exec", page["exec"])
	require.Equal(t, "yes", page["logs"])
}

func TestCheckReportsAFailureAndContinues(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "https://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	c := clitest.Start(t)
	certificate, _ := clitest.ExpiredCertificate(t)
	expired := clitest.TLSServer(t, certificate)
	for name, test := range map[string]struct {
		flags []string
		want  map[string]string // the beginnings of lines
	}{
		"an unreachable server":         {[]string{"-s", closed}, map[string]string{"server": closed, "credential": "bearer token", "answers": "no: GET /version: cannot reach ", "you are": "not asked", "debug": "not asked", "logs": "not asked"}},
		"an expired server certificate": {[]string{"-s", expired.URL}, map[string]string{"answers": "no: GET /version: cannot reach ", "logs": "not asked"}},
		"a refused token":               {[]string{"--token", "stale"}, map[string]string{"credential": "bearer token of --token", "answers": "yes, but: GET /k8s/clusters/c-1/version: Unauthorized (401)", "you are": "not asked"}},
		"a refused impersonation":       {[]string{"--token", c.ConfigOf("kx-viewer").BearerToken, "--as", "root"}, map[string]string{"acting as": "root", "you are": "POST ", "debug": "unknown: POST ", "exec": "unknown"}},
		"a missing namespace":           {[]string{"-n", "nowhere"}, map[string]string{"namespace": "nowhere, which is not there", "logs": "yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.Kx(append(test.flags, "auth", "check")...)
			require.Equal(t, 1, r.Code)
			require.Empty(t, r.Err)
			require.NotContains(t, r.Out, "stale")
			page := pageOf(t, r.Out)
			require.Equal(t, c.KubeconfigFile, page["kubeconfig"])
			for name, begin := range test.want {
				require.True(t, strings.HasPrefix(page[name], begin), "%s: %s", name, page[name])
			}
			role := c.Kx(append(test.flags, "auth", "check", "--role")...)
			if role.Code == 0 {
				require.Regexp(t, `^Warning: GET \S+/namespaces/nowhere: namespaces "nowhere" not found`, role.Err)
				return
			}
			require.NotContains(t, role.RequireError(t, 1), "not asked", "the reason is given instead")
		})
	}
}

func TestCheckHasADefaultRequestTimeout(t *testing.T) {
	for flag, want := range map[string]time.Duration{"-n=web": 10 * time.Second, "--request-timeout=3": 3 * time.Second, "--request-timeout=0": 0} {
		var k command.Invocation
		cmd, _, err := NewRoot(&k).Find([]string{"auth", "check"})
		require.NoError(t, err)
		require.NoError(t, cmd.ParseFlags([]string{flag}))
		k.Command = cmd
		require.Equal(t, want, (&checkCommand{Invocation: &k}).limit(), flag)
	}
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Times: -1, Delay: time.Minute})
	require.Contains(t, c.Kx("auth", "check", "--request-timeout", "200ms").Out, "the server did not finish its answer within 200ms")
}

func TestAnInterruptedCheckPrintsTheConfigurationAndThePendingRequest(t *testing.T) {
	c := clitest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	c.Fault(kxtest.Fault{Times: -1, Delay: time.Minute})
	c.ForgetRequests()
	defer clitest.When(t, cancel, func() bool { return len(c.Requests()) > 0 })()
	r := clitest.Execute(ctx, "", "--kubeconfig", c.KubeconfigFile, "auth", "check")
	require.Equal(t, 1, r.Code)
	require.Equal(t, "error: interrupted\n", r.Err)
	page := pageOf(t, r.Out)
	require.Equal(t, c.Config().Server, page["server"])
	require.Contains(t, page["answers"], "no: GET ")
}

func TestCheckReportsAnExpiredCertificate(t *testing.T) {
	c := clitest.Start(t)
	cfg := c.Config()
	certificate, _ := clitest.ExpiredCertificate(t)
	der, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	require.NoError(t, err)
	file := clitest.KubeconfigFor(t, cfg.Server, ", certificate-authority-data: "+base64.StdEncoding.EncodeToString(cfg.TLS.CAData), "client-certificate: crt.pem, client-key: key.pem")
	crt, key := filepath.Join(filepath.Dir(file), "crt.pem"), filepath.Join(filepath.Dir(file), "key.pem")
	require.NoError(t, os.WriteFile(crt, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	r := clitest.Execute(t.Context(), "", "--kubeconfig", file, "auth", "check")
	require.Equal(t, 1, r.Code)
	page := pageOf(t, r.Out)
	require.Regexp(t, `^client certificate `+crt+`, EXPIRED at \S+Z, (59|60)m ago$`, page["credential"])
	require.Contains(t, page["answers"], "the client certificate expired at ")
	require.Equal(t, "not asked", page["debug"])
}

func TestCheckPrintsAConfigurationThatNoClientAccepts(t *testing.T) {
	file := clitest.KubeconfigFor(t, "https://127.0.0.1", "",
		"client-certificate-data: AAAA, client-key-data: AAAA")
	r := clitest.Execute(t.Context(), "", "--kubeconfig", file, "auth", "check")
	require.Equal(t, 1, r.Code)
	require.Equal(t, "https://127.0.0.1", pageOf(t, r.Out)["server"])
	require.Regexp(t, `^error: .*certificate`, r.Err)
	clitest.Execute(t.Context(), "", "--kubeconfig", file, "auth", "check", "--role").RequireError(t, 1)
}

func TestCheckReportsAFailedPlugin(t *testing.T) {
	c, plugin := clitest.Start(t).WithPlugin()
	require.Regexp(t, `^exec plugin `+plugin, pageOf(t, c.Kx("auth", "check").Out)["credential"])
	c.KubeconfigFile = clitest.KubeconfigFor(t, c.Config().Server, "", `exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: "`+filepath.Join(t.TempDir(), "nope")+`"}`)
	r := c.Kx("auth", "check")
	require.Equal(t, 1, r.Code)
	page := pageOf(t, r.Out)
	require.Contains(t, page["credential"], "nope")
	require.Equal(t, "not asked", page["answers"])
}

func TestTheRoleIsPrintedAsTwoYAMLDocuments(t *testing.T) {
	c := clitest.Start(t)
	r := c.As("kx-viewer").Kx("auth", "check", "--role", "-n", "default")
	require.Equal(t, clitest.Result{Code: 0, Out: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: kx-debug:kx-viewer
  namespace: default
rules:
- apiGroups:
  - ""
  resources:
  - pods/ephemeralcontainers
  verbs:
  - patch
- apiGroups:
  - ""
  resources:
  - pods/exec
  - pods/attach
  - pods/portforward
  verbs:
  - get
  - create
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: kx-debug:kx-viewer
  namespace: default
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: kx-debug:kx-viewer
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: kx-viewer
`, Err: ""}, r)
	as := c.MustRun("auth", "check", "--role", "--as", "system:serviceaccount:build:agent", "-n", "web")
	require.True(t, strings.HasSuffix(as, "subjects:\n- kind: ServiceAccount\n  name: agent\n  namespace: build\n"), as)
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "There is nothing to ask for: you may debug, exec, attach, read logs and forward ports in namespace \"default\"\n"}, c.Kx("auth", "check", "--role"))
	require.Equal(t, "error: --role prints YAML: leave -o out; see kx auth check --help", c.Kx("auth", "check", "--role", "-o", "json").RequireError(t, 2))
}

func TestCheckAsJSON(t *testing.T) {
	c := clitest.Start(t).As("kx-viewer")
	r := c.Kx("auth", "check", "-o", "json")
	require.Equal(t, 1, r.Code)
	require.Empty(t, r.Err)
	var p struct {
		Files      []string
		Context    string
		Version    string
		Credential struct{ Kind string }
		You        struct{ Username string }
		Tasks      []struct {
			Name    string
			Allowed bool
			Missing []string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.Out), &p, json.MatchCaseInsensitiveNames(true)))
	require.Equal(t, []string{c.KubeconfigFile}, p.Files)
	require.Equal(t, "kx-viewer", p.Context)
	require.Equal(t, "v1.35.4", p.Version)
	require.Equal(t, "bearer token", p.Credential.Kind)
	require.Equal(t, "kx-viewer", p.You.Username)
	require.Equal(t, "attach", p.Tasks[2].Name)
	require.False(t, p.Tasks[2].Allowed)
	require.Equal(t, []string{"get pods/attach", "create pods/attach"}, p.Tasks[2].Missing)
	require.Contains(t, c.Kx("auth", "check", "-o", "yaml").Out, "\n- name: logs\n  allowed: true\n")
}

func TestAnExpiryIsATimeAndADuration(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for left, want := range map[time.Duration]string{
		45 * time.Second:     "expires at 2026-01-02T03:04:50Z, in 45s",
		59 * time.Minute:     "expires at 2026-01-02T04:03:05Z, in 59m",
		47 * time.Hour:       "expires at 2026-01-04T02:04:05Z, in 47h",
		365 * 24 * time.Hour: "expires at 2027-01-02T03:04:05Z, in 365d",
		-time.Minute:         "EXPIRED at 2026-01-02T03:03:05Z, 60s ago",
		0:                    "EXPIRED at 2026-01-02T03:04:05Z, 0s ago",
	} {
		require.Equal(t, want, expiry(now.Add(left), now))
	}
}
