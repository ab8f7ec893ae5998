package storage

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/resources"
)

// DeleteOptions are the options of a delete, as in the API.
type DeleteOptions struct {
	Kind               string   `json:"kind"`
	APIVersion         string   `json:"apiVersion"`
	GracePeriodSeconds *int64   `json:"gracePeriodSeconds"`
	DryRun             []string `json:"dryRun"`
	PropagationPolicy  string   `json:"propagationPolicy"`
	OrphanDependents   *bool    `json:"orphanDependents"`
	Preconditions      struct {
		UID             string `json:"uid"`
		ResourceVersion string `json:"resourceVersion"`
	} `json:"preconditions"`
}

// DefaultPropagation reports whether the options leave the propagation policy to the server.
func (o *DeleteOptions) DefaultPropagation() bool {
	return o.PropagationPolicy == "" && o.OrphanDependents == nil
}

// Delete removes an object. If finalizers or the kubelet still have work to do, it marks the object
// as under deletion instead.
func (s *Store) Delete(k *api.Kind, namespace, name string, options DeleteOptions,
	dryRun bool) (*Entry, error) {
	return s.Write(k, namespace, name, func(current map[string]any) (Outcome, error) {
		if current == nil {
			return Outcome{}, api.NotFound(k, name)
		}
		if err := options.Check(k, name, current); err != nil {
			return Outcome{}, err
		}
		next := markDeleted(k, withFinalizer(k, current, options), options)
		gone := DeletionComplete(next) || !k.Graceful &&
			len(object.List(next, "metadata", "finalizers")) == 0
		return Outcome{Object: next, Remove: gone, MarkFirst: k == api.PodKind, DryRun: dryRun}, nil
	})
}

// Check returns the conflict if the object does not meet the preconditions.
func (o *DeleteOptions) Check(k *api.Kind, name string, current map[string]any) error {
	conflict := func(what, asked, stored, maybe string) error {
		return api.Failure(http.StatusConflict, "Conflict",
			fmt.Sprintf(
				"Operation cannot be fulfilled on %s %q: the %s in the precondition (%s) does "+
					"not match the %s in record (%s). %s",
				(&api.Kind{Group: k.Group, Resource: k.Name}).QualifiedName(), name, what, asked,
				what, stored, maybe),
			&api.StatusDetails{Name: name, Group: k.Group, Kind: k.Name})
	}
	uid := object.Text(current, "metadata", "uid")
	if o.Preconditions.UID != "" && o.Preconditions.UID != uid {
		return conflict("UID", o.Preconditions.UID, uid,
			"The object might have been deleted and then recreated")
	}
	version := object.Text(current, "metadata", "resourceVersion")
	if o.Preconditions.ResourceVersion != "" && o.Preconditions.ResourceVersion != version {
		return conflict("ResourceVersion", o.Preconditions.ResourceVersion, version,
			"The object might have been modified")
	}
	return nil
}

// CollectorFinalizers are the finalizers that the garbage collector removes once it has handled the
// dependents, and the one that a controller removes from a claim which no pod uses.
var CollectorFinalizers = []any{"foregroundDeletion", "orphan", "kubernetes.io/pvc-protection"}

// withFinalizer adds the finalizer of the propagation policy. The default for a job orphans its
// pods.
func withFinalizer(k *api.Kind, current map[string]any, options DeleteOptions) map[string]any {
	finalizer := ""
	switch {
	case options.PropagationPolicy == "Foreground":
		finalizer = "foregroundDeletion"
	case options.PropagationPolicy == "Orphan", options.OrphanDependents != nil &&
		*options.OrphanDependents,
		k == api.JobKind && options.DefaultPropagation():
		finalizer = "orphan"
	default:
		return current
	}
	finalizers := object.List(current, "metadata", "finalizers")
	if slices.Contains(finalizers, any(finalizer)) {
		return current
	}
	return object.With(current, append(slices.Clone(finalizers), finalizer), "metadata",
		"finalizers")
}

// markDeleted sets the deletion timestamp and the grace period. An object that is removed at once
// keeps its metadata, except for a pod.
func markDeleted(k *api.Kind, current map[string]any, options DeleteOptions) map[string]any {
	if !k.Graceful && len(object.List(current, "metadata", "finalizers")) == 0 {
		return current
	}
	grace := int64(0)
	if k == api.PodKind {
		grace = podGrace(current, options)
	}
	if old, ok := object.Number(current, "metadata", "deletionGracePeriodSeconds"); ok &&
		old <= grace {
		return current // a second delete can only shorten the grace period
	}
	next := current
	if object.Text(current, "metadata", "deletionTimestamp") == "" || k == api.PodKind {
		when := time.Now().Add(time.Duration(grace) * time.Second).UTC().Format(time.RFC3339)
		next = object.With(next, when, "metadata", "deletionTimestamp")
	}
	if k != api.NamespaceKind {
		next = object.With(next, grace, "metadata", "deletionGracePeriodSeconds")
	}
	if generation, ok := object.Number(current, "metadata", "generation"); ok &&
		object.Text(current, "metadata", "deletionTimestamp") == "" {
		next = object.With(next, generation+1, "metadata", "generation")
	}
	if k == api.NamespaceKind {
		next = object.With(next, "Terminating", "status", "phase")
	}
	return next
}

// podGrace returns a pod's grace period in seconds: 0 before the pod is on a node, or after it has
// ended.
func podGrace(pod map[string]any, options DeleteOptions) int64 {
	grace, _ := object.Number(pod, "spec", "terminationGracePeriodSeconds")
	if options.GracePeriodSeconds != nil {
		grace = *options.GracePeriodSeconds
	}
	phase := object.Text(pod, "status", "phase")
	if object.Text(pod, "spec", "nodeName") == "" || resources.PhaseEnded(phase) {
		return 0
	}
	if grace < 0 {
		grace = 1
	}
	return grace
}
