package conformance_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// kindCase is a model, and what the server makes of its objects.
type kindCase[T any] struct {
	what string // the kind in the sentence
	// make returns a new object. Like each write of a model, its create fills in the kind.
	make func(meta resources.ObjectMeta) *T
	// made checks what the server has filled in.
	made func(t *testing.T, object *T)
	// change is an update that changed checks.
	change  func(object *T)
	changed func(t *testing.T, object *T)
	// row has a regular expression for each cell after the name.
	row string
	// returned is true if a delete responds with the object.
	returned bool
	warnings []string
}

// ofKind is the behaviour of one kind.
func ofKind[T any, P interface {
	*T
	resources.Model
}](c kindCase[T]) behaviour {
	return behaviour{c.what + " is created with its defaults, listed as a row, changed and deleted", func(t *testing.T, w *world) {
		api := resources.New[T, P](w.client)
		metaOf := func(object *T) *resources.ObjectMeta { return P(object).Meta() }
		name := w.name()
		selected := resources.ListOptions{FieldSelector: "metadata.name=" + name}
		made, err := api.Create(t.Context(), c.make(resources.ObjectMeta{Name: name, Labels: map[string]string{"app": name}}))
		require.NoError(t, err)
		t.Cleanup(func() { _, _ = api.Delete(atEnd(t), name, resources.PropagationPolicy(resources.Background)) })
		require.NotEmpty(t, metaOf(made).UID)
		c.made(t, made)

		read, err := api.Get(t.Context(), name)
		require.NoError(t, err)
		c.made(t, read)
		list, err := api.List(t.Context(), selected)
		require.NoError(t, err)
		require.Len(t, list.Items, 1)
		require.Equal(t, metaOf(made).UID, metaOf(&list.Items[0]).UID)

		table, err := api.ListTable(t.Context(), selected)
		require.NoError(t, err)
		require.Len(t, table.Rows, 1)
		var cells []string
		for _, cell := range table.Rows[0].Cells {
			require.NoError(t, cell.Canonicalize()) // the server escapes < and >
			cells = append(cells, string(cell))
		}
		require.Regexp(t, "^"+regexp.QuoteMeta(`"`+name+`"`)+" "+c.row+"$", strings.Join(cells, " "))

		var names []string
		for name, err := range api.AllNames(t.Context(), selected) {
			require.NoError(t, err)
			names = append(names, name)
		}
		require.Equal(t, []string{name}, names)

		metadata := resources.Metadata(api)
		partial, err := metadata.Get(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, "PartialObjectMetadata", partial.Kind)
		require.Equal(t, metaOf(made).UID, partial.Metadata.UID)
		require.Empty(t, partial.Unknown)

		updated, err := api.Modify(t.Context(), name, func(object *T) error { c.change(object); return nil })
		require.NoError(t, err)
		c.changed(t, updated)
		require.NotEqual(t, metaOf(made).ResourceVersion, metaOf(updated).ResourceVersion)
		patched, err := api.Patch(t.Context(), name, patch.Merge(map[string]any{"metadata": map[string]any{"labels": map[string]any{"kx": "yes"}}}))
		require.NoError(t, err)
		require.Equal(t, map[string]string{"app": name, "kx": "yes"}, metaOf(patched).Labels)
		c.changed(t, patched)

		deleted, err := api.Delete(t.Context(), name, resources.PropagationPolicy(resources.Background))
		require.NoError(t, err)
		require.Equal(t, c.returned, deleted != nil, "the answer to the delete")
		eventually(t, "the object is gone", func() bool {
			_, err := api.Get(t.Context(), name)
			return err != nil && transportNotFound(t, err)
		})
		w.requireWarnings(t, c.warnings...)
	}}
}

func transportNotFound(t *testing.T, err error) bool {
	t.Helper()
	require.ErrorIs(t, err, transport.ErrNotFound)
	return true
}

const age = `"[0-9ms]+"`

func kinds() []behaviour {
	never := "Never"
	no, yes := false, true
	template := resources.PodTemplateSpec{Spec: resources.PodSpec{
		RestartPolicy: never, SchedulerName: "none",
		Containers: []resources.Container{{Name: "app", Image: image}},
	}}
	return []behaviour{
		ofKind(kindCase[resources.Service]{
			what: "a service",
			make: func(meta resources.ObjectMeta) *resources.Service {
				return &resources.Service{Metadata: meta, Spec: resources.ServiceSpec{
					Selector: meta.Labels, Ports: []resources.ServicePort{{Port: 80}}}}
			},
			made: func(t *testing.T, s *resources.Service) {
				require.Regexp(t, `^10\.[0-9]+\.[0-9]+\.[0-9]+$`, s.Spec.ClusterIP)
				require.Equal(t, []string{s.Spec.ClusterIP}, s.Spec.ClusterIPs)
				require.Equal(t, "ClusterIP None", s.Spec.Type+" "+s.Spec.SessionAffinity)
				require.Equal(t, "SingleStack Cluster", *s.Spec.IPFamilyPolicy+" "+*s.Spec.InternalTrafficPolicy)
				require.Equal(t, []resources.ServicePort{{Protocol: "TCP", Port: 80, TargetPort: resources.FromInt(80)}}, s.Spec.Ports)
			},
			change: func(s *resources.Service) {
				s.Spec.ClusterIP, s.Spec.ClusterIPs = "", nil
				s.Spec.Ports[0].Port = 81
			},
			changed: func(t *testing.T, s *resources.Service) {
				require.Regexp(t, `^10\.`, s.Spec.ClusterIP, "an update that does not name the address keeps it")
				require.Equal(t, int32(81), s.Spec.Ports[0].Port)
			},
			row:      `"ClusterIP" "10\.[0-9.]+" "<none>" "80/TCP" ` + age + ` "app=[a-z0-9-]+"`,
			returned: true,
		}),
		ofKind(kindCase[resources.ConfigMap]{
			what: "a config map",
			make: func(meta resources.ObjectMeta) *resources.ConfigMap {
				return &resources.ConfigMap{Metadata: meta, Data: map[string]string{"a": "é"}, BinaryData: map[string][]byte{"b": {0, 255}}}
			},
			made: func(t *testing.T, m *resources.ConfigMap) {
				require.Equal(t, map[string]string{"a": "é"}, m.Data)
				require.Equal(t, map[string][]byte{"b": {0, 255}}, m.BinaryData)
			},
			change: func(m *resources.ConfigMap) { m.Data["a"] = "2"; m.BinaryData = nil },
			changed: func(t *testing.T, m *resources.ConfigMap) {
				require.Equal(t, "2", m.Data["a"])
				require.Empty(t, m.BinaryData)
			},
			row: `2 ` + age,
		}),
		ofKind(kindCase[resources.Secret]{
			what: "a secret",
			make: func(meta resources.ObjectMeta) *resources.Secret {
				return &resources.Secret{Metadata: meta, Data: map[string][]byte{"a": {0, 255}}, StringData: map[string]string{"b": "text"}}
			},
			made: func(t *testing.T, s *resources.Secret) {
				require.Equal(t, map[string][]byte{"a": {0, 255}, "b": []byte("text")}, s.Data)
				require.Empty(t, s.StringData, "the server never returns it")
				require.Equal(t, "Opaque", s.Type)
			},
			change:  func(s *resources.Secret) { s.StringData = map[string]string{"a": "new"} },
			changed: func(t *testing.T, s *resources.Secret) { require.Equal(t, "new", string(s.Data["a"])) },
			row:     `"Opaque" 2 ` + age,
		}),
		ofKind(kindCase[resources.ServiceAccount]{
			what: "a service account",
			make: func(meta resources.ObjectMeta) *resources.ServiceAccount {
				return &resources.ServiceAccount{Metadata: meta, AutomountServiceAccountToken: &no}
			},
			made: func(t *testing.T, a *resources.ServiceAccount) { require.False(t, *a.AutomountServiceAccountToken) },
			change: func(a *resources.ServiceAccount) {
				a.ImagePullSecrets = []resources.LocalObjectReference{{Name: "pull"}}
			},
			changed:  func(t *testing.T, a *resources.ServiceAccount) { require.Equal(t, "pull", a.ImagePullSecrets[0].Name) },
			row:      age,
			returned: true,
		}),
		ofKind(kindCase[resources.Job]{
			what: "a job",
			make: func(meta resources.ObjectMeta) *resources.Job {
				return &resources.Job{Metadata: meta, Spec: resources.JobSpec{Suspend: &yes, Template: template}}
			},
			made: func(t *testing.T, j *resources.Job) {
				require.Equal(t, []int32{1, 1, 6}, []int32{*j.Spec.Completions, *j.Spec.Parallelism, *j.Spec.BackoffLimit})
				require.Equal(t, "NonIndexed TerminatingOrFailed", *j.Spec.CompletionMode+" "+*j.Spec.PodReplacementPolicy)
				require.Equal(t, j.Metadata.UID, j.Spec.Selector.MatchLabels["batch.kubernetes.io/controller-uid"])
			},
			change:  func(j *resources.Job) { *j.Spec.BackoffLimit = 2 },
			changed: func(t *testing.T, j *resources.Job) { require.Equal(t, int32(2), *j.Spec.BackoffLimit) },
			row:     `"(Suspended|Running)" "0/1" "[0-9ms]*" ` + age + ` "app" "` + image + `" "batch.kubernetes.io/controller-uid=[-0-9a-f]+"`,
		}),
		ofKind(kindCase[resources.CronJob]{
			what: "a cron job",
			make: func(meta resources.ObjectMeta) *resources.CronJob {
				return &resources.CronJob{Metadata: meta, Spec: resources.CronJobSpec{Schedule: "*/5 * * * *", Suspend: &yes,
					JobTemplate: resources.JobTemplateSpec{Spec: resources.JobSpec{Template: template}}}}
			},
			made: func(t *testing.T, j *resources.CronJob) {
				require.Equal(t, "Allow", j.Spec.ConcurrencyPolicy)
				require.Equal(t, []int32{3, 1}, []int32{*j.Spec.SuccessfulJobsHistoryLimit, *j.Spec.FailedJobsHistoryLimit})
				require.Equal(t, "ClusterFirst", j.Spec.JobTemplate.Spec.Template.Spec.DNSPolicy)
			},
			change:  func(j *resources.CronJob) { j.Spec.Schedule = "@daily" },
			changed: func(t *testing.T, j *resources.CronJob) { require.Equal(t, "@daily", j.Spec.Schedule) },
			row:     `"\*/5 \* \* \* \*" "<none>" "True" 0 "<none>" ` + age + ` "app" "` + image + `" "<none>"`,
		}),
		ofKind(kindCase[resources.DaemonSet]{
			what: "a daemon set",
			make: func(meta resources.ObjectMeta) *resources.DaemonSet {
				return &resources.DaemonSet{Metadata: meta, Spec: resources.DaemonSetSpec{
					Selector: &resources.LabelSelector{MatchLabels: meta.Labels},
					Template: resources.PodTemplateSpec{Metadata: resources.ObjectMeta{Labels: meta.Labels}, Spec: resources.PodSpec{
						NodeSelector: map[string]string{"kx": "none"}, Containers: template.Spec.Containers}}}}
			},
			made: func(t *testing.T, d *resources.DaemonSet) {
				require.Equal(t, "RollingUpdate", d.Spec.UpdateStrategy.Type)
				require.Equal(t, "1 0", d.Spec.UpdateStrategy.RollingUpdate.MaxUnavailable.String()+" "+d.Spec.UpdateStrategy.RollingUpdate.MaxSurge.String())
				require.Equal(t, int32(10), *d.Spec.RevisionHistoryLimit)
			},
			change:  func(d *resources.DaemonSet) { d.Spec.MinReadySeconds = 3 },
			changed: func(t *testing.T, d *resources.DaemonSet) { require.Equal(t, int32(3), d.Spec.MinReadySeconds) },
			row:     `0 0 0 0 0 "kx=none" ` + age + ` "app" "` + image + `" "app=[a-z0-9-]+"`,
		}),
		ofKind(kindCase[resources.PersistentVolumeClaim]{
			what: "a persistent volume claim",
			make: func(meta resources.ObjectMeta) *resources.PersistentVolumeClaim {
				class := "kx-none"
				return &resources.PersistentVolumeClaim{Metadata: meta, Spec: resources.PersistentVolumeClaimSpec{
					AccessModes: []string{"ReadWriteOnce"}, StorageClassName: &class,
					Resources: resources.VolumeResourceRequirements{Requests: map[string]resources.Quantity{"storage": resources.MustQuantity("1Mi")}}}}
			},
			made: func(t *testing.T, c *resources.PersistentVolumeClaim) {
				require.Equal(t, "Filesystem Pending", *c.Spec.VolumeMode+" "+c.Status.Phase)
				require.Equal(t, []string{"kubernetes.io/pvc-protection"}, c.Metadata.Finalizers)
			},
			change: func(c *resources.PersistentVolumeClaim) { c.Metadata.Annotations = map[string]string{"a": "b"} },
			changed: func(t *testing.T, c *resources.PersistentVolumeClaim) {
				require.Equal(t, "b", c.Metadata.Annotations["a"])
			},
			row:      `"Pending" "" "" "" "kx-none" "<unset>" ` + age + ` "Filesystem"`,
			returned: true,
		}),
		ofKind(kindCase[resources.Endpoints]{
			what: "an object of endpoints",
			make: func(meta resources.ObjectMeta) *resources.Endpoints {
				return &resources.Endpoints{Metadata: meta, Subsets: []resources.EndpointSubset{{
					Addresses: []resources.EndpointAddress{{IP: "10.0.0.1"}}, Ports: []resources.EndpointPort{{Port: 80}}}}}
			},
			made: func(t *testing.T, e *resources.Endpoints) {
				require.Equal(t, []resources.EndpointPort{{Port: 80, Protocol: "TCP"}}, e.Subsets[0].Ports)
			},
			change:   func(e *resources.Endpoints) { e.Subsets[0].Addresses[0].IP = "10.0.0.2" },
			changed:  func(t *testing.T, e *resources.Endpoints) { require.Equal(t, "10.0.0.2", e.Subsets[0].Addresses[0].IP) },
			row:      `"10.0.0.1:80" ` + age,
			warnings: []string{"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"},
		}),
		ofKind(kindCase[resources.EndpointSlice]{
			what: "an endpoint slice",
			make: func(meta resources.ObjectMeta) *resources.EndpointSlice {
				port := int32(80)
				return &resources.EndpointSlice{Metadata: meta, AddressType: "IPv4",
					Endpoints: []resources.DiscoveryV1Endpoint{{Addresses: []string{"10.0.0.1"}}},
					Ports:     []resources.DiscoveryV1EndpointPort{{Port: &port}}}
			},
			made: func(t *testing.T, s *resources.EndpointSlice) {
				require.Equal(t, "/TCP/80", *s.Ports[0].Name+"/"+*s.Ports[0].Protocol+"/"+resources.FromInt(*s.Ports[0].Port).String())
				require.Equal(t, int64(1), s.Metadata.Generation)
			},
			change: func(s *resources.EndpointSlice) { s.Endpoints[0].Conditions.Ready = &no },
			changed: func(t *testing.T, s *resources.EndpointSlice) {
				require.False(t, *s.Endpoints[0].Conditions.Ready)
				require.GreaterOrEqual(t, s.Metadata.Generation, int64(2))
			},
			row: `"IPv4" "80" "10.0.0.1" ` + age,
		}),
	}
}
