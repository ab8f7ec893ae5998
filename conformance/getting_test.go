package conformance_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// gettingFormats are behaviours of the formats of kx get.
func gettingFormats() []behaviour {
	return []behaviour{
		{"kx get -o jsonpath prints the values at a path", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			w.prints(t, "1Gi 900Mi 2000", "cm", "-l", label, "-o", "jsonpath={.items[*].data.size}")
			w.prints(t, "900Mi", "cm", "-l", label, "-o", `jsonpath={.items[?(@.data.n=="9")].data.size}`)
			w.prints(t, "10=1Gi;9=900Mi;=2000;", "cm", "-l", label, "-o", `jsonpath={range .items[*]}{.data.n}={.data.size}{";"}{end}`)
		}},
		{"kx get -o custom-columns prints a table of the values at paths", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			w.prints(t, "N        SIZE\n10       1Gi\n9        900Mi\n<none>   2000\n", "cm", "-l", label, "-o", "custom-columns=N:.data.n,SIZE:data.size")
		}},
		{"kx get --sort-by compares quantities by their amount", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			w.prints(t, "2000 900Mi 1Gi", "cm", "-l", label, "--sort-by", ".data.size", "-o", "jsonpath={.items[*].data.size}")
			done := w.kx(t, "", "get", "cm", "-l", label, "--sort-by", ".data.size", "-L", "size", "--no-headers")
			require.Equal(t, 0, done.code, done.stderr)
			require.Regexp(t, `(?s) small *\n.* middle *\n.* large *\n`, done.stdout)
		}},
		{"kx get finds the objects that match both of two selectors", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			w.prints(t, "9", "cm", "-l", label, "-l", "size=middle", "-o", "jsonpath={.items[*].data.n}")
			name := strings.TrimPrefix(label, "of=")
			w.prints(t, "10", "cm", "--field-selector", "metadata.name="+name+"-a", "--field-selector", "metadata.namespace="+w.config.Namespace, "-o", "jsonpath={.items[*].data.n}")
		}},
		{"kx get --chunk-size prints the same table in pages", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			all := w.kx(t, "", "get", "cm", "-l", label, "--no-headers", "-o", "custom-columns=N:.metadata.name")
			w.prints(t, all.stdout, "cm", "-l", label, "--no-headers", "--chunk-size", "1", "-o", "custom-columns=N:.metadata.name")
		}},
		{"kx get --raw prints the response of the server", func(t *testing.T, w *world) {
			w.prints(t, "ok", "--raw", "/readyz")
		}},
		{"with verbose, a health check lists its checks", func(t *testing.T, w *world) {
			for _, check := range []string{"healthz", "livez", "readyz"} {
				done := w.kx(t, "", "api", "GET", "/"+check+"?verbose")
				require.Equal(t, 0, done.code, done.stderr)
				require.Regexp(t, `^\[\+\]ping ok\n\[\+\]log ok\n(\[\+\]\S+ ok\n)*`+check+` check passed\n$`, done.stdout)
			}
		}},
	}
}

// configMapsOfSizes creates three config maps with sizes, and returns the selector of them.
func (w *world) configMapsOfSizes(t *testing.T) (selector string) {
	t.Helper()
	name := w.name()
	for i, c := range []string{`"size":"large"}},"data":{"size":"1Gi","n":"10"}`, `"size":"middle"}},"data":{"size":"900Mi","n":"9"}`, `"size":"small"}},"data":{"size":"2000"}`} {
		document := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"` + name + "-" + string(rune('a'+i)) + `","labels":{"of":"` + name + `",` + c + `}`
		made, err := resources.New[resources.ConfigMap](w.client).CreateRaw(t.Context(), []byte(document))
		require.NoError(t, err)
		t.Cleanup(func() {
			_, err := resources.New[resources.ConfigMap](w.client).Delete(atEnd(t), made.Metadata.Name)
			require.NoError(t, err)
		})
	}
	return "of=" + name
}

// prints requires what kx get prints.
func (w *world) prints(t *testing.T, want string, args ...string) {
	t.Helper()
	done := w.kx(t, "", append([]string{"get"}, args...)...)
	require.Equal(t, 0, done.code, done.stderr)
	require.Equal(t, want, done.stdout)
}

// getsLikeKubectl are arguments of get, without the selector, for which kx prints what kubectl
// prints.
var getsLikeKubectl = [][]string{
	{"-o", "jsonpath={.items[*].metadata.name}"},
	{"-o", "jsonpath={.items[0].data}"},
	{"-o", "jsonpath={.kind}{.items[*]['kind','apiVersion']}"},
	{"-o", `jsonpath={range .items[?(@.data.n)]}{.metadata.name}{"\t"}{.data.n}{"\n"}{end}`},
	{"-o", "custom-columns=NAME:.metadata.name,SIZE:.data.size,N:data.n,ALL:.data,UID:{.metadata.uid}"},
	{"-o", "custom-columns=NAME:.metadata.name", "--no-headers"},
	{"-o", "name", "--sort-by", ".data.size"},
	{"-o", "name", "--sort-by", "{.metadata.creationTimestamp}"},
	{"-o", "name", "--sort-by", ".data.missing"},
	{"--show-labels", "--no-headers"},
	{"-L", "size,of"},
	{"-L", "size", "--show-labels", "--sort-by", ".metadata.name"},
	{"--sort-by", ".data.size"},
	{"--chunk-size", "1"},
}

func getBesideKubectl() []behaviour {
	return []behaviour{{"kx get prints in each format what kubectl prints", func(t *testing.T, w *world) {
		label := w.configMapsOfSizes(t)
		for _, args := range getsLikeKubectl {
			args = append([]string{"get", "cm", "-l", label}, args...)
			want, done := w.printedByBoth(t, args...)
			require.Equal(t, want.stdout, done.stdout, args)
			require.Equal(t, want.code, done.code, args)
		}
	}}, {"kx get prints the objects of every kind byte for byte as kubectl does, as JSON and as YAML", func(t *testing.T, w *world) {
		// Other namespaces change during the test, and the kinds of other tests come and go.
		namespace := w.createOneOfEach(t)
		inNamespace := "metadata.namespace=" + namespace
		for namespaced, selector := range map[string]string{"--namespaced": inNamespace, "--namespaced=false": ""} {
			listed := w.run(t, w.kubectl, "", "api-resources", "--verbs=list", "-o", "name", namespaced)
			require.Equal(t, 0, listed.code, listed.stderr)
			for _, kind := range strings.Fields(listed.stdout) {
				if kind == "componentstatuses" { // the server lists them in a random order
					continue
				}
				if strings.HasSuffix(kind, ".example.com") && kind != "things."+namespace+".example.com" {
					continue
				}
				args := []string{"get", kind, "-A", "--field-selector", selector, "-o"}
				// 1.37 selects these by no namespace.
				if strings.HasPrefix(kind, "podcertificaterequests") {
					args = []string{"get", kind, "-A", "-o"}
				}
				for _, format := range []string{"json", "yaml"} {
					w.printsLikeKubectl(t, append(args, format)...)
				}
			}
		}
	}}, {"kx get all prints the objects of the category's kinds as kubectl does", func(t *testing.T, w *world) {
		namespace := w.createOneOfEach(t)
		for _, format := range []string{"name", "json"} {
			w.printsLikeKubectl(t, "get", "all", "-n", namespace, "-o", format)
		}
		require.Contains(t, w.kx(t, "", "get", "all", "-n", namespace).stdout, "\ncronjob.batch/"+namespace+" ")
	}}, {"kx get -f prints the objects of a file, and fails for an absent field if asked, as kubectl does", func(t *testing.T, w *world) {
		name := strings.TrimPrefix(w.configMapsOfSizes(t), "of=")
		file := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"` + name + `-a"}}` + "\n---\n" + `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"` + name + `-b"}}`
		for _, format := range []string{"name", "json", "yaml", "jsonpath={.items[*].data.size}"} {
			want := w.run(t, w.kubectl, file, "get", "-f", "-", "-o", format)
			require.Equal(t, 0, want.code, want.stderr)
			require.Equal(t, want, w.kx(t, file, "get", "-f", "-", "-o", format))
		}
		for allow, code := range map[string]int{"true": 0, "false": 1} {
			for _, program := range []string{w.kubectl, w.kxProgram} {
				done := w.run(t, program, "", "get", "cm", name+"-c", "-o", "jsonpath={.data.n}", "--allow-missing-template-keys="+allow)
				require.Equal(t, code, done.code, program)
			}
		}
	}}}
}

// printedByBoth returns what kubectl and kx print. It tries again while the objects or their ages
// change.
func (w *world) printedByBoth(t *testing.T, args ...string) (want, done result) {
	t.Helper()
	eventually(t, "the objects do not change", func() bool {
		want, done = w.run(t, w.kubectl, "", args...), w.kx(t, "", args...)
		return want.stdout == done.stdout || want.stdout == w.run(t, w.kubectl, "", args...).stdout
	})
	return want, done
}

// printsLikeKubectl requires that kx prints what kubectl prints.
func (w *world) printsLikeKubectl(t *testing.T, args ...string) {
	t.Helper()
	want, done := w.printedByBoth(t, args...)
	require.Equal(t, 0, done.code, done.stderr)
	require.True(t, want.stdout == done.stdout, "%s\n%s", args, firstDifference(want.stdout, done.stdout))
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(want, got string) string {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wants), len(gots)) {
		if wants[i] != gots[i] {
			return "line " + strconv.Itoa(i+1) + ": want " + wants[i] + "\ngot " + gots[i]
		}
	}
	return "one is longer"
}
