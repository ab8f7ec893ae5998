package conformance_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// smokeTests returns the behaviours of the program in examples/smoke.
func smokeTests() []behaviour {
	return []behaviour{
		{"a program of 60 lines on kx alone waits for a rollout, follows a log, forwards a port, writes a custom resource under conflict and evicts a pod", evictsAfterSmokeTest},
	}
}

// The test does what the program waits for only once the program waits for it.
func evictsAfterSmokeTest(t *testing.T, w *world) {
	name := w.name()
	kind := w.newKind(t, "smoketests", "SmokeTest")
	results := resources.ForKind(w.client, kind)
	w.servingDeployment(t, name)
	_, err := resources.New[resources.ConfigMap](w.client).Create(t.Context(), &resources.ConfigMap{
		Metadata: resources.ObjectMeta{Name: name},
		Data: map[string]string{
			"selector": "app=" + name, "log": "listening", "url": "http://web/healthz",
			"results": kind.Resource + "." + kind.Group,
		},
	})
	require.NoError(t, err)

	var pod string
	watching := newRoute("GET", "/deployments?", "watch=")
	following := newRoute("GET", "/log?", "follow=true")
	writing := newRoute("PUT", "/"+kind.Resource+"/")
	writing.onFirst = func() error { // another program writes after Modify has read
		_, err := results.Patch(t.Context(), pod, patch.Merge(`{"metadata":{"labels":{"written-by":"another"}}}`))
		return err
	}
	program := startProgram(t, "../examples/smoke", w.newGateway(t, watching, following, writing), name)
	if !*e2e { // a cluster's controllers do not wait
		program.await(watching)
	}
	pod = w.rollOut(t, name)
	program.await(following)
	w.open(t, pod)
	require.NoError(t, <-program.ended, &program.output)

	result, err := results.Get(t.Context(), pod)
	require.NoError(t, err)
	answer, _ := result.Field("spec", "answer")
	require.Equal(t, `"503 Service Unavailable"`, string(answer))
	require.Equal(t, "another", result.Metadata.Labels["written-by"], "the other program's change is kept")
	require.Equal(t, []int{http.StatusConflict, http.StatusOK}, writing.answers())
	eventually(t, "the pod is evicted", func() bool {
		_, err := w.pods.Get(t.Context(), pod)
		return errors.Is(err, transport.ErrNotFound)
	})
}

// program is an example that runs.
type program struct {
	t      *testing.T
	output strings.Builder
	ended  chan error
}

func startProgram(t *testing.T, folder string, through *gateway, args ...string) *program {
	t.Helper()
	p := &program{t: t, ended: make(chan error, 1)}
	cmd := exec.CommandContext(within(t, waitLimit), buildtest.Build(t, folder), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+through.kubeconfig)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	require.NoError(t, cmd.Start())
	go func() { p.ended <- cmd.Wait() }()
	return p
}

// await waits for the program's first request of a route.
func (p *program) await(r *route) {
	p.t.Helper()
	select {
	case <-r.arrived:
	case err := <-p.ended:
		require.FailNow(p.t, "the program has ended early", "before %s %v: %v: %s", r.method, r.parts, err, &p.output)
	}
}

// newKind creates a CustomResourceDefinition in a group of its own, and waits until it is served.
func (w *world) newKind(t *testing.T, plural, kind string) resources.Kind {
	t.Helper()
	group := w.name() + "." + w.config.Namespace + ".example.com"
	definitions := resources.ForKind(w.client, resources.Kind{
		Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition", Resource: "customresourcedefinitions",
	})
	_, err := definitions.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
		"metadata":{"name":"%[1]s.%[2]s"},"spec":{"group":%[2]q,"scope":"Namespaced","names":{"plural":%[1]q,"kind":%[3]q},
		"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object",
		"properties":{"spec":{"type":"object","properties":{"answer":{"type":"string"}}}}}}}]}}`, plural, group, kind))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := definitions.Delete(atEnd(t), plural+"."+group)
		require.NoError(t, err)
	})
	var found resources.Kind
	eventually(t, "the kind is served", func() bool {
		found, err = resources.Discover(t.Context(), w.client, plural+"."+group)
		return err == nil
	})
	return found
}

// serving is a container that answers each request on port 8080 with 503. It says that it listens
// once the file /tmp/open exists.
const serving = `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh","-c",
	"nc -ll -p 8080 -e sh -c 'while read -r line && [ ${#line} -gt 1 ]; do :; done; printf \"HTTP/1.1 503 Service Unavailable\\r\\nContent-Length: 0\\r\\n\\r\\n\"' & until [ -e /tmp/open ]; do sleep 0.1; done; echo listening; wait"]}`

// servingDeployment creates a Deployment with one pod, which serves.
func (w *world) servingDeployment(t *testing.T, name string) {
	t.Helper()
	kind, _ := resources.Lookup("deployment")
	deployments := resources.ForKind(w.client, kind)
	_, err := deployments.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%[1]q},
		"spec":{"replicas":1,"selector":{"matchLabels":{"app":%[1]q}},"template":%s}}`, name, servingPod(name)))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := deployments.Delete(atEnd(t), name, resources.PropagationPolicy(resources.Background))
		require.NoError(t, err)
	})
}

// servingPod returns the metadata and the spec of the pod, without braces.
func servingPod(app string) string {
	return fmt.Sprintf(`{"metadata":{"labels":{"app":%q}},"spec":{"automountServiceAccountToken":false,
		"terminationGracePeriodSeconds":0,"containers":[%s]}}`, app, serving)
}

// rollOut returns the Deployment's pod once the pod runs. kxtest has no controllers: the test
// creates the pod, and writes the Deployment's status.
func (w *world) rollOut(t *testing.T, name string) string {
	t.Helper()
	if !*e2e {
		w.create(t, strings.Replace(servingPod(name), `{"metadata":{`, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,`, name), 1))
		_, err := subresource.Status(resources.New[resources.Deployment](w.client)).Patch(t.Context(), name, patch.Merge(
			`{"status":{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1}}`))
		require.NoError(t, err)
	}
	for event, err := range w.pods.Watch(within(t, waitLimit), resources.ListOptions{LabelSelector: "app=" + name}) {
		require.NoError(t, err)
		if event.Object.Status.Phase == "Running" {
			return event.Object.Metadata.Name
		}
	}
	return ""
}

// open lets a serving pod say that it listens, once it does.
func (w *world) open(t *testing.T, pod string) {
	t.Helper()
	eventually(t, "the port is open", func() bool {
		conn := w.dial(t, pod, 8080)
		defer conn.Close()
		_, err := conn.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		if err == nil {
			_, err = conn.Read(make([]byte, 1))
		}
		return err == nil
	})
	_, err := subresource.Exec(w.pods).Run(t.Context(), pod, subresource.ExecOptions{Command: []string{"touch", "/tmp/open"}})
	require.NoError(t, err)
}
