package conformance_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// missing is an image that no node and no registry has.
const missing = "kx.local/no-such:1"

// preflight are the behaviours of debug before it adds a container.
func preflight() []behaviour {
	sleep := debug.Options{Name: "debugger", Image: image, Target: "app", Command: []string{"sleep", "60"},
		Timeout: waitLimit}
	return []behaviour{
		{"complaint #127835, air-gapped pulls: an image that the node has runs without a notice, and a missing one is " +
			"a warning before anything is added", func(t *testing.T, w *world) {
			name := w.running(t)
			o, notices := noted(sleep)
			res, err := debug.Run(t.Context(), w.pods, name, o)
			require.NoError(t, err)
			require.True(t, res.Running)
			require.Empty(t, *notices)

			o, notices = noted(sleep)
			o.Name, o.Image, o.ImagePullPolicy = "other", missing, "Never"
			told := 0
			o.Added = func(*debug.Result) { told = len(*notices) }
			_, err = debug.Run(t.Context(), w.pods, name, o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "ErrImageNeverPull", failed.Reason)
			require.Equal(t, []string{fmt.Sprintf(`Warning: node kx-node does not list image %s, and the pull policy `+
				`is Never: the container will not start`, missing)}, *notices)
			require.Equal(t, 1, told)
		}},
		{"the pull policy Always, the default for the tag latest, is a warning that names the pod's pull secrets",
			func(t *testing.T, w *world) {
				o, notices := noted(sleep)
				o.Image, o.Timeout = "kx.local/busybox", 1
				name := w.name()
				w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"nodeName":"kx-node","automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,
				"imagePullSecrets":[{"name":"one"},{"name":"two"}],"containers":[{"name":"app","image":%q,"command":["sleep","3600"]}]}}`, name, image))
				_, err := debug.Run(t.Context(), w.pods, name, o)
				require.Error(t, err)
				require.Equal(t, []string{`Warning: node kx-node does not list image kx.local/busybox, and the pull policy ` +
					`is Always for the tag latest: the node asks the registry first, with the pod's imagePullSecrets one ` +
					`two`}, *notices)
				require.Equal(t, "Always", w.get(t, name).Spec.EphemeralContainers[0].ImagePullPolicy)

				o, notices = noted(sleep)
				// A kubelet serializes pulls of one image, so this image is not one of the other
				// behaviours.
				o.Name, o.Image, o.ImagePullPolicy, o.Timeout = "other", "kx.local/pause:1", "Always", 1
				_, err = debug.Run(t.Context(), w.pods, w.running(t), o)
				require.Error(t, err)
				require.Equal(t, []string{fmt.Sprintf(`Warning: node kx-node has image %s, and the pull policy is Always: `+
					`the node asks the registry first, and the pod has no imagePullSecrets`, o.Image)}, *notices)
			}},
		{"AutoImage takes the best image that the node has, and never pulls", func(t *testing.T, w *world) {
			name := w.running(t)
			found, err := debug.Images(t.Context(), w.pods, name)
			require.NoError(t, err)
			require.Equal(t, "kx-node", found.Node)
			require.Equal(t, []debug.Image{{Name: image, Size: 2130545, Note: "shell and common tools",
				Trust: debug.TrustPod}}, found.Images)
			require.False(t, found.Incomplete)

			o, notices := noted(sleep)
			o.Image = debug.AutoImage
			plan, err := debug.Preview(t.Context(), w.pods, name, o)
			require.NoError(t, err)
			require.Contains(t, string(plan.Plan.Container), `"image":"`+image+`"`)
			res, err := debug.Run(t.Context(), w.pods, name, o)
			require.NoError(t, err)
			require.True(t, res.Running)
			require.Equal(t, plan.Plan.Container, res.Plan.Container)
			c := w.get(t, name).Spec.EphemeralContainers[0]
			require.Equal(t, image, c.Image)
			require.Equal(t, "IfNotPresent", c.ImagePullPolicy)
			told := fmt.Sprintf(`Using image %s from node kx-node (shell and common tools)`, image)
			require.Equal(t, []string{told, told}, *notices)
		}},
		{"a user who may not get nodes gets a warning and a container, but fails with AutoImage", func(t *testing.T,
			w *world) {
			cfg, user := w.addUser(t, "noders", right{[]string{"get", "list", "watch"}, []string{"pods"}},
				right{[]string{"patch"}, []string{"pods/ephemeralcontainers"}})
			pods, name := resources.New[resources.Pod](connect(t, cfg)), w.running(t)
			o, notices := noted(sleep)
			res, err := debug.Run(t.Context(), pods, name, o)
			require.NoError(t, err)
			require.True(t, res.Running)
			require.Equal(t, []string{"Warning: the pod's node was not checked: you are not allowed to read nodes"},
				*notices)

			o.Name, o.Image = "other", debug.AutoImage
			_, err = debug.Run(t.Context(), pods, name, o)
			require.ErrorIs(t, err, debug.ErrNoImage)
			refused(t, err, transport.ErrForbidden,
				fmt.Sprintf(`nodes "kx-node" is forbidden: User %q cannot get resource "nodes" in API group "" at the `+
					`cluster scope`, user))
			w.has(t, name, "debugger")

			done := w.kx(t, "", "--kubeconfig", w.write(t, cfg, "token: "+cfg.BearerToken), "debug", name)
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, ": give one with --image")
		}},
		{"a pod whose node is not ready gets no container, and the error has the node's reason", func(t *testing.T,
			w *world) {
			node, name := w.deadNode(t), w.name()
			w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"nodeName":%q,"automountServiceAccountToken":false,
				"tolerations":[{"operator":"Exists"}],"containers":[{"name":"app","image":%q}]}}`, name, node, image))
			o, notices := noted(sleep)
			_, err := debug.Run(t.Context(), w.pods, name, o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "NodeNotReady", failed.Reason)
			require.Regexp(t, fmt.Sprintf(`^node %s is not ready: (KubeletNotReady: the network is not|NodeStatus\w+: `+
				`Kubelet )`, node), failed.Message)
			require.Empty(t, failed.Container)
			require.Empty(t, *notices)
			w.has(t, name)

			done := w.kx(t, "", "debug", name, "--image", image)
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, fmt.Sprintf(`error: no container was added to pod %s: NodeNotReady: node `+
				`%s is not ready: `, name, node))
		}},
		{"a pod that has ended or is being deleted gets no container", func(t *testing.T, w *world) {
			ended := w.ready(t, `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never",`+
				`"command":["sleep","1"]}`)
			eventually(t, "the pod has ended", func() bool { return w.get(t, ended).Status.Phase == "Succeeded" })
			going := w.name()
			w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,`+
				`"finalizers":["example.com/kept"]},"spec":{"schedulerName":"none","containers":[{"name":"app",`+
				`"image":%q}]}}`, going, image))
			_, err := w.pods.Delete(t.Context(), going)
			require.NoError(t, err)
			t.Cleanup(func() {
				pod, err := w.pods.Get(atEnd(t), going)
				require.NoError(t, err)
				pod.Metadata.Finalizers = nil
				_, err = w.pods.Update(atEnd(t), pod)
				require.NoError(t, err)
			})
			for name, want := range map[string]debug.StartError{
				ended: {Pod: ended, Reason: "PodFinished",
					Message: "the pod has the phase Succeeded, so no container starts in it"},
				going: {Pod: going, Reason: "PodDeleted",
					Message: "the pod is being deleted, so no container starts in it"},
			} {
				_, err := debug.Run(t.Context(), w.pods, name, sleep)
				var failed *debug.StartError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, want, *failed)
				w.has(t, name)
			}
		}},
		{"a container that has ended is adopted even in a pod that has ended", func(t *testing.T, w *world) {
			name := w.ready(t, `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh",`+
				`"-c","trap 'exit 0' TERM; sleep 3600 & wait"]}`)
			o := sleep
			o.Target, o.Command = "", []string{"sh", "-c", "exit 7"}
			_, err := debug.Run(t.Context(), w.pods, name, o)
			require.NoError(t, err)
			_, err = subresource.Exec(w.pods).Run(t.Context(), name, subresource.ExecOptions{Command: []string{"kill",
				"1"}})
			require.NoError(t, err)
			eventually(t, "the pod has ended", func() bool { return w.get(t, name).Status.Phase == "Succeeded" })
			res, err := debug.Run(t.Context(), w.pods, name, o)
			require.NoError(t, err)
			require.True(t, res.Adopted)
			require.Equal(t, 7, res.ExitCode)
		}},
		{"$KX_DEBUG_IMAGE and the configuration file take precedence over auto, and --image over both",
			func(t *testing.T, w *world) {
				name, file := w.running(t), filepath.Join(t.TempDir(), "config.yaml")
				require.NoError(t, os.WriteFile(file, []byte("debug:\n  image: of-file\n"), 0o600))
				for _, row := range []struct {
					want       string
					env, flags []string
				}{
					{image, nil, nil},
					{"of-file", []string{"KX_CONFIG=" + file}, nil},
					{"of-env", []string{"KX_CONFIG=" + file, "KX_DEBUG_IMAGE=of-env"}, nil},
					{"of-flag", []string{"KX_CONFIG=" + file, "KX_DEBUG_IMAGE=of-env"}, []string{"--image", "of-flag"}},
					{image, []string{"KX_CONFIG=" + file, "KX_DEBUG_IMAGE=of-env"}, []string{"--image", "auto"}},
				} {
					for _, dryRun := range []string{"client", "server"} {
						done := w.as(t, identity{file: w.kubeconfig, env: row.env}, append([]string{"debug", name, "-c",
							"tools", "-q", "-o", "json", "--dry-run=" + dryRun}, row.flags...)...)
						require.Equal(t, 0, done.code, done.stderr)
						require.Contains(t, done.stdout, fmt.Sprintf(`"image": %q`, row.want), row.env)
					}
				}
				w.has(t, name)
			}},
		{"kx debug connects to the API server only", func(t *testing.T, w *world) {
			name := w.running(t)
			proxy, hosts := startCounting(t)
			cfg := *w.config
			cfg.ProxyURL = proxy
			file := w.write(t, &cfg, w.administrator(t))
			env := []string{"HTTPS_PROXY=" + proxy, "HTTP_PROXY=" + proxy, "ALL_PROXY=" + proxy, "NO_PROXY="}
			done := w.as(t, identity{file: file, env: env}, "debug", name, "-c", "found", "-q", "--", "sleep", "60")
			require.Equal(t, 0, done.code, done.stderr)
			done = w.as(t, identity{file: file, env: env}, "debug", name, "-c", "lost", "--image",
				"registry.example/tools", "--timeout", "500ms")
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, `node kx-node does not list image registry.example/tools`)
			w.has(t, name, "found", "lost")
			server, err := url.Parse(cfg.Server)
			require.NoError(t, err)
			require.Equal(t, map[string]bool{server.Host: true}, hosts())
		}},
	}
}

// noted returns o with a Notice that keeps the notices.
func noted(o debug.Options) (debug.Options, *[]string) {
	var notices []string
	o.Notice = func(text string) {
		if !isTargetNotice(text) {
			notices = append(notices, text)
		}
	}
	return o, &notices
}

// deadNode creates a node without a kubelet.
func (w *world) deadNode(t *testing.T) string {
	t.Helper()
	nodes := resources.New[resources.Node](w.client)
	made, err := nodes.CreateRaw(t.Context(), []byte(`{"apiVersion":"v1","kind":"Node","metadata":{"generateName":"kx-dead-"},"spec":{"unschedulable":true},
		"status":{"conditions":[{"type":"Ready","status":"False","reason":"KubeletNotReady","message":"the network is not"}]}}`))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := nodes.Delete(atEnd(t), made.Metadata.Name)
		require.NoError(t, err)
	})
	return made.Metadata.Name
}

// startCounting starts a proxy for CONNECT, and returns it with the hosts of the requests so far.
func startCounting(t *testing.T) (address string, hosts func() map[string]bool) {
	var mu sync.Mutex
	asked := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Host] = true
		mu.Unlock()
		if r.Method != http.MethodConnect {
			http.Error(rw, "CONNECT is the one way", http.StatusMethodNotAllowed)
			return
		}
		upstream, err := net.Dial("tcp", r.Host)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadGateway)
			return
		}
		defer upstream.Close()
		client, buffered, err := rw.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer client.Close()
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(upstream, buffered)
			_ = upstream.(*net.TCPConn).CloseWrite()
		}()
		_, _ = io.Copy(client, upstream)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() map[string]bool {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(asked)
	}
}
