package cli

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestAPIPrintsTheAnswerAsItComes(t *testing.T) {
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Method: http.MethodGet, Path: "/version", Then: kxtest.AnswerStatus(http.StatusOK, "", "", 0)})
	require.Contains(t, c.MustRun("api", "get", "/version"), `"kind":"Status"`)
	require.Equal(t, "ok", c.MustRun("api", "GET", "/healthz"))
	require.Contains(t, c.MustRun("api", "GET", "/api/v1/namespaces/default/pods/?labelSelector=app%3Dshell"), `"name":"shell"`)
	require.Equal(t, "app=shell", c.Request("GET").Query.Get("labelSelector"))
	require.Empty(t, c.MustRun("api", "HEAD", "/healthz"))
}

func TestAPISendsTheBodyOfAFile(t *testing.T) {
	c := clitest.Start(t)
	c.MustRun("api", "POST", "/api/v1/namespaces/default/pods", "-f", c.Write("pod.yaml", clitest.PodYAML))
	require.NotNil(t, c.Pod("default", "web-0"))
	require.Equal(t, "application/json", c.Request("POST").Header.Get("Content-Type"))
	for typ, media := range map[string]string{"merge": "application/merge-patch+json", "strategic": "application/strategic-merge-patch+json"} {
		r := c.Pipe("metadata: {labels: {a: "+typ+"}}", "api", "PATCH", "/api/v1/namespaces/default/pods/web-0", "-f", "-", "--type", typ)
		require.Equal(t, 0, r.Code, r.Err)
		require.Contains(t, r.Out, `"a":"`+typ+`"`)
		require.Equal(t, media, c.Request("PATCH").Header.Get("Content-Type"))
	}
	r := c.Pipe(`{"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0}`, "api", "delete", "/api/v1/namespaces/default/pods/web-0", "-f", "-")
	require.Equal(t, 0, r.Code, r.Err)
	require.Nil(t, c.Pod("default", "web-0"))
}

func TestTheExitStatusOfAPISaysWhoFailed(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, clitest.Result{Code: 4, Err: "error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods/nope: pods \"nope\" not found (404)\n"},
		c.Kx("api", "GET", "/api/v1/namespaces/default/pods/nope"))
	c.Fault(kxtest.Fault{Method: http.MethodGet, Then: kxtest.AnswerStatus(http.StatusInternalServerError, "InternalError", "broken", 0)})
	require.Equal(t, 5, c.Kx("api", "GET", "/version").Code)
	require.Equal(t, 1, clitest.Execute(t.Context(), "",
		"api", "GET", "/version", "--server", "http://127.0.0.1:1").Code)
}

func TestAPIRefusesWhatIsNoPathOfTheAPI(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another server was asked") }))
	defer other.Close()
	c := clitest.Start(t)
	c.ForgetRequests()
	for _, path := range []string{
		other.URL + "/api", "//" + strings.TrimPrefix(other.URL, "http://") + "/api",
		"@" + other.URL, "", "api/v1", "/api/../etc", "/api/%2e%2e/etc", "/api//v1", "/%zz",
		"/api#x", "/api?x=%zz", "/a%2Fb", "/api/v1?a=b#c",
	} {
		r := c.Kx("api", "GET", path)
		require.NotEqual(t, 0, r.Code, path)
		require.True(t, strings.HasPrefix(r.Err, "error: "), r.Err)
	}
	require.Empty(t, c.Requests())
}

func TestAPIDeletesNoListForAnEmptyName(t *testing.T) {
	c := clitest.Start(t)
	for _, path := range []string{"/api/v1/namespaces/default/pods/", "/api/v1/namespaces/default/pods/?dryRun=All"} {
		require.Contains(t, c.Kx("api", "DELETE", path).RequireError(t, 2), "would remove every object")
	}
	require.NotNil(t, c.Pod("default", "shell"))
	r, err := parseRequest("DELETE", "/api/v1/namespaces/default/services/web/proxy/")
	require.NoError(t, err)
	require.Equal(t, "proxy", r.Path[len(r.Path)-1])
}

func TestAPIRefusesInvalidArguments(t *testing.T) {
	for _, args := range [][]string{
		{}, {"GET"}, {"GET", "/a", "/b"}, {"FETCH", "/version"}, {"GET", "version"}, {"POST", "/api/v1/pods"}, {"GET", "/version", "-f", "x"}, {"PATCH", "/api", "-f", "-", "--type", "x"},
	} {
		require.Regexp(t, `; see kx api --help$`, clitest.Execute(t.Context(), "", append([]string{"api"}, args...)...).RequireError(t, 2), args)
	}
	require.Equal(t, "error: stdin: a body is one document, and this has 2", clitest.Execute(t.Context(), "a: 1\n---\nb: 2\n", "api", "POST", "/api/v1/pods", "-f", "-").RequireError(t, 1))
}

func FuzzRequestOfAPI(f *testing.F) {
	for _, seed := range []string{
		"/api/v1/pods?watch=1", "/", "//x", "/a/../b", "/%2e%2e", "/a%2fb", "/?a=b&c", "http://x/y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		request, err := parseRequest("GET", path)
		if err != nil {
			return
		}
		require.True(t, strings.HasPrefix(path, "/"))
		for _, segment := range request.Path {
			require.NotContains(t, []string{"", ".", ".."}, segment)
		}
	})
}
