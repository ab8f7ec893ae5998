package cli

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

// watchedGet is a kx get that watches, and its output. Ages are left out.
type watchedGet struct {
	c        *clitest.Cluster
	out, err clitest.LockedBuffer
	end      func() int
}

func watchGet(t *testing.T, c *clitest.Cluster, args ...string) *watchedGet {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watchedGet{c: c}
	ended := make(chan int)
	go func() {
		ended <- clitest.Run(ctx, strings.NewReader(""), &w.out, &w.err, append([]string{"--kubeconfig", c.KubeconfigFile, "-n", "kube-public", "get", "cm"}, args...))
	}()
	w.end = func() int {
		cancel()
		return <-ended
	}
	t.Cleanup(cancel)
	clitest.WaitUntil(t, watched(c), "kx watches")
	return w
}

// prints waits for the output.
func (w *watchedGet) prints(t *testing.T, want string) {
	t.Helper()
	clitest.WaitUntil(t, func() bool { return ageless(w.out.String()) == want }, want)
}

func ageless(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasSuffix(line, "s") && strings.ContainsAny(line, "0123456789") {
			line = line[:strings.LastIndexByte(line, ' ')+1] + "AGE"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// change creates, changes and deletes a config map.
func (w *watchedGet) change(t *testing.T) {
	t.Helper()
	w.create(t, "a-much-longer-name")
	require.Equal(t, 0, w.c.Kx("patch", "cm", "first", "-n", "kube-public", "--type", "merge", "-p", `{"data":{"k":"v"}}`).Code)
	require.Equal(t, 0, w.c.Kx("delete", "cm", "a-much-longer-name", "-n", "kube-public").Code)
}

func (w *watchedGet) create(t *testing.T, name string) {
	t.Helper()
	_, err := w.c.Create(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "` + name + `", "namespace": "kube-public", "labels": {"of": "get"}}}`)
	require.NoError(t, err)
}

func TestGetPrintsChangesInEachFormat(t *testing.T) {
	const head, first, long = "NAME    DATA   AGE\n", "first   0      AGE\n", "a-much-longer-name   0      AGE\n"
	for args, want := range map[string]string{
		"--watch":                            head + first + long + "first                1      AGE\n" + long,
		"-w --no-headers":                    strings.ReplaceAll(first, "      ", "     ") + strings.ReplaceAll(long, "      ", "     ") + "first                1     AGE\n" + strings.ReplaceAll(long, "      ", "     "),
		"--watch-only":                       "NAME                 DATA   AGE\n" + long + "first                1      AGE\n" + long,
		"first -w":                           head + first + "first   1      AGE\n",
		"first --watch-only":                 head + "first   1      AGE\n",
		"-w --output-watch-events":           "EVENT      NAME    DATA   AGE\nADDED      first   0      AGE\nADDED      a-much-longer-name   0      AGE\nMODIFIED   first                1      AGE\nDELETED    a-much-longer-name   0      AGE\n",
		"-w -o name":                         "configmap/first\nconfigmap/a-much-longer-name\nconfigmap/first\nconfigmap/a-much-longer-name\n",
		"-w -o name --output-watch-events":   "configmap/first\nconfigmap/a-much-longer-name\nconfigmap/first\nconfigmap/a-much-longer-name\n",
		"-w -o jsonpath={.metadata.name};":   "first;a-much-longer-name;first;a-much-longer-name;",
		"-w -o custom-columns=N:.data.k,A:a": "N        A\n<none>   <none>\n<none>   <none>\nv        <none>\n<none>   <none>\n",
		"-w --output-watch-events -o jsonpath={.type}/{.object.metadata.name};":      "ADDED/first;ADDED/a-much-longer-name;MODIFIED/first;DELETED/a-much-longer-name;",
		"-w --output-watch-events -o custom-columns=T:.type,N:.object.metadata.name": "T       N\nADDED   first\nADDED   a-much-longer-name\nMODIFIED   first\nDELETED    a-much-longer-name\n",
	} {
		t.Run(args, func(t *testing.T) {
			w := &watchedGet{c: clitest.Start(t)}
			w.create(t, "first")
			w = watchGet(t, w.c, strings.Fields(args)...)
			w.change(t)
			w.prints(t, want)
			require.Equal(t, 1, w.end())
			require.Empty(t, w.err.String())
		})
	}
}

func TestGetPrintsChangesAsDocuments(t *testing.T) {
	w := &watchedGet{c: clitest.Start(t)}
	w.create(t, "first")
	for args, wanted := range map[string][]string{
		"-o json":                       {"{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"ConfigMap\",\n", "}\n{\n    \"apiVersion\": \"v1\",\n    \"kind\""},
		"-o yaml":                       {"apiVersion: v1\nkind: ConfigMap\n", "\n---\napiVersion: v1\nkind: ConfigMap\n"},
		"-o json --output-watch-events": {`{"type":"ADDED","object":{"apiVersion":"v1","kind":"ConfigMap",`, "\n" + `{"type":"DELETED","object":{"apiVersion"`},
		"-o yaml --output-watch-events": {"object:\n  apiVersion: v1\n  kind: ConfigMap\n", "\ntype: ADDED\n---\nobject:\n  apiVersion: v1\n", "\ntype: DELETED\n"},
	} {
		w.c.ForgetRequests()
		running := watchGet(t, w.c, append([]string{"-w"}, strings.Fields(args)...)...)
		w.create(t, "second")
		require.Equal(t, 0, w.c.Kx("delete", "cm", "second", "-n", "kube-public").Code)
		for _, part := range wanted {
			clitest.WaitUntil(t, func() bool { return strings.Contains(running.out.String(), part) }, part)
		}
		require.Equal(t, 1, running.end())
	}
}

func TestAWatchOfGetGoesOnAfterItsEventsHaveExpired(t *testing.T) {
	w := &watchedGet{c: clitest.Start(t)}
	w.create(t, "first")
	w = watchGet(t, w.c, "-w", "--output-watch-events")
	w.prints(t, "EVENT      NAME    DATA   AGE\nADDED      first   0      AGE\n")
	cutOff := w.c.Fault(kxtest.Fault{Query: map[string]string{"watch": "1"}, Then: kxtest.Reset(), Times: -1})
	w.c.Restart()
	require.Equal(t, 0, w.c.Kx("delete", "cm", "first", "-n", "kube-public").Code)
	w.c.Compact()
	cutOff.Remove()
	w.prints(t, "EVENT      NAME    DATA   AGE\nADDED      first   0      AGE\nDELETED    first   <unknown>   <unknown>\n")
	require.Equal(t, 1, w.end())
}

func TestAWatchOfGetEndsAtItsRequestTimeout(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("get", "pods", "-w", "--request-timeout", "5s", "--no-headers", "-o", "name")
	require.Equal(t, clitest.Result{Out: "pod/distroless\npod/shell\n"}, r)
	require.Equal(t, clitest.Result{}, c.Kx("get", "cm", "-n", "kube-public", "--watch-only", "--request-timeout", "5s"))
	r = c.Kx("get", "pod", "nope", "-w", "--request-timeout", "30s")
	require.Equal(t, 1, r.Code)
	require.Contains(t, r.Err, `pods "nope" not found`)
}

func TestGetRefusesWatchesThatTheAPIHasNot(t *testing.T) {
	for args, want := range map[string]string{
		"pods,nodes -w":                 "--watch takes one kind, and at most one name",
		"pods a b --watch-only":         "--watch takes one kind, and at most one name",
		"pod/a node/b -w":               "--watch takes one kind, and at most one name",
		"pods --output-watch-events":    "--output-watch-events needs --watch or --watch-only",
		"--raw /api -w":                 "--raw excludes kinds, files, selectors, formats and --watch",
		"pod a --subresource resize -w": "--watch excludes --subresource",
	} {
		r := clitest.Execute(t.Context(), "", append([]string{"get"}, strings.Fields(args)...)...)
		require.Equal(t, 2, r.Code, args)
		require.Contains(t, r.Err, want, args)
	}
	c := clitest.Start(t)
	r := c.Pipe("{apiVersion: v1, kind: Pod, metadata: {name: shell}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: distroless}}", "get", "-f", "-", "-w")
	require.Contains(t, r.Err, "--watch takes one kind, and at most one name")
	r = c.Kx("get", "pods", "-w", "--sort-by", ".metadata.name", "--request-timeout", "5s", "-o", "name")
	require.Equal(t, clitest.Result{Out: "pod/distroless\npod/shell\n", Err: "Warning: --sort-by has no effect with --watch\n"}, r)
}
