package resources_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// The models and their subresources. Package subresource tests that a model without one does not
// compile.
var (
	_ resources.HasEphemeralContainers = (*resources.Pod)(nil)
	_ resources.HasStatus              = (*resources.Pod)(nil)
	_ resources.HasResize              = (*resources.Pod)(nil)
	_ resources.HasEviction            = (*resources.Pod)(nil)
	_ resources.HasStatus              = (*resources.Namespace)(nil)
	_ resources.HasStatus              = (*resources.Node)(nil)
	_ resources.HasStatus              = (*resources.PersistentVolumeClaim)(nil)
	_ resources.HasScale               = (*resources.Deployment)(nil)
	_ resources.HasStatus              = (*resources.Deployment)(nil)
	_ resources.HasScale               = (*resources.StatefulSet)(nil)
	_ resources.HasStatus              = (*resources.StatefulSet)(nil)
	_ resources.HasScale               = (*resources.ReplicaSet)(nil)
	_ resources.HasStatus              = (*resources.ReplicaSet)(nil)
	_ resources.HasStatus              = (*resources.DaemonSet)(nil)
	_ resources.HasStatus              = (*resources.Job)(nil)
	_ resources.HasStatus              = (*resources.CronJob)(nil)
	_ resources.HasStatus              = (*resources.Service)(nil)
)

func TestModelsKnowTheirKindAndMetadata(t *testing.T) {
	for _, c := range []struct {
		null, model            resources.Model
		apiVersion, kind, name string
		namespaced             bool
	}{
		{(*resources.Pod)(nil), &resources.Pod{}, "v1", "Pod", "pods", true},
		{(*resources.Namespace)(nil), &resources.Namespace{}, "v1", "Namespace", "namespaces", false},
		{(*resources.Node)(nil), &resources.Node{}, "v1", "Node", "nodes", false},
		{(*resources.Event)(nil), &resources.Event{}, "v1", "Event", "events", true},
		{(*resources.PersistentVolumeClaim)(nil), &resources.PersistentVolumeClaim{}, "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true},
		{(*resources.Deployment)(nil), &resources.Deployment{}, "apps/v1", "Deployment", "deployments.apps", true},
		{(*resources.StatefulSet)(nil), &resources.StatefulSet{}, "apps/v1", "StatefulSet", "statefulsets.apps", true},
		{(*resources.ReplicaSet)(nil), &resources.ReplicaSet{}, "apps/v1", "ReplicaSet", "replicasets.apps", true},
		{(*resources.DaemonSet)(nil), &resources.DaemonSet{}, "apps/v1", "DaemonSet", "daemonsets.apps", true},
		{(*resources.Job)(nil), &resources.Job{}, "batch/v1", "Job", "jobs.batch", true},
		{(*resources.CronJob)(nil), &resources.CronJob{}, "batch/v1", "CronJob", "cronjobs.batch", true},
		{(*resources.Service)(nil), &resources.Service{}, "v1", "Service", "services", true},
		{(*resources.ConfigMap)(nil), &resources.ConfigMap{}, "v1", "ConfigMap", "configmaps", true},
		{(*resources.Secret)(nil), &resources.Secret{}, "v1", "Secret", "secrets", true},
		{(*resources.ServiceAccount)(nil), &resources.ServiceAccount{}, "v1", "ServiceAccount", "serviceaccounts", true},
		{(*resources.Endpoints)(nil), &resources.Endpoints{}, "v1", "Endpoints", "endpoints", true},
		{(*resources.EndpointSlice)(nil), &resources.EndpointSlice{}, "discovery.k8s.io/v1", "EndpointSlice", "endpointslices.discovery.k8s.io", true},
		{(*resources.EventsV1Event)(nil), &resources.EventsV1Event{}, "events.k8s.io/v1", "Event", "events.events.k8s.io", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind := c.null.APIKind()
			require.Equal(t, c.apiVersion, kind.APIVersion())
			require.Equal(t, c.kind, kind.Kind)
			require.Equal(t, c.name, kind.String())
			require.Equal(t, c.namespaced, kind.Namespaced)

			c.model.Meta().Name = "changed"
			require.Equal(t, "changed", c.model.Meta().Name)
		})
	}
}
