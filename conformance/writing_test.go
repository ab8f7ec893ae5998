package conformance_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func creating() []behaviour {
	return []behaviour{
		{"a second object with the same name is refused", func(t *testing.T, w *world) {
			name := w.pod(t)
			_, err := w.pods.CreateRaw(t.Context(), podNamed(name))
			refused(t, err, transport.ErrAlreadyExists, `pods "`+name+`" already exists`)
		}},
		{"a generated name begins with its prefix", func(t *testing.T, w *world) {
			made := w.create(
				t,
				`{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"made-"},"spec":{"schedulerName":"none",`+
					`"containers":[{"name":"app","image":"a"}]}}`,
			)
			require.Regexp(t, `^made-[bcdfghjklmnpqrstvwxz2456789]{5}$`, made.Metadata.Name)
			require.Equal(t, "made-", made.Metadata.GenerateName)
		}},
		{"a dry run of a creation stores nothing", func(t *testing.T, w *world) {
			name := w.name()
			made, err := w.pods.CreateRaw(t.Context(), podNamed(name), resources.DryRun())
			require.NoError(t, err)
			require.NotEmpty(t, made.Metadata.UID)
			_, err = w.pods.Get(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrNotFound)
		}},
		{"each fault of a pod has its own cause", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(t.Context(), []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad"},
				"spec":{"restartPolicy":"Sometimes","containers":[{"name":"A","image":"a"},{"name":"b"},{"name":"b",
				"image":"b","ports":[{"containerPort":70000}]}]}}`))
			refused(
				t, err, transport.ErrInvalid,
				`Pod "bad" is invalid: [spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label must `+
					`consist of lower case alphanumeric characters or '-', and must start and end with an `+
					`alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is `+
					`'[a-z0-9]([-a-z0-9]*[a-z0-9])?'), `+
					`spec.containers[1].image: Required value, spec.containers[2].ports[0].containerPort: Invalid `+
					`value: 70000: must be between 1 and 65535, inclusive, spec.containers[2].name: Duplicate `+
					`value: "b", `+
					`spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", `+
					`"Never"]`,
				"spec.containers[0].name FieldValueInvalid",
				"spec.containers[1].image FieldValueRequired",
				"spec.containers[2].ports[0].containerPort FieldValueInvalid",
				"spec.containers[2].name FieldValueDuplicate",
				"spec.restartPolicy FieldValueNotSupported",
			)
		}},
		{"a pod without containers is refused", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(
				t.Context(),
				[]byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"empty"},"spec":{}}`),
			)
			refused(
				t, err, transport.ErrInvalid, `Pod "empty" is invalid: spec.containers: Required value`,
				"spec.containers FieldValueRequired",
			)
		}},
		{"a pod without a name is refused", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(
				t.Context(),
				[]byte(`{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a","image":"a"}]}}`),
			)
			refused(
				t, err, transport.ErrInvalid,
				`Pod "" is invalid: metadata.name: Required value: name or generateName is required`,
			)
		}},
		{"a pod with an invalid name is refused", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(t.Context(), podNamed("A_b"))
			refused(
				t, err, transport.ErrInvalid,
				`Pod "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must `+
					`consist of lower case alphanumeric characters, '-' or '.', and must start and end with an `+
					`alphanumeric character `+
					`(e.g. 'example.com', regex used for validation is `+
					`'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
			)
		}},
		{"a pod in a namespace that does not exist is refused", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(t.Context(), podNamed("a"), resources.InNamespace("kx-no-such"))
			refused(t, err, transport.ErrNotFound, `namespaces "kx-no-such" not found`)
		}},
		{"a pod with another namespace than the path is refused", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(
				t.Context(),
				[]byte(
					`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"other"},`+
						`"spec":{"containers":[{"name":"a","image":"a"}]}}`,
				),
			)
			refused(
				t, err, transport.ErrBadRequest,
				`the namespace of the provided object does not match the namespace sent on the request`,
			)
		}},
		{"an object of another kind than the path is refused", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(
				t.Context(),
				[]byte(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"}}`),
			)
			refused(
				t, err, transport.ErrBadRequest,
				`Deployment in version "v1" cannot be handled as a Pod: converting (v1.Deployment) to (core.Pod): `+
					`unknown conversion`,
			)
		}},
		{"a field of the wrong type is refused", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(
				t.Context(),
				[]byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":{}}}`),
			)
			refused(
				t, err, transport.ErrBadRequest,
				`Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal object into Go struct field `+
					`PodSpec.spec.containers of type []v1.Container`,
			)
		}},
		{"a workload whose selector does not select its own pods is refused", refusesSelectors},
	}
}

func refusesSelectors(t *testing.T, w *world) {
	const (
		replicas = "spec.replicas: Invalid value: -1: must be greater than or equal to 0"
		labels   = "spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does not match template " +
			"`labels`"
	)
	for _, kind := range []string{"Deployment", "ReplicaSet", "StatefulSet"} {
		k, ok := resources.Lookup(kind)
		require.True(t, ok)
		owner := "deployment"
		if kind == "StatefulSet" {
			owner = "statefulset"
		}
		for spec, want := range map[string]string{
			`"selector":{"matchLabels":{"a":"b"}}`:                                            labels,
			`"selector":{"matchExpressions":[{"key":"a","operator":"NotIn","values":["c"]}]}`: labels,
			`"replicas":1`:  "[spec.selector: Required value, " + labels + "]",
			`"selector":{}`: "spec.selector: Invalid value: {}: empty selector is invalid for " + owner,
			`"replicas":-1,"selector":{"matchLabels":{"a":"c"}}`: replicas,
		} {
			_, err := resources.ForKind(w.client, k).
				CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":%q,"metadata":{"name":"d"},
				"spec":{%s,"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"a",
				"image":"a"}]}}}}`, kind, spec), resources.DryRun())
			refused(t, err, transport.ErrInvalid, kind+`.apps "d" is invalid: `+want)
		}
	}
}

func podNamed(name string) []byte {
	return fmt.Appendf(
		nil,
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"schedulerName":"none",`+
			`"containers":[{"name":"app","image":"a"}]}}`,
		name,
	)
}

func updating() []behaviour {
	return []behaviour{
		{"an update with an outdated resourceVersion is a conflict", func(t *testing.T, w *world) {
			name := w.pod(t)
			stale := w.get(t, name)
			_, err := w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"labels":{"b":"2"}}}`))
			require.NoError(t, err)
			w.unchanged(t, name, func() {
				_, err := w.pods.Update(t.Context(), stale)
				refused(t, err, transport.ErrConflict, conflictMessage(name))
			})
		}},
		{"an update keeps fields that kx does not model", updatesLossless},
		{"an update of an immutable field is refused", func(t *testing.T, w *world) {
			pod := w.get(t, w.pod(t))
			pod.Spec.SchedulerName = "other"
			_, err := w.pods.Update(t.Context(), pod)
			requireFixed(t, err)
		}},
		{"an update of a container's image is stored and counted", func(t *testing.T, w *world) {
			pod := w.get(t, w.pod(t))
			pod.Spec.Containers[0].Image = "other"
			stored, err := w.pods.Update(t.Context(), pod)
			require.NoError(t, err)
			require.Equal(t, "other", stored.Spec.Containers[0].Image)
			require.Equal(t, pod.Metadata.Generation+1, stored.Metadata.Generation)
			require.NotEqual(t, pod.Metadata.ResourceVersion, stored.Metadata.ResourceVersion)
		}},
		{"an update with another uid is a conflict", func(t *testing.T, w *world) {
			pod := w.get(t, w.pod(t))
			was := pod.Metadata.UID
			pod.Metadata.UID = "00000000-0000-0000-0000-000000000000"
			_, err := w.pods.Update(t.Context(), pod)
			refused(
				t, err, transport.ErrConflict,
				`Operation cannot be fulfilled on pods "`+pod.Metadata.Name+`": StorageError: invalid object, Code: `+
					`4, Key: /registry/pods/`+
					w.config.Namespace+`/`+pod.Metadata.Name+`, ResourceVersion: 0, AdditionalErrorMsg: Precondition `+
					`failed: UID in precondition: `+pod.Metadata.UID+`, UID in object meta: `+was,
			)
		}},
		{"an update of an object that does not exist is refused", func(t *testing.T, w *world) {
			pod := w.get(t, w.pod(t))
			pod.Metadata.Name, pod.Metadata.UID, pod.Metadata.ResourceVersion = "no-such", "", ""
			_, err := w.pods.Update(t.Context(), pod)
			refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
		}},
	}
}

// requireFixed requires the refusal of a change to an immutable field of a pod. After its first
// line, the message is a difference in Go's notation.
func requireFixed(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.Equal(t, []string{"spec FieldValueForbidden"}, causesOf(statusOf(t, err)))
	require.Contains(
		t,
		statusOf(t, err).Status.Message,
		"is invalid: spec: Forbidden: pod updates may not change fields other than "+
			"`spec.containers[*].image`,`spec.initContainers[*].image`,"+
			"`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "+
			"tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously "+
			"negative)\n",
	)
}

// recorder keeps the body of the last request with a method.
type recorder struct {
	next   http.RoundTripper
	method string
	body   []byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == r.method {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		r.body, req.Body = body, io.NopCloser(bytes.NewReader(body))
	}
	return r.next.RoundTrip(req)
}

func updatesLossless(t *testing.T, w *world) {
	const (
		cephFS = `"cephfs":{"monitors":["10.0.0.1:6789"],"user":"admin","secretFile":"/etc/ceph/user.secret"}`
		rbd    = `"rbd":{"monitors":["10.0.0.2:6789"],"image":"disk","pool":"rbd","user":"admin",` +
			`"keyring":"/etc/ceph/keyring"}`
	)
	name := w.name()
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"schedulerName":"none",
		"containers":[{"name":"app","image":"a"}],"volumes":[{"name":"one",%s},
		{"name":"two",%s}]}}`, name, cephFS, rbd))
	sent := &recorder{method: http.MethodPut}
	pods := resources.New[resources.Pod](
		connect(t, w.config, transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
			sent.next = next
			return sent
		})),
	)
	pod, err := pods.Get(t.Context(), name)
	require.NoError(t, err)
	first, second := string(pod.Spec.Volumes[0].Unknown), string(pod.Spec.Volumes[1].Unknown)
	require.JSONEq(t, "{"+cephFS+"}", first, "this test needs a field that kx does not model")
	require.JSONEq(t, "{"+rbd+"}", second)
	before := encode(t, pod.Spec)
	pod.Metadata.Labels = map[string]string{"a": "b"}
	_, err = pods.Update(t.Context(), pod)
	require.NoError(t, err)
	require.Contains(t, string(sent.body), strings.Trim(first, "{}"))
	require.Contains(t, string(sent.body), strings.Trim(second, "{}"))
	after := w.get(t, name)
	require.Equal(t, map[string]string{"a": "b"}, after.Metadata.Labels)
	require.Equal(t, before, encode(t, after.Spec))
}

func patching() []behaviour {
	return []behaviour{
		{"a merge patch of a pod sets and deletes fields", func(t *testing.T, w *world) {
			name := w.pod(t)
			pod, err := w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"labels":{"app":null,"b":"2"}}}`))
			require.NoError(t, err)
			require.Equal(t, map[string]string{"b": "2"}, pod.Metadata.Labels)
		}},
		{"a JSON patch of a pod applies its operations in order", func(t *testing.T, w *world) {
			name := w.pod(t)
			a := patch.Pointer("metadata", "annotations", "example.com/a")
			pod, err := w.pods.Patch(
				t.Context(),
				name,
				patch.JSON().
					Test(a, "1").
					Replace(a, "2").
					Copy(a, "/metadata/labels/b").
					Move("/metadata/labels/app", "/metadata/labels/c"),
			)
			require.NoError(t, err)
			require.Equal(t, map[string]string{"example.com/a": "2"}, pod.Metadata.Annotations)
			require.Equal(t, map[string]string{"b": "2", "c": "web"}, pod.Metadata.Labels)
		}},
		{"a strategic patch of a pod finds list elements by their key", func(t *testing.T, w *world) {
			name := w.pod(t)
			pod, err := w.pods.Patch(
				t.Context(),
				name,
				patch.Strategic(`{"spec":{"containers":[{"name":"app","image":"other"}]}}`),
			)
			require.NoError(t, err)
			require.Equal(t, "other", pod.Spec.Containers[0].Image)
			require.Equal(t, []string{"sleep", "3600"}, pod.Spec.Containers[0].Command)
		}},
		{"an apply creates an object that does not exist", func(t *testing.T, w *world) {
			name := w.name()
			pod, err := w.pods.Patch(t.Context(), name, patch.Apply(podNamed(name)), resources.FieldManager("me"))
			require.NoError(t, err)
			t.Cleanup(func() {
				_, err := w.pods.Delete(atEnd(t), name, resources.GracePeriod(0))
				require.NoError(t, err)
			})
			require.Equal(
				t,
				map[string]string{
					"me Apply ": `{"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{".":{},"f:image":{},` +
						`"f:name":{}}},"f:schedulerName":{}}}`,
				},
				owners(pod, "me"),
			)
		}},
		{"an apply of another manager's label conflicts, names both, and succeeds with force", appliesLabel},
		{"an apply that omits a label of its own removes the label", func(t *testing.T, w *world) {
			name := w.pod(t)
			me := resources.FieldManager("me")
			for _, labels := range []string{`{"b":"1","c":"1"}`, `{"c":"1"}`} {
				_, err := w.pods.Patch(
					t.Context(),
					name,
					patch.Apply(`{"apiVersion":"v1","kind":"Pod","metadata":{"labels":`+labels+`}}`),
					me,
				)
				require.NoError(t, err)
			}
			require.Equal(t, map[string]string{"app": "web", "c": "1"}, w.get(t, name).Metadata.Labels)
		}},
		{"a patch with an invalid result is refused", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.unchanged(t, name, func() {
				_, err := w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"labels":{"app":"a b"}}}`))
				require.ErrorIs(t, err, transport.ErrInvalid)
				require.Contains(t, causesOf(statusOf(t, err)), "metadata.labels FieldValueInvalid")
			})
		}},
		{"a patch without a change keeps the resourceVersion", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.unchanged(t, name, func() {
				_, err := w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"labels":{"app":"web"}}}`))
				require.NoError(t, err)
			})
		}},
	}
}

func appliesLabel(t *testing.T, w *world) {
	name := w.pod(t)
	set := func(value, manager string, opts ...resources.PatchOption) error {
		_, err := w.pods.Patch(
			t.Context(),
			name,
			patch.Apply(`{"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"b":"`+value+`"}}}`),
			append(opts, resources.FieldManager(manager))...)
		return err
	}
	require.NoError(t, set("1", "me"))
	w.unchanged(t, name, func() {
		err := set("2", "other")
		refused(
			t, err, transport.ErrConflict,
			`Apply failed with 1 conflict: conflict with "me": .metadata.labels.b`,
			".metadata.labels.b FieldManagerConflict",
		)
		require.Equal(t, `conflict with "me"`, statusOf(t, err).Status.Details.Causes[0].Message)
	})
	require.NoError(t, set("2", "other", resources.Force()))
	pod := w.get(t, name)
	require.Equal(t, "2", pod.Metadata.Labels["b"])
	require.Equal(
		t,
		map[string]string{"other Apply ": `{"f:metadata":{"f:labels":{"f:b":{}}}}`},
		owners(pod, "me", "other"),
	)
}
