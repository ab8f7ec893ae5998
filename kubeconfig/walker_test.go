package kubeconfig_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// allowance returns the bytes that one call on a file may allocate: 1 MiB and 200 times its size.
func allowance(size int) uint64 { return 1<<20 + 200*uint64(size) }

// allocated returns all bytes that call allocates, garbage included. That is above its peak.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// requireModest makes every call that reads the file, and requires that each stays within its
// allowance.
func requireModest(t testing.TB, content string) {
	t.Helper()
	path := writeConfig(t, content)
	most := allowance(len(content))
	require.LessOrEqual(t, allocated(func() { _, _ = kubeconfig.Load(kubeconfig.Options{Path: path}) }), most, "Load")
	var files *kubeconfig.Files
	require.LessOrEqual(t, allocated(func() { files, _ = kubeconfig.Read(path) }), most, "Read")
	if files == nil {
		return
	}
	require.LessOrEqual(t, allocated(func() { _, _ = files.Redacted() }), most, "Redacted")
	require.LessOrEqual(t, allocated(func() { _, _ = files.Raw() }), most, "Raw")
}

// bomb returns a file whose extension expands to 9 to the power of depth values.
func bomb(depth int) string {
	var b strings.Builder
	b.WriteString("x0: &x0 boom\n")
	for i := 1; i <= depth; i++ {
		alias := fmt.Sprintf("*x%d", i-1)
		fmt.Fprintf(&b, "x%d: &x%d [%s]\n", i, i, alias+strings.Repeat(", "+alias, 8))
	}
	fmt.Fprintf(&b, "clusters: [{name: a, cluster: {extensions: [{name: client.authentication.k8s.io/exec, extension: *x%d}]}}]\n", depth)
	return b.String()
}

// repeated puts a unit between head and tail until it reaches the size. N in the unit is its
// number.
func repeated(head, unit, tail string, size int) string {
	var b strings.Builder
	b.WriteString(head)
	parts := strings.Split(unit, "N")
	for i := 0; b.Len()+len(unit)+len(tail) < size; i++ {
		b.WriteString(parts[0])
		for _, part := range parts[1:] {
			b.WriteString(strconv.Itoa(i))
			b.WriteString(part)
		}
	}
	b.WriteString(tail)
	return b.String()
}

// dense returns files of many small values, the most expensive ones for the parser.
func dense(size int) map[string]string {
	files := map[string]string{}
	for name, unit := range map[string]string{
		"flow list": "a,", "short values": "ab,", "mapping": "aN: b\n", "list": "- a\n", "nested lists": "- - - a\n", "quoted": "'a', ", "folded": "- >\n  a\n",
		"JSON": `{"a":"b"},`, "tags": "!!a b,", "comments": "# a\n- a\n", "comments alone": "# a\n", "feet": "- a\n\n# foot\n", "keys": "? aN\n", "empty lines": "\n", "brackets": "[", "braces": "{",
		"spaces": "   x\n", "escapes": `"\n\n\n\n",`, "a long value": strings.Repeat("x", 100), "long keys": strings.Repeat("k", 90) + "N: b\n", "carriage returns": "\r",
		"anchors": "- &aN a\n", "one anchor again": "- &a a\n", "aliases": "*a ", "merge keys": "- {name: N, <<: &xN {name: b}}\n", "documents": "---\na: b\n", "empty documents": "---\n",
		"directives": "%TAG ! tag:a,2000:\n---\na\n",
		"clusters":   "- {name: N, cluster: {server: https://k}}\n",
		"users":      "- {name: N, user: {token: t, client-key: k}}\n",
	} {
		frames := [][2]string{{"", ""}, {"[", "a]"}, {"clusters:\n", ""}, {"users: [", "a]"}, {"a: \"", "\""}, {"a: |\n  ", ""}}
		if size > 6_000 {
			frames = frames[:1]
		}
		for _, frame := range frames {
			files[fmt.Sprintf("%s in %q, %d", name, frame, size)] = repeated(frame[0], unit, frame[1], size)
		}
	}
	return files
}

// manyGroups returns a file with a long list of groups, and aliases of it in many entries.
func manyGroups(size int) string {
	return repeated("x: &x "+repeated("[", "a,", "a]", size/2)+"\nusers: [", "{name: N, user: {as-groups: *x}},", "]\n", size)
}

// multiplied returns files whose aliases, merge keys, escapes and tokens expand beyond the text.
func multiplied(size int) map[string]string {
	long, short := strings.Repeat("x", size/2), strings.Repeat("x", min(size/2, 4096))
	list := func(unit string) string { return repeated("[", unit, "a]", size/2) }
	const extension = "clusters: [{name: k, cluster: {server: https://k, extensions: [{name: " +
		"client.authentication.k8s.io/exec, extension: "
	return map[string]string{
		"a long name in many places":         repeated("x: &x "+long+"\nusers: [{name: u, user: {as-groups: [", "*x,", "*x]}}]\n", size),
		"a long path in many entries":        repeated("x: &x "+short+"\nusers: [", "{name: N, user: {client-key: *x, client-certificate: *x, tokenFile: *x}},", "]\n", size),
		"a long command in many entries":     repeated("x: &x ./"+short+"\nusers: [", "{name: N, user: {exec: {command: *x, installHint: *x}}},", "]\n", size),
		"a long key in many mappings":        repeated("x: &x {? "+long+" : {}}\nusers: [", "{name: N, user: *x},", "]\n", size),
		"many keys merged many times":        repeated("x: &x {"+repeated("", "aN: 1, ", "a: 1}\n", size/2)+"users: [", "{name: N, user: {<<: *x}},", "]\n", size),
		"a list of groups in many entries":   manyGroups(size),
		"a mapping of extra in many entries": repeated("x: &x {"+repeated("", "aN: [b], ", "a: [b]}\n", size/2)+"users: [", "{name: N, user: {as-user-extra: *x}},", "]\n", size),
		"arguments in many entries":          repeated("x: &x "+list("a,")+"\nusers: [", "{name: N, user: {exec: {args: *x}}},", "]\n", size),
		"variables in many entries":          repeated("x: &x "+repeated("[", "{name: a},", "]", size/2)+"\nusers: [", "{name: N, user: {exec: {env: *x}}},", "]\n", size),
		"mappings of an extension":           repeated("x: &x {a: 1}\ny: &y ["+repeated("", "*x,", "*x]\n", size/2)+extension+"[", "*y,", "*y]}]}}]", size),
		"lists of an extension":              repeated("x: &x [1]\ny: &y ["+repeated("", "*x,", "*x]\n", size/2)+extension+"[", "*y,", "*y]}]}}]", size),
		"empty mappings of an extension":     repeated("x: &x {}\ny: &y ["+repeated("", "*x,", "*x]\n", size/2)+extension+"[", "*y,", "*y]}]}}]", size),
		"deep lists of long indentation":     repeated(extension+strings.Repeat("[", 80), "a,", strings.Repeat("]", 80)+"}]}}]", size),
		"an unknown field that multiplies":   repeated("x: &x "+list("a,")+"\nusers: [{name: u, user: {future: [", "*x,", "*x]}}]\n", size),
		"control characters in a hint":       entry(server, `exec: {apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Never, installHint: "`+repeated("", `\e`, "", size)+`"}`),
		"a token that is YAML":               entry(server, "auth-provider: {name: oidc, config: {id-token: "+jwt(repeated("", "# a\n- a\n", "", size*3/4-300))+"}}"),
		"a token that is a bomb":             entry(server, "auth-provider: {name: oidc, config: {id-token: "+jwt("exp: &a {}\nb: "+repeated("[", "*a,", "]", size*3/4-300))+"}}"),
		"CA data":                            entry(server+"\ncertificate-authority-data: "+b64(repeated("", "x", "", size*3/4-300)), "{}"),
	}
}

// The race detector makes the YAML parser several times slower. It finds nothing in large files
// that it does not find in small ones. So only a run without it reads large files: make test has
// both runs.
func TestReadingAFileAllocatesAtMost1MiBAnd200TimesItsSize(t *testing.T) {
	sizes := []int{6_000, 150_000}
	if raceDetector {
		sizes = sizes[:1]
	}
	for _, size := range sizes {
		files := multiplied(size)
		maps.Copy(files, dense(size))
		for name, content := range files {
			require.InDelta(t, size, len(content), 1000)
			t.Run(name, func(t *testing.T) { requireModest(t, content) })
		}
	}
	t.Run("UTF-16", func(t *testing.T) {
		requireModest(t, utf16Bytes(binary.LittleEndian, repeated("", "# a\n- a\n", "", sizes[len(sizes)-1])))
	})
	t.Run("the largest file", func(t *testing.T) {
		if raceDetector {
			t.Skip("the run without the race detector reads it")
		}
		const largest = 1<<20 - 1000
		requireModest(t, repeated("", "# a\n- a\n", "", largest))
		requireModest(t, manyGroups(largest))
	})
	t.Run("alias bombs", func(t *testing.T) {
		for depth := range 12 {
			requireModest(t, bomb(depth))
		}
	})
}

func TestRealFilesAreWithinTheLimits(t *testing.T) {
	var y, j strings.Builder
	y.WriteString("contexts:\n")
	j.WriteString(`{"contexts":[`)
	for i := range 2000 {
		fmt.Fprintf(&y, "- context:\n    cluster: k\n    user: u\n  name: n%d\n", i)
		fmt.Fprintf(&j, `{"name":"n%d","context":{"cluster":"k","user":"u"}},`, i)
	}
	j.WriteString(`{"name":"last"}]}`)

	data := make([]byte, 2_000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	var c strings.Builder
	c.WriteString("clusters:\n")
	for i := 0; c.Len() < 1_000_000; i++ {
		fmt.Fprintf(&c,
			"- cluster:\n    certificate-authority-data: %s\n    server: https://k\n  name: n%d\n",
			b64(string(data)), i)
	}
	for _, content := range []string{y.String(), j.String(), c.String(), repeated("users: [{name: u, user: {exec: {args: [", `"a",`, `"a"]}}}]`, 100_000)} {
		files, err := kubeconfig.Read(writeConfig(t, content))
		require.NoError(t, err)
		raw, err := files.Raw()
		require.NoError(t, err)
		reread, err := kubeconfig.Read(writeConfig(t, string(raw)))
		require.NoError(t, err)
		require.Equal(t, files.Contexts, reread.Contexts)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(entry(server, "token: t")))
	f.Add([]byte(`{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"b"}}],` +
		`"clusters":[{"name":"b","cluster":{"server":"https://k"}}]}`))
	f.Add([]byte(bomb(4)))
	f.Add([]byte("\uFEFFusers: [{name: a, user: &u {<<: *u, as-user-extra: {a: [b]}}}]"))
	f.Add([]byte(utf16Bytes(binary.LittleEndian, "current-context: a")))
	f.Add([]byte("a: &a [*a]\n---\nb: c\n"))
	f.Add([]byte("users: [{name: u, user: {exec: {command: ./p, env: [{name: A, value: b}], args: [c]}, auth-provider: {name: oidc, config: {id-token: a.b.c}}}}]"))
	f.Add([]byte(bomb(12)))
	for _, files := range []map[string]string{dense(300), multiplied(1500)} {
		for _, content := range files {
			f.Add([]byte(content))
			f.Add([]byte(utf16Bytes(binary.BigEndian, content)))
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		requireModest(t, string(content))
		path := writeConfig(t, string(content))
		c, err := kubeconfig.Load(kubeconfig.Options{Path: path})
		if err == nil {
			require.NotEmpty(t, c.Server)
			require.NotEmpty(t, c.Namespace)
		}
		files, err := kubeconfig.Read(path)
		if err != nil {
			return
		}
		redacted, err := files.Redacted()
		if err != nil {
			return
		}
		reread, err := kubeconfig.Read(writeConfig(t, string(redacted)))
		require.NoError(t, err)
		require.Equal(t, files.Contexts, reread.Contexts)
		require.Equal(t, files.CurrentContext, reread.CurrentContext)
		for _, context := range files.Contexts[:min(1, len(files.Contexts))] {
			if context.Name == "" {
				continue
			}
			require.NoError(t, files.UseContext(context.Name))
			reread, err := kubeconfig.Read(path)
			require.NoError(t, err)
			require.Equal(t, context.Name, reread.CurrentContext)
			require.Equal(t, files.Contexts, reread.Contexts)
		}
	})
}
