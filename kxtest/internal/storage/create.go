package storage

import (
	"crypto/rand"
	"fmt"
	"maps"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// Insert stores a new object under its name.
func (s *Store) Insert(k *api.Kind, namespace string, made map[string]any, dryRun bool) (*Entry,
	error) {
	if k.Namespaced {
		if err := s.CheckNamespace(k, namespace, object.Text(made, "metadata",
			"name")); err != nil {
			return nil, err
		}
	}
	name := object.Text(made, "metadata", "name")
	return s.Write(k, namespace, name, func(current map[string]any) (Outcome, error) {
		if current != nil {
			return Outcome{}, api.AlreadyExists(k, name)
		}
		return Outcome{Object: s.PrepareForCreate(k, namespace, made), DryRun: dryRun}, nil
	})
}

// PrepareForCreate sets the fields that the API server sets in a new object. It is for the decide
// functions of Write.
func (s *Store) PrepareForCreate(k *api.Kind, namespace string,
	made map[string]any) map[string]any {
	made = object.With(made, NewUID(), "metadata", "uid")
	made = object.With(made, api.Timestamp(), "metadata", "creationTimestamp")
	if k.Namespaced {
		made = object.With(made, namespace, "metadata", "namespace")
	}
	switch k {
	case api.NamespaceKind:
		made = object.With(made, []any{"kubernetes"}, "spec", "finalizers")
	case api.PodKind:
		made = withToken(made)
	case api.JobKind:
		made = withSelector(made)
	case api.ServiceKind:
		made = s.withAddresses(made)
	case api.DefinitionKind:
		made = api.Established(made, api.Timestamp())
	}
	return made
}

// withSelector adds a selector by uid to a job, and the labels that it selects to the job's pods.
// It leaves a job with spec.manualSelector unchanged.
func withSelector(job map[string]any) map[string]any {
	if object.At(job, "spec", "manualSelector") == true {
		return job
	}
	uid, name := object.Text(job, "metadata", "uid"), object.Text(job, "metadata", "name")
	before := object.Fields(job, "spec", "template", "metadata", "labels")
	labels := map[string]any{
		"controller-uid":                     uid,
		"batch.kubernetes.io/controller-uid": uid,
		"job-name":                           name,
		"batch.kubernetes.io/job-name":       name,
	}
	maps.Copy(labels, before)
	own := object.Fields(job, "metadata", "labels")
	if len(own) == 0 || object.Equal(own, before) { // a job's labels default to those of its pods
		job = object.With(job, labels, "metadata", "labels")
	}
	job = object.With(job, labels, "spec", "template", "metadata", "labels")
	return object.With(job, uid, "spec", "selector", "matchLabels",
		"batch.kubernetes.io/controller-uid")
}

// CheckNamespace returns an error if the namespace does not exist or is under deletion.
func (s *Store) CheckNamespace(k *api.Kind, namespace, name string) error {
	e := s.Get(api.NamespaceKind, "", namespace)
	if e == nil {
		return api.NotFound(api.NamespaceKind, namespace)
	}
	if object.Text(e.Object, "status", "phase") == "Terminating" {
		status := api.Forbidden(k, name, "unable to create new content in namespace "+namespace+
			" because it is being terminated")
		status.Details.Causes = []api.StatusCause{{
			Reason:  "NamespaceTerminating",
			Message: "namespace " + namespace + " is being terminated",
			Field:   "metadata.namespace",
		}}
		return status
	}
	return nil
}

// DeletionComplete reports whether an object under deletion has no finalizer and no grace period
// left.
func DeletionComplete(o map[string]any) bool {
	if object.Text(o, "metadata", "deletionTimestamp") == "" ||
		len(object.List(o, "metadata", "finalizers")) > 0 ||
		len(object.List(o, "spec", "finalizers")) > 0 {
		return false
	}
	grace, _ := object.Number(o, "metadata", "deletionGracePeriodSeconds")
	return grace == 0
}

// NewUID returns a random UUID (RFC 9562, version 4).
func NewUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
