// Package parity_test compares kx with Kubernetes' own packages. It is a module of its own, which
// keeps those packages out of kx's go.mod.
package parity_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kx-k8s/kx/resources"
)

// pairs are the types to start from; those of their fields follow.
var pairs = []struct{ ours, theirs any }{
	{resources.Pod{}, corev1.Pod{}},
	{resources.Namespace{}, corev1.Namespace{}},
	{resources.Node{}, corev1.Node{}},
	{resources.Event{}, corev1.Event{}},
	{resources.PersistentVolumeClaim{}, corev1.PersistentVolumeClaim{}},
	{resources.Deployment{}, appsv1.Deployment{}},
	{resources.StatefulSet{}, appsv1.StatefulSet{}},
	{resources.ReplicaSet{}, appsv1.ReplicaSet{}},
	{resources.DaemonSet{}, appsv1.DaemonSet{}},
	{resources.Job{}, batchv1.Job{}},
	{resources.CronJob{}, batchv1.CronJob{}},
	{resources.Service{}, corev1.Service{}},
	{resources.ConfigMap{}, corev1.ConfigMap{}},
	{resources.Secret{}, corev1.Secret{}},
	{resources.ServiceAccount{}, corev1.ServiceAccount{}},
	{resources.Endpoints{}, corev1.Endpoints{}}, //nolint:staticcheck // deprecated, but served
	{resources.EndpointSlice{}, discoveryv1.EndpointSlice{}},
	{resources.EventsV1Event{}, eventsv1.Event{}},
	{resources.Scale{}, autoscalingv1.Scale{}},
	{resources.Table{}, metav1.Table{}},
	{resources.PartialObjectMetadata{}, metav1.PartialObjectMetadata{}},
	{resources.Status{}, metav1.Status{}},
}

// leftToUnknown are the members of the API that a model does not name. The model keeps them in
// Unknown.
var leftToUnknown = map[string]string{
	"Volume": "gcePersistentDisk awsElasticBlockStore gitRepo glusterfs rbd flexVolume cinder cephfs flocker azureFile " +
		// Deprecated or gone.
		"vsphereVolume quobyte azureDisk photonPersistentDisk portworxVolume scaleIO storageos",
}

// renamed are the Go names that differ on purpose, in all models or in one. All others are the
// API's.
var renamed = map[string]string{
	"ObjectMeta":       "Metadata",
	"ListMeta":         "Metadata",
	"StatusCause.Type": "Reason", // as it is in JSON
}

// renamedTypes are the types whose names differ, because core/v1 has another type of the same name
// or because Endpoint is kx's own. They are called as in the generated clients for other languages.
var renamedTypes = map[string]reflect.Type{
	"EventsV1Event":           reflect.TypeFor[eventsv1.Event](),
	"EventsV1EventSeries":     reflect.TypeFor[eventsv1.EventSeries](),
	"DiscoveryV1Endpoint":     reflect.TypeFor[discoveryv1.Endpoint](),
	"DiscoveryV1EndpointPort": reflect.TypeFor[discoveryv1.EndpointPort](),
}

// scalars are the API's types for which kx has a type that keeps their text.
var scalars = map[reflect.Type]reflect.Type{
	reflect.TypeFor[metav1.Time]():          reflect.TypeFor[resources.Time](),
	reflect.TypeFor[metav1.MicroTime]():     reflect.TypeFor[resources.Time](),
	reflect.TypeFor[resource.Quantity]():    reflect.TypeFor[resources.Quantity](),
	reflect.TypeFor[intstr.IntOrString]():   reflect.TypeFor[resources.IntOrString](),
	reflect.TypeFor[runtime.RawExtension](): reflect.TypeFor[jsontext.Value](),
	reflect.TypeFor[*metav1.FieldsV1]():     reflect.TypeFor[jsontext.Value](),
	reflect.TypeFor[any]():                  reflect.TypeFor[jsontext.Value](),
}

type member struct {
	json, name string
	typ        reflect.Type
	optional   bool // the API leaves out its zero value, ours too
}

// members lists the members of a struct in order, with the members of inlined structs and without
// Unknown.
func members(t reflect.Type) (list []member) {
	for f := range fieldsOf(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || strings.Contains(options, "embed"):
		case name == "" && f.Anonymous:
			list = append(list, members(f.Type)...)
		default:
			list = append(list, member{name, f.Name, f.Type, strings.Contains(options, "omit")})
		}
	}
	return list
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func TestModelsHaveTheMembersOfTheAPIInItsOrder(t *testing.T) {
	c := comparison{t: t, seen: map[reflect.Type]bool{}}
	for _, p := range pairs {
		c.structs(reflect.TypeOf(p.ours), reflect.TypeOf(p.theirs))
	}
	require.Greater(t, len(c.seen), 150, "the walk went through the models")
	for name := range leftToUnknown {
		require.Contains(t, c.names(), name, "leftToUnknown names a model that is there")
	}
}

type comparison struct {
	t    *testing.T
	seen map[reflect.Type]bool
}

func (c comparison) names() (names []string) {
	for t := range c.seen {
		names = append(names, t.Name())
	}
	return names
}

func (c comparison) structs(ours, theirs reflect.Type) {
	if c.seen[ours] {
		return
	}
	c.seen[ours] = true
	c.t.Run(ours.Name(), func(t *testing.T) {
		if renamed, ok := renamedTypes[ours.Name()]; ok {
			require.Equal(t, renamed, theirs)
		} else {
			require.Equal(t, theirs.Name(), ours.Name())
		}
		c := comparison{t, c.seen}

		left := map[string]bool{}
		for _, name := range strings.Fields(leftToUnknown[ours.Name()]) {
			left[name] = true
		}
		var want []member
		for _, m := range members(theirs) {
			if left[m.json] {
				delete(left, m.json)
				continue
			}
			for _, key := range []string{m.name, theirs.Name() + "." + m.name} {
				if name, ok := renamed[key]; ok {
					m.name = name
				}
			}
			want = append(want, m)
		}
		require.Empty(t, left, "members left to Unknown that the API does not have")

		got := members(ours)
		require.Equal(t, names(want), names(got), "members and Go names, in order")
		for i, m := range got {
			c.types(ours.Name()+"."+m.name, m.typ, want[i].typ)
			if !m.optional {
				require.False(t, want[i].optional, "%s is always written, which the API does not", m.name)
			} else if !want[i].optional {
				require.Contains(t, []reflect.Kind{reflect.Struct, reflect.Slice, reflect.Map, reflect.Pointer}, m.typ.Kind(),
					"%s: its zero is written by the API, so it must be by ours", m.name)
			}
		}
	})
}

func names(members []member) (list []string) {
	for _, m := range members {
		list = append(list, m.json+" "+m.name)
	}
	return list
}

// types requires the same shape: pointer for pointer, list for list, and a plain string for each
// string type of the API.
func (c comparison) types(where string, ours, theirs reflect.Type) {
	if scalar, ok := scalars[theirs]; ok {
		require.Equal(c.t, scalar, ours, where)
		return
	}
	require.Equal(c.t, theirs.Kind(), ours.Kind(), where)
	switch theirs.Kind() {
	case reflect.Pointer, reflect.Slice:
		c.types(where, ours.Elem(), theirs.Elem())
	case reflect.Map:
		c.types(where, ours.Key(), theirs.Key())
		c.types(where, ours.Elem(), theirs.Elem())
	case reflect.Struct:
		c.structs(ours, theirs)
	}
}
