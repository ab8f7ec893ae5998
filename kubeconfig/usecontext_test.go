package kubeconfig_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestUseContext(t *testing.T) {
	const contexts = "contexts:\n- {name: new, context: {}}\n- {name: 'a b: #c', context: {}}\n- {name: \"12\", context: {}}\n- {name: old, context: {}}\n"
	for _, tt := range []struct{ name, before, context, after string }{
		{"a plain value is replaced, comments and order stay",
			"# head\nkind:   Config # k\n" + contexts + "\n# mine\ncurrent-context:   old   # why\nusers: []\n", "new",
			"# head\nkind:   Config # k\n" + contexts + "\n# mine\ncurrent-context:   new   # why\nusers: []\n"},
		{"double quotes stay", contexts + "current-context: \"old\"\n", "new", contexts + "current-context: \"new\"\n"},
		{"single quotes stay", contexts + "current-context: 'old'\n", "new", contexts + "current-context: 'new'\n"},
		{"an empty value is replaced", contexts + "current-context: \"\"\n", "new", contexts + "current-context: \"new\"\n"},
		{"a missing value is set", contexts + "current-context:\nkind: Config\n", "new", contexts + "current-context: new\nkind: Config\n"},
		{"a missing field is put first", "# head\n" + contexts, "new", "# head\ncurrent-context: new\n" + contexts},
		{"a name that YAML would read otherwise is quoted", contexts + "current-context: old\n", "a b: #c", contexts + "current-context: 'a b: #c'\n"},
		{"a name of digits is quoted", contexts + "current-context: old\n", "12", contexts + "current-context: \"12\"\n"},
		{"a name that is a boolean in YAML 1.1 is quoted", "contexts: [{name: on}]\ncurrent-context: old\n", "on", "contexts: [{name: on}]\ncurrent-context: \"on\"\n"},
		{"lines that end in CR LF stay so", "kind: Config\r\ncurrent-context: old\r\ncontexts: [{name: new}]\r\n", "new", "kind: Config\r\ncurrent-context: new\r\ncontexts: [{name: new}]\r\n"},
		{"a file without a newline at its end stays so", contexts + "current-context: old", "new", contexts + "current-context: new"},
		{"a missing value is set at the end of a file too", contexts + "current-context:", "new", contexts + "current-context: new"},
		{"a field that is put first has the file's line ends", "contexts: [{name: new}]\r\n", "new", "current-context: new\r\ncontexts: [{name: new}]\r\n"},
		{"JSON over lines stays so", "{\n\t\"contexts\": [{\"name\": \"new\"}],\n\t\"current-context\": \"old\"\n}\n", "new", "{\n\t\"contexts\": [{\"name\": \"new\"}],\n\t\"current-context\": \"new\"\n}\n"},
		{"JSON stays JSON", `{"current-context":"old","contexts":[{"name":"new"}]}`, "new", `{"current-context":"new","contexts":[{"name":"new"}]}`},
		{"JSON without the field gets it", `{"contexts":[{"name":"new"}]}`, "new", `{"current-context": "new", "contexts":[{"name":"new"}]}`},
		{"a name that would end a flow mapping's value is quoted", "{contexts: [{name: 'a,b'}], current-context: old}\n", "a,b", "{contexts: [{name: 'a,b'}], current-context: \"a,b\"}\n"},
		{"a value on a line of its own is replaced there", "current-context:\n  old\n" + contexts, "new", "current-context:\n  new\n" + contexts},
		{"a value of null is replaced", contexts + "current-context: ~ # none\n", "new", contexts + "current-context: new # none\n"},
		{"a name of several lines is escaped", "contexts: [{name: \"a\\nb\"}]\ncurrent-context: old\n", "a\nb", "contexts: [{name: \"a\\nb\"}]\ncurrent-context: \"a\\nb\"\n"},
		{"later documents stay", contexts + "current-context: old\n---\ncurrent-context: old\n", "new", contexts + "current-context: new\n---\ncurrent-context: old\n"},
		{"an empty document in front stays", "---\n---\n" + contexts + "current-context: old\n", "new", "---\n---\n" + contexts + "current-context: new\n"},
		{"a byte order mark stays", "\uFEFF" + contexts + "current-context: old\n", "new", "\uFEFF" + contexts + "current-context: new\n"},
		{"text that is not ASCII is counted in characters", `{"contexts":[{"name":"new"}],"ä":"öü","current-context":"old"}`, "new", `{"contexts":[{"name":"new"}],"ä":"öü","current-context":"new"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, tt.before)
			files, err := kubeconfig.Read(path)
			require.NoError(t, err)
			require.NoError(t, files.UseContext(tt.context))
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, tt.after, string(after))
			entries, err := os.ReadDir(filepath.Dir(path))
			require.NoError(t, err)
			require.Len(t, entries, 1, "neither a lock nor a temporary file stays")
		})
	}
	for name, before := range map[string]string{
		"a value on several lines is not changed":              "# head\ncurrent-context: >-\n  old\ncontexts:\n  - name: new\n",
		"a value from a merge key is not changed":              "m: &m {current-context: old}\n<<: *m\ncontexts:\n  - name: new\n",
		"a value with a tag is not changed":                    "current-context: !!str old\ncontexts:\n  - name: new\n",
		"a value with escapes is not changed":                  "current-context: \"\\u006fld\"\ncontexts:\n  - name: new\n",
		"a key with a mark and no value is not changed":        "? current-context\ncontexts: [\n{name: new}]\n",
		"a value after a line break of Unicode is not changed": "# \u2028current-context: 'old'\naaaaaaaaaaaaaaa: 'old'\ncontexts: [{name: new}]\n",
		"a key without a colon is not changed":                 "{contexts: [{name: new}], current-context}\n",
		"a value from an alias is not changed":                 "x: &x old\ncurrent-context: *x\ncontexts:\n  - name: new\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := writeConfig(t, before)
			files, err := kubeconfig.Read(path)
			require.NoError(t, err)
			require.ErrorContains(t, files.UseContext("new"), "change it by hand")
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, before, string(after))
		})
	}
	two := func(t *testing.T, first, second string) (a, b string, files *kubeconfig.Files) {
		isolate(t)
		a, b = writeConfig(t, first), writeConfig(t, second)
		t.Setenv("KUBECONFIG", a+string(filepath.ListSeparator)+b)
		files, err := kubeconfig.Read("")
		require.NoError(t, err)
		return a, b, files
	}
	content := func(t *testing.T, path string) string {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(data)
	}
	t.Run("the file that sets current-context is changed", func(t *testing.T) {
		a, b, files := two(t, contexts, "current-context: old\n")
		require.NoError(t, files.UseContext("new"))
		require.Equal(t, contexts, content(t, a))
		require.Equal(t, "current-context: new\n", content(t, b))
	})
	t.Run("without such a file the first is changed", func(t *testing.T) {
		a, b, files := two(t, "kind: Config\n", contexts)
		require.NoError(t, files.UseContext("new"))
		require.Equal(t, "current-context: new\nkind: Config\n", content(t, a))
		require.Equal(t, contexts, content(t, b))
	})
	t.Run("a context that does not exist is an error that lists the contexts", func(t *testing.T) {
		path := writeConfig(t, contexts)
		files, err := kubeconfig.Read(path)
		require.NoError(t, err)
		err = files.UseContext("gone")
		var missing *kubeconfig.NotFoundError
		require.ErrorAs(t, err, &missing)
		require.Equal(t, []string{"12", "a b: #c", "new", "old"}, missing.Known)
		require.Equal(t, contexts, content(t, path))
	})
	t.Run("without any file it is an error", func(t *testing.T) {
		isolate(t)
		files, err := kubeconfig.Read("")
		require.NoError(t, err)
		require.ErrorContains(t, files.UseContext("a"), "none was found")
	})
	t.Run("the file keeps its mode", func(t *testing.T) {
		path := writeConfig(t, contexts)
		require.NoError(t, os.Chmod(path, 0o444))
		before, err := os.Stat(path)
		require.NoError(t, err)
		files, err := kubeconfig.Read(path)
		require.NoError(t, err)
		require.NoError(t, files.UseContext("new"))
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, before.Mode(), info.Mode())
		require.NotEqual(t, before.ModTime(), info.ModTime())
	})
	t.Run("a symbolic link stays a link", func(t *testing.T) {
		path := writeConfig(t, contexts)
		link := filepath.Join(t.TempDir(), "link")
		require.NoError(t, os.Symlink(path, link))
		files, err := kubeconfig.Read(link)
		require.NoError(t, err)
		require.NoError(t, files.UseContext("new"))
		info, err := os.Lstat(link)
		require.NoError(t, err)
		require.Equal(t, fs.ModeSymlink, info.Mode().Type())
		require.Equal(t, "current-context: new\n"+contexts, content(t, path))
	})
	t.Run("links to links stay, relative ones too", func(t *testing.T) {
		root := t.TempDir()
		write(t, filepath.Join(root, "a", "real"), contexts)
		require.NoError(t, os.Symlink("real", filepath.Join(root, "a", "inner")))
		outer := write(t, filepath.Join(root, "b", "x"), "")
		require.NoError(t, os.Remove(outer))
		require.NoError(t, os.Symlink("../a/inner", outer))
		files, err := kubeconfig.Read(outer)
		require.NoError(t, err)
		require.NoError(t, files.UseContext("new"))
		for link, to := range map[string]string{outer: "../a/inner", filepath.Join(root, "a", "inner"): "real"} {
			got, err := os.Readlink(link)
			require.NoError(t, err)
			require.Equal(t, to, got)
		}
		require.Equal(t, "current-context: new\n"+contexts, content(t, filepath.Join(root, "a", "real")))
	})
	t.Run("a concurrent change of another program stays", func(t *testing.T) {
		path := writeConfig(t, contexts)
		files, err := kubeconfig.Read(path)
		require.NoError(t, err)
		write(t, path, contexts+"users: []\n")
		require.NoError(t, files.UseContext("new"))
		require.Equal(t, "current-context: new\n"+contexts+"users: []\n", content(t, path))
	})
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		want  string
	}{
		{"a file that is deleted meanwhile is an error", func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }, "no such file"},
		{"a file that is empty meanwhile is an error", func(t *testing.T, path string) { write(t, path, "") }, "no mapping"},
		{"a file that does not parse any more is an error", func(t *testing.T, path string) { write(t, path, "users: [") }, "neither YAML nor JSON"},
		{"a folder in the file's place is an error", func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		}, "is not a regular file"},
		{"a device in the file's place is an error, and is not read", func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink(os.DevNull, path))
		}, "is not a regular file"},
		{"a link to nothing is an error", func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink("nothing", path))
		}, "no such file"},
		{"a link to itself is an error", func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink("config", path))
		}, "too many links"},
		{"a deleted folder is an error", func(t *testing.T, path string) { require.NoError(t, os.RemoveAll(filepath.Dir(path))) }, "no such file"},
	} {
		t.Run(tt.name+", and nothing is left behind", func(t *testing.T) {
			path := writeConfig(t, contexts)
			files, err := kubeconfig.Read(path)
			require.NoError(t, err)
			tt.spoil(t, path)
			left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
			err = files.UseContext("new")
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, path)
			now, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
			require.Equal(t, left, now)
		})
	}
	t.Run("a folder that accepts no new file is an error, and the file stays", func(t *testing.T) {
		// With the suffix .lock the name is too long.
		path := write(t, filepath.Join(t.TempDir(), strings.Repeat("n", 252)), contexts)
		files, err := kubeconfig.Read(path)
		require.NoError(t, err)
		require.ErrorContains(t, files.UseContext("new"), path)
		require.Equal(t, contexts, content(t, path))
	})
	t.Run("concurrent runs take turns, and no reader sees half a file", func(t *testing.T) {
		path := writeConfig(t, contexts+"current-context: old\n")
		stop := make(chan struct{})
		var writers, readers sync.WaitGroup
		var done atomic.Int32
		for _, name := range []string{"new", "12", "old", "a b: #c"} {
			writers.Go(func() {
				for range 20 {
					files, err := kubeconfig.Read(path)
					if !assert.NoError(t, err) {
						return
					}
					if err := files.UseContext(name); err == nil {
						done.Add(1)
					} else {
						assert.ErrorContains(t, err, "is locked")
					}
				}
			})
		}
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				files, err := kubeconfig.Read(path)
				if assert.NoError(t, err) {
					assert.Len(t, files.Contexts, 4)
					assert.NotEmpty(t, files.CurrentContext)
				}
			}
		})
		writers.Wait()
		close(stop)
		readers.Wait()
		require.Positive(t, done.Load())
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, entries, 1)
	})
	t.Run("a file that kubectl has locked stays unchanged", func(t *testing.T) {
		path := writeConfig(t, contexts)
		lock := write(t, path+".lock", "")
		require.NoError(t, os.Chmod(lock, 0)) // as kubectl creates it
		files, err := kubeconfig.Read(path)
		require.NoError(t, err)
		require.ErrorContains(t, files.UseContext("new"), lock)
		require.Equal(t, contexts, content(t, path))
		require.FileExists(t, lock)
	})
}

// fileOf returns a file of that many contexts, clusters and users.
func fileOf(number int) string {
	var clusters, users, contexts strings.Builder
	for i := range number {
		fmt.Fprintf(&clusters, "- name: cluster-%d\n  cluster:\n    %s\n", i, server)
		fmt.Fprintf(&users, "- name: user-%d\n  user:\n    token: token-%d\n", i, i)
		fmt.Fprintf(&contexts, "- name: context-%d\n  context:\n    cluster: cluster-%d\n    user: user-%d\n", i, i, i)
	}
	return "clusters:\n" + clusters.String() + "users:\n" + users.String() + "contexts:\n" + contexts.String()
}

func TestUseContextParsesALargeFileNoSecondTime(t *testing.T) {
	for name, field := range map[string]string{
		"a plain value": "current-context: context-0\n", "a quoted value": "current-context: 'context-0'\n", "no value": "",
	} {
		t.Run(name, func(t *testing.T) {
			content := fileOf(300) + field
			files, err := kubeconfig.Read(writeConfig(t, content))
			require.NoError(t, err)
			require.Less(t, allocated(func() { err = files.UseContext("context-1") }), uint64(10*len(content)),
				"a parse allocates 30 times the size")
			require.NoError(t, err)
		})
	}
}

// BenchmarkUseContextOf3000 reads a file of 3,000 contexts with as many clusters and users, and
// chooses another context: what kx config use-context does.
func BenchmarkUseContextOf3000(b *testing.B) {
	path := writeConfig(b, fileOf(3000)+"current-context: context-0\n")
	for i := 0; b.Loop(); i++ {
		files, err := kubeconfig.Read(path)
		require.NoError(b, err)
		require.NoError(b, files.UseContext(fmt.Sprintf("context-%d", 1+i%2)))
	}
}
