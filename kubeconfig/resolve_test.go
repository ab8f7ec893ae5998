package kubeconfig_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestOptionsOverrideTheContext(t *testing.T) {
	const content = `
current-context: one
contexts:
- {name: one, context: {cluster: a, user: a, namespace: ns-one}}
- {name: two, context: {cluster: b, user: b}}
clusters:
- {name: a, cluster: {server: https://a}}
- {name: b, cluster: {server: https://b}}
users:
- {name: a, user: {token: ta}}
- {name: b, user: {token: tb}}
`
	for _, tt := range []struct {
		name                     string
		o                        kubeconfig.Options
		server, token, namespace string
	}{
		{"no option: the current context", kubeconfig.Options{}, "https://a", "ta", "ns-one"},
		{"Context: another context", kubeconfig.Options{Context: "two"}, "https://b", "tb", "default"},
		{"Namespace: the context's namespace is not used", kubeconfig.Options{Namespace: "mine"},
			"https://a", "ta", "mine"},
		{"Cluster: the context's user there", kubeconfig.Options{Cluster: "b"}, "https://b", "ta",
			"ns-one"},
		{"User: another user on the context's cluster", kubeconfig.Options{User: "b"}, "https://a", "tb",
			"ns-one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Path = writeConfig(t, content)
			c, err := kubeconfig.Load(tt.o)
			require.NoError(t, err)
			require.Equal(t, []string{tt.server, tt.token, tt.namespace}, []string{c.Server, c.BearerToken, c.Namespace})
		})
	}
	t.Run("with a Cluster no context is needed, and no user's credentials are sent", func(t *testing.T) {
		path := writeConfig(t,
			"clusters: [{name: a, cluster: {server: 'https://a'}}]\nusers: [{name: '', user: {token: t}}]")
		c, err := kubeconfig.Load(kubeconfig.Options{Path: path, Cluster: "a"})
		require.NoError(t, err)
		require.Equal(t, "https://a", c.Server)
		require.Empty(t, c.BearerToken)
	})
}

func TestMissingEntries(t *testing.T) {
	const clusters = "clusters: [{name: k2, cluster: {server: 'https://k'}}, {name: k1, cluster: " +
		"{server: 'https://k'}}]\nusers: [{name: u1, user: {}}]\n"
	for _, tt := range []struct {
		name    string
		content string
		o       kubeconfig.Options
		want    []string
	}{
		{"a missing current-context is an error that lists the contexts", "contexts: [{name: b, context: {}}, {name: a, context: {}}]", kubeconfig.Options{},
			[]string{"current-context is not set", `"a", "b"`}},
		{"a current-context that does not exist is an error that lists the contexts", "current-context: gone\ncontexts: [{name: a, context: {}}]", kubeconfig.Options{},
			[]string{`current-context names the context "gone"`, `known contexts: "a"`}},
		{"a context that was asked for and does not exist is an error that lists the contexts", "contexts: [{name: a, context: {}}]", kubeconfig.Options{Context: "gone"},
			[]string{`context "gone" is not in`, `known contexts: "a"`}},
		{"a context that names a missing cluster is an error that names both and lists the clusters", "current-context: a\ncontexts: [{name: a, context: {cluster: gone}}]\n" + clusters, kubeconfig.Options{},
			[]string{`context "a" names the cluster "gone"`, `known clusters: "k1", "k2"`}},
		{"a context that names no cluster is an error that lists the clusters", "current-context: a\ncontexts: [{name: a, context: {}}]\n" + clusters, kubeconfig.Options{},
			[]string{`context "a" names no cluster`, `"k1", "k2"`}},
		{"a context that names a missing user is an error that names both and lists the users", "current-context: a\ncontexts: [{name: a, context: {cluster: k1, user: gone}}]\n" + clusters, kubeconfig.Options{},
			[]string{`context "a" names the user "gone"`, `known users: "u1"`}},
		{"a cluster that was asked for and does not exist is an error that lists the clusters", clusters, kubeconfig.Options{Cluster: "gone"},
			[]string{`cluster "gone" is not in`, `"k1", "k2"`}},
		{"a requested user that does not exist is an error that lists the users", clusters, kubeconfig.Options{Cluster: "k1", User: "gone"},
			[]string{`user "gone" is not in`, `known users: "u1"`}},
		{"an error for a kind without entries lists none", "users: []\ncurrent-context: a", kubeconfig.Options{},
			[]string{`known contexts: none`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Path = writeConfig(t, tt.content)
			_, err := kubeconfig.Load(tt.o)
			for _, want := range append(tt.want, tt.o.Path, "kubeconfig: ") {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), "\n")
		})
	}
	t.Run("the error is a NotFoundError", func(t *testing.T) {
		path := writeConfig(t, "contexts: [{name: a, context: {}}]")
		_, err := kubeconfig.Load(kubeconfig.Options{Path: path, Context: "gone"})
		var missing *kubeconfig.NotFoundError
		require.ErrorAs(t, err, &missing)
		require.Equal(t, &kubeconfig.NotFoundError{Kind: "context", Name: "gone", Known: []string{"a"}, Files: []string{path}}, missing)
	})
	t.Run("a requested context is an error without files, in a pod too", func(t *testing.T) {
		isolate(t)
		_, err := kubeconfig.LoadInPod(kubeconfig.Options{Context: "prod"}, servicePod(t))
		require.ErrorContains(t, err, `context "prod" is not in any kubeconfig file (none was found)`)
	})
	t.Run("a context without a user has no credentials", func(t *testing.T) {
		c := mustLoad(t, "current-context: a\ncontexts: [{name: a, context: {cluster: k1}}]\n"+clusters)
		require.Equal(t, "https://k", c.Server)
	})
	t.Run("a long list of names is cut", func(t *testing.T) {
		content := "contexts:\n"
		for i := range 25 {
			content += "- {name: ctx-" + string(rune('a'+i)) + ", context: {}}\n"
		}
		_, err := loadText(t, content)
		require.ErrorContains(t, err, `"ctx-t" and 5 more`)
	})
}

func TestNamespace(t *testing.T) {
	context := func(namespace string) string {
		return "current-context: c\ncontexts: [{name: c, context: {cluster: k, namespace: '" + namespace +
			"'}}]\nclusters: [{name: k, cluster: {server: 'https://k'}}]"
	}
	for _, namespace := range []string{"a", "kube-system", "0a", "123456789012345678901234567890123456789012345678901234567890123"} {
		t.Run("a DNS label is a namespace: "+namespace, func(t *testing.T) {
			require.Equal(t, namespace, mustLoad(t, context(namespace)).Namespace)
		})
	}
	for _, namespace := range []string{"A", "a.b", "-a", "a-", "a/..", "a_b", "ä", "a b", "1234567890123456789012345678901234567890123456789012345678901234"} {
		t.Run("a namespace that is not a DNS label is an error that names the context: "+namespace, func(t *testing.T) {
			_, err := loadText(t, context(namespace))
			require.ErrorContains(t, err, `the namespace of context "c"`)
			require.ErrorContains(t, err, "DNS label")
		})
		t.Run("the same namespace as an option is an error: "+namespace, func(t *testing.T) {
			_, err := kubeconfig.Load(kubeconfig.Options{Path: writeConfig(t, context("")), Namespace: namespace})
			require.ErrorContains(t, err, "DNS label")
		})
	}
	t.Run("the default namespace is default", func(t *testing.T) {
		isolate(t)
		require.Equal(t, "default", mustLoad(t, context("")).Namespace)
	})
	t.Run("in a pod the default is the pod's namespace, as in kubectl", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		for _, tt := range []struct{ pod, file, option, want string }{
			{"", "", "", "of-the-account"}, {"of-the-pod", "", "", "of-the-pod"}, {"of-the-pod", "mine", "", "mine"}, {"of-the-pod", "default", "", "default"}, {"of-the-pod", "mine", "asked", "asked"},
		} {
			t.Setenv("POD_NAMESPACE", tt.pod)
			c, err := kubeconfig.LoadInPod(kubeconfig.Options{Path: writeConfig(t, context(tt.file)), Namespace: tt.option}, dir)
			require.NoError(t, err)
			require.Equal(t, tt.want, c.Namespace)
			require.Equal(t, "https://k", c.Server)
		}
	})
}
