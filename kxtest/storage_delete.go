package kxtest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// deleteOptions are a DeleteOptions, from the body or the query.
type deleteOptions struct {
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

// isSilent holds when nothing is said of the object's dependents.
func (o *deleteOptions) isSilent() bool {
	return o.PropagationPolicy == "" && o.OrphanDependents == nil
}

// remove deletes an object or, where finalizers or a node still have to do with it, marks it.
func (s *store) remove(k *kind, namespace, name string, options deleteOptions, dryRun bool) (*entry, error) {
	return s.write(k, namespace, name, func(current map[string]any) (verdict, error) {
		if current == nil {
			return verdict{}, notFound(k, name)
		}
		if err := options.check(k, name, current); err != nil {
			return verdict{}, err
		}
		next := mark(k, withFinalizer(k, current, options), options)
		gone := finished(next) || !k.graceful && len(list(next, "metadata", "finalizers")) == 0
		return verdict{object: next, remove: gone, mark: k == podKind, dryRun: dryRun}, nil
	})
}

func (o *deleteOptions) check(k *kind, name string, current map[string]any) error {
	conflict := func(what, asked, stored, maybe string) error {
		return failure(http.StatusConflict, "Conflict",
			fmt.Sprintf("Operation cannot be fulfilled on %s %q: the %s in the precondition (%s) does not match the %s in record (%s). %s",
				(&kind{group: k.group, resource: k.name}).qualified(), name, what, asked, what, stored, maybe),
			&statusDetails{Name: name, Group: k.group, Kind: k.name})
	}
	uid := text(current, "metadata", "uid")
	if o.Preconditions.UID != "" && o.Preconditions.UID != uid {
		return conflict("UID", o.Preconditions.UID, uid, "The object might have been deleted and then recreated")
	}
	version := text(current, "metadata", "resourceVersion")
	if o.Preconditions.ResourceVersion != "" && o.Preconditions.ResourceVersion != version {
		return conflict("ResourceVersion", o.Preconditions.ResourceVersion, version, "The object might have been modified")
	}
	return nil
}

// collectorFinalizers hold an object until the garbage collector has seen to what depends on it.
var collectorFinalizers = []any{"foregroundDeletion", "orphan"}

// withFinalizer adds what the propagation policy asks for. A job's pods stay by default.
func withFinalizer(k *kind, current map[string]any, options deleteOptions) map[string]any {
	finalizer := ""
	switch {
	case options.PropagationPolicy == "Foreground":
		finalizer = "foregroundDeletion"
	case options.PropagationPolicy == "Orphan", options.OrphanDependents != nil && *options.OrphanDependents, k == jobKind && options.isSilent():
		finalizer = "orphan"
	default:
		return current
	}
	finalizers := list(current, "metadata", "finalizers")
	if slices.Contains(finalizers, any(finalizer)) {
		return current
	}
	return with(current, append(slices.Clone(finalizers), finalizer), "metadata", "finalizers")
}

// mark returns the object with the signs of its deletion: an object that goes at once has none, but for a pod.
func mark(k *kind, current map[string]any, options deleteOptions) map[string]any {
	if !k.graceful && len(list(current, "metadata", "finalizers")) == 0 {
		return current
	}
	grace := int64(0)
	if k == podKind {
		grace = podGrace(current, options)
	}
	if old, ok := number(current, "metadata", "deletionGracePeriodSeconds"); ok && old <= grace {
		return current // a second delete can only shorten the time
	}
	next := current
	if text(current, "metadata", "deletionTimestamp") == "" || k == podKind {
		when := time.Now().Add(time.Duration(grace) * time.Second).UTC().Format(time.RFC3339)
		next = with(next, when, "metadata", "deletionTimestamp")
	}
	if k != namespaceKind {
		next = with(next, grace, "metadata", "deletionGracePeriodSeconds")
	}
	if generation, ok := number(current, "metadata", "generation"); ok && text(current, "metadata", "deletionTimestamp") == "" {
		next = with(next, generation+1, "metadata", "generation")
	}
	if k == namespaceKind {
		next = with(next, "Terminating", "status", "phase")
	}
	return next
}

// podGrace is how long a pod has to end: no time before it is on a node, or after it has ended.
func podGrace(pod map[string]any, options deleteOptions) int64 {
	grace, _ := number(pod, "spec", "terminationGracePeriodSeconds")
	if options.GracePeriodSeconds != nil {
		grace = *options.GracePeriodSeconds
	}
	phase := text(pod, "status", "phase")
	if text(pod, "spec", "nodeName") == "" || phase == "Succeeded" || phase == "Failed" {
		return 0
	}
	if grace < 0 {
		grace = 1
	}
	return grace
}
