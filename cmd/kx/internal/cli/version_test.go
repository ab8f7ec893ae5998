package cli

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/internal/version"
	"github.com/kx-k8s/kx/kxtest"
)

func TestVersion(t *testing.T) {
	c := clitest.Start(t, kxtest.WithVersion("1.34.1"))
	require.Regexp(t, `^Client Version: \S+\nServer Version: v1\.34\.1\n$`, c.MustRun("version"))
	c.ForgetRequests()
	require.Regexp(t, `^Client Version: \S+\n$`, c.MustRun("version", "--client"))
	require.Empty(t, c.Requests())

	type document struct {
		Client struct {
			GitVersion string `json:"gitVersion" yaml:"gitVersion"`
			Platform   string `json:"platform" yaml:"platform"`
		} `json:"clientVersion" yaml:"clientVersion"`
		Server struct {
			GitVersion string `json:"gitVersion" yaml:"gitVersion"`
			Major      string `json:"major" yaml:"major"`
		} `json:"serverVersion" yaml:"serverVersion"`
	}
	var fromJSON, fromYAML document
	require.NoError(t, json.Unmarshal([]byte(c.MustRun("version", "-o", "json")), &fromJSON))
	require.NoError(t, yaml.Unmarshal([]byte(c.MustRun("version", "-o", "yaml")), &fromYAML))
	require.Equal(t, fromJSON, fromYAML)
	require.Equal(t, "v1.34.1", fromJSON.Server.GitVersion)
	require.Equal(t, "1", fromJSON.Server.Major)
	require.NotEmpty(t, fromJSON.Client.GitVersion)
	require.Contains(t, fromJSON.Client.Platform, "/")
}

func TestVersionPrintsTheClientsVersionWithoutAServer(t *testing.T) {
	c := clitest.Start(t)
	c.Close()
	r := c.Kx("version")
	require.Equal(t, 1, r.Code)
	require.Regexp(t, `^Client Version: \S+\n$`, r.Out)
	require.Regexp(t, `^error: GET /k8s/clusters/c-1/version: cannot reach 127\.0\.0\.1:\d+ \(context "kx-admin" in \S+/admin.kubeconfig\): .*connection refused; is the API server running there\?`, r.Err)
	require.Equal(t, 1, strings.Count(r.Err, "\n"))
}

func TestVersionFailsIfTheAnswerHasNoVersion(t *testing.T) {
	for answer, problem := range map[string]string{
		`{"kind":"Status","status":"Failure"}`: "it has no gitVersion",
		`{"gitVersion":"v1.34.1"}{}`:           "jsontext: invalid character",
		"":                                     "jsontext: unexpected EOF",
	} {
		file := serverFile(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, answer)
		})
		for _, args := range [][]string{{"version"}, {"version", "-o", "json"}} {
			r := clitest.Execute(clitest.WithLimit(t), "", append(args, "--kubeconfig", file)...)
			require.Equal(t, 1, r.Code)
			require.Contains(t, r.Out, version.Version)
			require.NotContains(t, strings.ToLower(r.Out), "server")
			require.Regexp(t, "\nerror: GET /version: the answer cannot be read: "+problem+".*; a proxy may have sent it\n$", r.Err)
		}
	}
}
