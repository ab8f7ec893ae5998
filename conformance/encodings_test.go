package conformance_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// encodings are the bodies in protobuf that client-go's typed clients send, and the OpenAPI
// documents that kubectl reads before it applies.
func encodings() []behaviour {
	return []behaviour{
		{"an object in protobuf is stored like one in JSON", func(t *testing.T, w *world) {
			name := w.name()

			metadata := "\x0a" + string(rune(len(name)+2)) + "\x0a" + string(rune(len(name))) + name
			data := "\x12\x0c\x0a\x03key\x12\x05value" + "\x1a\x0a\x0a\x05bytes\x12\x01\x00"
			object := metadata + data
			require.NoError(t, w.sendProtobuf(t, configMapInProtobuf+"\x12"+string(rune(len(object)))+object))
			maps := resources.New[resources.ConfigMap](w.client)
			stored, err := maps.Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, map[string]string{"key": "value"}, stored.Data)
			require.Equal(t, map[string][]byte{"bytes": {0}}, stored.BinaryData)
		}},
		{"malformed protobuf is refused with the reason", func(t *testing.T, w *world) {
			for body, message := range map[string]string{
				"abc":                                    "the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (616263)",
				"k8s\x00":                                "the object provided is unrecognized (must be of type ConfigMap): empty body (6b387300)",
				"k8s\x00\x0a\xff":                        "the object provided is unrecognized (must be of type ConfigMap): unexpected EOF (6b3873000aff)",
				configMapInProtobuf + "\x12\x02\xff\xff": `ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF`,
				configMapInProtobuf + "\x12\x02\x08\x01": `ConfigMap in version "v1" cannot be handled as a ConfigMap: proto: wrong wireType = 0 for field ObjectMeta`,
			} {
				refused(t, w.sendProtobuf(t, body), transport.ErrBadRequest, message)
			}
		}},
		{"the OpenAPI document describes fields by type, keys and patch strategy", func(t *testing.T, w *world) {
			var index struct {
				Paths map[string]struct{ ServerRelativeURL string }
			}
			w.read(t, &index, "openapi", "v3")
			require.Regexp(t, `^/openapi/v3/apis/apps/v1\?hash=[0-9A-F]{128}$`, index.Paths["apis/apps/v1"].ServerRelativeURL)
			var document struct {
				Components struct {
					Schemas map[string]struct{ Properties map[string]map[string]any }
				}
			}
			w.read(t, &document, "openapi", "v3", "apis", "apps", "v1")
			for field, want := range openAPIFields {
				kind, name, _ := strings.Cut(field, " ")
				got := document.Components.Schemas["io.k8s."+kind].Properties[name]
				require.NotEmpty(t, got, field)
				delete(got, "description") // which kxtest does not have
				encoded, err := json.Marshal(got)
				require.NoError(t, err)
				require.JSONEq(t, want, string(encoded), field)
			}
		}},
		{"the OpenAPI document says that PATCH takes fieldValidation", func(t *testing.T, w *world) {
			var document struct {
				Paths map[string]struct {
					Patch struct {
						Parameters []struct{ Name, In string }
						Kind       map[string]string `json:"x-kubernetes-group-version-kind"`
					}
				}
			}
			w.read(t, &document, "openapi", "v3", "api", "v1")
			patch := document.Paths["/api/v1/namespaces/{namespace}/configmaps/{name}"].Patch
			require.Equal(t, map[string]string{"group": "", "version": "v1", "kind": "ConfigMap"}, patch.Kind)
			require.Contains(t, patch.Parameters, struct{ Name, In string }{"fieldValidation", "query"})
		}},
	}
}

// configMapInProtobuf is the beginning of a config map in protobuf. Its message follows.
const configMapInProtobuf = "k8s\x00\x0a\x0f\x0a\x02v1\x12\x09ConfigMap"

// openAPIFields maps fields to their schemas.
var openAPIFields = map[string]string{
	"api.apps.v1.DeploymentSpec replicas":                 `{"type":"integer","format":"int32"}`,
	"api.apps.v1.DeploymentSpec selector":                 `{"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"}]}`,
	"api.apps.v1.DeploymentSpec strategy":                 `{"allOf":[{"$ref":"#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy"}],"default":{},"x-kubernetes-patch-strategy":"retainKeys"}`,
	"apimachinery.pkg.apis.meta.v1.ObjectMeta generation": `{"type":"integer","format":"int64"}`,
}

// sendProtobuf creates a config map.
func (w *world) sendProtobuf(t *testing.T, body string) error {
	return w.do(t, &transport.Request{
		Method:      http.MethodPost,
		Path:        []string{"api", "v1", "namespaces", w.config.Namespace, "configmaps"},
		ContentType: "application/vnd.kubernetes.protobuf",
		Body:        []byte(body),
	})
}

// read decodes the document at a path.
func (w *world) read(t *testing.T, into any, path ...string) {
	t.Helper()
	resp, err := w.client.Do(t.Context(), &transport.Request{Method: http.MethodGet, Path: path})
	require.NoError(t, err)
	defer resp.Body.Close()
	require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
}
