// Package kubelet simulates a node: scheduler, kubelet and container runtime, and the controllers
// of namespaces and finalizers.
//
// Node.Run follows the store, as a kubelet follows the API server. It takes each pod one step at a
// time, and writes the pod's new status. Containers run in machines of package machine. Node also
// serves the requests that the API server passes on: Stream (exec and attach), PortForward and Log.
package kubelet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
	"github.com/kx-k8s/kx/resources"
)

// NodeName is the name of the only node.
const NodeName = "kx-node"

// Node simulates the scheduler, the kubelet with its container runtime, the namespace controller
// and the garbage collector.
//
// Each pod goes one step at a time, and each step is a write that watches see.
type Node struct {
	store          *storage.Store
	images         *imageStore
	runtime        *containerRuntime
	ignoresTargets bool
	background     func(func())

	// Only the goroutine of Run uses these.
	pods      map[string]*podState // by key
	lastEvent int64
}

// podState is the kubelet's own state of a pod.
type podState struct {
	uid      string
	address  string
	nextSync time.Time                    // when to sync again; zero to wait for a change
	since    map[string]time.Time         // by container and phase: when the phase began
	runs     map[string]*startedContainer // started containers, by name and number of restarts
	// Holds a shared process namespace; nil before the first container starts.
	sandbox *machine.Machine
}

// Config is the configuration of a node.
type Config struct {
	Images         []Image
	ImageSizes     map[string]int64 // in bytes, by normal name
	Programs       map[string]machine.Program
	IgnoresTargets bool // the container runtime ignores targetContainerName
	// Background runs a function in a goroutine. Closing the server waits for it.
	Background func(func())
}

// New returns a node of the cluster in s.
func New(s *storage.Store, c Config) *Node {
	return &Node{
		store:          s,
		images:         newImages(c.Images, c.ImageSizes),
		runtime:        newRuntime(c.Programs),
		ignoresTargets: c.IgnoresTargets,
		background:     c.Background,
		pods:           map[string]*podState{},
	}
}

// Run reconciles until the context ends.
func (n *Node) Run(ctx context.Context) {
	defer n.runtime.close()
	position := n.reconcileAll()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		changes, version, changed, ok := n.store.ChangesSince(nil, "", position)
		if !ok { // the changes since position were compacted
			position = n.reconcileAll()
			continue
		}
		position = max(position, version)
		seen := map[string]bool{}
		for _, change := range slices.Backward(changes) { // the last state of each object
			id := change.Kind.Resource + "/" + change.Key
			if seen[id] {
				continue
			}
			seen[id] = true
			if change.Deleted {
				if change.Kind == api.PodKind {
					n.runtime.kill(change.Key, true)
					delete(n.pods, change.Key)
				}
				n.afterRemoval(change.Kind, change.After)
				continue
			}
			n.reconcile(change.Kind, change.Key, change.After)
		}
		if len(changes) > 0 {
			continue
		}
		timer.Reset(n.untilNextSync())
		select {
		case <-changed:
		case <-timer.C:
			n.syncDue()
		case <-n.runtime.woken:
			for key := range n.runtime.takeChangedPods() {
				n.syncNow(key)
			}
		case <-ctx.Done():
			return
		}
	}
}

// reconcileAll reconciles every object, and returns the version from which to follow changes.
func (n *Node) reconcileAll() uint64 {
	position := n.store.CurrentVersion()
	for _, k := range n.store.Kinds() {
		items, _, _ := n.store.List(k, "", 0) // the current version always exists
		for _, item := range items {
			n.reconcile(k, item.Key, item.Entry)
		}
	}
	return position
}

func (n *Node) reconcile(k *api.Kind, key string, e *storage.Entry) {
	if n.removeCollectorFinalizers(k, e) {
		return
	}
	switch k {
	case api.PodKind:
		n.sync(key, e)
	case api.NamespaceKind:
		n.emptyNamespace(e)
	}
}

func (n *Node) untilNextSync() time.Duration {
	next := time.Hour
	for _, p := range n.pods {
		if !p.nextSync.IsZero() {
			next = min(next, max(0, time.Until(p.nextSync)))
		}
	}
	return next
}

func (n *Node) syncDue() {
	now := time.Now()
	for key, p := range n.pods {
		if p.nextSync.IsZero() || p.nextSync.After(now) {
			continue
		}
		p.nextSync = time.Time{}
		n.syncNow(key)
	}
}

// syncNow takes a pod's next step, without waiting for a change of the pod.
func (n *Node) syncNow(key string) {
	namespace, name, _ := strings.Cut(key, "/")
	e := n.store.Get(api.PodKind, namespace, name)
	if e != nil {
		n.sync(key, e)
	}
}

// sync takes a pod's next step.
func (n *Node) sync(key string, e *storage.Entry) {
	namespace, name, _ := strings.Cut(key, "/")
	current := e.Object
	if object.Text(current, "spec", "nodeName") == "" {
		if object.Text(current, "spec", "schedulerName") == "default-scheduler" &&
			len(object.List(current, "spec", "schedulingGates")) == 0 &&
			object.Text(current, "metadata", "deletionTimestamp") == "" {
			n.writePod(namespace, name, e, n.schedule(current))
		}
		return
	}
	if object.Text(current, "spec", "nodeName") != NodeName {
		return
	}
	p := n.pods[key]
	if p == nil || p.uid != object.Text(current, "metadata", "uid") {
		n.runtime.kill(key, true) // the containers of an earlier pod of this name
		p = &podState{
			uid:     object.Text(current, "metadata", "uid"),
			since:   map[string]time.Time{},
			runs:    map[string]*startedContainer{},
			address: n.nextAddress(),
		}
		n.pods[key] = p
	}
	if object.Text(current, "metadata", "deletionTimestamp") != "" {
		n.terminate(namespace, name, e, p)
		return
	}
	phase := object.Text(current, "status", "phase")
	if resources.PhaseEnded(phase) {
		return
	}
	n.writePod(namespace, name, e, n.nextPodStatus(p, current))
}

// writePod stores a pod's next state. If the pod has changed meanwhile, the write is dropped, and
// the change starts another sync.
func (n *Node) writePod(namespace, name string, seen *storage.Entry, next map[string]any) {
	if object.Equal(seen.Object, next) {
		return
	}
	_, _ = n.store.Write(api.PodKind, namespace, name,
		func(current map[string]any) (storage.Outcome, error) {
			if current == nil || object.Text(current, "metadata",
				"resourceVersion") != seen.ResourceVersion() {
				return storage.Outcome{}, storage.ErrChanged
			}
			manager := object.Manager{Name: "kubelet", Subresource: "status", Time: api.Timestamp()}
			managed := object.Lookup("v1", "Pod").Update(current, next, manager)
			return storage.Outcome{Object: managed, Remove: storage.DeletionComplete(managed),
				MarkFirst: true}, nil
		})
}

// terminate ends a pod's containers, and then ends its grace period.
func (n *Node) terminate(namespace, name string, e *storage.Entry, p *podState) {
	current := e.Object
	grace, _ := object.Number(current, "metadata", "deletionGracePeriodSeconds")
	if grace == 0 {
		return // only finalizers keep it
	}
	p.nextSync = time.Time{}
	ends := map[string]int64{}
	for _, started := range p.runs {
		if code, ended := started.exitCode(); ended {
			ends[started.id] = int64(code)
		}
	}
	n.runtime.kill(storage.Key(namespace, name), false)
	next := current
	for _, field := range []string{"containerStatuses", "ephemeralContainerStatuses",
		"initContainerStatuses"} {
		var ended []any
		for _, status := range object.List(current, "status", field) {
			if object.At(status, "state", "running") != nil {
				code, ended := ends[object.Text(status, "containerID")]
				if !ended {
					code = 137 // 128 + SIGKILL
				}
				status = object.With(object.With(object.With(status.(map[string]any),
					map[string]any{"terminated": terminatedState(status, code)}, "state"), false,
					"ready"), nil,
					"started")
			}
			ended = append(ended, status)
		}
		if ended != nil {
			next = object.With(next, ended, "status", field)
		}
	}
	if object.Text(next, "status", "phase") == "Running" {
		next = object.With(next, "Failed", "status", "phase")
	}
	next = n.withConditions(next, false)
	if !object.Equal(next, current) {
		n.writePod(namespace, name, e, next)
		return
	}
	n.writePod(namespace, name, e, object.With(current, int64(0), "metadata",
		"deletionGracePeriodSeconds"))
}

// reportImages writes the images into the node's status.
func (n *Node) reportImages() {
	_, _ = n.store.Write(api.NodeKind, "", NodeName, func(current map[string]any) (storage.Outcome,
		error) {
		if current == nil {
			return storage.Outcome{}, storage.ErrChanged
		}
		next := object.With(current, n.images.list(), "status", "images")
		manager := object.Manager{Name: "kubelet", Subresource: "status", Time: api.Timestamp()}
		return storage.Outcome{Object: object.Lookup("v1", "Node").Update(current, next, manager)},
			nil
	})
}

// nextAddress returns an unused IP address for a pod.
func (n *Node) nextAddress() string {
	used := map[string]bool{}
	for _, p := range n.pods {
		used[p.address] = true
	}
	for i := 2; ; i++ {
		address := fmt.Sprintf("10.88.%d.%d", i>>8, i&0xff)
		if !used[address] {
			return address
		}
	}
}
