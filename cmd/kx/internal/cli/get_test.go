package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/kxtest"
)

func TestGetPrintsTheServersTable(t *testing.T) {
	c := clitest.Start(t)
	out := clitest.Lines(c.MustRun("get", "pods"))
	require.Len(t, out, 3)
	require.Regexp(t, `^NAME         READY   STATUS    RESTARTS   AGE$`, out[0])
	require.Regexp(t, `^distroless   1/1     Running   0          \d+s$`, out[1])
	require.Regexp(t, `^shell        2/2     Running   0          \d+s$`, out[2])
	r := c.Request("GET")
	require.Equal(t, "application/json;as=Table;g=meta.k8s.io;v=v1", r.Header.Get("Accept"))
	require.Equal(t, "None", r.Query.Get("includeObject"))
}

func TestGetAcceptsEachNameOfAKind(t *testing.T) {
	c := clitest.Start(t)
	want := strings.Fields(c.MustRun("get", "pods", "--no-headers"))[0]
	for _, args := range [][]string{{"pod"}, {"po"}, {"Pod"}, {"pods"}, {"pod", "distroless"}, {"pod/distroless"}, {"pods/distroless"}, {"pod", "pods/distroless"}} {
		out := c.MustRun(append([]string{"get", "--no-headers"}, args...)...)
		require.Equal(t, want, strings.Fields(out)[0], args)
	}
	require.Equal(t, "node/kx-node\n", c.MustRun("get", "no", "-o", "name"))
	_, err := c.Create(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}`)
	require.NoError(t, err)
	require.Equal(t, "configmap/m\n", c.MustRun("get", "cm", "-o", "name")) // found by discovery
}

func TestGetWidePrintsTheOtherColumns(t *testing.T) {
	c := clitest.Start(t)
	narrow, wide := clitest.Lines(c.MustRun("get", "pods"))[0], clitest.Lines(c.MustRun("get", "pods", "-o", "wide"))[0]
	require.NotContains(t, narrow, "NODE")
	require.Contains(t, wide, "   NODE ")
}

func TestGetOverAllNamespacesHasANamespaceColumn(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "other", "namespace": "kube-system"}, "spec": {"containers": [{"name": "a", "image": "kx.local/pause:1"}]}}`)
	require.NoError(t, err)
	c.WaitForPod("kube-system", "other", `"phase":"Running"`)
	want := regexpLines(`^NAMESPACE     NAME         READY   STATUS    RESTARTS   AGE$`, `^default       distroless   1/1     Running   0          \S+$`,
		`^default       shell        2/2     Running   0          \S+$`, `^kube-system   other        1/1     Running   0          \S+$`)
	want(t, c.MustRun("get", "pods", "-A"))
	want(t, c.MustRun("get", "pods", "-A", "-n", "default")) // whatever --namespace says
	require.NotContains(t, clitest.Lines(c.MustRun("get", "nodes", "-A"))[0], "NAMESPACE")
	require.Len(t, clitest.Lines(c.MustRun("get", "pods", "-n", "kube-system", "-o", "name")), 1)
}

func TestGetAcceptsSelectors(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "pod/shell\n", c.MustRun("get", "pods", "-l", "app=shell", "-o", "name"))
	require.Equal(t, "pod/distroless\n", c.MustRun("get", "pods", "--field-selector", "metadata.name=distroless", "-o", "name"))
	require.Equal(t, "pod/distroless\n", c.MustRun("get", "pods", "--selector=app!=shell", "-o", "name"))
}

func TestGetOfSeveralKindsPrefixesTheirNames(t *testing.T) {
	c := clitest.Start(t)
	want := regexpLines(`^NAME             READY   STATUS    RESTARTS   AGE$`, `^pod/distroless   1/1     Running   0          \S+$`, `^pod/shell        2/2     Running   0          \S+$`,
		`^$`, `^NAME           STATUS `, `^node/kx-node   Ready `)
	want(t, c.MustRun("get", "pods,nodes"))
	want(t, c.MustRun("get", "pods/distroless", "node/kx-node", "pods/shell"))
	require.Equal(t, "pod/distroless\npod/shell\nnode/kx-node\n", c.MustRun("get", "pods,nodes", "-o", "name"))
}

func regexpLines(patterns ...string) func(*testing.T, string) {
	return func(t *testing.T, text string) {
		t.Helper()
		got := clitest.Lines(text)
		require.Len(t, got, len(patterns), text)
		for i, p := range patterns {
			require.Regexp(t, p, got[i])
		}
	}
}

func TestGetOfAnEmptyListPrintsANoteToStderrAndSucceeds(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "No resources found in kube-public namespace.\n"}, c.Kx("get", "pods", "-n", "kube-public"))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "No resources found in default namespace.\n"}, c.Kx("get", "pods", "-l", "a=b"))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "No resources found\n"}, c.Kx("get", "deployments", "-A"))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "No resources found\n"}, c.Kx("get", "nodes", "-l", "a=b"))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: ""}, c.Kx("get", "pods", "-l", "a=b", "-o", "name"))
}

func TestGetContinuesAfterAMissingObject(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("get", "pod", "nope", "distroless", "gone")
	require.Equal(t, 1, r.Code)
	require.Len(t, clitest.Lines(r.Out), 2)
	require.Equal(t, []string{
		`error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods/nope: pods "nope" not found (404)`,
		`error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods/gone: pods "gone" not found (404)`,
	}, clitest.Lines(r.Err))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: ""}, c.Kx("get", "pod", "nope", "--ignore-not-found"))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: ""}, c.Kx("get", "pod", "nope", "--ignore-not-found", "-o", "json"))
}

func TestGetJSON(t *testing.T) {
	c := clitest.Start(t)
	single := c.MustRun("get", "pod", "distroless", "-o", "json")
	require.NotContains(t, single, "managedFields")
	require.Contains(t, c.MustRun("get", "pod", "distroless", "-o", "json", "--show-managed-fields"), "managedFields")

	var got, stored map[string]any
	require.NoError(t, json.Unmarshal([]byte(single), &got))
	require.NoError(t, json.Unmarshal(c.Pod("default", "distroless"), &stored))
	delete(stored["metadata"].(map[string]any), "managedFields")
	require.Equal(t, stored, got)
	sorted, err := json.Marshal(stored, json.Deterministic(true), jsontext.WithIndent("    "), jsontext.EscapeForHTML(true))
	require.NoError(t, err)
	require.Equal(t, string(sorted)+"\n", single)
}

type listDocument struct {
	APIVersion string `json:"apiVersion" yaml:"apiVersion"`
	Kind       string `json:"kind" yaml:"kind"`
	Metadata   struct {
		ResourceVersion string `json:"resourceVersion" yaml:"resourceVersion"`
	} `json:"metadata" yaml:"metadata"`
	Items []struct {
		APIVersion string `json:"apiVersion" yaml:"apiVersion"`
		Kind       string `json:"kind" yaml:"kind"`
		Metadata   struct {
			Name string `json:"name" yaml:"name"`
		} `json:"metadata" yaml:"metadata"`
	} `json:"items" yaml:"items"`
}

func (l listDocument) names() (names []string) {
	for _, item := range l.Items {
		names = append(names, item.APIVersion+" "+item.Kind+" "+item.Metadata.Name)
	}
	return names
}

func TestGetOfSeveralObjectsPrintsAList(t *testing.T) {
	c := clitest.Start(t)
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"pods"}, []string{"v1 Pod distroless", "v1 Pod shell"}},
		{[]string{"pod", "shell", "distroless"}, []string{"v1 Pod shell", "v1 Pod distroless"}},
		{[]string{"pods,nodes", "-l", "app!=shell"}, []string{"v1 Pod distroless", "v1 Node kx-node"}},
		{[]string{"deployments"}, nil},
	} {
		var fromJSON, fromYAML listDocument
		out := c.MustRun(append([]string{"get", "-o", "json"}, test.args...)...)
		require.NoError(t, json.Unmarshal([]byte(out), &fromJSON), out)
		out = c.MustRun(append([]string{"get", "-o", "yaml"}, test.args...)...)
		require.NoError(t, yaml.Unmarshal([]byte(out), &fromYAML), out)
		require.Equal(t, test.want, fromJSON.names())
		require.Equal(t, fromJSON, fromYAML)
		require.Equal(t, "v1 List", fromJSON.APIVersion+" "+fromJSON.Kind)
	}
}

func TestGetJSONReadsALongListInPages(t *testing.T) {
	c := clitest.Start(t)
	for i := range 501 {
		_, err := c.Create(fmt.Sprintf(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m%d", "namespace": "kube-public"}}`, i))
		require.NoError(t, err)
	}
	c.ForgetRequests()
	var list listDocument
	require.NoError(t, json.Unmarshal([]byte(c.MustRun("get", "configmaps", "-n", "kube-public", "-o", "json")), &list))
	require.Len(t, list.Items, 501)
	require.Equal(t, "500", c.Request("GET").Query.Get("limit"))
	require.NotEmpty(t, c.Request("GET").Query.Get("continue"))
}

func TestGetYAMLPrintsTheSameObject(t *testing.T) {
	c := clitest.Start(t)
	text := c.MustRun("get", "pod", "shell", "-o", "yaml")
	require.True(t, strings.HasPrefix(text, "apiVersion: v1\nkind: Pod\nmetadata:\n  creationTimestamp: "), text)
	docs, err := command.Documents([]byte(text), nil)
	require.NoError(t, err)
	require.Len(t, docs, 1)
	require.JSONEq(t, c.MustRun("get", "pod", "shell", "-o", "json"), string(docs[0]))
}

func TestGetNameRequestsRowsWithoutObjects(t *testing.T) {
	c := clitest.Start(t)
	for scope, limit := range map[string]string{"-A": "2500", "--chunk-size=3": "3"} {
		c.MustRun("get", "pods", "-o", "name", scope)
		request := c.Request("GET")
		require.Contains(t, request.Header.Get("Accept"), "as=Table")
		require.Equal(t, "None", request.Query.Get("includeObject"))
		require.Equal(t, limit, request.Query.Get("limit"))
	}
}

func TestGetOfASubresource(t *testing.T) {
	c := clitest.Start(t)
	sub := []string{"get", "pod", "distroless", "--subresource", "ephemeralcontainers"}
	regexpLines(`^NAME         CONTAINER   IMAGE    TARGET   STATE    EXIT$`, `^distroless   <none>      <none>   <none>   <none>   <none>$`)(t, c.MustRun(sub...))
	c.MustRun("debug", "distroless", "--image", kxtest.BusyboxImage, "-c", "tools", "--target", "app", "-q", "--", "sleep", "60")
	regexpLines(`^NAME         CONTAINER   IMAGE                TARGET   STATE     EXIT$`, `^distroless   tools       kx.local/busybox:1   app      Running   <none>$`)(t, c.MustRun(sub...))
	require.Equal(t, "/api/v1/namespaces/default/pods/distroless/ephemeralcontainers", c.Request("GET").Path)
	require.Contains(t, c.MustRun(append(sub, "-o", "json")...), `"targetContainerName": "app"`)
	require.Equal(t, "pod/distroless\n", c.MustRun(append(sub, "-o", "name")...))
	require.Equal(t, clitest.Lines(c.MustRun("get", "pod", "distroless"))[0], clitest.Lines(c.MustRun("get", "pod", "distroless", "--subresource", "status"))[0])
}

func TestGetOfAnUnsupportedSubresourceNamesTheKindsThatHaveIt(t *testing.T) {
	c := clitest.Start(t)
	c.ForgetRequests()
	require.Equal(t, "error: nodes have no subresource ephemeralcontainers: only pods have it",
		c.Kx("get", "node", "kx-node", "--subresource", "ephemeralcontainers").RequireError(t, 1))
	require.Contains(t, c.Kx("get", "pod", "shell", "--subresource", "nope").RequireError(t, 1), "use one of ephemeralcontainers, resize, scale, status")
	require.Empty(t, c.Requests())
}

func TestGetRefusesContradictoryArguments(t *testing.T) {
	for name, args := range map[string][]string{
		"no kind":                         {},
		"a name over all namespaces":      {"pod", "shell", "-A"},
		"a name and a selector":           {"pod", "shell", "-l", "a=b"},
		"a name and a field selector":     {"pod/shell", "--field-selector", "a=b"},
		"a subresource of a list":         {"pods", "--subresource", "status"},
		"a name of another kind":          {"pod", "node/kx-node"},
		"a name without its kind":         {"pod/shell", "distroless"},
		"an empty name":                   {"pod/"},
		"an empty kind":                   {"/shell"},
		"an empty kind in a list of some": {"pods,,nodes"},
		"a path":                          {"pod/shell/status"},
		"an unknown output format":        {"pods", "-o", "xml"},
		"an unknown flag":                 {"pods", "--nope"},
	} {
		t.Run(name, func(t *testing.T) {
			line := clitest.Execute(t.Context(), "", append([]string{"get"}, args...)...).RequireError(t, 2)
			require.Regexp(t, `; see kx get --help$`, line)
		})
	}
}

func TestGetListsTheKindsOfACategory(t *testing.T) {
	c := clitest.Start(t)
	out := clitest.Lines(c.MustRun("get", "all", "-o", "name"))
	require.Equal(t, []string{"pod/distroless", "pod/shell"}, out)
	require.Regexp(t, `^NAME +READY .*\npod/distroless .*\npod/shell `, c.MustRun("get", "ALL"))
	require.Contains(t, c.Kx("get", "all", "a").Err, `the server has no resource type "all"`)
}

func TestGetPrintsWhatMayBeListedAndEachErrorAtTheEnd(t *testing.T) {
	c := clitest.Start(t)
	c.User("jane", kxtest.Allow("list", "pods", "services").In("default"))
	jane := c.As("jane")
	refused := func(resource string) string {
		return `error: GET \S+: ` + resource + ` is forbidden: User "jane" cannot list resource .* in the namespace "default" \(403\).*`
	}
	for format, want := range map[string]string{
		"":     `^NAME +READY .*\npod/distroless .*\npod/shell .*\n$`,
		"name": `^pod/distroless\npod/shell\n$`,
		"json": `(?s)^{\n    "apiVersion": "v1",\n    "items": \[.* "name": "distroless".* "name": "shell",.*\n    \],\n    "kind": "List",.*\n}\n$`,
		"yaml": `(?s)^apiVersion: v1\nitems:\n.*    name: distroless\n.*    name: shell\n.*\nkind: List\n`,
	} {
		for _, kinds := range []string{"deployments,pods,services,configmaps", "pods,services,deployments,configmaps"} {
			args := []string{"get", kinds}
			if format != "" {
				args = append(args, "-o", format)
			}
			r := jane.Kx(args...)
			require.Equal(t, 1, r.Code)
			require.Regexp(t, want, r.Out)
			require.Regexp(t, "^"+refused("deployments.apps")+"\n"+refused("configmaps")+"\n$", r.Err)
		}
	}
	r := jane.Kx("get", "all")
	require.Equal(t, 1, r.Code)
	require.Regexp(t, `^NAME +READY .*\npod/distroless .*\npod/shell .*\n$`, r.Out)
	require.Regexp(t, refused("deployments.apps"), r.Err)
}

func TestGetStopsAtTheFirstErrorThatEveryKindHas(t *testing.T) {
	c := clitest.Start(t)
	fault := c.Fault(kxtest.Fault{Path: "/api/v1/**", Times: -1, Then: kxtest.AnswerStatus(401, "Unauthorized", "Unauthorized", 0)})
	r := c.Kx("get", "pods,services,configmaps")
	require.Equal(t, 1, r.Code)
	require.Empty(t, r.Out)
	require.Len(t, clitest.Lines(r.Err), 1, r.Err)
	require.LessOrEqual(t, fault.Hits(), 2, "one request, and one more with renewed credentials")
}
