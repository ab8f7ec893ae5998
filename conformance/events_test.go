package conformance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func events() []behaviour {
	return []behaviour{
		{"an event is the same object in both groups", func(t *testing.T, w *world) {
			name := w.name()
			api, core := resources.New[resources.EventsV1Event](w.client), resources.New[resources.Event](w.client)
			when := resources.NewMicroTime(time.Unix(1_767_323_045, 6000))
			made, err := api.Create(t.Context(), &resources.EventsV1Event{
				Metadata: resources.ObjectMeta{Name: name}, EventTime: when, Type: "Normal", Reason: "Seen", Action: "See", Note: "a note",
				ReportingController: "example.com/kx", ReportingInstance: "kx-0",
				Regarding: resources.ObjectReference{Kind: "Pod", Namespace: w.config.Namespace, Name: "a"},
			})
			require.NoError(t, err)
			t.Cleanup(func() { _, _ = core.Delete(atEnd(t), name) })
			require.Equal(t, when, made.EventTime)

			event, err := core.Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, made.Metadata.UID, event.Metadata.UID)
			require.Equal(t, "a note Seen See example.com/kx kx-0 Pod a",
				event.Message+" "+event.Reason+" "+event.Action+" "+event.ReportingController+" "+event.ReportingInstance+" "+
					event.InvolvedObject.Kind+" "+event.InvolvedObject.Name)
			require.Equal(t, when, event.EventTime)

			event.Count = 3
			_, err = core.Update(t.Context(), event)
			require.NoError(t, err)
			read, err := api.Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, int32(3), read.DeprecatedCount)
			for change, err := range api.Watch(within(t, waitLimit), resources.ListOptions{
				FieldSelector: "metadata.name=" + name, ResourceVersion: made.Metadata.ResourceVersion}) {
				require.NoError(t, err)
				require.Equal(t, resources.Modified, change.Type)
				require.Equal(t, int32(3), change.Object.DeprecatedCount)
				require.Equal(t, "a note", change.Object.Note)
				break
			}
			list, err := api.List(t.Context(), resources.ListOptions{FieldSelector: "regarding.name=a,reportingController=example.com/kx,metadata.name=" + name})
			require.NoError(t, err)
			require.Len(t, list.Items, 1)
			require.Equal(t, "a note", list.Items[0].Note)
		}},
		{"an event of events.k8s.io is not selected by a field of the core group", func(t *testing.T, w *world) {
			_, err := resources.New[resources.EventsV1Event](w.client).List(t.Context(), resources.ListOptions{FieldSelector: "involvedObject.name=a"})
			require.ErrorIs(t, err, transport.ErrBadRequest)
			require.ErrorContains(t, err, "field label not supported: involvedObject.name")
		}},
		{"an event without a time is refused", func(t *testing.T, w *world) {
			_, err := resources.New[resources.EventsV1Event](w.client).Create(t.Context(), &resources.EventsV1Event{
				Metadata: resources.ObjectMeta{Name: "a"}, Type: "Normal"})
			require.ErrorContains(t, err, "eventTime: Required value")
		}},
		{"an event with a time in whole seconds is refused", func(t *testing.T, w *world) {
			_, err := resources.New[resources.EventsV1Event](w.client).Create(t.Context(), &resources.EventsV1Event{
				Metadata: resources.ObjectMeta{Name: "a"}, EventTime: resources.NewTime(time.Unix(1_767_323_045, 0))})
			require.ErrorContains(t, err, `cannot parse "Z" as ".000000"`)
		}},
	}
}
