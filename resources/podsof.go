package resources

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// withPods are the kinds whose objects stand for pods.
var withPods = []string{"pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps", "jobs.batch", "replicationcontrollers", "services"}

// PodsOf gives the pods that an object stands for, in the order of SelectPods: for a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job,
// ReplicationController or Service those that its selector selects at the moment, for a Pod itself.
// The error is a *KindWithoutPodsError for another kind, about which nothing is sent, and a *NoPodsError when there are none.
func PodsOf(ctx context.Context, client *transport.Client, kind Kind, name string, opts ...APIOption) ([]*PodOutline, error) {
	if !slices.Contains(withPods, kind.String()) {
		return nil, &KindWithoutPodsError{Kind: kind, Kinds: slices.Clone(withPods)}
	}
	object := new(Object)
	err := newEndpoint(client, kind, opts).get(ctx, "", name, object, nil)
	if err != nil {
		return nil, err
	}
	if kind.Resource == "pods" {
		pod := new(PodOutline)
		return []*PodOutline{pod}, object.Decode(pod)
	}
	none := &NoPodsError{Kind: kind, Name: name}
	if none.Selector, none.Wanted, err = selectorOf(object); err != nil {
		return nil, fmt.Errorf("%s %q: its selector cannot be read: %w", kind, name, err)
	}
	if none.Selector == "" { // which would select all
		return nil, none
	}
	pods, err := SelectPods(ctx, client, none.Selector, opts...)
	if err == nil && len(pods) == 0 {
		err = none
	}
	return pods, err
}

// SelectPods gives the pods whose labels match, those first that are best to work in: ready ones, then those that run, that are pending,
// that are being deleted, and that have ended; among equals by their names.
func SelectPods(ctx context.Context, client *transport.Client, labelSelector string, opts ...APIOption) ([]*PodOutline, error) {
	var pods []*PodOutline
	_, err := newEndpoint(client, (*Pod)(nil).APIKind(), opts).eachPage(ctx, "", ListOptions{LabelSelector: labelSelector}, new(options), items{
		make: func() any { return new(PodOutline) },
		yield: func(pod any) bool {
			pods = append(pods, pod.(*PodOutline))
			return true
		},
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(pods, func(a, b *PodOutline) int {
		return cmp.Or(remoteness(a)-remoteness(b), strings.Compare(a.Metadata.Namespace, b.Metadata.Namespace), strings.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return pods, nil
}

// remoteness is how far a pod is from being of use, 0 for a ready one.
func remoteness(pod *PodOutline) int {
	switch {
	case pod.Status.Ended():
		return 4
	case pod.Metadata.DeletionTimestamp != nil:
		return 3
	case pod.Status.Ready():
		return 0
	case pod.Status.Phase == "Running":
		return 1
	}
	return 2
}

// selectorOf reads which pods a workload selects, and how many it wants, nil when it does not say.
func selectorOf(object *Object) (selector string, wanted *int32, err error) {
	var workload struct {
		Spec struct {
			Replicas    *int32         `json:"replicas"`
			Parallelism *int32         `json:"parallelism"` // of a Job
			Selector    jsontext.Value `json:"selector"`
		} `json:"spec"`
		Status struct {
			Desired *int32 `json:"desiredNumberScheduled"` // of a DaemonSet
		} `json:"status"`
	}
	if err := object.Decode(&workload); err != nil {
		return "", nil, err
	}
	var s plainSelector
	spec := &workload.Spec
	switch {
	case len(spec.Selector) == 0:
	case object.Kind == "ReplicationController", object.Kind == "Service": // which are older than the type
		err = json.Unmarshal(spec.Selector, &s.MatchLabels)
	default:
		err = json.Unmarshal(spec.Selector, &s)
	}
	if err == nil {
		selector, err = s.encode()
	}
	return selector, cmp.Or(workload.Spec.Replicas, workload.Spec.Parallelism, workload.Status.Desired), err
}

// NoPodsError says that a workload has no pods at the moment.
type NoPodsError struct {
	Kind Kind
	Name string
	// Selector is what its pods would match; empty when the workload selects nothing.
	Selector string
	// Wanted is how many it asks for, nil when it does not say.
	Wanted *int32
}

func (e *NoPodsError) Error() string {
	text := fmt.Sprintf("%s %q has no pods", e.Kind, e.Name)
	switch {
	case e.Selector == "":
		return text + ": its selector is empty"
	case e.Wanted != nil && *e.Wanted == 0:
		if e.Kind.Kind == "DaemonSet" {
			return text + ": no node is one for it"
		}
		return text + ": it asks for none: scale it up"
	case e.Wanted != nil:
		text += fmt.Sprintf(", and asks for %d", *e.Wanted)
	}
	return fmt.Sprintf("%s: none matches %q; its status and events say why", text, e.Selector)
}

// KindWithoutPodsError says that the objects of a kind stand for no pods; nothing was sent.
type KindWithoutPodsError struct {
	Kind Kind
	// Kinds are those whose objects do.
	Kinds []string
}

func (e *KindWithoutPodsError) Error() string {
	return fmt.Sprintf("%s have no pods: only %s have", e.Kind, strings.Join(e.Kinds, ", "))
}
