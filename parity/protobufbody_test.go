package parity_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
)

// scenario is the part of a file in kxtest/internal/object/testdata that is of use here.
type scenario struct {
	Steps []struct {
		Name   string          `json:"name"`
		Method string          `json:"method"`
		Path   string          `json:"path"`
		Query  string          `json:"query"`
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"steps"`
}

// The objects are those of kxtest's recorded scenarios. client-go encodes each of them, and a dry
// run returns what the server made of it.
func TestTheServerMakesTheSameOfProtobufAndJSON(t *testing.T) {
	_, config := startKxtest(t)
	clients, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	files, err := filepath.Glob("../kxtest/internal/object/testdata/*.json")
	require.NoError(t, err)
	encoder := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	compared := 0
	for _, file := range files {
		recorded, err := os.ReadFile(file)
		require.NoError(t, err)
		var s scenario
		require.NoError(t, json.Unmarshal(recorded, &s))
		for _, step := range s.Steps {
			if step.Method != "POST" || step.Status != 201 || !strings.HasPrefix(string(step.Body), "{") {
				continue
			}
			// Before the object is encoded: in protobuf a text has its length.
			body := []byte(strings.ReplaceAll(string(step.Body), "kx-object", "default"))
			object, _, err := scheme.Codecs.UniversalDeserializer().Decode(body, nil, nil)
			if err != nil {
				continue // a body whose kind or fields only the server corrects
			}
			inProtobuf, err := runtime.Encode(encoder, object)
			require.NoError(t, err)
			inJSON, err := json.Marshal(object)
			require.NoError(t, err)
			path := "/api/v1/namespaces/default" + step.Path
			if strings.HasPrefix(step.Path, "/api") {
				path = strings.Replace(step.Path, "kx-object", "default", 1)
			}
			create := func(contentType string, body []byte) map[string]any {
				result := clients.CoreV1().RESTClient().Post().AbsPath(path).Param("dryRun", "All").
					SetHeader("Content-Type", contentType).Body(body).Do(t.Context())
				answer, err := result.Raw()
				require.NoError(t, err, "%s: %s", step.Name, answer)
				return withoutIdentity(t, answer)
			}
			require.Equal(t, create(contentTypes["JSON"], inJSON), create(contentTypes["protobuf"], inProtobuf), step.Name)
			compared++
		}
	}
	require.Greater(t, compared, 50)
}

// withoutIdentity decodes an object and removes what differs between two that are created alike.
func withoutIdentity(t *testing.T, encoded []byte) map[string]any {
	encoded = regexp.MustCompile(`kube-api-access-\w{5}`).ReplaceAll(encoded, []byte("kube-api-access"))
	var object map[string]any
	require.NoError(t, json.Unmarshal(encoded, &object))
	metadata := object["metadata"].(map[string]any)
	for _, name := range []string{"uid", "creationTimestamp", "resourceVersion"} {
		delete(metadata, name)
	}
	if _, isGenerated := metadata["generateName"]; isGenerated {
		delete(metadata, "name")
	}
	entries, _ := metadata["managedFields"].([]any)
	for _, entry := range entries {
		delete(entry.(map[string]any), "time")
	}
	return object
}
