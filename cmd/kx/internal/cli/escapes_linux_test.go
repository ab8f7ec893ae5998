package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/internal/printable"
)

// hostile sets a title, clears the screen in two ways, deletes, reorders, and begins a new line.
const hostile = "h\x1b]0;t\a\x1b[2J\u009b2J\u007f\u202e\u2066\rv\nw"

// hostileFields returns an object with the hostile text in every field.
func hostileFields(kind, version string) string {
	quoted, _ := json.Marshal(hostile) // never fails
	return strings.ReplaceAll(fmt.Sprintf(`{"kind": %q, "apiVersion": %q,
		"metadata": {"name": H, "namespace": H, "uid": H, "labels": {H: H, "app": H}, "annotations": {H: H}, "creationTimestamp": "2026-01-01T00:00:00Z",
			"ownerReferences": [{"kind": H, "name": H, "apiVersion": H, "uid": H, "controller": true}], "finalizers": [H],
			"managedFields": [{"manager": H, "operation": "Update", "subresource": "ephemeralcontainers", "time": "2026-01-01T00:00:00Z"}]},
		"spec": {"nodeName": H, "containers": [{"name": H, "image": H, "command": [H]}], "volumes": [{"name": H, "hostPath": {"path": H}}],
			"ephemeralContainers": [{"name": H, "image": H, "targetContainerName": H}]},
		"status": {"phase": H, "reason": H, "message": H, "podIP": H, "podIPs": [{"ip": H}], "hostIP": H, "qosClass": H,
			"conditions": [{"type": H, "status": H, "reason": H, "message": H}],
			"containerStatuses": [{"name": H, "image": H, "state": {"waiting": {"reason": H, "message": H}}}],
			"ephemeralContainerStatuses": [{"name": H, "image": H, "state": {"terminated": {"exitCode": 1, "reason": H, "message": H}}}],
			"images": [{"names": [H], "sizeBytes": 1}],
			"allowed": false, "evaluationError": H, "userInfo": {"username": H, "uid": H, "groups": [H], "extra": {H: [H]}},
			"resourceRules": [{"verbs": [H], "apiGroups": [H], "resources": [H], "resourceNames": [H]}]},
		"type": H, "reason": H, "message": H, "involvedObject": {"kind": H, "name": H, "fieldPath": H}, "source": {"component": H},
		"gitVersion": H, "code": 403, "details": {"name": H, "kind": H, "causes": [{"reason": H, "message": H, "field": H}]}}`, kind, version), "H", string(quoted))
}

// hostileServer answers every request with the hostile text: with objects, or with failures.
func hostileServer(t *testing.T, fails bool) *httptest.Server {
	quoted, err := json.Marshal(hostile)
	require.NoError(t, err)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Warning", "299 - \"h\u009b2J\u202ev\"")
		w.Header().Set("Content-Type", "application/json")
		path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		last := path[len(path)-1]
		kind, isList := map[string]string{"pods": "Pod", "nodes": "Node", "events": "Event", "selfsubjectreviews": "SelfSubjectReview",
			"selfsubjectaccessreviews": "SelfSubjectAccessReview", "selfsubjectrulesreviews": "SelfSubjectRulesReview"}[last]
		version := strings.TrimPrefix(strings.Join(path[:min(len(path), 3)], "/"), "apis/")
		if path[0] == "api" {
			version = "v1"
		}
		switch {
		case fails:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, strings.Replace(hostileFields("Status", "v1"), `"status": {`, `"status": "Failure", "ignored": {`, 1))
		case last == "log" || last == "raw":
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "2026-01-01T00:00:00.000000000Z %s\n", strings.ReplaceAll(hostile, "\n", " "))
		case r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "as=Table"):
			fmt.Fprintf(w, `{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": [{"name": %s, "type": "string"}, {"name": "Name", "type": "string"}],
				"rows": [{"cells": [%[1]s, %[1]s], "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": %[1]s, "namespace": %[1]s, "labels": {%[1]s: %[1]s}}}}]}`, quoted)
		case r.Method == http.MethodGet && isList:
			fmt.Fprintf(w, `{"kind": "%sList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [%s]}`, kind, hostileFields(kind, version))
		case isList:
			fmt.Fprint(w, hostileFields(kind, version))
		default:
			named := strings.NewReplacer(`"metadata": {"name": `+string(quoted)+`, "namespace": `+string(quoted), `"metadata": {"name": "x", "namespace": "default"`)
			fmt.Fprint(w, named.Replace(hostileFields("Pod", "v1")))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// colours are what a log may set (ECMA-48, SGR).
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// requireHarmless requires that nothing in text moves the cursor, sets a title or reorders text.
func requireHarmless(t *testing.T, text string) {
	t.Helper()
	text = colours.ReplaceAllString(text, "")
	for _, own := range []string{"\r\x1b[K", "\r\n", "\n", "\t"} { // of kx and of the terminal
		text = strings.ReplaceAll(text, own, "")
	}
	require.Less(t, strings.IndexFunc(text, printable.IsControl), 0, "%q", text)
}

func TestNothingThatMovesTheCursorSetsATitleOrReordersTextLeavesKx(t *testing.T) {
	formats := func(line string, formats ...string) (all []string) {
		for _, format := range formats {
			all = append(all, line+" -o "+format)
		}
		return append(all, line)
	}
	var lines []string
	documents := []string{"json", "yaml"}
	objects := append(documents, "name", "jsonpath={.metadata}{.items}", "custom-columns=A:.metadata.name,B:.metadata")
	lines = append(lines, formats("get pods", append(objects, "wide")...)...)
	lines = append(lines, formats("get pod x", append(objects, "wide")...)...)
	lines = append(lines, "get pods -A --show-labels -L app", "get --raw /raw", "api GET /raw", "api GET /api/v1/pods", "api POST /api/v1/pods -f -",
		"describe pod x", "logs x -c app", "logs x", "logs x --all-containers --prefix", "auth can-i get pods", "auth can-i --list", "delete pod x --wait=false", "delete pod x -o name --wait=false",
		"wait --for=condition=Ready pod/x --timeout=1ms", "wait --for=jsonpath={.status.phase} pod/x --timeout=1s",
		"debug images -n x", "debug x --image i --dry-run=server -o yaml")
	lines = append(lines, formats("events", documents...)...)
	lines = append(lines, formats("debug ls", documents...)...)
	lines = append(lines, formats("debug ls -A", documents...)...)
	lines = append(lines, formats("auth whoami", documents...)...)
	lines = append(lines, formats("auth check", documents...)...)
	lines = append(lines, formats("version", documents...)...)
	lines = append(lines, formats("create -f -", append(documents, "name")...)...)
	lines = append(lines, formats("replace -f -", append(documents, "name")...)...)
	lines = append(lines, formats("patch pod x -p {}", append(documents, "name")...)...)
	lines = append(lines, "get pods -v 9", "config current-context", "config get-contexts", "config get-contexts -o name", "config view", "config view -o json", "config view --minify")
	const input = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}`
	for _, fails := range []bool{false, true} {
		server := hostileServer(t, fails)
		name := strconv.QuoteToASCII(hostile) // as in YAML
		kubeconfig := clitest.WriteFile(t, "config", `{"current-context": `+name+`, "contexts": [{"name": `+name+`, "context": {"cluster": `+name+`, "user": `+name+`}}],
			"clusters": [{"name": `+name+`, "cluster": {"server": "`+server.URL+`"}}], "users": [{"name": `+name+`, "user": {}}]}`)
		t.Chdir(t.TempDir())
		shown := 0
		for _, line := range lines {
			t.Run(fmt.Sprintf("fails %t: %s", fails, line), func(t *testing.T) {
				args := append(strings.Fields(line), "--kubeconfig", kubeconfig)
				w := clitest.NewTerminal(t)
				clitest.Run(clitest.WithLimit(t), strings.NewReader(input), w.Slave, w.Slave, args)
				_, err := w.Slave.WriteString("END OF OUTPUT")
				require.NoError(t, err)
				w.WaitFor("END OF OUTPUT")
				requireHarmless(t, w.Shown.String())
				if strings.Contains(w.Shown.String(), "]0;t") {
					shown++
				}

				var out, messages bytes.Buffer
				clitest.Run(clitest.WithLimit(t), strings.NewReader(input), &out, &messages, args)
				requireHarmless(t, messages.String())
				isDocument := strings.Contains(line, "json") || strings.Contains(line, "yaml") || strings.HasPrefix(line, "api") || strings.Contains(line, "raw") ||
					strings.HasPrefix(line, "logs") || strings.HasPrefix(line, "config view")
				if !isDocument {
					requireHarmless(t, out.String())
				}
			})
		}
		require.Greater(t, shown, len(lines)/2, "the hostile text is shown, escaped")
	}
}
