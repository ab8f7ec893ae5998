package kubeconfig_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func FuzzUseContextChangesThatValueAloneOrNothing(f *testing.F) {
	for _, content := range []string{
		"contexts:\n- {name: new, context: {}}\n- {name: \"a\\nb\"}\ncurrent-context:   old   # why\n",
		"contexts: [{name: new}]\r\ncurrent-context: 'old'\r\n", `{"contexts":[{"name":"a,b"}],"current-context":"old"}`,
		"contexts: [{name: new}]\ncurrent-context: >-\n  old\n", "m: &m {current-context: old}\n<<: *m\ncontexts:\n  - name: new\n",
		"---\n---\ncontexts: [{name: on}]\ncurrent-context:\n---\ncurrent-context: old\n", "\uFEFFcontexts: [{name: ä}]\n",
		"contexts: [{name: new}]\ncurrent-context: old\ncurrent-context: older\n", "x: &x old\ncontexts: [{name: *x}]\ncurrent-context: *x\n",
	} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := writeConfig(t, string(content))
		files, err := kubeconfig.Read(path)
		if err != nil || len(files.Contexts) == 0 {
			return
		}
		name := files.Contexts[len(files.Contexts)-1].Name
		err = files.UseContext(name)
		after, readErr := os.ReadFile(path)
		require.NoError(t, readErr)
		if err != nil {
			require.Equal(t, content, after)
			return
		}
		reread, err := kubeconfig.Read(path)
		require.NoError(t, err)
		require.Equal(t, name, reread.CurrentContext)
		require.Equal(t, files.Contexts, reread.Contexts)
		shared := 0
		for shared < min(len(content), len(after)) && content[shared] == after[shared] {
			shared++
		}
		rest := content[shared:]
		for len(rest) > 0 && !bytes.HasSuffix(after[shared:], rest) {
			rest = rest[1:]
		}
		removed, added := content[shared:len(content)-len(rest)], after[shared:len(after)-len(rest)]
		require.NotContains(t, string(removed), "\n")
		require.LessOrEqual(t, bytes.Count(added, []byte("\n")), 1)
	})
}
