package resources

import (
	"slices"
	"strings"
)

// knownKinds are the kinds that Lookup finds, with their short names.
var knownKinds = []struct {
	kind  Kind
	names []string
}{
	{(*Pod)(nil).APIKind(), []string{"pod", "po"}},
	{(*Namespace)(nil).APIKind(), []string{"namespace", "ns"}},
	{(*Node)(nil).APIKind(), []string{"node", "no"}},
	{(*Event)(nil).APIKind(), []string{"event", "ev"}},
	{(*Deployment)(nil).APIKind(), []string{"deployment", "deploy"}},
	{(*StatefulSet)(nil).APIKind(), []string{"statefulset", "sts"}},
	{(*ReplicaSet)(nil).APIKind(), []string{"replicaset", "rs"}},
	{(*DaemonSet)(nil).APIKind(), []string{"daemonset", "ds"}},
	{(*Job)(nil).APIKind(), []string{"job"}},
	{(*CronJob)(nil).APIKind(), []string{"cronjob", "cj"}},
	{(*Service)(nil).APIKind(), []string{"service", "svc"}},
	{(*ConfigMap)(nil).APIKind(), []string{"configmap", "cm"}},
	{(*Secret)(nil).APIKind(), []string{"secret"}},
	{(*ServiceAccount)(nil).APIKind(), []string{"serviceaccount", "sa"}},
	{(*PersistentVolumeClaim)(nil).APIKind(), []string{"persistentvolumeclaim", "pvc"}},
	{(*Endpoints)(nil).APIKind(), []string{"ep"}},
	{(*EndpointSlice)(nil).APIKind(), []string{"endpointslice"}},
	{(*EventsV1Event)(nil).APIKind(), []string{"event", "ev"}},
}

// Lookup returns a kind that this package knows by a name such as "pods", "pod", "po",
// "deployments.apps" or "deployments.v1.apps". These are the kinds with a model. "events" is the
// kind of the core group; the other one is "events.events.k8s.io". Lookup sends no request.
func Lookup(name string) (Kind, bool) {
	name = strings.ToLower(name)
	resource, group, qualified := strings.Cut(name, ".")
	for _, k := range knownKinds {
		if resource != k.kind.Resource && !slices.Contains(k.names, resource) {
			continue
		}
		if !qualified || k.kind.Group != "" && (group == k.kind.Group || group == k.kind.Version+
			"."+k.kind.Group) {
			return k.kind, true
		}
	}
	return Kind{}, false
}
