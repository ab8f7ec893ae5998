package auth_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

// verdicts returns for each task whether the user may do it.
func verdicts(r *auth.Report) map[string]bool {
	all := map[string]bool{}
	for i := range r.Tasks {
		all[r.Tasks[i].Name] = r.Tasks[i].Allowed()
	}
	return all
}

func TestCheckReportsTheTasksThatAUserMayDo(t *testing.T) {
	get, stream := "get", "get,create"
	for name, test := range map[string]struct {
		rules []kxtest.Rule
		want  []string
	}{
		"nothing":                  {nil, nil},
		"reading pods alone":       {[]kxtest.Rule{kxtest.Allow("get,list,watch", "pods")}, nil},
		"logs":                     {[]kxtest.Rule{kxtest.Allow(get, "pods", "pods/log")}, []string{"logs"}},
		"debug":                    {[]kxtest.Rule{kxtest.Allow(get, "pods"), kxtest.Allow("patch", "pods/ephemeralcontainers")}, []string{"debug"}},
		"writing pods alone":       {[]kxtest.Rule{kxtest.Allow("*", "pods")}, nil},
		"exec":                     {[]kxtest.Rule{kxtest.Allow(get, "pods"), kxtest.Allow(stream, "pods/exec")}, []string{"exec"}},
		"get of streams alone":     {[]kxtest.Rule{kxtest.Allow(get, "pods", "pods/exec", "pods/attach", "pods/portforward")}, nil},
		"create of streams alone":  {[]kxtest.Rule{kxtest.Allow(get, "pods"), kxtest.Allow("create", "pods/exec", "pods/attach", "pods/portforward")}, nil},
		"attach and port-forward":  {[]kxtest.Rule{kxtest.Allow(get, "pods"), kxtest.Allow(stream, "pods/attach", "pods/portforward")}, []string{"attach", "port-forward"}},
		"all":                      {[]kxtest.Rule{kxtest.Allow("*", "pods", "pods/*")}, []string{"debug", "exec", "attach", "logs", "port-forward"}},
		"all in another namespace": {[]kxtest.Rule{kxtest.Allow("*", "*").In("other")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			srv := sandbox(t)
			report, err := auth.Check(t.Context(), connect(t, srv.User("jane", test.rules...)), "")
			require.NoError(t, err)
			want := map[string]bool{"debug": false, "exec": false, "attach": false, "logs": false, "port-forward": false}
			for _, task := range test.want {
				want[task] = true
			}
			require.Equal(t, want, verdicts(report))
			require.Equal(t, len(test.want) == 5, report.Allowed())
			require.Equal(t, "v1.35.4", report.Version)
			require.Equal(t, "jane", report.User.Username)
			require.Equal(t, "bearer token", report.Credential.Kind)
			require.Equal(t, srv.Config().Server, report.Server)
			require.Equal(t, "default", report.Namespace)
			require.NoError(t, errors.Join(report.CredentialErr, report.ServerErr, report.UserErr))
		})
	}
}

func TestCheckAsksForTheGivenNamespace(t *testing.T) {
	cfg := sandbox(t).User("jane", kxtest.Allow("*", "*").In("web"))
	report, err := auth.Check(t.Context(), connect(t, cfg), "web")
	require.NoError(t, err)
	require.True(t, report.Allowed())
	require.Equal(t, "web", report.Namespace)
}

func TestCheckReportsAMissingNamespaceToUsersWhoMayReadIt(t *testing.T) {
	srv := sandbox(t)
	for namespace, there := range map[string]bool{"default": true, "nowhere": false} {
		report, err := auth.Check(t.Context(), connect(t, srv.Config()), namespace)
		require.NoError(t, err)
		require.Equal(t, there, report.NamespaceErr == nil)
		require.Equal(t, !there, errors.Is(report.NamespaceErr, transport.ErrNotFound))
		report, err = auth.Check(t.Context(), connect(t, srv.User("jane", kxtest.Allow("*", "pods"))), namespace)
		require.NoError(t, err)
		require.NoError(t, report.NamespaceErr)
	}
}

func TestAResponseWithoutAVersionIsNotAnAPIServers(t *testing.T) {
	for _, answer := range []string{"<html>log in</html>", "{}", "[]", `{"gitVersion":1}`} {
		srv := sandbox(t)
		srv.Fault(kxtest.Fault{Method: "GET", Then: kxtest.Answer(200, nil, answer)})
		report, err := auth.Check(t.Context(), connect(t, srv.Config()), "")
		require.NoError(t, err)
		require.ErrorContains(t, report.ServerErr, "GET /version: the response is not an API server's; check the server's URL")
		require.Equal(t, auth.ErrNotAsked, report.UserErr)
	}
}

func TestRoleFailsWithTheFirstFailureOfTheReport(t *testing.T) {
	cfg := sandbox(t).Config()
	cfg.BearerToken = "stale"
	report, err := auth.Check(t.Context(), connect(t, cfg), "")
	require.NoError(t, err)
	_, _, err = report.Role()
	require.ErrorIs(t, err, transport.ErrUnauthorized)
	require.ErrorContains(t, err, "your permissions are unknown: GET ")
}

func TestStreamsNeedCreateSinceKubernetes135(t *testing.T) {
	rules := []kxtest.Rule{kxtest.Allow("get", "pods", "pods/exec", "pods/attach", "pods/portforward")}
	for version, allowed := range map[string]bool{"1.30.14": true, "1.34.9": true, "1.35.4": false, "1.37.2": false, "2.0.0": false} {
		srv := sandbox(t, kxtest.WithVersion(version))
		report, err := auth.Check(t.Context(), connect(t, srv.User("jane", rules...)), "")
		require.NoError(t, err)
		require.Equal(t, map[string]bool{"debug": false, "exec": allowed, "attach": allowed, "logs": false, "port-forward": allowed}, verdicts(report), version)
	}
}

func TestCheckSendsEachQuestionOnceAndChangesNothing(t *testing.T) {
	srv := sandbox(t)
	client := connect(t, srv.Config())
	srv.ForgetRequests()
	_, err := auth.Check(t.Context(), client, "")
	require.NoError(t, err)
	posted := map[string]int{}
	for _, r := range srv.Requests() {
		posted[r.Method+" "+r.Path]++
	}
	require.Equal(t, map[string]int{
		"GET /version":                   1,
		"GET /api/v1/namespaces/default": 1,
		"POST /apis/authentication.k8s.io/v1/selfsubjectreviews":      1,
		"POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews": 9,
	}, posted)
}

func TestCheckContinuesAfterAFailure(t *testing.T) {
	check := func(cfg *kubeconfig.Config) *auth.Report {
		t.Helper()
		report, err := auth.Check(t.Context(), connect(t, cfg), "")
		require.NoError(t, err)
		require.False(t, report.Allowed())
		role, _, err := report.Role()
		require.Error(t, err)
		require.Nil(t, role)
		return report
	}
	t.Run("a server that does not listen", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		report := check(&kubeconfig.Config{Server: "https://" + listener.Addr().String(),
			BearerToken: "x"})
		require.ErrorAs(t, report.ServerErr, new(*transport.ConnectionError))
		require.Equal(t, auth.ErrNotAsked, report.UserErr)
		require.Equal(t, auth.ErrNotAsked, report.Tasks[0].Err())
	})
	t.Run("a refused token", func(t *testing.T) {
		cfg := sandbox(t).Config()
		cfg.BearerToken = "stale"
		report := check(cfg)
		require.ErrorIs(t, report.ServerErr, transport.ErrUnauthorized)
		require.Equal(t, auth.ErrNotAsked, report.UserErr)
	})
	t.Run("a failing plugin", func(t *testing.T) {
		cfg := sandbox(t).Config()
		cfg.BearerToken = ""
		cfg.Exec = &kubeconfig.ExecConfig{APIVersion: "client.authentication.k8s.io/v1", Command: filepath.Join(t.TempDir(), "no-such"), InteractiveMode: kubeconfig.InteractiveNever}
		report := check(cfg)
		require.ErrorAs(t, report.CredentialErr, new(*transport.ExecPluginError))
		require.ErrorIs(t, report.CredentialErr, os.ErrNotExist)
		require.Equal(t, auth.ErrNotAsked, report.ServerErr)
	})
	t.Run("a user who may not send reviews", func(t *testing.T) {
		srv := sandbox(t)
		srv.Fault(kxtest.Fault{Method: "POST", Times: -1, Then: kxtest.Answer(403, nil, "no")})
		report := check(srv.Config())
		require.NoError(t, report.ServerErr)
		require.ErrorIs(t, report.UserErr, transport.ErrForbidden)
		for i := range report.Tasks {
			require.ErrorIs(t, report.Tasks[i].Err(), transport.ErrForbidden)
		}
	})
	t.Run("a user who may not impersonate", func(t *testing.T) {
		cfg := sandbox(t).User("jane", kxtest.Allow("*", "pods", "pods/*"))
		cfg.Impersonate.User = "root"
		report := check(cfg)
		require.ErrorIs(t, report.ServerErr, transport.ErrForbidden)
		require.ErrorIs(t, report.UserErr, transport.ErrForbidden)
		require.ErrorIs(t, report.Tasks[4].Err(), transport.ErrForbidden)
	})
	t.Run("a server that does not report its version", func(t *testing.T) {
		srv := sandbox(t)
		srv.Fault(kxtest.Fault{Method: "GET", Then: kxtest.Answer(403, nil, "no")})
		report, err := auth.Check(t.Context(), connect(t, srv.Config()), "")
		require.NoError(t, err)
		require.ErrorIs(t, report.ServerErr, transport.ErrForbidden)
		require.True(t, report.Allowed())
	})
}

func TestCheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	report, err := auth.Check(ctx, connect(t, sandbox(t).Config()), "")
	require.Equal(t, gone, err)
	require.False(t, report.Allowed())
}
