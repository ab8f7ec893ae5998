package conformance_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// The image that every target has, and the field manager that creates pods.
const (
	image = "kx.local/busybox:1"
	setup = "setup"
)

// world is the view of a target for one behaviour, with a client of its own.
type world struct {
	*target
	client *transport.Client
	pods   *resources.API[resources.Pod]
	ec     *subresource.EphemeralContainersEndpoint[resources.Pod]

	mu       sync.Mutex
	warnings []string
}

func newWorld(t *testing.T, tgt *target) *world {
	w := &world{target: tgt}
	w.client = connect(t, tgt.config, transport.WithWarningHandler(func(warning transport.Warning) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.warnings = append(w.warnings, warning.Text)
	}))
	w.pods = resources.New[resources.Pod](w.client)
	w.ec = subresource.EphemeralContainers(w.pods)
	return w
}

// name returns a name that is unique in this run. Names are short, and sort in the order of the
// calls, as the objects of a list do.
func (w *world) name() string {
	number := strconv.FormatInt(w.target.pods.Add(1), 36)
	return "pod-" + strings.Repeat("0", max(0, 3-len(number))) + number
}

// pod creates a pod with these ephemeral containers. It is never scheduled, so that only the test
// writes to it.
func (w *world) pod(t *testing.T, ephemeral ...string) string {
	t.Helper()
	name := w.name()
	w.create(
		t,
		fmt.Sprintf(
			`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"labels":{"app":"web"},
				"annotations":{"example.com/a":"1"}},
		"spec":{"schedulerName":"none","automountServiceAccountToken":false,"volumes":[{"name":"data","emptyDir":{}}],
		"containers":[{"name":"app","image":"kx.local/busybox:1","command":["sleep","3600"],
		"volumeMounts":[{"name":"data","mountPath":"/data"}]}]}}`,
			name,
		),
	)
	for _, c := range ephemeral {
		_, err := w.ec.Patch(t.Context(), name, patch.Strategic(list(container(c))), subresource.FieldManager(setup))
		require.NoError(t, err)
	}
	return name
}

// running creates a pod whose container "app" runs.
func (w *world) running(t *testing.T) string {
	t.Helper()
	return w.start(
		t, "Always",
		`{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}`,
	)
}

// ready creates a pod that runs these containers without restarts.
func (w *world) ready(t *testing.T, containers ...string) string {
	t.Helper()
	return w.start(t, "Never", containers...)
}

// startWith is ready with further members of the spec.
func (w *world) startWith(t *testing.T, members string, containers ...string) string {
	t.Helper()
	return w.launch(t, members+`"restartPolicy":"Never"`, containers)
}

func (w *world) start(t *testing.T, restartPolicy string, containers ...string) string {
	t.Helper()
	return w.launch(t, fmt.Sprintf(`"restartPolicy":%q`, restartPolicy), containers)
}

func (w *world) launch(t *testing.T, members string, containers []string) string {
	t.Helper()
	name := w.name()
	made := w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},
		"spec":{"automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,%s,
		"containers":[%s]}}`, name, members, strings.Join(containers, ",")))
	watch := resources.ListOptions{
		FieldSelector:   "metadata.name=" + name,
		ResourceVersion: made.Metadata.ResourceVersion,
	}
	for event, err := range w.pods.Watch(within(t, waitLimit), watch) {
		require.NoError(t, err)
		if event.Object.Status.Phase == "Running" {
			break
		}
	}
	return name
}

// awaitPod returns the pod once it is as done wants it.
func (w *world) awaitPod(t *testing.T, name string, done func(*resources.PodOutline) bool) *resources.PodOutline {
	t.Helper()
	pods := resources.As[resources.PodOutline](w.pods)
	pod, err := pods.Get(t.Context(), name)
	require.NoError(t, err)
	if done(pod) {
		return pod
	}
	watch := resources.ListOptions{FieldSelector: "metadata.name=" + name,
		ResourceVersion: pod.Metadata.ResourceVersion}
	for event, err := range pods.Watch(within(t, waitLimit), watch) {
		require.NoError(t, err)
		if done(event.Object) {
			return event.Object
		}
	}
	t.Fatalf("pod %s is not as awaited", name)
	return nil
}

// create creates a pod and deletes it with the test.
func (w *world) create(t *testing.T, document string) *resources.Pod {
	t.Helper()
	made, err := w.pods.CreateRaw(t.Context(), []byte(document))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := w.pods.Delete(atEnd(t), made.Metadata.Name, resources.GracePeriod(0))
		if err != nil {
			require.ErrorIs(t, err, transport.ErrNotFound)
		}
	})
	return made
}

// get reads a pod.
func (w *world) get(t *testing.T, name string) *resources.Pod {
	t.Helper()
	pod, err := w.pods.Get(t.Context(), name)
	require.NoError(t, err)
	return pod
}

// has requires a pod to have exactly these ephemeral containers, in this order.
func (w *world) has(t *testing.T, pod string, names ...string) {
	t.Helper()
	require.Equal(
		t,
		strings.Join(names, " "),
		strings.Join(containerNames(w.get(t, pod)), " "),
		"ephemeral containers of the stored pod",
	)
}

// unchanged requires run to leave a pod unchanged.
func (w *world) unchanged(t *testing.T, pod string, run func()) {
	t.Helper()
	before := w.get(t, pod)
	run()
	require.Equal(t, encode(t, before), encode(t, w.get(t, pod)))
}

// requireWarnings requires exactly these warnings from this client.
func (w *world) requireWarnings(t *testing.T, texts ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Equal(t, strings.Join(texts, "\n"), strings.Join(w.warnings, "\n"))
}

func containerNames(pod *resources.Pod) (names []string) {
	for _, c := range pod.Spec.EphemeralContainers {
		names = append(names, c.Name)
	}
	return names
}

// container returns an ephemeral container that the server accepts.
func container(name string) resources.EphemeralContainer {
	return resources.EphemeralContainer{Name: name, Image: image}
}

// list returns a pod with only these ephemeral containers, each a container or JSON. Merge and
// strategic patches have this form.
func list(containers ...any) map[string]any {
	return map[string]any{"spec": map[string]any{"ephemeralContainers": containers}}
}

// applied returns the apply configuration of these ephemeral containers.
func applied(containers ...any) patch.Patch {
	v := list(containers...)
	v["apiVersion"], v["kind"] = "v1", "Pod"
	return patch.Apply(v)
}

// raw returns a container with further members.
func raw(name, members string) jsontext.Value {
	if members != "" {
		members = "," + members
	}
	return jsontext.Value(fmt.Sprintf(`{"name":%q,"image":%q%s}`, name, image, members))
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v, json.Deterministic(true))
	require.NoError(t, err)
	return string(text)
}

// refused requires the server's refusal of this kind, with this message.
func refused(t *testing.T, err, sentinel error, message string, causes ...string) {
	t.Helper()
	require.ErrorIs(t, err, sentinel)
	status := statusOf(t, err)
	require.Equal(t, message, status.Status.Message)
	if len(causes) > 0 {
		require.Equal(t, strings.Join(causes, "\n"), strings.Join(causesOf(status), "\n"))
	}
}

func statusOf(t *testing.T, err error) *transport.StatusError {
	t.Helper()
	var status *transport.StatusError
	require.ErrorAs(t, err, &status)
	return status
}

// causesOf returns each cause of a refusal as "FIELD REASON".
func causesOf(e *transport.StatusError) (causes []string) {
	if e.Status.Details == nil {
		return nil
	}
	for _, c := range e.Status.Details.Causes {
		causes = append(causes, c.Field+" "+c.Reason)
	}
	return causes
}

// within returns a context with a time limit.
func within(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// atEnd returns a context for a test's cleanup, because the test's own has ended.
func atEnd(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	t.Cleanup(cancel)
	return ctx
}
