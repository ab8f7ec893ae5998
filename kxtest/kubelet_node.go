package kxtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// nodeName is the only node.
const nodeName = "kx-node"

// node simulates what happens to pods and namespaces outside the API server: the scheduler, the kubelet
// and its container runtime, and the namespace controller. Each pod goes one step at a time, and each step is a write that watches see.
type node struct {
	store      *store
	images     *images
	runtime    *containers
	targetless bool
	background func(func())

	// Only run's goroutine uses these.
	pods      map[string]*pod // by key
	lastEvent int64
}

// pod is what the kubelet remembers of a pod.
type pod struct {
	uid     string
	address string
	wake    time.Time            // when to look again, zero for not before it changes
	since   map[string]time.Time // by container: when what it is in began
	runs    map[string]*run      // what was started, by the container's name and the number of its restarts
	sandbox *machine.Machine     // of a pod whose containers share their processes; nil before the first has started
}

// nodeConfig is what a node has and knows.
type nodeConfig struct {
	images     []image
	imageSizes map[string]int64 // in bytes, by the image's whole name
	programs   map[string]machine.Program
	targetless bool // the container runtime knows no targetContainerName
	// background runs a function in a goroutine that the server waits for when it closes.
	background func(func())
}

func newNode(s *store, c nodeConfig) *node {
	return &node{
		store:      s,
		images:     newImages(c.images, c.imageSizes),
		runtime:    newContainers(c.programs),
		targetless: c.targetless,
		background: c.background,
		pods:       map[string]*pod{},
	}
}

// run works until the context ends.
func (n *node) run(ctx context.Context) {
	defer n.runtime.close()
	position := n.lookAtAll()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		changes, version, changed, ok := n.store.since(nil, "", position)
		if !ok { // it fell behind a compaction
			position = n.lookAtAll()
			continue
		}
		position = max(position, version)
		seen := map[string]bool{}
		for _, change := range slices.Backward(changes) { // the last state of each
			id := change.kind.resource + "/" + change.key
			if seen[id] {
				continue
			}
			seen[id] = true
			if change.deleted {
				if change.kind == podKind {
					n.runtime.kill(change.key, true)
					delete(n.pods, change.key)
				}
				n.emptied(change.kind, change.after)
				continue
			}
			n.look(change.kind, change.key, change.after)
		}
		if len(changes) > 0 {
			continue
		}
		timer.Reset(n.nextWake())
		select {
		case <-changed:
		case <-timer.C:
			n.wakePods()
		case <-n.runtime.woken:
			for key := range n.runtime.takeEnded() {
				n.syncNow(key)
			}
		case <-ctx.Done():
			return
		}
	}
}

// lookAtAll looks at what there is, and returns the version from which changes are to be seen.
func (n *node) lookAtAll() uint64 {
	position := n.store.now()
	for _, k := range kinds {
		items, _, _ := n.store.list(k, "", 0) // the present is always there
		for _, item := range items {
			n.look(k, item.key, item.entry)
		}
	}
	return position
}

func (n *node) look(k *kind, key string, e *entry) {
	if n.collect(k, e) {
		return
	}
	switch k {
	case podKind:
		n.sync(key, e)
	case namespaceKind:
		n.clear(e)
	}
}

func (n *node) nextWake() time.Duration {
	next := time.Hour
	for _, p := range n.pods {
		if !p.wake.IsZero() {
			next = min(next, max(0, time.Until(p.wake)))
		}
	}
	return next
}

func (n *node) wakePods() {
	now := time.Now()
	for key, p := range n.pods {
		if p.wake.IsZero() || p.wake.After(now) {
			continue
		}
		p.wake = time.Time{}
		n.syncNow(key)
	}
}

// syncNow takes a pod one step on for a reason other than a change of it.
func (n *node) syncNow(key string) {
	namespace, name, _ := strings.Cut(key, "/")
	e := n.store.get(podKind, namespace, name)
	if e != nil {
		n.sync(key, e)
	}
}

// sync takes a pod one step on.
func (n *node) sync(key string, e *entry) {
	namespace, name, _ := strings.Cut(key, "/")
	current := e.object
	if text(current, "spec", "nodeName") == "" {
		if text(current, "spec", "schedulerName") == "default-scheduler" && text(current, "metadata", "deletionTimestamp") == "" {
			n.write(namespace, name, e, schedule(current))
		}
		return
	}
	if text(current, "spec", "nodeName") != nodeName {
		return
	}
	p := n.pods[key]
	if p == nil || p.uid != text(current, "metadata", "uid") {
		n.runtime.kill(key, true) // those of an earlier pod of this name
		p = &pod{uid: text(current, "metadata", "uid"), since: map[string]time.Time{}, runs: map[string]*run{}, address: n.address()}
		n.pods[key] = p
	}
	if text(current, "metadata", "deletionTimestamp") != "" {
		n.terminate(namespace, name, e, p)
		return
	}
	phase := text(current, "status", "phase")
	if phase == "Succeeded" || phase == "Failed" {
		return
	}
	n.write(namespace, name, e, n.status(p, current))
}

// write stores a pod's next state, when nobody was faster: then the pod is looked at again anyway.
func (n *node) write(namespace, name string, seen *entry, next map[string]any) {
	if object.Equal(seen.object, next) {
		return
	}
	_, _ = n.store.write(podKind, namespace, name, func(current map[string]any) (verdict, error) {
		if current == nil || text(current, "metadata", "resourceVersion") != seen.version() {
			return verdict{}, errConflict
		}
		manager := object.Manager{Name: "kubelet", Subresource: "status", Time: timestamp()}
		managed := object.Lookup("v1", "Pod").Update(current, next, manager)
		return verdict{object: managed, remove: finished(managed), mark: true}, nil
	})
}

// schedule binds a pod to the node.
func schedule(pod map[string]any) map[string]any {
	pod = with(pod, nodeName, "spec", "nodeName")
	return with(pod, setCondition(list(pod, "status", "conditions"), condition(pod, "PodScheduled", true, "", "")), "status", "conditions")
}

// terminate ends a pod's containers, and then lets go of it.
func (n *node) terminate(namespace, name string, e *entry, p *pod) {
	current := e.object
	grace, _ := number(current, "metadata", "deletionGracePeriodSeconds")
	if grace == 0 {
		return // only finalizers keep it
	}
	p.wake = time.Time{}
	ends := map[string]int64{}
	for _, started := range p.runs {
		if code, ended := started.ended(); ended {
			ends[started.id] = int64(code)
		}
	}
	n.runtime.kill(keyOf(namespace, name), false)
	next := current
	for _, field := range []string{"containerStatuses", "ephemeralContainerStatuses", "initContainerStatuses"} {
		var ended []any
		for _, status := range list(current, "status", field) {
			if at(status, "state", "running") != nil {
				code, ended := ends[text(status, "containerID")]
				if !ended {
					code = 137 // SIGKILL
				}
				status = with(with(with(status.(map[string]any), map[string]any{"terminated": terminated(status, code)}, "state"), false, "ready"), nil, "started")
			}
			ended = append(ended, status)
		}
		if ended != nil {
			next = with(next, ended, "status", field)
		}
	}
	if text(next, "status", "phase") == "Running" {
		next = with(next, "Failed", "status", "phase")
	}
	next = n.conditions(next, false)
	if !object.Equal(next, current) {
		n.write(namespace, name, e, next)
		return
	}
	n.write(namespace, name, e, with(current, int64(0), "metadata", "deletionGracePeriodSeconds"))
}

// reportImages puts the images into the node's status.
func (n *node) reportImages() {
	_, _ = n.store.write(nodeKind, "", nodeName, func(current map[string]any) (verdict, error) {
		if current == nil {
			return verdict{}, errConflict
		}
		next := with(current, n.images.list(), "status", "images")
		manager := object.Manager{Name: "kubelet", Subresource: "status", Time: timestamp()}
		return verdict{object: object.Lookup("v1", "Node").Update(current, next, manager)}, nil
	})
}

// address gives the next pod its IP address.
func (n *node) address() string {
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
