package resources_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const (
	answeredConfigMap = `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"one","namespace":"default","uid":"u1","resourceVersion":"7"},"data":{"k":"v"}}`
	answeredFailure   = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no healthy\nupstream","code":503}`
	answeredSuccess   = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"one","kind":"configmaps","uid":"u1"}}`
	answeredTable     = `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{},"columnDefinitions":[{"name":"Name","format":"name"}],"rows":[{"cells":["one"]}]}`
	answeredList      = `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[` + answeredConfigMap + `]}`
	answeredMetadata  = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"one","namespace":"default","uid":"u1"}}`
)

// instead returns document with a text replaced.
func instead(document, text, by string) string {
	if !strings.Contains(document, text) {
		panic(document + " does not contain " + text)
	}
	return strings.Replace(document, text, by, 1)
}

type configMapAPI = resources.API[resources.Object]

// A call is a request about the config map "one", and the answer that an API server sends.
type call struct {
	do     func(ctx context.Context, api *configMapAPI) error
	answer string
	write  bool // whose outcome is unknown after another answer
	uid    bool // the call knows the uid u1
}

var answeredCalls = map[string]call{
	"Get": {do: func(ctx context.Context, api *configMapAPI) error { return second(api.Get(ctx, "one")) }, answer: answeredConfigMap},
	"Get of metadata": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(resources.Metadata(api).Get(ctx, "one"))
	}, answer: answeredMetadata},
	"Create": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(api.Create(ctx, configMap("", "one")))
	}, answer: answeredConfigMap, write: true},
	"CreateRaw": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(api.CreateRaw(ctx, []byte(`{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"one","uid":"old"}}`)))
	}, answer: answeredConfigMap, write: true},
	"Create in a dry run": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(api.Create(ctx, configMap("", "one"), resources.DryRun()))
	}, answer: answeredConfigMap},
	"Update": {do: func(ctx context.Context, api *configMapAPI) error {
		object := configMap("", "one")
		object.Metadata.UID = "u1"
		return second(api.Update(ctx, object))
	}, answer: answeredConfigMap, write: true, uid: true},
	"ReplaceRaw": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(api.ReplaceRaw(ctx, "one", []byte(answeredConfigMap)))
	}, answer: answeredConfigMap, write: true, uid: true},
	"Replace of the status": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(resources.Sub[resources.Object](api, "status").Replace(ctx, "one", configMap("", "one")))
	}, answer: answeredConfigMap, write: true},
	"Patch": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(api.Patch(ctx, "one", patch.Merge(map[string]any{"metadata": map[string]any{"uid": "u1"}})))
	}, answer: answeredConfigMap, write: true, uid: true},
	"Patch with a list": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(api.Patch(ctx, "one", patch.JSON().Remove("/data")))
	}, answer: answeredConfigMap, write: true},
	"Patch with apply": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(api.Patch(ctx, "one", patch.Apply(map[string]any{"kind": "ConfigMap", "apiVersion": "v1"}), resources.FieldManager("me")))
	}, answer: answeredConfigMap},
	"Delete": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(api.Delete(ctx, "one", resources.IfUID("u1")))
	}, answer: answeredConfigMap, write: true, uid: true},
	"Delete of metadata": {do: func(ctx context.Context, api *configMapAPI) error {
		return second(resources.Metadata(api).Delete(ctx, "one"))
	}, answer: answeredMetadata, write: true},
}

// other returns the answers that are not the answer to a call.
func (c call) other() map[string]string {
	other := map[string]string{
		"a Status with Failure":   answeredFailure,
		"another kind":            instead(c.answer, `"kind":"`, `"kind":"Un`),
		"another group":           instead(c.answer, `"apiVersion":"`, `"apiVersion":"x.y/`),
		"no kind":                 instead(c.answer, `"kind"`, `"sort"`),
		"no apiVersion":           instead(c.answer, `"apiVersion"`, `"version"`),
		"another name":            instead(c.answer, `"one"`, `"two"`),
		"no name":                 instead(c.answer, `"name"`, `"called"`),
		"another namespace":       instead(c.answer, `"default"`, `"kube-system"`),
		"an empty object":         `{}`,
		"a Table":                 answeredTable,
		"a list":                  answeredList,
		"a Status that is new":    instead(answeredFailure, "Failure", "Perhaps"),
		"a Status without status": `{"kind":"Status","apiVersion":"v1"}`,
	}
	if c.uid {
		other["another uid"] = instead(c.answer, `"u1"`, `"u2"`)
		other["no uid"] = instead(c.answer, `"uid":"u1"`, `"uuid":"u1"`)
	}
	return other
}

func TestEveryAnswerIsCheckedAgainstTheQuestion(t *testing.T) {
	for name, c := range answeredCalls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := c.answer
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
			api := resources.ForKind(client, configMapKind)
			require.NoError(t, c.do(t.Context(), api))
			body = " \n" + instead(c.answer, `"metadata":`, `"later":{"kind":"Pod","metadata":{"name":"x"}},"metadata":`)
			require.NoError(t, c.do(t.Context(), api), "only the members of the object itself count")
			for name, answer := range c.other() {
				body = answer
				err := c.do(t.Context(), api)
				var other *transport.AnswerError
				require.ErrorAs(t, err, &other, name)
				require.Equal(t, c.write, other.OutcomeUnknown, name)
				require.Equal(t, c.write, errors.Is(err, transport.ErrOutcomeUnknown), name)
				require.Equal(t, c.write, strings.HasSuffix(err.Error(), "the write may have happened: read the object before you send it again"), name)
				require.NotContains(t, err.Error(), "\n", name)
			}
		})
	}
}

func TestAnotherAnswerIsNamedInTheError(t *testing.T) {
	for answer, want := range map[string]string{
		answeredFailure: `GET configmaps one: the answer is a Status (Failure: no healthy upstream) and not v1 ConfigMap one; a proxy may have sent it`,
		`{"kind":"Secret","apiVersion":"v1","metadata":{"name":"db"}}`: `GET configmaps one: the answer is v1 Secret db and not v1 ConfigMap one; a proxy may have sent it`,
		instead(answeredConfigMap, "default", "kube-system"):           `GET configmaps one: the answer is v1 ConfigMap one in namespace kube-system and not v1 ConfigMap one in namespace default; a proxy may have sent it`,
		`{"metadata":{"name":"one"}}`:                                  `GET configmaps one: the answer is an object without a kind and not v1 ConfigMap one; a proxy may have sent it`,
		`{"kind":"\u001b[2J","apiVersion":"v1"}`:                       `GET configmaps one: the answer is v1 [2J and not v1 ConfigMap one; a proxy may have sent it`,
	} {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
		_, err := resources.ForKind(client, configMapKind).Get(t.Context(), "one")
		require.EqualError(t, err, want)
	}
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answeredConfigMap) })
	api := resources.ForKind(client, configMapKind)
	require.EqualError(t, second(api.Delete(t.Context(), "one", resources.IfUID("u2"))), `DELETE configmaps one: the answer is v1 ConfigMap one with uid u1 and not v1 ConfigMap one with uid u2; `+
		`a proxy may have sent it; the write may have happened: read the object before you send it again`)
	object := configMap("", "")
	object.Metadata.GenerateName = "two-"
	require.ErrorContains(t, second(api.Create(t.Context(), object)), `POST configmaps: the answer is v1 ConfigMap one and not v1 ConfigMap two-*; `)
}

func TestTheAnswerMayDifferWhereTheAPIAllows(t *testing.T) {
	generated := configMap("", "")
	generated.Metadata.GenerateName = "on"
	widgets := resources.Kind{Group: "example.com", Version: "v1", Kind: "Widget", Resource: "widgets", Namespaced: true}
	for name, test := range map[string]struct {
		kind   resources.Kind
		answer string
		do     func(api *configMapAPI) error
	}{
		"a name that the server made": {configMapKind, answeredConfigMap, func(api *configMapAPI) error {
			return second(api.Create(t.Context(), generated))
		}},
		"another version of the group": {widgets, `{"apiVersion":"example.com/v2","kind":"Widget","metadata":{"name":"one"}}`, func(api *configMapAPI) error {
			return second(api.Get(t.Context(), "one"))
		}},
		"a review, which has no name": {resources.Kind{Group: "authorization.k8s.io", Version: "v1", Kind: "SelfSubjectAccessReview", Resource: "selfsubjectaccessreviews"},
			`{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","metadata":{},"status":{}}`, func(api *configMapAPI) error {
				return second(api.CreateRaw(t.Context(), []byte(`{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":{}}`)))
			}},
		"the caller's own user": {resources.Kind{Group: "user.openshift.io", Version: "v1", Kind: "User", Resource: "users"}, `{"kind":"User","apiVersion":"user.openshift.io/v1","metadata":{"name":"me"}}`,
			func(api *configMapAPI) error { return second(api.Get(t.Context(), "~")) }},
		"a token": {resources.Kind{Version: "v1", Kind: "ServiceAccount", Resource: "serviceaccounts", Namespaced: true}, `{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","metadata":{},"status":{"token":"x"}}`,
			func(api *configMapAPI) error {
				return second(resources.Sub[jsontext.Value](api, "token").Create(t.Context(), "one", new(jsontext.Value(`{}`))))
			}},
		"a scale": {widgets, `{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"one"}}`, func(api *configMapAPI) error {
			return second(resources.Sub[resources.Scale](api, "scale").Get(t.Context(), "one"))
		}},
		"a subresource that kx does not know": {widgets, `{"kind":"Gear","apiVersion":"example.net/v1"}`, func(api *configMapAPI) error {
			return second(resources.Sub[resources.Object](api, "gears").Get(t.Context(), "one"))
		}},
		"a Status of such a subresource": {widgets, answeredSuccess, func(api *configMapAPI) error {
			return second(resources.Sub[resources.Object](api, "gears").Create(t.Context(), "one", configMap("", "")))
		}},
		"a program behind a proxy subresource": {widgets, answeredFailure, func(api *configMapAPI) error {
			return second(resources.Sub[jsontext.Value](api, "proxy/status").Get(t.Context(), "one"))
		}},
		"a deletion that is complete": {configMapKind, answeredSuccess, func(api *configMapAPI) error {
			return second(api.Delete(t.Context(), "one", resources.IfUID("u1")))
		}},
		"a deletion without details": {configMapKind, `{"kind":"Status","apiVersion":"v1","status":"Success"}`, func(api *configMapAPI) error {
			return second(api.Delete(t.Context(), "one", resources.IfUID("u1")))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, test.answer) })
			require.NoError(t, test.do(resources.ForKind(client, test.kind)))
		})
	}
}

func TestAStatusOfAnotherObjectDoesNotEndADeletion(t *testing.T) {
	for name, answer := range map[string]string{
		"another name": instead(answeredSuccess, `"one"`, `"two"`),
		"another uid":  instead(answeredSuccess, `"u1"`, `"u2"`),
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
			_, err := resources.ForKind(client, configMapKind).Delete(t.Context(), "one", resources.IfUID("u1"))
			var other *transport.AnswerError
			require.ErrorAs(t, err, &other)
			require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		})
	}
}

func TestATableOfAnotherObjectIsNotTheAnswer(t *testing.T) {
	body := answeredTable
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	api := resources.ForKind(client, configMapKind)
	table, err := api.GetTable(t.Context(), "one")
	require.NoError(t, err)
	require.Len(t, table.Rows, 1)
	for _, answer := range []string{
		instead(answeredTable, `"one"`, `"two"`),
		instead(answeredTable, `"cells":["one"]`, `"cells":["one"],"object":`+instead(answeredMetadata, "one", "two")),
		instead(answeredTable, `{"cells":["one"]}`, ``), instead(answeredTable, `{"cells":["one"]}`, `{"cells":["one"]},{"cells":["one"]}`),
		answeredConfigMap, answeredFailure, answeredList, `{}`, instead(answeredTable, "meta.k8s.io/v1", "v1"),
	} {
		body = answer
		var other *transport.AnswerError
		require.ErrorAs(t, second(api.GetTable(t.Context(), "one")), &other, answer)
	}
	body = instead(answeredTable, `"format":"name"`, `"format":""`)
	require.NoError(t, second(api.GetTable(t.Context(), "one")), "without a column of names")
}

func TestTheTableOfADefaultStorageClassNamesIt(t *testing.T) {
	named := instead(answeredTable, `"one"`, `"one (default)"`)
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, named) })
	api := resources.ForKind(client, resources.Kind{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass", Resource: "storageclasses"})
	require.NoError(t, second(api.GetTable(t.Context(), "one")))
	require.Error(t, second(api.GetTable(t.Context(), "two")))
	names, err := collectNames(t, api.AllNames(t.Context(), resources.ListOptions{}))
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, names)
	require.Error(t, second(resources.ForKind(client, configMapKind).GetTable(t.Context(), "one")))
}
