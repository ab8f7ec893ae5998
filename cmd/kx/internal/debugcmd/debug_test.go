package debugcmd

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugAddsAContainerAndPrintsOnlyItsName(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("debug", "distroless", "--image", kxtest.BusyboxImage, "--image-pull-policy", "Never", "--target", "app", "--", "sleep", "60")
	require.Equal(t, 0, r.Code, r.Err)
	require.Regexp(t, `^pod/distroless: debugger-[a-z0-9]{5}\n$`, r.Out)
	added := clitest.Ephemeral(t, c, "distroless")
	require.Len(t, added, 1)
	require.Equal(t, strings.TrimSpace(strings.TrimPrefix(r.Out, "pod/distroless: ")), added[0]["name"])
	require.Equal(t, "app", added[0]["targetContainerName"])
	require.Equal(t, "Never", added[0]["imagePullPolicy"])
	require.Equal(t, []any{"sleep", "60"}, added[0]["command"])
	require.Equal(t, map[string]any{"capabilities": map[string]any{"add": []any{"SYS_PTRACE"}}}, added[0]["securityContext"])
}

func TestDebugSetsTheFieldsOfItsFlags(t *testing.T) {
	c := clitest.Start(t)
	out := c.MustRun("debug", "pod/shell", "-c", "tools", "--image="+kxtest.BusyboxImage, "--env", "A=b=c", "--env", "B=", "-q", "--arguments-only", "--field-manager", "me", "--", "sleep", "60")
	require.Equal(t, "pod/shell: tools\n", out)
	added := clitest.Ephemeral(t, c, "shell")[0]
	require.Equal(t, []any{"sleep", "60"}, added["args"])
	require.NotContains(t, added, "command")
	env := added["env"].([]any)
	require.Equal(t, "A", env[0].(map[string]any)["name"])
	require.Equal(t, "b=c", env[0].(map[string]any)["value"])
	require.Equal(t, "B", env[1].(map[string]any)["name"])
	require.Equal(t, "me", c.Request("PATCH").Query.Get("fieldManager"))
}

func TestDebugSucceedsIfTheContainerExitedWith0(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "pod/shell: tools\n", c.MustRun("debug", "shell", "-c", "tools", "--image", kxtest.BusyboxImage, "-q", "--", "true"))
}

func TestDebugFailsIfTheContainerExitedWithAnotherCode(t *testing.T) {
	c := clitest.Start(t)
	debug := []string{"debug", "shell", "-c", "tools", "--image", kxtest.BusyboxImage, "-q", "--", "sh", "-c", "exit 7"}
	c.Kx(debug...) // succeeds if kx sees the container while it runs
	clitest.WaitUntil(t, func() bool { return strings.Contains(c.Kx("debug", "ls", "shell").Out, "Exited 7 (Error)") }, "the container has ended")
	// The second run adopts the container, which has ended for certain.
	result := c.Kx(debug...)
	require.Equal(t, 1, result.Code)
	require.Equal(t, "pod/shell: tools\n", result.Out)
	require.Contains(t, result.Err, "error: container tools of pod shell ended with code 7 (Error)\n")
}

func TestDebugFailsAtOnceIfTheImageCannotStart(t *testing.T) {
	c := clitest.Start(t)
	line := c.Kx("debug", "shell", "-c", "tools", "--image", "nope:1", "--image-pull-policy", "Never", "-q").RequireError(t, 1)
	require.Regexp(t, `^error: container tools of pod shell does not run: ErrImageNeverPull: `, line)
	line = c.Kx("debug", "shell", "-c", "bad", "--image", "NOT VALID", "-q").RequireError(t, 1)
	require.Equal(t, `error: no container was added to pod shell: InvalidImageName: image "NOT VALID": "NOT VALID" is no `+
		`repository name; correct the image's name`, line)
}

func TestDebugWithoutAttachReturnsAtOnceAndPrintsHowToGetInLater(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("debug", "shell", "-it", "--attach=false", "-c", "later", "--image", "registry.example/tools:1")
	require.Equal(t, 0, r.Code, r.Err)
	require.Equal(t, "pod/shell: later\n", r.Out)
	require.Regexp(t, `\ncontainer later of pod shell starts without kx: attach with `+
		`"kx attach shell -c later -it [^"]*", stop it with "kx debug stop shell later [^"]*"\n$`, r.Err)
}

func TestDebugPrintsWhatItWaitsForUnlessQuiet(t *testing.T) {
	c := clitest.Start(t)
	args := []string{"debug", "shell", "--image", "registry.example/tools:1", "--timeout", "3s"}
	r := c.Kx(args...)
	require.Equal(t, 1, r.Code)
	require.Empty(t, r.Out)
	require.Regexp(t, `(?m)^Waiting: (ErrImagePull|ImagePullBackOff|ContainerCreating)`, r.Err)
	require.Regexp(t, `(?m)^error: container debugger-\w{5} of pod shell does not run: Timeout: not within 3s`, r.Err)
	require.NotContains(t, c.Kx(append(args, "-q", "--timeout", "300ms")...).Err, "Waiting:")
}

func TestADryRunOfDebugPrintsThePatch(t *testing.T) {
	c := clitest.Start(t)
	for _, by := range []string{"client", "server"} {
		args := []string{"debug", "shell", "-c", "tools", "--image", kxtest.BusyboxImage, "--target", "main", "--env", "A=b", "--dry-run=" + by}
		printed := c.Kx(append(args, "-o", "yaml")...)
		require.Equal(t, 0, printed.Code, printed.Err)
		require.Empty(t, printed.Err)
		require.Regexp(t, `^metadata:
  resourceVersion: "\d+"
spec:
  \$setElementOrder/ephemeralContainers:
  - name: tools
  ephemeralContainers:
  - env:
    - name: A
      value: b
    image: `+kxtest.BusyboxImage+`
    name: tools
    securityContext:
      capabilities:
        add: # profile general
        - SYS_PTRACE
    targetContainerName: main # --target
    terminationMessagePolicy: File
$`, printed.Out)
		asJSON := c.Kx(append(args, "-o", "json")...)
		require.Equal(t, "securityContext.capabilities.add: profile general\ntargetContainerName: --target\n", asJSON.Err)
		var a, b any
		require.NoError(t, yaml.Unmarshal([]byte(printed.Out), &a))
		require.NoError(t, yaml.Unmarshal([]byte(asJSON.Out), &b))
		require.Equal(t, a, b)
		require.Empty(t, c.Kx(append(args, "-o", "json", "-q")...).Err)
		suffix := map[string]string{"client": " (dry run)", "server": " (server dry run)"}[by]
		require.Equal(t, "pod/shell: tools"+suffix+"\n", c.MustRun(args...))
		require.Equal(t, "pod/shell\n", c.MustRun(append(args, "-o", "name")...))
		require.Empty(t, clitest.Ephemeral(t, c, "shell"))
	}
	require.Contains(t, c.Kx("debug", "shell", "-c", "main", "--image", "x", "--dry-run=client").RequireError(t, 1), `has a container main already`)
	require.Contains(t, c.Kx("debug", "shell", "--image", "x", "--dry-run=server", "--target", "none", "-o", "yaml").RequireError(t, 1), `Not found: "none"`)
}

func TestAClientDryRunPrintsTheStreamsOfAnAttach(t *testing.T) {
	c := clitest.Start(t)
	require.Regexp(t, `(?s)stdin: true\n    stdinOnce: true\n`, c.MustRun("debug", "shell", "-i", "--image", kxtest.BusyboxImage, "--dry-run=client", "-q", "-o", "yaml", "--", "sh"))
}

func TestDebugPrintsTheServersRefusal(t *testing.T) {
	c := clitest.Start(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"nope"}, `^error: GET \S+/pods/nope: pods "nope" not found \(404\)$`},
		{[]string{"shell", "--target", "nope"}, `^error: PATCH \S+/pods/shell/ephemeralcontainers: Pod "shell" is invalid: spec.ephemeralContainers\[0\].targetContainerName: Not found: "nope" \(422\)$`},
		{[]string{"shell", "-c", "main"}, `^error: pod shell has a container main already: .* choose another name$`},
	} {
		require.Regexp(t, test.want, c.Kx(append([]string{"debug", "--image", kxtest.BusyboxImage}, test.args...)...).RequireError(t, 1))
	}
	require.Regexp(t, `^error: PATCH .*: pods "shell" is forbidden: User "kx-viewer" cannot patch resource "pods/ephemeralcontainers" in API group "" in the namespace "default" \(403\)`,
		c.As("kx-viewer").Kx("debug", "shell", "-q", "--image", kxtest.BusyboxImage).RequireError(t, 1))
}

func TestDebugRefusesInvalidArguments(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no pod":                                    {[]string{"--image", "x"}, "no pod is given"},
		"a command without --":                      {[]string{"shell", "sh", "--image", "x"}, `unexpected argument "sh"`},
		"several pods":                              {[]string{"shell", "web", "--image", "x"}, `unexpected argument "web": give one pod, or --all`},
		"a kind and a name as two words":            {[]string{"deploy", "web", "--image", "x"}, `unexpected argument "web": write deploy/web`},
		"a name and a selector":                     {[]string{"shell", "-l", "app=web", "--image", "x"}, "-l and a name exclude each other"},
		"--all without pods":                        {[]string{"--all", "--image", "x"}, "no pod is given: give POD, KIND/NAME, or -l SELECTOR"},
		"stdin with --all":                          {[]string{"shell", "--all", "-i", "--image", "x"}, "--all and attaching exclude each other"},
		"attach with --all":                         {[]string{"shell", "--all", "--attach", "--image", "x"}, "--all and attaching exclude each other"},
		"a client dry run with --all":               {[]string{"shell", "--all", "--dry-run=client", "--image", "x"}, "--all allows only --dry-run=server without -o"},
		"an output format for a dry run with --all": {[]string{"shell", "--all", "--dry-run=server", "-o", "yaml", "--image", "x"}, "--all allows only --dry-run=server without -o"},
		"an incomplete name":                        {[]string{"deploy/", "--image", "x"}, `"deploy/" is neither NAME nor KIND/NAME`},
		"an output format for an attached program":  {[]string{"shell", "-i", "--image", "x", "-o", "yaml"}, "-o and attaching exclude each other"},
		"invalid detach keys":                       {[]string{"shell", "-i", "--image", "x", "--detach-keys", "f1"}, `"f1" is not a key: give characters or ctrl- with one of`},
		"an invalid pull policy":                    {[]string{"shell", "--image", "x", "--image-pull-policy", "never"}, "must be Always, IfNotPresent or Never"},
		"--arguments-only without arguments":        {[]string{"shell", "--image", "x", "--arguments-only"}, "--arguments-only needs arguments after --"},
		"an invalid timeout":                        {[]string{"shell", "--image", "x", "--timeout", "soon"}, "must be a time such as 30s or 2m, or a number of seconds"},
	} {
		t.Run(name, func(t *testing.T) {
			line := clitest.Execute(t.Context(), "", append([]string{"debug"}, test.args...)...).RequireError(t, 2)
			require.Contains(t, line, test.want)
			require.Regexp(t, `; see kx debug --help$`, line)
		})
	}
	line := clitest.Execute(t.Context(), "", "debug", "shell", "--image", "x", "--env", "hunter2").RequireError(t, 2)
	require.Contains(t, line, "--env takes NAME=VALUE")
	require.NotContains(t, line, "hunter2")
}

func TestAnInterruptedDebugNamesTheContainerThatStays(t *testing.T) {
	c := clitest.Start(t, kxtest.WithRegistryImage("registry.example/slow:1", time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	defer clitest.When(t, cancel, func() bool {
		return slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return r.Query.Has("watch") })
	})()
	require.Equal(t, `error: interrupted: container tools stays in pod shell and may still start: see "kx debug ls shell --kubeconfig `+c.KubeconfigFile+`"`,
		clitest.Execute(ctx, "", "--kubeconfig", c.KubeconfigFile, "debug", "shell", "-c", "tools", "--image", "registry.example/slow:1", "-q").RequireError(t, 1))
}

func TestDebugWarnsThatTheContainerExists(t *testing.T) {
	c := clitest.Start(t)
	runs := []string{"debug", "shell", "-c", "runs", "--image", kxtest.BusyboxImage, "-q", "--", "sleep", "60"}
	c.MustRun(runs...)
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell: runs\n", Err: "Warning: pod shell has container runs already: no container was added\n"}, c.Kx(runs...))

	ends := []string{"debug", "shell", "-c", "ends", "--image", kxtest.BusyboxImage, "-q", "--", "true"}
	c.MustRun(ends...)
	c.WaitForPod("default", "shell", `"Completed"`)
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell: ends\n", Err: "Warning: pod shell has container ends already: no container was added. " +
		"It has ended: give another name with -c to run the command again\n"}, c.Kx(ends...))
}
