package subresource_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// escapedNames are pod names with a reserved character (RFC 3986, section 2.2), and their form in a
// path. The API server refuses such names, but they must not change the meaning of a path.
//
// url.PathEscape leaves six of the characters unescaped: they delimit nothing in a path segment.
// The tests append ; to each name, so that each row fails when transport does not call
// url.PathEscape.
var escapedNames = map[string]string{
	"a,b": "a%2Cb", "a;b": "a%3Bb", "a!b": "a%21b", "a*b": "a%2Ab", "a'b": "a%27b", "a(b": "a%28b", "a)b": "a%29b",
	"a=b": "a=b", "a+b": "a+b", "a@b": "a@b", "a:b": "a:b", "a$b": "a$b", "a&b": "a&b",
	"a?b": "a%3Fb", "a#b": "a%23b", "a b": "a%20b", "ä": "%C3%A4",
}

func TestAddEscapesThePodsNameInItsPaths(t *testing.T) {
	var paths []string
	client := connect(t, &kubeconfig.Config{Server: "https://kx.invalid/base"},
		transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper {
			return roundTripper(func(req *http.Request) (*http.Response, error) {
				paths = append(paths, req.URL.RequestURI())
				name := strings.Split(req.URL.Path, "/")[7]
				answer := fmt.Sprintf(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":%q,"resourceVersion":"1"},"spec":{}}`, name)
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: req}, nil
			})
		}))
	ec := subresource.EphemeralContainers(resources.New[resources.Pod](client))
	for name, escaped := range escapedNames {
		t.Run(name, func(t *testing.T) {
			paths = nil
			_, err := ec.Add(t.Context(), name+";", debugger("one"))
			require.NoError(t, err)
			pod := "/base/api/v1/namespaces/default/pods/" + escaped + "%3B"
			require.Equal(t, []string{pod, pod + "/ephemeralcontainers"}, paths)
		})
	}
}

func TestExecEscapesThePodsNameInItsPath(t *testing.T) {
	for name, escaped := range escapedNames {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &fakeServer{serve: says("", success)}
				_, err := subresource.Exec(s.pods(t)).Run(t.Context(), name+";", subresource.ExecOptions{Command: []string{"true"}})
				require.NoError(t, err)
				path, _, _ := strings.Cut(s.requests[0].URL.RequestURI(), "?")
				require.Equal(t, "/api/v1/namespaces/default/pods/"+escaped+"%3B/exec", path)
			})
		})
	}
}
