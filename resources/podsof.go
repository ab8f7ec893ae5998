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

// kindsWithPods are the kinds whose objects select pods.
var kindsWithPods = []string{"pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps",
	"replicasets.apps", "jobs.batch", "replicationcontrollers", "services"}

// PodsOf returns the pods that an object selects now, in the order of SelectPods. The object is a
// Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, ReplicationController or Service. For a Pod,
// PodsOf returns that pod.
//
// It fails with a *KindWithoutPodsError for another kind, before anything is sent, and with a
// *NoPodsError if there are no pods.
func PodsOf(ctx context.Context, client *transport.Client, kind Kind, name string,
	opts ...APIOption) ([]*PodOutline, error) {
	if !slices.Contains(kindsWithPods, kind.String()) {
		return nil, &KindWithoutPodsError{Kind: kind, Kinds: slices.Clone(kindsWithPods)}
	}
	object := new(Object)
	err := newRequester(client, kind, opts).get(ctx, name, object, nil)
	if err != nil {
		return nil, err
	}
	if kind.Resource == "pods" {
		pod := new(PodOutline)
		return []*PodOutline{pod}, object.Decode(pod)
	}
	none := &NoPodsError{Kind: kind, Name: name}
	if none.Selector, none.Wanted, err = selectorOf(object); err != nil {
		return nil, fmt.Errorf("%s/%s: its selector cannot be read: %w", kind, name, err)
	}
	if none.Selector == "" { // an empty selector would list every pod
		return nil, none
	}
	pods, err := SelectPods(ctx, client, none.Selector, opts...)
	if err == nil && len(pods) == 0 {
		err = none
	}
	return pods, err
}

// SelectPods returns the pods whose labels match. The most useful ones come first: ready, running,
// pending, being deleted, ended. Equal ones are sorted by name.
func SelectPods(ctx context.Context, client *transport.Client, labelSelector string,
	opts ...APIOption) ([]*PodOutline, error) {
	var pods []*PodOutline
	_, err := newRequester(client, (*Pod)(nil).APIKind(), opts).eachItem(ctx, "",
		ListOptions{LabelSelector: labelSelector}, new(options), itemSink{
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
		return cmp.Or(rank(a)-rank(b), strings.Compare(a.Metadata.Namespace, b.Metadata.Namespace),
			strings.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return pods, nil
}

// rank orders pods by usefulness. A ready pod has rank 0.
func rank(pod *PodOutline) int {
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

// selectorOf returns the pod selector of a workload, and how many pods it wants, or nil if it does
// not say.
func selectorOf(object *Object) (selector string, wanted *int32, err error) {
	var workload struct {
		Spec struct {
			Replicas    *int32         `json:"replicas"`
			Parallelism *int32         `json:"parallelism"` // Job
			Selector    jsontext.Value `json:"selector"`
		} `json:"spec"`
		Status struct {
			Desired *int32 `json:"desiredNumberScheduled"` // DaemonSet
		} `json:"status"`
	}
	if err := object.Decode(&workload); err != nil {
		return "", nil, err
	}
	var s plainSelector
	spec := &workload.Spec
	switch {
	case len(spec.Selector) == 0:
	case object.Kind == "ReplicationController", object.Kind == "Service": // a map of labels
		err = json.Unmarshal(spec.Selector, &s.MatchLabels)
	default:
		err = json.Unmarshal(spec.Selector, &s)
	}
	if err == nil {
		selector, err = s.encode()
	}
	return selector, cmp.Or(workload.Spec.Replicas, workload.Spec.Parallelism,
		workload.Status.Desired), err
}

// NoPodsError reports that a workload has no pods now.
type NoPodsError struct {
	Kind Kind
	Name string
	// Selector is what its pods would match. It is empty if the workload selects nothing.
	Selector string
	// Wanted is how many pods the workload wants, or nil if it does not say.
	Wanted *int32
}

func (e *NoPodsError) Error() string {
	text := fmt.Sprintf("%s/%s has no pods", e.Kind, e.Name)
	switch {
	case e.Selector == "":
		return text + ": its selector is empty"
	case e.Wanted != nil && *e.Wanted == 0:
		if e.Kind.Kind == "DaemonSet" {
			return text + ": no node matches it"
		}
		return text + ": it wants none: scale it up"
	case e.Wanted != nil:
		text += fmt.Sprintf(", and wants %d", *e.Wanted)
	}
	return fmt.Sprintf("%s: no pod matches %q; see its status and events", text, e.Selector)
}

// KindWithoutPodsError reports that the objects of a kind select no pods. Nothing was sent.
type KindWithoutPodsError struct {
	Kind Kind
	// Kinds are the kinds whose objects select pods.
	Kinds []string
}

func (e *KindWithoutPodsError) Error() string {
	return fmt.Sprintf("%s have no pods: only %s have", e.Kind, strings.Join(e.Kinds, ", "))
}
