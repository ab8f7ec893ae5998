package resources_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestLookupAcceptsShortNamesAndGroups(t *testing.T) {
	for kind, names := range map[string][]string{
		"pods":              {"pods", "pod", "po", "Pods", "POD", "Po"},
		"namespaces":        {"namespaces", "namespace", "ns"},
		"nodes":             {"nodes", "node", "no"},
		"events":            {"events", "event", "ev"},
		"deployments.apps":  {"deployments", "deployment", "deploy", "deployments.apps", "deploy.apps", "deployments.v1.apps", "Deployment.v1.apps"},
		"statefulsets.apps": {"statefulsets", "statefulset", "sts", "sts.apps", "sts.v1.apps"},
		"replicasets.apps":  {"replicasets", "replicaset", "rs", "rs.apps"},
		"daemonsets.apps":   {"daemonsets", "daemonset", "ds", "DaemonSet", "ds.apps"},
		"jobs.batch":        {"jobs", "job", "Job", "jobs.batch", "job.v1.batch"},
		"cronjobs.batch":    {"cronjobs", "cronjob", "cj", "cj.batch"},
		"services":          {"services", "service", "svc", "Service"},
		"configmaps":        {"configmaps", "configmap", "cm", "ConfigMap"},
		"secrets":           {"secrets", "secret"},
		"serviceaccounts":   {"serviceaccounts", "serviceaccount", "sa"},

		"persistentvolumeclaims":          {"persistentvolumeclaims", "persistentvolumeclaim", "pvc", "PersistentVolumeClaim"},
		"endpoints":                       {"endpoints", "ep", "Endpoints"},
		"endpointslices.discovery.k8s.io": {"endpointslices", "endpointslice", "endpointslices.discovery.k8s.io", "endpointslice.v1.discovery.k8s.io"},
		"events.events.k8s.io":            {"events.events.k8s.io", "ev.events.k8s.io", "event.v1.events.k8s.io"},
	} {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				found, ok := resources.Lookup(name)
				require.True(t, ok)
				require.Equal(t, kind, found.String())
			})
		}
	}
	for _, name := range []string{"", "p", "podz", "pods.apps", "pods.", "deployments.extensions", "deployments.v1beta1.apps", "deployments.", ".apps", "jobs.apps", "replicationcontrollers", "services.example.com", "endpoint"} {
		t.Run("not "+name, func(t *testing.T) {
			_, ok := resources.Lookup(name)
			require.False(t, ok)
		})
	}
}
