package resources_test

import (
	"bytes"
	stdjson "encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// objects is the folder of the recorded objects.
const objects = "../testdata/objects/1.35.4"

// recorded names the model of each recorded object. Object is tried with all of them.
var recorded = map[string]any{
	"configmap":              resources.ConfigMap{},
	"cronjob":                resources.CronJob{},
	"daemonset":              resources.DaemonSet{},
	"deployment":             resources.Deployment{},
	"deployment-idle":        resources.Deployment{},
	"endpoints":              resources.Endpoints{},
	"endpointslice":          resources.EndpointSlice{},
	"event-created":          resources.Event{},
	"event-eventsv1":         resources.EventsV1Event{},
	"event-failedscheduling": resources.Event{},
	"job":                    resources.Job{},
	"namespace":              resources.Namespace{},
	"node":                   resources.Node{},
	"partialobjectmetadata":  resources.PartialObjectMetadata{},
	"persistentvolumeclaim":  resources.PersistentVolumeClaim{},
	"pod-full":               resources.Pod{},
	"pod-list":               resources.List[resources.Pod]{},
	"pod-pending":            resources.Pod{},
	"pod-statefulset":        resources.Pod{},
	"replicaset":             resources.ReplicaSet{},
	"scale":                  resources.Scale{},
	"secret":                 resources.Secret{},
	"service":                resources.Service{},
	"serviceaccount":         resources.ServiceAccount{},
	"statefulset":            resources.StatefulSet{},
	"status":                 resources.Status{},
	"table":                  resources.Table{},
	"table-none":             resources.Table{},
}

// read returns a recorded object as the server sent it, without the final newline.
func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(objects, name+".json"))
	require.NoError(t, err)
	return bytes.TrimSpace(b)
}

// eachRecorded runs test for each recorded object, with a new pointer to its model.
func eachRecorded(t *testing.T, test func(t *testing.T, doc []byte, model any)) {
	files, err := filepath.Glob(filepath.Join(objects, "*.json"))
	require.NoError(t, err)
	require.Len(t, files, len(recorded), "each recorded object has a model")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			require.Contains(t, recorded, name)
			test(t, read(t, name), reflect.New(reflect.TypeOf(recorded[name])).Interface())
		})
	}
}

// The API server escapes the characters that HTML and JavaScript treat specially.
var asTheServerEscapes = json.JoinOptions(jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))

func TestARecordedObjectIsUnchangedByteForByte(t *testing.T) {
	eachRecorded(t, func(t *testing.T, doc []byte, model any) {
		require.NoError(t, json.Unmarshal(doc, model))
		out, err := json.Marshal(model, asTheServerEscapes)
		require.NoError(t, err)
		require.Equal(t, string(doc), string(out))
	})
}

func TestARecordedObjectIsUnchangedByEncodingJSON(t *testing.T) {
	eachRecorded(t, func(t *testing.T, doc []byte, model any) {
		require.NoError(t, stdjson.Unmarshal(doc, model))
		for name, v := range map[string]any{"pointer": model, "value": reflect.ValueOf(model).Elem().Interface()} {
			out, err := stdjson.Marshal(v)
			require.NoError(t, err)
			require.Equal(t, string(doc), string(out), name)
		}
	})
}

func TestAnObjectOfAnyKindKeepsItsMembers(t *testing.T) {
	eachRecorded(t, func(t *testing.T, doc []byte, _ any) {
		var object resources.Object
		require.NoError(t, json.Unmarshal(doc, &object))
		require.NotEmpty(t, object.Kind)
		require.NotEmpty(t, object.APIVersion)
		out, err := json.Marshal(object)
		require.NoError(t, err)
		require.Equal(t, parse(t, doc), parse(t, out))
	})
}

func TestUnknownMembersAtEveryLevelSurvive(t *testing.T) {
	eachRecorded(t, func(t *testing.T, doc []byte, model any) {
		tree := parse(t, doc)
		objects := inject(tree, "")
		require.GreaterOrEqual(t, objects, 3)
		strange := encode(t, tree)

		require.NoError(t, json.Unmarshal(strange, model))
		out, err := json.Marshal(model)
		require.NoError(t, err)
		require.Equal(t, tree, parse(t, out))

		out, err = stdjson.Marshal(map[string]any{"object": model})
		require.NoError(t, err)
		require.Equal(t, map[string]any{"object": tree}, parse(t, out))
	})
}

func TestAnEditOfAnEphemeralContainerChangesNothingElse(t *testing.T) {
	edits := map[string]struct {
		model func(*resources.Pod)
		tree  func(spec map[string]any)
	}{
		"a changed image": {
			func(p *resources.Pod) { p.Spec.EphemeralContainers[0].Image = "busybox:2" },
			func(spec map[string]any) { ephemeral(spec)[0].(map[string]any)["image"] = "busybox:2" },
		},
		"a container at the end": {
			func(p *resources.Pod) {
				p.Spec.EphemeralContainers = append(p.Spec.EphemeralContainers, resources.EphemeralContainer{
					Name: "new", Image: "busybox", Stdin: true, TTY: true, TargetContainerName: "main",
				})
			},
			func(spec map[string]any) {
				spec["ephemeralContainers"] = append(ephemeral(spec), map[string]any{
					"name": "new", "image": "busybox", "stdin": true, "tty": true, "targetContainerName": "main",
				})
			},
		},
		"a container removed": {
			func(p *resources.Pod) {
				p.Spec.EphemeralContainers = slices.Delete(p.Spec.EphemeralContainers, 1, 2)
			},
			func(spec map[string]any) { spec["ephemeralContainers"] = slices.Delete(ephemeral(spec), 1, 2) },
		},
	}
	for name, edit := range edits {
		for _, encoder := range []struct {
			name      string
			marshal   func(any) ([]byte, error)
			unmarshal func([]byte, any) error
		}{
			{"json", func(v any) ([]byte, error) { return json.Marshal(v) }, func(b []byte, v any) error { return json.Unmarshal(b, v) }},
			{"encoding/json", stdjson.Marshal, stdjson.Unmarshal},
		} {
			t.Run(name+" with "+encoder.name, func(t *testing.T) {
				tree := parse(t, read(t, "pod-full"))
				inject(tree, "")
				// In a struct of the caller's, by value and by pointer.
				var document struct {
					Pod resources.Pod  `json:"pod"`
					Ptr *resources.Pod `json:"ptr"`
				}
				in := encode(t, map[string]any{"pod": tree, "ptr": tree})
				require.NoError(t, encoder.unmarshal(in, &document))

				edit.model(&document.Pod)
				edit.model(document.Ptr)
				out, err := encoder.marshal(document)
				require.NoError(t, err)

				edit.tree(tree.(map[string]any)["spec"].(map[string]any))
				require.Equal(t, map[string]any{"pod": tree, "ptr": tree}, parse(t, out))
			})
		}
	}
}

func TestAPodWithoutEphemeralContainersGainsOne(t *testing.T) {
	tree := parse(t, read(t, "pod-statefulset"))
	var pod resources.Pod
	require.NoError(t, json.Unmarshal(encode(t, tree), &pod))
	require.Nil(t, pod.Spec.EphemeralContainers)
	pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, resources.EphemeralContainer{Name: "debugger", Image: "busybox"})
	out, err := json.Marshal(pod)
	require.NoError(t, err)
	tree.(map[string]any)["spec"].(map[string]any)["ephemeralContainers"] = []any{map[string]any{"name": "debugger", "image": "busybox"}}
	require.Equal(t, tree, parse(t, out))
}

func TestZeroAndEmptyMembersSurvive(t *testing.T) {
	for name, doc := range map[string]string{
		"pointers to zeros":          `{"spec":{"terminationGracePeriodSeconds":0,"securityContext":{"runAsUser":0},"enableServiceLinks":false}}`,
		"empty objects":              `{"metadata":{},"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"c","resources":{},"securityContext":{}}],"securityContext":{}},"status":{}}`,
		"an object of empty objects": `{"spec":{"affinity":{"nodeAffinity":{}}}}`,
		"empty lists and maps":       `{"metadata":{"labels":{},"finalizers":[]},"spec":{"containers":[]}}`,
		"null for a time":            `{"metadata":{"creationTimestamp":null},"status":{"conditions":[{"type":"Ready","status":"True","lastProbeTime":null}]}}`,
		"no member":                  `{}`,
		"numbers for quantities":     `{"spec":{"overhead":{"cpu":2,"memory":1.50}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var pod resources.Pod
			require.NoError(t, json.Unmarshal([]byte(doc), &pod))
			out, err := json.Marshal(&pod)
			require.NoError(t, err)
			require.Equal(t, doc, string(out))
		})
	}
}

func TestAModelMadeByHandEncodesOnlyItsSetMembers(t *testing.T) {
	zero, no := int64(0), false
	for name, c := range map[string]struct {
		model any
		want  string
	}{
		"an ephemeral container": {
			resources.EphemeralContainer{Name: "debugger", Image: "busybox:latest", Stdin: true, TTY: true},
			`{"name":"debugger","image":"busybox:latest","stdin":true,"tty":true}`,
		},
		"a pod without containers, as for a patch": {
			resources.Pod{Spec: resources.PodSpec{EphemeralContainers: []resources.EphemeralContainer{{Name: "d"}}}},
			`{"spec":{"ephemeralContainers":[{"name":"d"}]}}`,
		},
		"pointers to zeros": {
			resources.SecurityContext{RunAsUser: &zero, Privileged: &no},
			`{"privileged":false,"runAsUser":0}`,
		},
		"a pointer to an empty struct": {resources.Volume{Name: "v", EmptyDir: &resources.EmptyDirVolumeSource{}}, `{"name":"v","emptyDir":{}}`},
		"maps in the order of their keys": {
			resources.ObjectMeta{Labels: map[string]string{"b": "", "c": "", "a": "", "e": "", "d": ""}},
			`{"labels":{"a":"","b":"","c":"","d":"","e":""}}`,
		},
		"a list without items": {resources.List[resources.Pod]{}, `{"metadata":{},"items":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 { // the order of maps is random
				out, err := json.Marshal(c.model)
				require.NoError(t, err)
				require.Equal(t, c.want, string(out))
			}
		})
	}
}

func TestDecodingIntoAUsedModelReplacesItsUnknownMembers(t *testing.T) {
	var pod resources.Pod
	for _, doc := range []string{`{"metadata":{"a":1},"b":2}`, `{"metadata":{"a":3},"b":4}`} {
		require.NoError(t, json.Unmarshal([]byte(doc), &pod))
		out, err := json.Marshal(pod)
		require.NoError(t, err)
		require.Equal(t, doc, string(out))
	}
}

func TestAnErrorInADeepMemberNamesIt(t *testing.T) {
	var pod resources.Pod
	err := json.Unmarshal([]byte(`{"spec":{"containers":[{"name":"a"},{"name":7}]}}`), &pod)
	require.ErrorContains(t, err, "/spec/containers/1/name")
	err = json.Unmarshal([]byte(`{"metadata":{"creationTimestamp":12}}`), &pod)
	require.ErrorContains(t, err, "/metadata/creationTimestamp")
	require.ErrorContains(t, err, "a time must be a JSON string or null")
}

func FuzzPodIsLossless(f *testing.F) {
	for name, model := range recorded {
		if _, ok := model.(resources.Pod); ok {
			f.Add(read(f, name))
		}
	}
	f.Add([]byte(`{"metadata":{"x":{"y":[1,"2",null]}},"spec":{"containers":[{"ports":[{"p":{}}]}],"z":{}},"":1e400}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var pod resources.Pod
		if jsontext.Value(doc).Kind() != '{' || json.Unmarshal(doc, &pod) != nil {
			return
		}
		first, err := json.Marshal(pod)
		require.NoError(t, err)
		require.Equal(t, withoutZeros(parse(t, doc)), withoutZeros(parse(t, first)))

		var reencoded resources.Pod
		require.NoError(t, json.Unmarshal(first, &reencoded))
		second, err := json.Marshal(reencoded)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}

func ephemeral(spec map[string]any) []any { return spec["ephemeralContainers"].([]any) }

// parse returns a document as maps, lists and strings. Numbers become their text.
func parse(t *testing.T, doc []byte) any {
	t.Helper()
	d := stdjson.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	return v
}

func encode(t *testing.T, tree any) []byte {
	t.Helper()
	b, err := stdjson.Marshal(tree)
	require.NoError(t, err)
	return b
}

// stringMaps are the members whose values map the user's own names to strings or quantities.
var stringMaps = []string{
	"labels", "annotations", "matchLabels", "nodeSelector", "volumeAttributes",
	"limits", "requests", "capacity", "allocatable", "allocatedResources", "overhead",
}

// inject adds unknown members to every object of a document, and returns the number of objects.
func inject(v any, name string) (objects int) {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			objects += inject(child, name)
		}
		_, isLabelSelector := v["matchLabels"]
		switch {
		case slices.Contains(stringMaps, name), name == "selector" && !isLabelSelector:
			v["kx.example/unknown"] = "17"
			return objects + 1
		case name == "data": // of a config map, or base64 of a secret
			v["kx.example"] = "MTc="
			return objects + 1
		}
		v["kxUnknown"] = map[string]any{"list": []any{stdjson.Number("12345678901234567890"), nil, map[string]any{}}, "text": "<\u2028é>"}
		v["kxUnknownToo"] = stdjson.Number("1.50")
		return objects + 1
	case []any:
		for _, child := range v {
			objects += inject(child, "")
		}
	}
	return objects
}

// withoutZeros drops members that a model may omit or add: zero scalars and null.
func withoutZeros(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			child := withoutZeros(child)
			switch child {
			case nil, "", false:
				delete(v, name)
			default:
				if n, ok := child.(stdjson.Number); ok && strings.Trim(n.String(), "-0") == "" {
					delete(v, name)
				}
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutZeros(v[i])
		}
	}
	return v
}
