package object_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// scenario is a file of testdata: requests in order, and the answers of a real API server. The
// program in the folder record records them.
type scenario struct {
	About  string `json:"about"`
	Server string `json:"server"`
	Steps  []step `json:"steps"`
}

type step struct {
	Name        string         `json:"name"`
	Method      string         `json:"method"`
	Path        string         `json:"path"`
	Query       string         `json:"query"`
	ContentType string         `json:"contentType"`
	Body        jsontext.Value `json:"body"`
	Status      int            `json:"status"`
	Warnings    []string       `json:"warnings"`
	Response    jsontext.Value `json:"response"`
}

func (s step) body(t *testing.T) []byte {
	if s.Body.Kind() != '"' {
		return s.Body
	}
	var text string
	require.NoError(t, json.Unmarshal(s.Body, &text))
	return []byte(text)
}

// store is a minimal store around the engine.
type store struct {
	objects map[string]map[string]any
}

func TestTheEngineAnswersRecordedRequestsAsTheServerDid(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var s scenario
			require.NoError(
				t,
				json.Unmarshal(text, &s, jsontext.AllowDuplicateNames(true), json.RejectUnknownMembers(true)),
			)
			require.NotEmpty(t, s.Steps)
			state := &store{objects: map[string]map[string]any{}}
			for _, step := range slices.DeleteFunc(s.Steps, handledElsewhere) {
				t.Run(step.Name, func(t *testing.T) { state.run(t, step) })
			}
		})
	}
}

// handledElsewhere reports whether the HTTP layer answers the request before the engine.
func handledElsewhere(s step) bool {
	message := message(s)
	return s.Status == 404 || s.Status == 415 || s.Status == 403 ||
		strings.HasPrefix(message, "error decoding YAML: error converting YAML to JSON") ||
		strings.HasPrefix(
			message,
			"PatchOptions.meta.k8s.io",
		) || strings.HasPrefix(message, "CreateOptions.meta.k8s.io")
}

func message(s step) string {
	var status struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(s.Response, &status, jsontext.AllowDuplicateNames(true))
	return status.Message
}

func (st *store) run(t *testing.T, s step) {
	query, err := url.ParseQuery(s.Query)
	require.NoError(t, err)
	recorded, err := object.Decode(s.Response)
	require.NoError(t, err)

	if s.Method == "GET" {
		st.list(t, s, query, recorded)
		return
	}
	w := write(s.Path)
	w.Manager, w.Force, w.FieldValidation = query.Get(
		"fieldManager",
	), query.Get(
		"force",
	) == "true", query.Get(
		"fieldValidation",
	)
	w.DryRun = slices.Contains(query["dryRun"], "All")
	w.Time = writeTime(recorded)
	if w.Manager == "" {
		w.Manager = "object"
	}
	var made map[string]any
	stored, body := st.objects[w.Name], s.body(t)
	switch s.Method {
	case "POST":
		made, err = w.Create(body)
	case "PUT":
		made, err = w.Replace(stored, body)
	case "PATCH":
		if s.ContentType == "application/apply-patch+yaml" &&
			!jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true)) {
			var document any
			require.NoError(t, yaml.Unmarshal(body, &document))
			body, err = object.Encode(document)
			require.NoError(t, err)
		}
		made, err = w.Patch(stored, s.ContentType, body)
	}
	if err != nil {
		requireStatus(t, s, recorded, err)
		return
	}
	require.Less(t, s.Status, 300, "the server refused: %s", message(s))
	if w.Kind != "Endpoints" { // the HTTP layer sends the warning of each request
		require.Equal(t, s.Warnings, w.Warnings)
	}
	requireObject(t, recorded, made)
	if !slices.Contains(query["dryRun"], "All") {
		st.save(made, recorded)
	}
}

// kinds are the kinds in the scenarios, by resource.
var kinds = map[string][2]string{
	"pods": {"v1", "Pod"}, "nodes": {"v1", "Node"}, "namespaces": {"v1", "Namespace"}, "events": {"v1", "Event"},
	"configmaps": {"v1", "ConfigMap"}, "secrets": {"v1", "Secret"}, "serviceaccounts": {"v1", "ServiceAccount"},
	"deployments": {"apps/v1", "Deployment"}, "replicasets": {"apps/v1", "ReplicaSet"}, "statefulsets": {
		"apps/v1",
		"StatefulSet",
	},
	"daemonsets": {"apps/v1", "DaemonSet"}, "jobs": {"batch/v1", "Job"}, "cronjobs": {"batch/v1", "CronJob"},
	"services": {"v1", "Service"}, "persistentvolumeclaims": {"v1", "PersistentVolumeClaim"}, "endpoints": {"v1", "Endpoints"},
	"endpointslices": {"discovery.k8s.io/v1", "EndpointSlice"}, "events.k8s.io": {"events.k8s.io/v1", "Event"},
}

// write returns the Write for a path, PREFIX/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE. For
// the core group the part ahead of RESOURCE may be missing.
func write(path string) *object.Write {
	w := &object.Write{Namespace: "kx-object"}
	prefix, rest, ok := strings.Cut(path, "/kx-object")
	if ok {
		path = rest
	} else if rest, ok := strings.CutPrefix(path, "/api/v1"); ok {
		w.Namespace, path = "", rest
	}
	parts := append(strings.Split(strings.Trim(path, "/"), "/"), "", "")
	w.Resource, w.Name, w.Subresource = parts[0], parts[1], parts[2]
	key := w.Resource
	if strings.Contains(prefix, "/apis/events.k8s.io/") {
		key = "events.k8s.io"
	}
	w.APIVersion, w.Kind = kinds[key][0], kinds[key][1]
	return w
}

// list selects from the store, as a GET of a collection does.
func (st *store) list(t *testing.T, s step, query url.Values, recorded map[string]any) {
	kind := write(s.Path)
	byLabel, err := object.ParseLabelSelector(query.Get("labelSelector"))
	var byField object.FieldSelector
	if err == nil {
		byField, err = object.ParseFieldSelector(kind.APIVersion, kind.Kind, query.Get("fieldSelector"))
	}
	if s.Status != 200 {
		require.EqualError(t, err, message(s))
		return
	}
	require.NoError(t, err)
	var want, got []string
	for _, item := range recorded["items"].([]any) {
		want = append(want, item.(map[string]any)["metadata"].(map[string]any)["name"].(string))
	}
	for name, o := range st.objects {
		if kind.Kind == "Pod" && byLabel.Matches(o) && byField.Matches(o) {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	require.Equal(t, want, got)
}

// save stores the engine's object, with the fields that only a store sets.
func (st *store) save(made, recorded map[string]any) {
	metadata, from := made["metadata"].(map[string]any), recorded["metadata"].(map[string]any)
	for _, name := range []string{
		"uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
	} {
		if from[name] != nil {
			metadata[name] = from[name]
		}
	}
	st.objects[metadata["name"].(string)] = made
}

// writeTime returns the latest time in the recorded managedFields, which is the time of the write.
func writeTime(recorded map[string]any) string {
	latest := "2026-01-01T00:00:00Z"
	metadata, _ := recorded["metadata"].(map[string]any)
	entries, _ := metadata["managedFields"].([]any)
	for _, e := range entries {
		at, _ := e.(map[string]any)["time"].(string)
		if at > latest {
			latest = at
		}
	}
	return latest
}

func requireStatus(t *testing.T, s step, recorded map[string]any, err error) {
	var status *object.Status
	require.ErrorAs(t, err, &status)
	require.Equal(t, shape(message(s)), shape(status.Message))
	require.Equal(t, s.Status, status.Code)
	reason, _ := recorded["reason"].(string)
	require.Equal(t, reason, status.Reason)
	details, ok := recorded["details"].(map[string]any)
	require.Equal(t, ok, status.Kind != "" || status.Causes != nil, "details: %v", details)
	for name, got := range map[string]string{"kind": status.Kind, "name": status.Name, "group": status.Group} {
		want, _ := details[name].(string)
		require.Equal(t, want, got, name)
	}
	var want, got [][3]string
	causes, _ := details["causes"].([]any)
	for _, c := range causes {
		cause := c.(map[string]any)
		field, _ := cause["field"].(string)
		want = append(want, [3]string{cause["reason"].(string), field, shape(cause["message"].(string))})
	}
	for _, c := range status.Causes {
		got = append(got, [3]string{c.Reason, c.Field, shape(c.Message)})
	}
	if !ordered(message(s)) {
		require.ElementsMatch(t, want, got)
		return
	}
	require.Equal(t, want, got)
}

// ordered reports whether the server always lists the parts of a message in the same order. Where
// it iterates over a map or over managers, it does not.
func ordered(message string) bool {
	for _, part := range []string{"metadata.labels", "metadata.annotations", "resources.limits[", "Apply failed with"} {
		if strings.Contains(message, part) {
			return false
		}
	}
	return true
}

// shape removes from a message what differs between runs: the order of unordered parts, and objects
// quoted as a whole.
func shape(message string) string {
	before, after, ok := strings.Cut(message, `"{\"apiVersion`)
	if ok {
		i := strings.LastIndex(after, `}": `)
		if i >= 0 {
			return before + "{…}" + after[i:]
		}
	}
	if !ordered(message) && !strings.Contains(message, "Apply") {
		parts := strings.Split(
			strings.NewReplacer(" [", " \x00", ", metadata.", "\x00metadata.", ", spec.", "\x00spec.", "]", "").
				Replace(message),
			"\x00",
		)
		slices.Sort(parts)
		return strings.Join(parts, ", ")
	}
	return message
}

// requireObject compares everything except the fields that the store sets.
func requireObject(t *testing.T, recorded, made map[string]any) {
	want, got := object.Copy(recorded), object.Copy(made)
	for _, o := range []map[string]any{want, got} {
		metadata := o["metadata"].(map[string]any)
		for _, name := range []string{
			"uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
		} {
			delete(metadata, name)
		}
		if metadata["generateName"] != nil &&
			strings.HasPrefix(metadata["name"].(string), metadata["generateName"].(string)) {
			metadata["name"] = metadata["generateName"]
		}
	}
	require.Equal(t, want["metadata"], got["metadata"])
	require.Equal(t, want["spec"], got["spec"])
	require.Equal(t, want["status"], got["status"])
	for name := range want {
		require.Equal(t, want[name], got[name], name)
	}
	require.Len(t, got, len(want))
}
