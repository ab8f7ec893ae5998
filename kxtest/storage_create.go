package kxtest

import (
	"crypto/rand"
	"fmt"
	"maps"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// insert stores a new object that the engine has made, under its name or one generated for it.
func (s *store) insert(k *kind, namespace string, made map[string]any, dryRun bool) (*entry, error) {
	if k.namespaced {
		if err := s.checkNamespace(k, namespace, text(made, "metadata", "name")); err != nil {
			return nil, err
		}
	}
	name := text(made, "metadata", "name")
	return s.write(k, namespace, name, func(current map[string]any) (verdict, error) {
		if current != nil {
			return verdict{}, alreadyExists(k, name)
		}
		return verdict{object: born(k, namespace, made), dryRun: dryRun}, nil
	})
}

// born gives a new object what the API server does.
func born(k *kind, namespace string, made map[string]any) map[string]any {
	made = with(made, newUID(), "metadata", "uid")
	made = with(made, timestamp(), "metadata", "creationTimestamp")
	if k.namespaced {
		made = with(made, namespace, "metadata", "namespace")
	}
	switch k {
	case namespaceKind:
		made = with(made, []any{"kubernetes"}, "spec", "finalizers")
	case podKind:
		made = withToken(made)
	case jobKind:
		made = withSelector(made)
	}
	return made
}

// withSelector gives a new job that has no selector of its own one by its uid, and its pods the labels for that.
func withSelector(job map[string]any) map[string]any {
	if at(job, "spec", "manualSelector") == true {
		return job
	}
	uid, name := text(job, "metadata", "uid"), text(job, "metadata", "name")
	before := fields(job, "spec", "template", "metadata", "labels")
	labels := map[string]any{"controller-uid": uid, "batch.kubernetes.io/controller-uid": uid, "job-name": name, "batch.kubernetes.io/job-name": name}
	maps.Copy(labels, before)
	own := fields(job, "metadata", "labels")
	if len(own) == 0 || object.Equal(own, before) { // by default they are those of its pods
		job = with(job, labels, "metadata", "labels")
	}
	job = with(job, labels, "spec", "template", "metadata", "labels")
	return with(job, uid, "spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid")
}

// checkNamespace refuses what goes into a namespace that is not there, or is going.
func (s *store) checkNamespace(k *kind, namespace, name string) error {
	e := s.get(namespaceKind, "", namespace)
	if e == nil {
		return notFound(namespaceKind, namespace)
	}
	if text(e.object, "status", "phase") == "Terminating" {
		status := forbidden(k, name, "unable to create new content in namespace "+namespace+" because it is being terminated")
		status.Details.Causes = []statusCause{{Reason: "NamespaceTerminating", Message: "namespace " + namespace + " is being terminated", Field: "metadata.namespace"}}
		return status
	}
	return nil
}

// finished reports whether an object under deletion has nothing left to wait for.
func finished(o map[string]any) bool {
	if text(o, "metadata", "deletionTimestamp") == "" || len(list(o, "metadata", "finalizers")) > 0 || len(list(o, "spec", "finalizers")) > 0 {
		return false
	}
	grace, _ := number(o, "metadata", "deletionGracePeriodSeconds")
	return grace == 0
}

// newUID makes a random UUID (RFC 9562, version 4).
func newUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
