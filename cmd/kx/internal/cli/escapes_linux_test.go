package cli

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

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

// hostileFailure returns the Status of a refusal.
func hostileFailure() string {
	return strings.Replace(hostileFields("Status", "v1"), `"status": {`, `"status": "Failure", "ignored": {`, 1)
}

// hostileTable returns a Table of one row.
func hostileTable(quoted string) string {
	return strings.ReplaceAll(`{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"}, "columnDefinitions": [{"name": H, "type": "string"}, {"name": "Name", "type": "string"}],
		"rows": [{"cells": [H, H], "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": H, "namespace": H, "labels": {H: H}}}}]}`, "H", quoted)
}

// failStream accepts a WebSocket, and ends it with a failure. A copy gets the message of tar before
// it: other programs' output is theirs.
func failStream(t *testing.T, w http.ResponseWriter, r *http.Request, quoted string) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	require.NoError(t, err)
	defer conn.Close()
	key := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Protocol: v5.channel.k8s.io\r\nSec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(key[:]))
	send := func(channel byte, text string) {
		_, _ = buffered.Write(append(binary.BigEndian.AppendUint16([]byte{0x82, 126}, uint16(len(text)+1)), channel))
		_, _ = buffered.WriteString(text)
	}
	query := r.URL.Query()
	if strings.Contains(strings.Join(query["command"], " "), "tar") {
		send(2, hostile)
	}
	send(3, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 500, "reason": `+quoted+`, "message": `+quoted+`}`)
	_ = buffered.Flush()
	_ = conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, buffered) // until the client has gone
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
		case last == "portforward":
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, hostileFailure())
		case r.Header.Get("Upgrade") != "" && !fails:
			failStream(t, w, r, string(quoted))
		case r.URL.Query().Get("watch") != "" && !fails:
			object := hostileFields("Pod", "v1")
			if strings.Contains(r.Header.Get("Accept"), "as=Table") {
				object = hostileTable(string(quoted))
			}
			fmt.Fprintf(w, `{"type": "ADDED", "object": %s} {"type": "ERROR", "object": %s}`, object, hostileFailure())
		case fails:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, hostileFailure())
		case last == "log" || last == "raw":
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "2026-01-01T00:00:00.000000000Z %s\n", strings.ReplaceAll(hostile, "\n", " "))
		case r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "as=Table"):
			fmt.Fprint(w, hostileTable(string(quoted)))
		case r.Method == http.MethodGet && isList:
			fmt.Fprintf(w, `{"kind": "%sList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [%s]}`, kind, hostileFields(kind, version))
		case isList:
			fmt.Fprint(w, hostileFields(kind, version))
		default:
			name := last
			if len(path) > 6 {
				name = path[5] // of the pod, before its subresource
			}
			named := []string{`"metadata": {"name": H, "namespace": H`, `"metadata": {"resourceVersion": "1", "name": "` + name + `", "namespace": "default"`}
			if name == "ready" {
				named = append(named, `"phase": H`, `"phase": "Running"`, `"containers": [{"name": H`, `"containers": [{"name": "app"`,
					`"containerStatuses": [{"name": H, "image": H, "state": {"waiting": {"reason": H, "message": H}}}]`, `"containerStatuses": [{"name": "app", "image": H, "state": {"running": {}}}]`)
			}
			for i := range named {
				named[i] = strings.ReplaceAll(named[i], "H", string(quoted))
			}
			fmt.Fprint(w, strings.NewReplacer(named...).Replace(hostileFields("Pod", "v1")))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// connectThenStop connects to the port that kx port-forward prints, and calls stop when kx has
// printed why the connection fails.
func connectThenStop(w *clitest.Terminal, stop func()) {
	address := regexp.MustCompile(`Forwarding from (127\.0\.0\.1:\d+)`)
	for range time.Tick(time.Millisecond) {
		shown := w.Shown.String()
		at := address.FindStringSubmatch(shown)
		switch {
		case strings.Contains(shown, "END OF OUTPUT"):
			return
		case strings.Contains(shown, "(403)"):
			stop()
			return
		case at != nil:
			conn, err := net.Dial("tcp", at[1])
			if err == nil {
				conn.Close()
			}
		}
	}
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
	lines = append(lines, formats("get pods -w", documents...)...)
	lines = append(lines, formats("get pods --output-watch-events -w", documents...)...)
	lines = append(lines, "get pods -w -o name", "events -w", "logs x -c app -f", "exec x --pod-running-timeout 1ms -- true", "exec x -c app -- true", "exec x -i -c app -- true", "attach x --pod-running-timeout 1ms", "attach x -c app", "attach x -it -c app",
		"cp x:/a - --pod-running-timeout 1ms", "cp x:/a b -c app", "cp . x:/a -c app", "cp x:/a b -c app --via-debug --image i", "port-forward x :80 --pod-running-timeout 1ms", "port-forward x :h --pod-running-timeout 1ms", "port-forward ready :80",
		"exec ready -- true", "exec ready -i -c app -- true", "attach ready", "attach ready -i -c app", "cp ready:/a -", "cp ready:/a b -c app", "cp . ready:/a -c app",
		"debug x --image i -c app --timeout 100ms", "debug x --image i -c new --timeout 100ms -- true", "debug node/x --image i --timeout 1ms", "debug pvc/x --image i --timeout 100ms", "debug x --copy-to y --image i --timeout 1ms", "debug stop x", "debug stop x -c app")
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
				args := append([]string{"--kubeconfig", kubeconfig}, strings.Fields(line)...)
				w := clitest.NewTerminal(t)
				ctx, stop := context.WithCancel(clitest.WithLimit(t))
				defer stop()
				if strings.HasPrefix(line, "port-forward ready") && !fails {
					go connectThenStop(w, stop)
				}
				clitest.Run(ctx, strings.NewReader(input), w.Slave, w.Slave, args)
				_, err := w.Slave.WriteString("END OF OUTPUT")
				require.NoError(t, err)
				w.WaitFor("END OF OUTPUT")
				requireHarmless(t, w.Shown.String())
				if strings.Contains(w.Shown.String(), "]0;t") {
					shown++
				}

				var out, messages bytes.Buffer
				// The context of port-forward has ended.
				clitest.Run(ctx, strings.NewReader(input), &out, &messages, args)
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
