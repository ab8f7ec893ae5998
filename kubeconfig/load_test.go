package kubeconfig_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// named makes a kubeconfig whose context, cluster and user have one name; the server's host is host.
func named(name, host string) string {
	return "current-context: " + name + "\ncontexts: [{name: " + name + ", context: {cluster: " + name + ", user: " + name + "}}]\n" +
		"clusters: [{name: " + name + ", cluster: {server: 'https://" + host + "'}}]\nusers: [{name: " + name + ", user: {token: of-" + host + "}}]\n"
}

func TestWhereFilesAreLookedFor(t *testing.T) {
	list := func(paths ...string) string {
		joined := ""
		for i, p := range paths {
			if i > 0 {
				joined += string(filepath.ListSeparator)
			}
			joined += p
		}
		return joined
	}
	t.Run("an explicit path beats KUBECONFIG and the home folder", func(t *testing.T) {
		isolate(t)
		t.Setenv("KUBECONFIG", writeConfig(t, named("a", "environment")))
		path := writeConfig(t, named("b", "option"))
		c, err := kubeconfig.Load(kubeconfig.Options{Path: path})
		require.NoError(t, err)
		require.Equal(t, "https://option", c.Server)
		require.Equal(t, kubeconfig.Source{Files: []string{path}, Context: "b", Cluster: "b", User: "b"}, c.Source)
	})
	t.Run("an explicit path that does not exist is an error, even beside KUBECONFIG", func(t *testing.T) {
		isolate(t)
		t.Setenv("KUBECONFIG", writeConfig(t, named("a", "environment")))
		path := filepath.Join(t.TempDir(), "absent")
		_, err := kubeconfig.Load(kubeconfig.Options{Path: path})
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, path)
	})
	t.Run("an explicit path is relative to the working directory", func(t *testing.T) {
		isolate(t)
		path := writeConfig(t, named("a", "here"))
		t.Chdir(filepath.Dir(path))
		c, err := kubeconfig.Load(kubeconfig.Options{Path: "config"})
		require.NoError(t, err)
		require.True(t, filepath.IsAbs(c.Source.Files[0]))
	})
	t.Run("an explicit file that holds nothing is an error, in a pod too", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		_, err := kubeconfig.LoadInPod(kubeconfig.Options{Path: writeConfig(t, "")}, dir)
		require.ErrorIs(t, err, kubeconfig.ErrNotConfigured)
	})
	t.Run("KUBECONFIG beats the home folder", func(t *testing.T) {
		isolate(t)
		write(t, filepath.Join(os.Getenv("HOME"), ".kube", "config"), named("a", "home"))
		t.Setenv("KUBECONFIG", writeConfig(t, named("b", "environment")))
		c, err := kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
		require.Equal(t, "https://environment", c.Server)
	})
	t.Run("duplicates, empty parts and missing files of KUBECONFIG are skipped", func(t *testing.T) {
		isolate(t)
		path := writeConfig(t, named("a", "one"))
		t.Setenv("KUBECONFIG", list("", filepath.Join(t.TempDir(), "absent"), path, "", path))
		c, err := kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
		require.Equal(t, []string{path}, c.Source.Files)
		require.Empty(t, c.Warnings)
	})
	t.Run("when all files of KUBECONFIG are missing that is a warning, and the home folder is not read", func(t *testing.T) {
		isolate(t)
		write(t, filepath.Join(os.Getenv("HOME"), ".kube", "config"), named("a", "home"))
		absent := filepath.Join(t.TempDir(), "absent")
		t.Setenv("KUBECONFIG", absent)
		c, err := kubeconfig.LoadInPod(kubeconfig.Options{}, servicePod(t))
		require.NoError(t, err)
		require.Len(t, c.Warnings, 1)
		require.Contains(t, c.Warnings[0], absent)
		require.Contains(t, c.Warnings[0], "KUBECONFIG")
	})
	t.Run("a file of KUBECONFIG that does not parse is fatal", func(t *testing.T) {
		isolate(t)
		bad := writeConfig(t, "users: [")
		t.Setenv("KUBECONFIG", list(writeConfig(t, named("a", "one")), bad))
		_, err := kubeconfig.Load(kubeconfig.Options{})
		require.ErrorContains(t, err, bad)
	})
	t.Run("a directory is an error", func(t *testing.T) {
		isolate(t)
		dir := t.TempDir()
		t.Setenv("KUBECONFIG", dir)
		_, err := kubeconfig.Load(kubeconfig.Options{})
		require.ErrorContains(t, err, dir)
	})
	t.Run("without KUBECONFIG the file in the home folder is read", func(t *testing.T) {
		isolate(t)
		write(t, filepath.Join(os.Getenv("HOME"), ".kube", "config"), named("a", "home"))
		c, err := kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
		require.Equal(t, "https://home", c.Server)
	})
	t.Run("with no file and no pod the error says all that was looked at", func(t *testing.T) {
		isolate(t)
		_, err := kubeconfig.Load(kubeconfig.Options{})
		require.ErrorIs(t, err, kubeconfig.ErrNotConfigured)
		require.ErrorContains(t, err, filepath.Join(os.Getenv("HOME"), ".kube", "config"))
		require.ErrorContains(t, err, "KUBECONFIG is not set")
		require.ErrorContains(t, err, "KUBERNETES_SERVICE_HOST is not set")
	})
	t.Run("without a home folder that is said", func(t *testing.T) {
		isolate(t)
		t.Setenv("HOME", "")
		_, err := kubeconfig.Load(kubeconfig.Options{})
		require.ErrorContains(t, err, "there is no home folder")
	})
}

func TestHomeFolder(t *testing.T) {
	env := map[string]string{"HOME": "/h", "HOMEDRIVE": "/d", "HOMEPATH": "/p", "USERPROFILE": "/u"}
	for _, tt := range []struct {
		name   string
		goos   string
		unset  []string
		exists string
		want   string
	}{
		{"on Unix it is HOME alone", "linux", nil, "/u/.kube/config", "/h/.kube/config"},
		{"on Unix without HOME there is none", "linux", []string{"HOME"}, "", ""},
		{"on Windows HOME is first when no file exists", "windows", nil, "", "/h/.kube/config"},
		{"on Windows the one that holds the file wins", "windows", nil, "/u/.kube/config", "/u/.kube/config"},
		{"on Windows HOMEDRIVE and HOMEPATH stand before USERPROFILE", "windows", []string{"HOME"}, "", "/d/p/.kube/config"},
		{"on Windows HOMEPATH without HOMEDRIVE is none", "windows", []string{"HOME", "HOMEDRIVE"}, "", "/u/.kube/config"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			getenv := func(key string) string {
				for _, name := range tt.unset {
					if key == name {
						return ""
					}
				}
				return env[key]
			}
			got := kubeconfig.HomeFile(tt.goos, getenv, func(path string) bool { return path == filepath.FromSlash(tt.exists) })
			require.Equal(t, filepath.FromSlash(tt.want), got)
		})
	}
}

func TestMerging(t *testing.T) {
	load := func(t *testing.T, o kubeconfig.Options, contents ...string) (*kubeconfig.Config, error) {
		isolate(t)
		list := ""
		for _, content := range contents {
			list += writeConfig(t, content) + string(filepath.ListSeparator)
		}
		t.Setenv("KUBECONFIG", list)
		return kubeconfig.Load(o)
	}
	t.Run("the first file wins for a named entry, the whole entry", func(t *testing.T) {
		c, err := load(t, kubeconfig.Options{}, named("a", "first"),
			"clusters: [{name: a, cluster: {server: 'https://second', tls-server-name: second}}]\nusers: [{name: a, user: {token: second, as: second}}]")
		require.NoError(t, err)
		require.Equal(t, "https://first", c.Server)
		require.Empty(t, c.TLS.ServerName)
		require.Equal(t, "of-first", c.BearerToken)
		require.Empty(t, c.Impersonate)
		require.Len(t, c.Source.Files, 2)
	})
	t.Run("the first current-context that is not empty wins", func(t *testing.T) {
		c, err := load(t, kubeconfig.Options{}, "current-context: ''", named("b", "second"), named("c", "third"))
		require.NoError(t, err)
		require.Equal(t, "b", c.Source.Context)
	})
	t.Run("a context may name a cluster and a user of other files", func(t *testing.T) {
		c, err := load(t, kubeconfig.Options{},
			"current-context: x\ncontexts: [{name: x, context: {cluster: b, user: c}}]", named("b", "second"), named("c", "third"))
		require.NoError(t, err)
		require.Equal(t, "https://second", c.Server)
		require.Equal(t, "of-third", c.BearerToken)
	})
	t.Run("relative paths are relative to the file they stand in", func(t *testing.T) {
		isolate(t)
		root := t.TempDir()
		a := write(t, filepath.Join(root, "a", "config"), "current-context: x\ncontexts: [{name: x, context: {cluster: k, user: u}}]\nclusters: [{name: k, cluster: {server: 'https://k', certificate-authority: pki/ca.crt}}]")
		b := write(t, filepath.Join(root, "b", "config"), "users: [{name: u, user: {client-certificate: ../tls.crt, client-key: /abs/tls.key, tokenFile: token}}]")
		t.Setenv("KUBECONFIG", a+string(filepath.ListSeparator)+b)
		c, err := kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
		require.Equal(t, filepath.Join(root, "a", "pki", "ca.crt"), c.TLS.CAFile)
		require.Equal(t, filepath.Join(root, "tls.crt"), c.TLS.CertFile)
		require.Equal(t, "/abs/tls.key", c.TLS.KeyFile)
		require.Equal(t, filepath.Join(root, "b", "token"), c.BearerTokenFile)
	})
}

func TestOptionsReplaceWhatTheContextNames(t *testing.T) {
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
		{"Namespace: that of the context is not used", kubeconfig.Options{Namespace: "mine"}, "https://a", "ta", "mine"},
		{"Cluster: the context's user there", kubeconfig.Options{Cluster: "b"}, "https://b", "ta", "ns-one"},
		{"User: another user on the context's cluster", kubeconfig.Options{User: "b"}, "https://a", "tb", "ns-one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Path = writeConfig(t, content)
			c, err := kubeconfig.Load(tt.o)
			require.NoError(t, err)
			require.Equal(t, []string{tt.server, tt.token, tt.namespace}, []string{c.Server, c.BearerToken, c.Namespace})
		})
	}
	t.Run("Cluster makes a context unnecessary, and carries no user's credentials", func(t *testing.T) {
		path := writeConfig(t, "clusters: [{name: a, cluster: {server: 'https://a'}}]\nusers: [{name: '', user: {token: t}}]")
		c, err := kubeconfig.Load(kubeconfig.Options{Path: path, Cluster: "a"})
		require.NoError(t, err)
		require.Equal(t, "https://a", c.Server)
		require.Empty(t, c.BearerToken)
	})
}

func TestMissingEntries(t *testing.T) {
	const clusters = "clusters: [{name: k2, cluster: {server: 'https://k'}}, {name: k1, cluster: {server: 'https://k'}}]\nusers: [{name: u1, user: {}}]\n"
	for _, tt := range []struct {
		name    string
		content string
		o       kubeconfig.Options
		want    []string
	}{
		{"a missing current-context is an error that lists the contexts", "contexts: [{name: b, context: {}}, {name: a, context: {}}]", kubeconfig.Options{},
			[]string{"current-context is not set", `"a", "b"`}},
		{"a current-context that does not exist is an error that lists the contexts", "current-context: gone\ncontexts: [{name: a, context: {}}]", kubeconfig.Options{},
			[]string{`current-context names the context "gone"`, `contexts there: "a"`}},
		{"a context that was asked for and does not exist is an error that lists the contexts", "contexts: [{name: a, context: {}}]", kubeconfig.Options{Context: "gone"},
			[]string{`context "gone" is not in`, `contexts there: "a"`}},
		{"a context that names a missing cluster is an error that names both and lists the clusters", "current-context: a\ncontexts: [{name: a, context: {cluster: gone}}]\n" + clusters, kubeconfig.Options{},
			[]string{`context "a" names the cluster "gone"`, `clusters there: "k1", "k2"`}},
		{"a context that names no cluster is an error that lists the clusters", "current-context: a\ncontexts: [{name: a, context: {}}]\n" + clusters, kubeconfig.Options{},
			[]string{`context "a" names no cluster`, `"k1", "k2"`}},
		{"a context that names a missing user is an error that names both and lists the users", "current-context: a\ncontexts: [{name: a, context: {cluster: k1, user: gone}}]\n" + clusters, kubeconfig.Options{},
			[]string{`context "a" names the user "gone"`, `users there: "u1"`}},
		{"a cluster that was asked for and does not exist is an error that lists the clusters", clusters, kubeconfig.Options{Cluster: "gone"},
			[]string{`cluster "gone" is not in`, `"k1", "k2"`}},
		{"a user who was asked for and does not exist is an error that lists the users", clusters, kubeconfig.Options{Cluster: "k1", User: "gone"},
			[]string{`user "gone" is not in`, `users there: "u1"`}},
		{"where there is none of a kind, none are listed", "users: []\ncurrent-context: a", kubeconfig.Options{},
			[]string{`contexts there: none`}},
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
	t.Run("a context that was asked for is an error where there is no file, in a pod too", func(t *testing.T) {
		isolate(t)
		_, err := kubeconfig.LoadInPod(kubeconfig.Options{Context: "prod"}, servicePod(t))
		require.ErrorContains(t, err, `context "prod" is not in any kubeconfig file (none was found)`)
	})
	t.Run("a context that names no user is taken without credentials", func(t *testing.T) {
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
		return "current-context: c\ncontexts: [{name: c, context: {cluster: k, namespace: '" + namespace + "'}}]\nclusters: [{name: k, cluster: {server: 'https://k'}}]"
	}
	for _, namespace := range []string{"a", "kube-system", "0a", "123456789012345678901234567890123456789012345678901234567890123"} {
		t.Run("a DNS label is a namespace: "+namespace, func(t *testing.T) {
			require.Equal(t, namespace, mustLoad(t, context(namespace)).Namespace)
		})
	}
	for _, namespace := range []string{"A", "a.b", "-a", "a-", "a/..", "a_b", "ä", "a b", "1234567890123456789012345678901234567890123456789012345678901234"} {
		t.Run("what is no DNS label is an error that names the context: "+namespace, func(t *testing.T) {
			_, err := loadText(t, context(namespace))
			require.ErrorContains(t, err, `the namespace of context "c"`)
			require.ErrorContains(t, err, "DNS label")
		})
		t.Run("and so as an option: "+namespace, func(t *testing.T) {
			_, err := kubeconfig.Load(kubeconfig.Options{Path: writeConfig(t, context("")), Namespace: namespace})
			require.ErrorContains(t, err, "DNS label")
		})
	}
	t.Run("without one it is default", func(t *testing.T) {
		require.Equal(t, "default", mustLoad(t, context("")).Namespace)
	})
}
