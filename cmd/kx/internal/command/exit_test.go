package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestACodeAbove255Is255(t *testing.T) {
	for code, want := range map[int]int{1: 1, 255: 255, 256: 255, 3221225786: 255, -1073741510: 255} {
		k := &Invocation{FailureStatus: ExitLost, Started: true}
		require.Equal(t, want, Exit(t.Context(), k, nil, fmt.Errorf("x: %w", clitest.ExitError(code))))
	}
}

func TestAnUnknownCommandOrFlagIsAUsageError(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"gett"}, `error: unknown command "gett" for "kx": did you mean get?; see kx --help`},
		{[]string{"frobnicate"}, `error: unknown command "frobnicate" for "kx"; see kx --help`},
		{[]string{"--frobnicate"}, `error: unknown flag: --frobnicate; see kx --help`},
		{[]string{"get", "pods", "-Z"}, `error: unknown shorthand flag: 'Z' in -Z; see kx get --help`},
		{[]string{"get", "pods", "--namespace"}, `error: flag needs an argument: --namespace; see kx get --help`},
		{[]string{"get", "pods", "--request-timeout", "soon"}, `error: invalid argument "soon" for "--request-timeout" flag: must be a time such as 30s or 2m, or a number of seconds; see kx get --help`},
		{[]string{"help", "config", "frobnicate"}, `error: unknown command "config frobnicate"; see kx help --help`},
		{[]string{"config", "frobnicate"}, `error: unknown command "frobnicate" for "kx config"; see kx config --help`},
	} {
		require.Equal(t, test.want, clitest.Execute(t.Context(), "", test.args...).RequireError(t, 2))
	}
}

func TestHelpGoesToStdout(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"help"}, {"config"}, {"get", "-h"}, {"help", "config", "view"}} {
		r := clitest.Execute(t.Context(), "", args...)
		require.Equal(t, clitest.Result{Code: 0, Out: r.Out, Err: ""}, r)
		require.Contains(t, r.Out, "\nUSAGE\n  kx")
	}
}

func TestAFailedConnectionNamesTheServerAndTheReason(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := listener.Addr().String()
	require.NoError(t, listener.Close())

	certificate, authority := clitest.ExpiredCertificate(t)
	stranger, expired := clitest.TLSServer(t), clitest.TLSServer(t, certificate)

	for name, test := range map[string]struct {
		server, cluster string
		want            []string
	}{
		"refused": {"https://" + closed, "", []string{"cannot reach " + closed,
			`context "dev" in /`, "connection refused", "is the API server running there?"}},
		"an unknown authority":   {stranger.URL, "", []string{"certificate signed by unknown authority", "set certificate-authority in context \"dev\""}},
		"an expired certificate": {expired.URL, ", certificate-authority-data: " + authority, []string{"certificate has expired", "check the clock of this machine, and have the server's certificate renewed"}},
		"a server without TLS": {"https://" + clitest.PlainServer(t), "",
			[]string{"the server does not speak TLS at this port"}},
		"no such host": {"https://kx.invalid", "", []string{"cannot reach kx.invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			line := clitest.Execute(t.Context(), "", "--kubeconfig", clitest.KubeconfigFor(t, test.server, test.cluster, "token: hunter2"), "get", "pods").RequireError(t, 1)
			for _, part := range test.want {
				require.Contains(t, line, part)
			}
			require.NotContains(t, line, "hunter2")
		})
	}
}

func TestARefusalPrintsTheServersMessage(t *testing.T) {
	c := clitest.Start(t)
	nobody := c.As("kx-nobody")
	require.Equal(t, `error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods: pods is forbidden: User "kx-nobody" cannot list resource "pods" in API group "" in the namespace "default" (403)`+
		`; "kx auth check --kubeconfig `+nobody.KubeconfigFile+` -n default" says what this user may do`,
		nobody.Kx("get", "pods").RequireError(t, 1))

	admin := string(c.KubeconfigOf("kx-viewer"))
	c.RevokeToken("kx-viewer")
	stale := c.Write("stale.kubeconfig", admin)
	require.Regexp(t, `^error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods: Unauthorized \(401\); the server does not accept the token of user "kx-viewer": set a new one in context "kx-viewer" in \S+/stale.kubeconfig$`,
		clitest.Execute(t.Context(), "", "--kubeconfig", stale, "get", "pods").RequireError(t, 1))

	line := c.Pipe("apiVersion: v1\nkind: Pod\nmetadata: {name: A}\nspec: {containers: [{name: B, image: x}]}\n", "create", "-f", "-").RequireError(t, 1)
	require.Contains(t, line, `(422)`)
	require.Contains(t, line, `metadata.name: Invalid value: "A"`)
	require.Contains(t, line, `spec.containers[0].name: Invalid value: "B"`)
}

func TestACauseMissingFromTheMessageIsPrinted(t *testing.T) {
	c := clitest.Start(t)
	body := `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "admission webhook \"x\" denied the request", "reason": "Invalid", "code": 422,
		"details": {"causes": [{"field": "spec.a", "message": "is \nbad"}, {"message": "denied the request"}, {"message": "and more"}]}}`
	c.Fault(kxtest.Fault{Method: "GET", Then: kxtest.Answer(422, http.Header{"Content-Type": {"application/json"}}, body)})
	require.Regexp(t, `: admission webhook "x" denied the request \(422\); spec\.a: is bad; and more$`, c.Kx("get", "pods").RequireError(t, 1))
}

func TestAResponseFromAProxyIsRecognised(t *testing.T) {
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Method: "GET", Then: kxtest.Answer(502, nil, "<html>\x1b[31mBad Gateway</html>")})
	line := c.Kx("get", "pods").RequireError(t, 1)
	require.Contains(t, line, "a proxy may have answered in the API server's place")
	require.NotContains(t, line, "\x1b")
}

func TestWarningsOfTheServerAreErrorsIfAsked(t *testing.T) {
	c := clitest.Start(t)
	for warnings, want := range map[int]clitest.Result{
		0: {},
		1: {Code: 1, Err: "Warning: warning 1\nerror: 1 warning received\n"},
		2: {Code: 1, Err: "Warning: warning 1\nWarning: warning 2\nerror: 2 warnings received\n"},
	} {
		header := http.Header{}
		for i := range warnings {
			header.Add("Warning", fmt.Sprintf(`299 - "warning %d"`, i+1))
		}
		c.Fault(kxtest.Fault{Method: "GET", Then: kxtest.Answer(200, header, "ok")})
		want.Out = "ok"
		require.Equal(t, want, c.Kx("api", "GET", "/healthz", "--warnings-as-errors"))
	}
	c.Fault(kxtest.Fault{Method: "GET", Then: kxtest.Answer(200, http.Header{"Warning": {`299 - "w"`}}, "ok")})
	require.Equal(t, clitest.Result{Out: "ok", Err: "Warning: w\n"}, c.Kx("api", "GET", "/healthz"))
}

func TestMissingContextsAndFilesAreNamed(t *testing.T) {
	c := clitest.Start(t)
	require.Regexp(t, `^error: kubeconfig: context "nope" is not in \S+; known contexts: "kx-admin"$`, c.Kx("get", "pods", "--context", "nope").RequireError(t, 1))
	require.Regexp(t, `^error: kubeconfig: user "nope" is not in `, c.Kx("get", "pods", "--user", "nope").RequireError(t, 1))
	require.Regexp(t, `^error: kubeconfig: cluster "nope" is not in `, c.Kx("get", "pods", "--cluster", "nope").RequireError(t, 1))
	require.Regexp(t, `no such file or directory`, clitest.Execute(t.Context(), "", "--kubeconfig", t.TempDir()+"/nope", "get", "pods").RequireError(t, 1))
	require.Equal(t, "pod/shell\n", c.MustRun("get", "pod", "shell", "-o", "name", "--context", "kx-admin", "--cluster", "kxtest", "--user", "kx-admin"))
}

func TestAnUnknownKindIsNamed(t *testing.T) {
	require.Equal(t, `error: the server has no resource type "wibble": check its spelling, and its group when it is from a custom resource`, clitest.Start(t).Kx("get", "wibble").RequireError(t, 1))
}

func TestASlowRequestTimesOut(t *testing.T) {
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Method: "GET", Times: -1, Delay: time.Minute})
	require.Regexp(t, `^error: GET \S+/pods: the server did not finish its answer within 3s; `, c.Kx("get", "pods", "--request-timeout", "3s").RequireError(t, 1))
}

func TestTheRequestTimeoutIsSecondsOrADuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": 0, "30": 30 * time.Second, "1m30s": 90 * time.Second, "0s": 0} {
		var s DurationFlag
		require.NoError(t, s.Set(text))
		require.Equal(t, want, time.Duration(s))
	}
	for _, text := range []string{"", "-1", "-1s", "1x", "99999999999999"} {
		require.Error(t, new(DurationFlag).Set(text), text)
	}
}

func TestAnInterruptPrintsOneLineAndFails(t *testing.T) {
	c := clitest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	c.Fault(kxtest.Fault{Times: -1, Delay: time.Minute})
	c.ForgetRequests()
	defer clitest.When(t, cancel, func() bool { return len(c.Requests()) > 0 })()
	require.Equal(t, "error: interrupted", clitest.Execute(ctx, "", "--kubeconfig", c.KubeconfigFile, "get", "pods").RequireError(t, 1))
}

func TestAnInterruptedWriteIsReportedAsPossiblyDone(t *testing.T) {
	c := clitest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	fault := c.Fault(kxtest.Fault{Method: "POST", Delay: time.Minute})
	defer clitest.When(t, cancel, func() bool { return fault.Hits() > 0 })()
	require.Regexp(t, `^error: interrupted: stdin: POST .*the write may have happened: read the object before you send it again$`,
		clitest.Execute(ctx, clitest.PodYAML, "--kubeconfig", c.KubeconfigFile, "create", "-f", "-").RequireError(t, 1))
}

func TestAClosedPipeEndsQuietly(t *testing.T) {
	c := clitest.Start(t)
	for _, args := range [][]string{{"get", "pods"}, {"get", "pods", "-o", "json"}, {"get", "pods", "-o", "yaml"}, {"get", "pods", "-o", "name"}, {"get", "pods", "-A"}, {"config", "view"}, {"version"}, {"help"}} {
		var err strings.Builder
		code := clitest.Run(clitest.WithLimit(t), strings.NewReader(""), clitest.BrokenWriter{Cause: syscall.EPIPE}, &err, append([]string{"--kubeconfig", c.KubeconfigFile}, args...))
		require.Empty(t, err.String(), args)
		if args[0] != "help" { // cobra ignores the errors of printing help
			require.Equal(t, 1, code, args)
		}
	}
	var err strings.Builder
	require.Equal(t, 1, clitest.Run(clitest.WithLimit(t), nil, clitest.BrokenWriter{Cause: errors.New("no space left on device")}, &err, []string{"--kubeconfig", c.KubeconfigFile, "get", "pods", "-o", "json"}))
	require.Contains(t, err.String(), "cannot write the output: no space left on device")
}

func TestEachWarningIsPrintedOnceToStderr(t *testing.T) {
	c := clitest.Start(t)
	header := http.Header{"Content-Type": {"application/json"}, "Warning": {`299 - "v1 Old is deprecated"`, `299 - "another one"`}}
	c.Fault(kxtest.Fault{Method: "GET", Times: -1, Then: kxtest.Answer(200, header, `{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": [{"name": "Name"}], "rows": [{"cells": ["a"]}]}`)})
	require.Equal(t, clitest.Result{Code: 0, Out: "NAME\na\na\n", Err: "Warning: v1 Old is deprecated\nWarning: another one\n"}, c.Kx("get", "pods", "a", "a"))
}

func TestTheLogGoesToStderrWithoutCredentials(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("get", "pods", "-v", "8")
	require.Equal(t, 0, r.Code)
	require.Len(t, clitest.Lines(r.Out), 3)
	require.Contains(t, r.Err, "GET")
	require.Contains(t, r.Err, "/api/v1/namespaces/default/pods")
	require.NotContains(t, r.Err, "kxtest-admin-token")
	require.Empty(t, c.Kx("get", "pods", "-v=5").Err)
}

func TestWarningsAboutTheConfigurationArePrinted(t *testing.T) {
	c := clitest.Start(t)
	path := c.Write("two.kubeconfig", string(c.Kubeconfig())+"---\napiVersion: v1\n")
	r := clitest.Execute(t.Context(), "", "--kubeconfig", path, "get", "pods", "-o", "name")
	require.Equal(t, 0, r.Code)
	require.Equal(t, "pod/distroless\npod/shell\n", r.Out)
	require.Regexp(t, `^Warning: .*several YAML documents.*\n$`, r.Err)
}
