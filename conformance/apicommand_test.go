package conformance_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// apiCommand are behaviours of kx api.
func apiCommand() []behaviour {
	return []behaviour{
		{"kx api creates, reads, patches and deletes an object by its path", func(t *testing.T, w *world) {
			name := w.name()
			maps := "/api/v1/namespaces/" + w.config.Namespace + "/configmaps"
			send := func(stdin string, args ...string) *resources.ConfigMap {
				t.Helper()
				done := w.kx(t, stdin, append([]string{"api"}, args...)...)
				require.Equal(t, 0, done.code, done.stderr)
				object := new(resources.ConfigMap)
				require.NoError(t, json.Unmarshal([]byte(done.stdout), object))
				return object
			}
			require.Equal(t, name, send("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+name+"}\n", "POST", maps, "-f", "-").Metadata.Name)
			require.Equal(t, map[string]string{"a": "1"}, send("data: {a: '1'}", "PATCH", maps+"/"+name, "-f", "-").Data)
			require.Equal(t, map[string]string{"a": "1"}, send("", "GET", maps+"/"+name).Data)
			send("", "DELETE", maps+"/"+name)
			done := w.kx(t, "", "api", "GET", maps+"/"+name)
			require.Equal(t, 4, done.code)
			require.Empty(t, done.stdout)
			require.True(t, strings.HasSuffix(done.stderr, maps+"/"+name+`: configmaps "`+name+`" not found (404)`+"\n"), done.stderr)
		}},
		{"kx api prints the health of the server and its version", func(t *testing.T, w *world) {
			require.Equal(t, result{stdout: "ok"}, w.kx(t, "", "api", "GET", "/healthz"))
			done := w.kx(t, "", "api", "GET", "/version")
			require.Equal(t, 0, done.code, done.stderr)
			require.Contains(t, done.stdout, `"gitVersion"`)
			done = w.kx(t, "", "api", "GET", "/api/v1/namespaces/"+w.config.Namespace+"/pods?limit=1&fieldSelector=metadata.name%3Dnone")
			require.Equal(t, 0, done.code, done.stderr)
			require.True(t, strings.HasPrefix(done.stdout, `{"kind":"PodList"`), done.stdout)
		}},
	}
}
