package resources_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestAnObjectIsCreatedReadUpdatedPatchedAndDeleted(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	made, err := api.Create(t.Context(), configMap("", "one"))
	require.NoError(t, err)
	require.NotEmpty(t, made.Metadata.UID)
	_, err = api.Create(t.Context(), configMap("", "one"))
	require.ErrorIs(t, err, transport.ErrAlreadyExists)

	read, err := api.Get(t.Context(), "one")
	require.NoError(t, err)
	require.Equal(t, made, read)

	read.Unknown = jsontext.Value(`{"data":{"a":"1"}}`)
	updated, err := api.Update(t.Context(), read)
	require.NoError(t, err)
	require.Equal(t, `{"data":{"a":"1"}}`, string(updated.Unknown))
	require.NotEqual(t, read.Metadata.ResourceVersion, updated.Metadata.ResourceVersion)
	_, err = api.Update(t.Context(), read)
	require.ErrorIs(t, err, transport.ErrConflict)

	patched, err := api.Patch(t.Context(), "one", patch.Merge(map[string]any{"data": map[string]any{"b": "2"}}))
	require.NoError(t, err)
	require.Equal(t, `{"data":{"a":"1","b":"2"}}`, string(patched.Unknown))

	gone, err := api.Delete(t.Context(), "one")
	require.NoError(t, err)
	require.Nil(t, gone, "a config map is gone at once")
	_, err = api.Get(t.Context(), "one")
	require.ErrorIs(t, err, transport.ErrNotFound)
	_, err = api.Delete(t.Context(), "one")
	require.ErrorIs(t, err, transport.ErrNotFound)
}

func TestDeleteReturnsAnObjectThatIsStillBeingDeleted(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	object := configMap("", "held")
	object.Metadata.Finalizers = []string{"example.com/hold"}
	_, err := api.Create(t.Context(), object)
	require.NoError(t, err)
	deleting, err := api.Delete(t.Context(), "held")
	require.NoError(t, err)
	require.NotNil(t, deleting)
	require.NotNil(t, deleting.Metadata.DeletionTimestamp)
}

func TestRawDocumentsAreSentUnchanged(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	const document = "{\"apiVersion\": \"v1\",\n \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"raw\"}, \"data\" : {} }"
	_, err := api.CreateRaw(t.Context(), []byte(document))
	require.NoError(t, err)
	require.Equal(t, document, string(last(t, server).Body))
	_, err = api.ReplaceRaw(t.Context(), "raw", []byte(document))
	require.NoError(t, err)
	require.Equal(t, document, string(last(t, server).Body))
	require.Equal(t, http.MethodPut, last(t, server).Method)
	require.Equal(t, "application/json", last(t, server).Header.Get("Content-Type"))
}

func TestTheNamespaceOfACallOverridesTheAPIsAndTheConfigurations(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	create(t, server, "other", "one")
	client := connect(t, server.Config())
	path := func(api *resources.API[resources.Object], options ...resources.GetOption) string {
		_, err := api.Get(t.Context(), "one", options...)
		require.NoError(t, err)
		return last(t, server).Path
	}
	require.Equal(t, "/api/v1/namespaces/default/configmaps/one", path(resources.ForKind(client, configMapKind)))
	require.Equal(t, "/api/v1/namespaces/other/configmaps/one", path(resources.ForKind(client, configMapKind, resources.InNamespace("other"))))
	require.Equal(t, "/api/v1/namespaces/other/configmaps/one", path(resources.ForKind(client, configMapKind), resources.InNamespace("other")))
	require.Equal(t, "/api/v1/namespaces/default/configmaps/one", path(resources.ForKind(client, configMapKind, resources.AllNamespaces()), resources.InNamespace("default")))

	cfg := server.Config()
	cfg.Namespace = "other"
	require.Equal(t, "/api/v1/namespaces/other/configmaps/one", path(resources.ForKind(connect(t, cfg), configMapKind)))

	_, err := resources.New[resources.Node](client, resources.InNamespace("other")).Get(t.Context(), "kx-node")
	require.NoError(t, err)
	require.Equal(t, "/api/v1/nodes/kx-node", last(t, server).Path, "a node lives in no namespace")
}

func TestAListCoversAllNamespaces(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	create(t, server, "other", "two")
	api := configMaps(t, server, resources.AllNamespaces())
	objects, err := api.List(t.Context(), resources.ListOptions{LabelSelector: "app=web"})
	require.NoError(t, err)
	require.Len(t, objects.Items, 2)
	require.Equal(t, "/api/v1/configmaps", last(t, server).Path)
	objects, err = api.List(t.Context(), resources.ListOptions{LabelSelector: "app=web"}, resources.InNamespace("other"))
	require.NoError(t, err)
	require.Len(t, objects.Items, 1)

	t.Run("an object that names its namespace is written there", func(t *testing.T) {
		object, err := api.Create(t.Context(), configMap("other", "three"))
		require.NoError(t, err)
		require.Equal(t, "/api/v1/namespaces/other/configmaps", last(t, server).Path)
		_, err = api.Update(t.Context(), object)
		require.NoError(t, err)
		require.Equal(t, "/api/v1/namespaces/other/configmaps/three", last(t, server).Path)
	})
	t.Run("a single object needs a namespace", func(t *testing.T) {
		server.ForgetRequests()
		for name, err := range map[string]error{
			"Get":    second(api.Get(t.Context(), "one")),
			"Create": second(api.Create(t.Context(), configMap("", "four"))),
			"Update": second(api.Update(t.Context(), configMap("", "one"))),
			"Patch":  second(api.Patch(t.Context(), "one", patch.Merge(map[string]any{}))),
			"Delete": second(api.Delete(t.Context(), "one")),
		} {
			var option *resources.OptionError
			require.ErrorAs(t, err, &option, name)
			require.Equal(t, "InNamespace", option.Option)
		}
		require.Empty(t, server.Requests())
	})
}

func TestANameThatChangesThePathIsNotSent(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	for _, name := range []string{"", ".", "..", "a/b", "../nodes", "a%2Fb"} {
		for _, err := range []error{
			second(api.Get(t.Context(), name)),
			second(api.Update(t.Context(), configMap("", name))),
			second(api.Replace(t.Context(), name, configMap("", name))),
			second(api.Patch(t.Context(), name, patch.Merge(map[string]any{}))),
			second(api.Delete(t.Context(), name)),
			second(api.List(t.Context(), resources.ListOptions{}, resources.InNamespace("../"+name))),
		} {
			var invalid *transport.InvalidNameError
			require.ErrorAs(t, err, &invalid, "name %q", name)
		}
	}
	require.Empty(t, server.Requests())
}

func TestANilObjectIsNotSent(t *testing.T) {
	server := start(t)
	for _, api := range []*resources.API[resources.Object]{configMaps(t, server), configMaps(t, server, resources.AllNamespaces())} {
		require.ErrorContains(t, second(api.Create(t.Context(), nil)), "the object is nil")
		require.ErrorContains(t, second(api.Update(t.Context(), nil)), "update configmaps: the object is nil")
	}
	require.ErrorContains(t, second(configMaps(t, server).Replace(t.Context(), "one", nil)), "the object is nil")
	require.ErrorContains(t, second(configMaps(t, server).Patch(t.Context(), "one", nil)), "patch configmaps: the patch is nil")
	require.Empty(t, server.Requests())
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	server := start(t)
	require.ErrorIs(t, second(configMaps(t, server).Get(canceled(), "one")), context.Canceled)
	require.Empty(t, server.Requests())
}

func TestAnAnswerThatCannotBeDecodedNamesItsRequestAndTheCause(t *testing.T) {
	api := resources.New[resources.Pod](serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","generation":"x"}}`))
	}))
	_, err := api.Get(t.Context(), "web-0")
	require.ErrorContains(t, err, "GET pods web-0: the answer cannot be read")
	var unreadable *transport.AnswerError
	require.ErrorAs(t, err, &unreadable)
	var cause *json.SemanticError
	require.ErrorAs(t, unreadable.Err, &cause)
	require.Equal(t, jsontext.Pointer("/metadata/generation"), cause.JSONPointer)
	require.ErrorContains(t, err, cause.Error())
	require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
	err = second(api.Patch(t.Context(), "web-0", patch.Merge(map[string]any{})))
	require.ErrorAs(t, err, &cause)
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
}

func TestOptionsOfAWriteAreSentInTheQuery(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	_, err := api.Create(t.Context(), configMap("", "one"), resources.DryRun(), resources.FieldManager("tester"), resources.FieldValidation(resources.Strict))
	require.NoError(t, err)
	require.Equal(t, "dryRun=All&fieldManager=tester&fieldValidation=Strict", last(t, server).Query.Encode())
	require.Nil(t, server.Object("configmaps", "default", "one"))

	_, err = api.Create(t.Context(), configMap("", "one"))
	require.NoError(t, err)
	require.Empty(t, last(t, server).Query)
	_, err = api.Update(t.Context(), configMap("", "one"), resources.DryRun(), resources.FieldValidation(resources.Ignore))
	require.NoError(t, err)
	require.Equal(t, "dryRun=All&fieldValidation=Ignore", last(t, server).Query.Encode())
	applied := patch.Apply(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "one"}})
	_, err = api.Patch(t.Context(), "one", applied, resources.FieldManager(strings.Repeat("m", 128)), resources.Force())
	require.NoError(t, err)
	require.Equal(t, "true", last(t, server).Query.Get("force"))
	require.Len(t, last(t, server).Query.Get("fieldManager"), 128)
}

func TestOptionsThatContradictAreNotSent(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	for name, test := range map[string]struct {
		err    error
		option string
	}{
		"a manager of 129 bytes":               {second(api.Create(t.Context(), configMap("", "one"), resources.FieldManager(strings.Repeat("m", 129)))), "FieldManager"},
		"a validation in lower case":           {second(api.Update(t.Context(), configMap("", "one"), resources.FieldValidation("warn"))), "FieldValidation"},
		"a negative time limit":                {second(api.Get(t.Context(), "one", resources.RequestTimeout(-1))), "RequestTimeout"},
		"a negative time for a list":           {second(api.List(t.Context(), resources.ListOptions{}, resources.RequestTimeout(-time.Second))), "RequestTimeout"},
		"a negative grace period":              {second(api.Delete(t.Context(), "one", resources.GracePeriod(-1))), "GracePeriod"},
		"Force with a merge patch":             {second(api.Patch(t.Context(), "one", patch.Merge(map[string]any{}), resources.Force())), "Force"},
		"CheckPatch refuses it before sending": {api.CheckPatch(patch.JSON().Remove("/a"), resources.Force()), "Force"},
	} {
		t.Run(name, func(t *testing.T) {
			var option *resources.OptionError
			require.ErrorAs(t, test.err, &option)
			require.Equal(t, test.option, option.Option)
			require.ErrorContains(t, test.err, "option "+test.option+": ")
		})
	}
	require.NoError(t, api.CheckPatch(patch.Merge(map[string]any{})))
	require.Empty(t, server.Requests())
}

func TestDeleteOptionsAreSentInTheBody(t *testing.T) {
	for name, test := range map[string]struct {
		options []resources.DeleteOption
		body    string
	}{
		"no options, no body": {nil, ""},
		"a dry run": {[]resources.DeleteOption{resources.DryRun()},
			`{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}`},
		"no grace at all": {[]resources.DeleteOption{resources.GracePeriod(0)},
			`{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0}`},
		"propagation": {[]resources.DeleteOption{resources.PropagationPolicy(resources.Foreground)},
			`{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground"}`},
		"preconditions": {[]resources.DeleteOption{resources.IfUID("u-1"), resources.IfResourceVersion("7")},
			`{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"u-1","resourceVersion":"7"}}`},
		"one precondition": {[]resources.DeleteOption{resources.IfUID("u-1")},
			`{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"u-1"}}`},
		"a namespace and a time limit are not in the body": {[]resources.DeleteOption{resources.InNamespace("default"), resources.RequestTimeout(time.Minute)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			create(t, server, "default", "one")
			_, err := configMaps(t, server).Delete(t.Context(), "one", test.options...)
			if strings.Contains(test.body, "u-1") {
				require.ErrorIs(t, err, transport.ErrConflict)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, test.body, string(last(t, server).Body))
			require.Empty(t, last(t, server).Query)
			if strings.Contains(test.body, "dryRun") {
				require.NotNil(t, server.Object("configmaps", "default", "one"))
			}
		})
	}
}

func TestACallMayHaveItsOwnTimeLimit(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	api := configMaps(t, server)
	fault := server.Fault(kxtest.Fault{Method: http.MethodGet, Delay: time.Minute, Times: -1})
	for _, err := range []error{
		second(api.Get(t.Context(), "one", resources.RequestTimeout(30*time.Millisecond))),
		second(api.List(t.Context(), resources.ListOptions{}, resources.RequestTimeout(30*time.Millisecond))),
	} {
		var timeout *transport.TimeoutError
		require.ErrorAs(t, err, &timeout)
		require.Equal(t, 30*time.Millisecond, timeout.Limit)
	}
	fault.Remove()
	_, err := api.Get(t.Context(), "one", resources.RequestTimeout(0))
	require.NoError(t, err)
}

func TestAResponseThatIsNotAnObjectLeavesTheOutcomeOfAWriteUnknown(t *testing.T) {
	for name, body := range map[string]string{"a page of a proxy": "<html>log in</html>", "null": "null", "nothing": "", "a list": "[]"} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
			t.Cleanup(server.Close)
			client, err := transport.New(&kubeconfig.Config{Server: server.URL})
			require.NoError(t, err)
			pods := resources.New[resources.Pod](client)
			_, err = pods.Get(t.Context(), "web-0")
			require.ErrorContains(t, err, "; a proxy may have sent it")
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
			_, err = pods.Create(t.Context(), &resources.Pod{})
			require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
			require.ErrorContains(t, err, "; a proxy may have sent it; the write may have happened: read the object before you send it again")
			_, err = pods.Create(t.Context(), &resources.Pod{}, resources.DryRun())
			require.ErrorContains(t, err, "; a proxy may have sent it")
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown, "a dry run stores nothing")
		})
	}
}

func TestAPathMayFollowTheNameOfASubresource(t *testing.T) {
	var path string
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { path = r.Method + " " + r.URL.RequestURI() })
	nodes := resources.New[resources.Node](client)
	reader, err := resources.Sub[resources.Object](nodes, "proxy/metrics/cadvisor").Open(t.Context(), "kx-node", nil)
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	require.Equal(t, "GET /api/v1/nodes/kx-node/proxy/metrics/cadvisor", path)
	pods := resources.New[resources.Pod](client)
	reader, err = resources.Sub[resources.Object](pods, "proxy/a?b").Open(t.Context(), "web-0:8080", nil)
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	require.Equal(t, "GET /api/v1/namespaces/default/pods/web-0:8080/proxy/a%3Fb", path)
	for _, subresource := range []string{"proxy/../../secrets", "proxy//metrics", "proxy/",
		"proxy/."} {
		path = ""
		_, err = resources.Sub[resources.Object](nodes, subresource).Open(t.Context(), "kx-node", nil)
		require.ErrorAs(t, err, new(*transport.InvalidNameError), subresource)
		require.Empty(t, path)
	}
}

func TestEachWriteHasTheTimeLimitOfTheCall(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, api *configMapAPI) error{
		"Update": func(ctx context.Context, api *configMapAPI) error {
			return second(api.Update(ctx, configMap("", "one"), resources.RequestTimeout(time.Minute)))
		},
		"Replace": func(ctx context.Context, api *configMapAPI) error {
			return second(api.Replace(ctx, "one", configMap("", "one"), resources.RequestTimeout(time.Minute)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := &kubeconfig.Config{Server: "https://kx.invalid"}
				client := connect(t, cfg, transport.WithTimeout(time.Hour), transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper {
					return &script{answers: []func(*http.Request) (*http.Response, error){func(r *http.Request) (*http.Response, error) {
						<-r.Context().Done()
						return nil, r.Context().Err()
					}}}
				}))
				began := time.Now()
				var timeout *transport.TimeoutError
				require.ErrorAs(t, write(t.Context(), resources.ForKind(client, configMapKind)), &timeout)
				require.Equal(t, time.Minute, timeout.Limit)
				require.Equal(t, time.Minute, time.Since(began), "on the bubble's clock")
			})
		})
	}
}

func TestDeleteAndItsNamespaceAreThoseOfTheCall(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	create(t, server, "other", "one")
	_, err := configMaps(t, server).Delete(t.Context(), "one", resources.InNamespace("other"))
	require.NoError(t, err)
	require.Equal(t, "/api/v1/namespaces/other/configmaps/one", strings.TrimPrefix(last(t, server).Path, "/k8s/clusters/c-1"))
	require.Nil(t, server.Object("configmaps", "other", "one"))
	require.NotNil(t, server.Object("configmaps", "default", "one"))
}
