package kubeconfig_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// named returns a kubeconfig whose context, cluster and user have one name. The server has the
// host.
func named(name, host string) string {
	return "current-context: " + name + "\ncontexts: [{name: " + name + ", context: {cluster: " + name + ", user: " + name + "}}]\n" +
		"clusters: [{name: " + name + ", cluster: {server: 'https://" + host + "'}}]\nusers: [{name: " +
		name + ", user: {token: of-" + host + "}}]\n"
}

func TestLoading(t *testing.T) {
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
	t.Run("an explicit path takes precedence over KUBECONFIG and the home folder", func(t *testing.T) {
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
	t.Run("an empty explicit file is an error, in a pod too", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		_, err := kubeconfig.LoadInPod(kubeconfig.Options{Path: writeConfig(t, "")}, dir)
		require.ErrorIs(t, err, kubeconfig.ErrNotConfigured)
	})
	t.Run("KUBECONFIG takes precedence over the home folder", func(t *testing.T) {
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
	t.Run("a warning reports that all files of KUBECONFIG are missing, and the home folder is not read", func(t *testing.T) {
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
	t.Run("the list has the separator of the system: ; on Windows", func(t *testing.T) {
		isolate(t)
		a, b := writeConfig(t, "current-context: b\n"), writeConfig(t, named("b", "second"))
		separator := map[bool]string{true: ";", false: ":"}[runtime.GOOS == "windows"]
		t.Setenv("KUBECONFIG", a+separator+b)
		c, err := kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
		require.Equal(t, []string{a, b}, c.Source.Files)
	})
	t.Run("two spellings of one path are a duplicate", func(t *testing.T) {
		isolate(t)
		path := writeConfig(t, named("a", "one"))
		t.Setenv("KUBECONFIG", list(path, filepath.Dir(path)+"/./config"))
		c, err := kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
		require.Equal(t, []string{path}, c.Source.Files)
	})
	t.Run("an unreadable file of KUBECONFIG is fatal", func(t *testing.T) {
		isolate(t)
		below := filepath.Join(writeConfig(t, named("a", "one")), "config")
		t.Setenv("KUBECONFIG", list(writeConfig(t, named("a", "one")), below))
		_, err := kubeconfig.Load(kubeconfig.Options{})
		require.ErrorContains(t, err, below)
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
	t.Run("without a file and a pod the error lists all places", func(t *testing.T) {
		isolate(t)
		_, err := kubeconfig.Load(kubeconfig.Options{})
		require.ErrorIs(t, err, kubeconfig.ErrNotConfigured)
		require.ErrorContains(t, err, filepath.Join(os.Getenv("HOME"), ".kube", "config"))
		require.ErrorContains(t, err, "KUBECONFIG is not set")
		require.ErrorContains(t, err, "KUBERNETES_SERVICE_HOST is not set")
	})
	t.Run("the error reports a missing home folder", func(t *testing.T) {
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
		{"on Windows the folder with the file wins", "windows", nil, "/u/.kube/config", "/u/.kube/config"},
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
			got := kubeconfig.FileInHome(tt.goos, getenv, func(path string) bool { return path == filepath.FromSlash(tt.exists) })
			require.Equal(t, filepath.FromSlash(tt.want), got)
		})
	}
}

func TestMerge(t *testing.T) {
	load := func(t *testing.T, o kubeconfig.Options, contents ...string) (*kubeconfig.Config, error) {
		isolate(t)
		list := ""
		for _, content := range contents {
			list += writeConfig(t, content) + string(filepath.ListSeparator)
		}
		t.Setenv("KUBECONFIG", list)
		return kubeconfig.Load(o)
	}
	t.Run("the first file wins for a named entry as a whole", func(t *testing.T) {
		c, err := load(t, kubeconfig.Options{}, named("a", "first"),
			"clusters: [{name: a, cluster: {server: 'https://second', tls-server-name: second}}]\nusers: "+
				"[{name: a, user: {token: second, as: second}}]")
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
}

func TestRelativePathsResolveAgainstTheirOwnFilesFolder(t *testing.T) {
	isolate(t)
	root := t.TempDir()
	const context = "current-context: x\ncontexts: [{name: x, context: {cluster: k, user: u}}]\n"
	for _, tt := range []struct {
		field, cluster, user, want string
		of                         func(*kubeconfig.Config) string
	}{
		{"certificate-authority", "server: 'https://k', certificate-authority: pki/ca.crt", "",
			"a/pki/ca.crt", func(c *kubeconfig.Config) string { return c.TLS.CAFile }},
		{"client-certificate", "server: 'https://k'", "client-certificate: ../tls.crt, client-key: k",
			"tls.crt", func(c *kubeconfig.Config) string { return c.TLS.CertFile }},
		{"client-key", "server: 'https://k'", "client-certificate: c, client-key: ./k", "b/k",
			func(c *kubeconfig.Config) string { return c.TLS.KeyFile }},
		{"tokenFile", "server: 'https://k'", "tokenFile: token", "b/token",
			func(c *kubeconfig.Config) string { return c.BearerTokenFile }},
		{"exec.command with a separator", "server: 'https://k'", strings.Replace(plugin, "command: p",
			"command: bin/p", 1), "b/bin/p", func(c *kubeconfig.Config) string { return c.Exec.Command }},
	} {
		t.Run(tt.field, func(t *testing.T) {
			a := write(t, filepath.Join(root, "a", "config"), context+"clusters: [{name: k, cluster: {"+tt.cluster+"}}]")
			b := write(t, filepath.Join(root, "b", "config"), "users: [{name: u, user: {"+tt.user+"}}]")
			t.Setenv("KUBECONFIG", a+string(filepath.ListSeparator)+b)
			c, err := kubeconfig.Load(kubeconfig.Options{})
			require.NoError(t, err)
			require.Equal(t, filepath.Join(root, filepath.FromSlash(tt.want)), tt.of(c))
		})
	}
	t.Run("a link's paths are relative to the folder of the link", func(t *testing.T) {
		file := write(t, filepath.Join(root, "real", "config"), entry(server, "tokenFile: token"))
		link := filepath.Join(t.TempDir(), "link")
		require.NoError(t, os.Symlink(file, link))
		c, err := kubeconfig.Load(kubeconfig.Options{Path: link})
		require.NoError(t, err)
		require.Equal(t, filepath.Join(filepath.Dir(link), "token"), c.BearerTokenFile)
	})
}
