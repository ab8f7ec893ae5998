package resources_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
)

// ticket is a caller's own model of a config map, whose kind and apiVersion come last, and are
// written when they are empty.
type ticket struct {
	Metadata   resources.ObjectMeta `json:"metadata"`
	Data       map[string]string    `json:"data,omitzero"`
	APIVersion *string              `json:"apiVersion"`
	Kind       string               `json:"kind"`
}

func (*ticket) APIKind() resources.Kind                         { return configMapKind }
func (t *ticket) Meta() *resources.ObjectMeta                   { return &t.Metadata }
func metaNamed(name string) resources.ObjectMeta                { return resources.ObjectMeta{Name: name} }
func endpoint[T any](a *resources.API[T]) resources.Endpoint[T] { return a.Endpoint }

func TestEveryWriteOfAModelFillsInKindAndAPIVersion(t *testing.T) {
	server := start(t, kxtest.WithDemo())
	client := connect(t, server.Config())
	v1 := "v1"
	sent := func(t *testing.T, err error) string {
		require.NoError(t, err)
		return string(last(t, server).Body)
	}
	t.Run("a create", func(t *testing.T) {
		_, err := resources.New[resources.ConfigMap](client).Create(t.Context(), &resources.ConfigMap{Metadata: metaNamed("a")})
		require.Equal(t, `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}`, sent(t, err))
	})
	t.Run("a create of a kind with a group", func(t *testing.T) {
		job := &resources.Job{Metadata: metaNamed("job"), Spec: resources.JobSpec{Template: resources.PodTemplateSpec{
			Spec: resources.PodSpec{RestartPolicy: "Never", Containers: []resources.Container{{Name: "c", Image: "i"}}}}}}
		_, err := resources.New[resources.Job](client).Create(t.Context(), job)
		require.Contains(t, sent(t, err), `{"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"job"},`)
		require.Empty(t, job.Kind, "the caller's object stays as it is")
	})
	t.Run("an update of an item of a list", func(t *testing.T) {
		api := resources.New[resources.ConfigMap](client)
		list, err := api.List(t.Context(), resources.ListOptions{FieldSelector: "metadata.name=a"})
		require.NoError(t, err)
		require.Empty(t, list.Items[0].Kind, "items have no kind of their own")
		list.Items[0].Data = map[string]string{"k": "v"}
		_, err = api.Update(t.Context(), &list.Items[0])
		require.Contains(t, sent(t, err), `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a",`)
	})
	t.Run("an object of any kind", func(t *testing.T) {
		_, err := resources.ForKind(client, configMapKind).Create(t.Context(), &resources.Object{Metadata: metaNamed("b")})
		require.Equal(t, `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"b"}}`, sent(t, err))
	})
	t.Run("a caller's own model", func(t *testing.T) {
		api := resources.New[ticket](client)
		_, err := api.Create(t.Context(), &ticket{Metadata: metaNamed("c")})
		require.Equal(t, `{"metadata":{"name":"c"},"apiVersion":"v1","kind":"ConfigMap"}`, sent(t, err))
		_, err = api.Create(t.Context(), &ticket{Metadata: metaNamed("d"), APIVersion: &v1})
		require.Equal(t, `{"metadata":{"name":"d"},"apiVersion":"v1","kind":"ConfigMap"}`, sent(t, err))
		_, err = api.Replace(t.Context(), "d", &ticket{Metadata: metaNamed("d"), Data: map[string]string{"kind": "x"}, Kind: "ConfigMap"})
		require.Equal(t, `{"metadata":{"name":"d"},"data":{"kind":"x"},"apiVersion":"v1","kind":"ConfigMap"}`, sent(t, err))
	})
	t.Run("a subresource that exchanges the object", func(t *testing.T) {
		pods := resources.New[resources.Pod](client)
		pod, err := pods.Get(t.Context(), "shell")
		require.NoError(t, err)
		pod.Kind, pod.APIVersion = "", ""
		pod.Metadata.ResourceVersion = "" // the node may write meanwhile
		for _, name := range []string{"status", "ephemeralcontainers"} {
			_, err = resources.Sub[resources.Pod](pods, name).Replace(t.Context(), "shell", pod)
			require.Contains(t, sent(t, err), `{"kind":"Pod","apiVersion":"v1","metadata":{`)
		}
	})
	t.Run("a subresource with an object of its own", func(t *testing.T) {
		deployments := resources.New[resources.Deployment](client)
		body, err := resources.Sub[resources.Scale](deployments, "scale").Encode("web", &resources.Scale{Metadata: metaNamed("web")})
		require.NoError(t, err)
		require.Equal(t, `{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"web"}}`, string(body))
		body, err = resources.Sub[resources.Object](deployments, "scale").Encode("web", &resources.Object{})
		require.NoError(t, err)
		require.Equal(t, `{"kind":"Scale","apiVersion":"autoscaling/v1"}`, string(body))
		body, err = resources.Sub[ticket](deployments, "ticket").Encode("web", &ticket{Metadata: metaNamed("a")})
		require.NoError(t, err)
		require.Equal(t, `{"metadata":{"name":"a"},"apiVersion":null,"kind":""}`, string(body), "the kind of an unknown subresource is unknown")
	})
	t.Run("a JSON document is sent unchanged", func(t *testing.T) {
		document := jsontext.Value(`{"metadata": {"name": "a"}}`)
		body, err := resources.Raw(resources.New[resources.Pod](client)).Encode("a", &document)
		require.NoError(t, err)
		require.JSONEq(t, string(document), string(body))
	})
}

func TestAnObjectOfAnotherKindIsNotSent(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	pods, jobs := resources.New[resources.Pod](client), resources.New[resources.Job](client)
	object := func(apiVersion, kind string) *resources.Object {
		return &resources.Object{APIVersion: apiVersion, Kind: kind, Metadata: metaNamed("a")}
	}
	for name, c := range map[string]struct {
		err  error
		want resources.WrongKindError
	}{
		"another kind": {second(pods.Create(t.Context(), &resources.Pod{APIVersion: "apps/v1", Kind: "Deployment"})),
			resources.WrongKindError{Resource: "pods", Want: "v1 Pod", Got: "apps/v1 Deployment"}},
		"another kind alone": {second(pods.Replace(t.Context(), "a", &resources.Pod{Kind: "Podlet"})),
			resources.WrongKindError{Resource: "pods a", Want: "v1 Pod", Got: "Podlet"}},
		"another version": {second(jobs.Update(t.Context(), &resources.Job{APIVersion: "batch/v1beta1", Metadata: metaNamed("a")})),
			resources.WrongKindError{Resource: "jobs.batch a", Want: "batch/v1 Job", Got: "batch/v1beta1"}},
		"a list": {second(resources.As[resources.Object](pods).Create(t.Context(), object("v1", "PodList"))),
			resources.WrongKindError{Resource: "pods", Want: "v1 Pod", Got: "v1 PodList"}},
		"the object of a subresource": {second(resources.Sub[resources.Object](jobs, "scale").Replace(t.Context(), "a", object("batch/v1", "Job"))),
			resources.WrongKindError{Resource: "jobs.batch/scale a", Want: "autoscaling/v1 Scale", Got: "batch/v1 Job"}},
	} {
		t.Run(name, func(t *testing.T) {
			var wrong *resources.WrongKindError
			require.ErrorAs(t, c.err, &wrong)
			require.Equal(t, c.want, *wrong)
			require.EqualError(t, wrong, "write "+c.want.Resource+": the object is a "+c.want.Got+": it must be a "+c.want.Want)
		})
	}
}

// number is a model that does not encode to an object.
type number int

func (*number) APIKind() resources.Kind     { return configMapKind }
func (*number) Meta() *resources.ObjectMeta { return new(resources.ObjectMeta) }

func TestAModelThatIsNoJSONObjectIsNotSent(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	_, err := resources.New[number](client).Create(t.Context(), new(number))
	require.EqualError(t, err, "write configmaps: the object cannot be encoded: it is not a JSON object")
}

func TestAModelWithKindAndAPIVersionIsEncodedOnce(t *testing.T) {
	pods := endpoint(resources.New[resources.Pod](serve(t, nil)))
	var pod resources.Pod
	require.NoError(t, json.Unmarshal(read(t, "pod-full"), &pod))
	want, err := json.Marshal(&pod)
	require.NoError(t, err)
	got, err := pods.Encode("web", &pod)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))

	encode := func(p *resources.Pod) float64 {
		return testing.AllocsPerRun(100, func() {
			if _, err := pods.Encode("web", p); err != nil {
				panic(err)
			}
		})
	}
	plain := testing.AllocsPerRun(100, func() {
		if _, err := json.Marshal(&pod); err != nil {
			panic(err)
		}
	})
	// A second encoding would double the number. The race detector empties the encoder's pool now
	// and then, which costs some allocations.
	require.Less(t, encode(&pod), 1.25*plain)
	bare := pod
	bare.Kind, bare.APIVersion = "", ""
	got, err = pods.Encode("web", &bare)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	require.Less(t, encode(&bare), 1.5*plain, "the members are read once, and the body copied once")
}

func FuzzTypeMetaIsAddedAndNothingElseChanged(f *testing.F) {
	for _, doc := range []string{`{}`, `{"kind":"","apiVersion":null,"a":1}`, `{"a":{"kind":"x"},"apiVersion":"v1"}`, `{"kind":"ConfigMap"}`, `{"metadata":{}}`} {
		f.Add(doc)
	}
	api := endpoint(resources.As[document](resources.ForKind(connect(f,
		&kubeconfig.Config{Server: "https://kx.invalid"}), configMapKind)))
	f.Fuzz(func(t *testing.T, doc string) {
		value := jsontext.Value(doc)
		if value.Kind() != '{' || !value.IsValid() {
			return
		}
		before := parse(t, []byte(doc)).(map[string]any)
		body, err := api.Encode("", &document{value})
		var wrong *resources.WrongKindError
		if errors.As(err, &wrong) {
			return
		}
		require.NoError(t, err)
		before["kind"], before["apiVersion"] = "ConfigMap", "v1"
		require.Equal(t, any(before), parse(t, body))
	})
}

// document is a model that is encoded as a given text.
type document struct{ text jsontext.Value }

func (d document) MarshalJSON() ([]byte, error) { return d.text, nil }
func (*document) Meta() *resources.ObjectMeta   { return new(resources.ObjectMeta) }
