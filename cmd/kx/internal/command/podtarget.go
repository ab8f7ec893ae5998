package command

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// PodTarget is an argument that names a pod: POD, pod/NAME, or KIND/NAME of a workload or service.
type PodTarget struct{ Kind, Name string }

// PodTargetRows describe a PodTarget in the help of a command that takes one pod.
var PodTargetRows = []Row{
	{Name: "POD, pod/NAME", Text: "the pod of that name"},
	{Name: "KIND/NAME", Text: "one pod of a workload or service, a ready one first"},
}

// ParsePodTarget reads the only argument of verb.
func ParsePodTarget(verb string, args []string) (PodTarget, error) {
	switch {
	case len(args) == 0:
		return PodTarget{}, Usagef("no pod is given")
	case len(args) > 1:
		return PodTarget{}, Usagef("unexpected argument %q: %s takes one pod", args[1], verb)
	}
	word, name, err := SplitName(args[0])
	kind, known := resources.Lookup(word)
	if err == nil && known && !HasPods(word) {
		err = NewUsageError(&resources.KindWithoutPodsError{Kind: kind, Kinds: kindsWithPods})
	}
	return PodTarget{word, name}, err
}

// IsPod reports whether t names a pod itself.
func (t PodTarget) IsPod() bool { return t.Kind == "" || SameKind(t.Kind, "pods") }

// kindsWithPods are the kinds known by name whose objects have pods.
var kindsWithPods = []string{"pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps",
	"replicasets.apps", "jobs.batch", "services"}

// HasPods reports whether a word names one of kindsWithPods, such as deploy.
func HasPods(word string) bool {
	kind, known := resources.Lookup(word)
	return known && slices.Contains(kindsWithPods, kind.String())
}

func (t PodTarget) String() string { return t.Kind + "/" + t.Name }

// FindWorkload returns the pods of a workload or service, the most useful one first. A kind without
// pods is a UsageError.
func (t PodTarget) FindWorkload(ctx context.Context,
	client *transport.Client) ([]*resources.PodOutline, error) {
	kind, err := resources.Discover(ctx, client, t.Kind)
	if err != nil {
		return nil, err
	}
	pods, err := resources.PodsOf(ctx, client, kind, t.Name)
	if errors.As(err, new(*resources.KindWithoutPodsError)) {
		err = NewUsageError(err)
	}
	return pods, err
}

// Find returns the pod that t names. Of a workload's pods it returns the first, and calls notice
// with its name.
func (t PodTarget) Find(ctx context.Context, client *transport.Client,
	notice func(format string, args ...any)) (*resources.PodOutline, error) {
	if t.IsPod() {
		return resources.New[resources.PodOutline](client).Get(ctx, t.Name)
	}
	pods, err := t.FindWorkload(ctx, client)
	if err != nil {
		return nil, err
	}
	notice("%s", DescribeChoice(pods, t.String()))
	return pods[0], nil
}

// DescribeChoice says that the first of pods is used. of names what they belong to.
func DescribeChoice(pods []*resources.PodOutline, of string) string {
	text := fmt.Sprintf("Using pod/%s of %s (%s", pods[0].Metadata.Name, of, CountPods(len(pods)))
	if !pods[0].Status.Ready() {
		text += ", none ready"
	}
	return text + ")"
}

// CountPods returns a number of pods in words.
func CountPods(pods int) string {
	if pods == 1 {
		return "1 pod"
	}
	return fmt.Sprintf("%d pods", pods)
}
