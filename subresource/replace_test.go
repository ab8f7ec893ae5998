package subresource_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// warned returns an option that collects the warnings, and the collected warnings.
func warned() (transport.Option, *[]string) {
	var texts []string
	return transport.WithWarningHandler(func(w transport.Warning) { texts = append(texts, w.Text) }), &texts
}

func TestReplaceWarnsOfChangesThatTheServerDrops(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*resources.Pod)
		paths  string // empty for no warning
	}{
		"nothing but the ephemeral containers differs": {func(*resources.Pod) {}, ""},
		"a label":                       {func(p *resources.Pod) { p.Metadata.Labels["team"] = "red" }, "metadata.labels.team"},
		"the last label removed":        {func(p *resources.Pod) { p.Metadata.Labels = nil }, "metadata.labels"},
		"a label with dots in its name": {func(p *resources.Pod) { p.Metadata.Labels["example.com/a"] = "1" }, `metadata.labels["example.com/a"]`},
		"the image of a container":      {func(p *resources.Pod) { p.Spec.Containers[0].Image = "other" }, "spec.containers[0].image"},
		"one more container": {func(p *resources.Pod) {
			p.Spec.Containers = append(p.Spec.Containers, resources.Container{Name: "more", Image: "more"})
		}, "spec.containers"},
		"the status": {func(p *resources.Pod) { p.Status.Phase = "Failed" }, "status.phase"},
		"an unknown field": {func(p *resources.Pod) {
			p.Spec.Unknown = jsontext.Value(`{"nobody":{"knows":true}}`)
		}, "spec.nobody"},
		"null for an absent field": {func(p *resources.Pod) { p.Spec.Unknown = jsontext.Value(`{"affinity":null,"overhead":{}}`) }, ""},
		"the generation and the managed fields, which each write changes": {func(p *resources.Pod) {
			p.Metadata.Generation, p.Metadata.ManagedFields = 99, nil
		}, ""},
		"more than five": {func(p *resources.Pod) {
			for _, key := range []string{"a", "b", "c", "d", "e", "f", "g"} {
				p.Metadata.Labels[key] = "1"
			}
		}, "metadata.labels.a, metadata.labels.b, metadata.labels.c, metadata.labels.d, metadata.labels.e and 2 more"},
	} {
		t.Run(name, func(t *testing.T) {
			handler, texts := warned()
			server := start(t)
			api := podsOf(t, server, handler)
			pod, err := api.Get(t.Context(), "distroless")
			require.NoError(t, err)
			pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, debugger("one"))
			test.change(pod)
			_, err = subresource.EphemeralContainers(api).Replace(t.Context(), "distroless", pod)
			require.NoError(t, err)
			require.Len(t, stored(t, server, "default", "distroless"), 1)
			if test.paths == "" {
				require.Empty(t, *texts)
				return
			}
			require.Len(t, ours(*texts), 1)
			require.Contains(t, ours(*texts)[0], `pod distroless: dropped the changes of `)
			require.Contains(t, ours(*texts)[0], "dropped the changes of "+test.paths+": ")
		})
	}
}

// ours removes the server's own warnings, about unknown fields.
func ours(texts []string) []string {
	var list []string
	for _, text := range texts {
		if !strings.HasPrefix(text, "unknown field") {
			list = append(list, text)
		}
	}
	return list
}

func TestReplaceByAManifestComparesOnlyTheFieldsOfTheManifest(t *testing.T) {
	const containers = `"ephemeralContainers":[{"name":"one","image":"` + kxtest.BusyboxImage + `"}]`
	for name, test := range map[string]struct{ manifest, paths string }{
		"the ephemeral containers alone": {`{"spec":{` + containers + `}}`, ""},
		"the pod as it was created, without the server's defaults": {`{"metadata":{"name":"distroless","labels":{"app":"distroless"},"creationTimestamp":null},
			"spec":{"containers":[{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never","resources":{}}],` + containers + `},"status":{}}`, ""},
		"an outdated status": {`{"spec":{` + containers + `},"status":{"phase":"Pending"}}`, ""},
		"another image":      {`{"spec":{"containers":[{"name":"app","image":"other"}],` + containers + `}}`, "spec.containers[0].image"},
	} {
		t.Run(name, func(t *testing.T) {
			handler, texts := warned()
			server := start(t)
			document := strings.Replace(test.manifest, "{", `{"apiVersion":"v1","kind":"Pod",`, 1)
			if !strings.Contains(document, `"metadata"`) {
				document = strings.Replace(document, `"spec"`, `"metadata":{"name":"distroless"},"spec"`, 1)
			}
			_, err := subresource.EphemeralContainers(podsOf(t, server, handler)).ReplaceRaw(t.Context(), "distroless", []byte(document))
			require.NoError(t, err)
			if test.paths == "" {
				require.Empty(t, *texts)
				return
			}
			require.Len(t, *texts, 1)
			require.Contains(t, (*texts)[0], "dropped the changes of "+test.paths+": ")
		})
	}
}

func TestReplaceRawSendsTheBytesUnchanged(t *testing.T) {
	const document = "{ \"spec\" : {\"ephemeralContainers\":[ ],\n\"later\": 1e2}}"
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		_, _ = w.Write([]byte(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}`))
	}))
	t.Cleanup(server.Close)
	api := resources.New[resources.Pod](connect(t, &kubeconfig.Config{Server: server.URL}))
	_, err := subresource.EphemeralContainers(api).ReplaceRaw(t.Context(), "web", []byte(document))
	require.NoError(t, err)
	require.Equal(t, document, body)
}

func TestReplaceFromAnOldVersionIsAConflict(t *testing.T) {
	server := start(t)
	api := podsOf(t, server)
	ec := subresource.EphemeralContainers(api)
	pod, err := ec.Get(t.Context(), "distroless")
	require.NoError(t, err)
	_, err = ec.Add(t.Context(), "distroless", debugger("one"))
	require.NoError(t, err)
	pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, debugger("two"))
	_, err = ec.Replace(t.Context(), "distroless", pod)
	require.ErrorIs(t, err, transport.ErrConflict)
	_, err = ec.Replace(t.Context(), "distroless", nil)
	require.ErrorContains(t, err, `replace the ephemeral containers of pod distroless: the pod is nil`)
}

func TestAReplaceThatRemovesAContainerFailsWithTheServersMessage(t *testing.T) {
	server := start(t)
	ec := subresource.EphemeralContainers(podsOf(t, server))
	pod, err := ec.Add(t.Context(), "distroless", debugger("one"))
	require.NoError(t, err)
	pod.Metadata.ResourceVersion = ""
	pod.Spec.EphemeralContainers = nil
	_, err = ec.Replace(t.Context(), "distroless", pod)
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.ErrorContains(t, err, `existing ephemeral containers "one" may not be removed`)
}
