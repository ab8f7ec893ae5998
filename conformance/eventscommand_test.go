package conformance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// eventsCommand are behaviours of kx events.
func eventsCommand() []behaviour {
	return []behaviour{
		{"kx events prints what happened to a pod, the newest last", func(t *testing.T, w *world) {
			name := w.name()
			w.pastEvents(t, name)
			done := w.kx(t, "", "events", name)
			require.Equal(t, result{stdout: fmt.Sprintf(
				"LAST SEEN           TYPE      REASON   OBJECT%[2]s   MESSAGE\n"+
					"10d                 Normal    First    Pod/%[1]s   it began\n"+
					"12h (x7 over 20h)   Normal    Series   Pod/%[1]s   it goes on\n"+
					"9h (x2 over 2d2h)   Warning   Second   Pod/%[1]s   it happened twice\n", name, strings.Repeat(" ", len("Pod/"+name)-len("OBJECT")))}, done)
			done = w.kx(t, "", "events", "pod/"+name, "--types", "Warning", "-o", "name")
			require.Equal(t, result{stdout: "event/" + name + "-2\n"}, done)
			require.Equal(t, result{stderr: "No events found in " + w.config.Namespace + " namespace.\n"}, w.kx(t, "", "events", "deployment/"+name))
		}},
	}
}

// pastEvents creates three events about a pod. Their ages are in hours and days, so that they stay
// the same during a test.
func (w *world) pastEvents(t *testing.T, pod string) {
	t.Helper()
	past := func(age time.Duration) time.Time { return time.Now().Add(-age - time.Minute) }
	about := resources.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: w.config.Namespace, Name: pod}
	api := resources.New[resources.Event](w.client)
	for i, event := range []resources.Event{
		{Type: "Normal", Reason: "First", Message: "it began", Count: 1, FirstTimestamp: resources.NewTime(past(240 * time.Hour)), LastTimestamp: resources.NewTime(past(240 * time.Hour))},
		{Type: "Warning", Reason: "Second", Message: "it happened twice", Count: 2, FirstTimestamp: resources.NewTime(past(50 * time.Hour)), LastTimestamp: resources.NewTime(past(9 * time.Hour))},
		{Type: "Normal", Reason: "Series", Message: "it goes on", Action: "Go", ReportingController: "example.com/kx", ReportingInstance: "kx-0",
			EventTime: resources.NewMicroTime(past(20 * time.Hour)), Series: &resources.EventSeries{Count: 7, LastObservedTime: resources.NewMicroTime(past(12 * time.Hour))}},
	} {
		event.Metadata.Name, event.InvolvedObject = fmt.Sprintf("%s-%d", pod, i+1), about
		_, err := api.Create(t.Context(), &event)
		require.NoError(t, err)
		t.Cleanup(func() { _, _ = api.Delete(atEnd(t), event.Metadata.Name) })
	}
}

// eventsBesideKubectl are behaviours of kx events and kubectl events on a real cluster: kxtest's
// scheduler writes no events.
func eventsBesideKubectl() []behaviour {
	return []behaviour{
		{"kx events and kubectl events print the same table", func(t *testing.T, w *world) {
			name := w.name()
			w.pastEvents(t, name)
			for _, form := range []string{"", "--types Warning", "--types Normal,Warning", "--no-headers"} {
				args := append([]string{"events", "--for", "pod/" + name}, strings.Fields(form)...)
				ours, theirs := w.kx(t, "", args...), w.run(t, w.kubectl, "", args...)
				require.Equal(t, theirs, ours, form)
			}
		}},
		{"kx events prints why a pod is not scheduled", func(t *testing.T, w *world) {
			name := w.name()
			w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"automountServiceAccountToken":false,"nodeSelector":{"no":"node"},
				"containers":[{"name":"app","image":"kx.local/busybox:1"}]}}`, name))
			eventually(t, "the event is there", func() bool {
				return strings.Contains(w.kx(t, "", "events", name).stdout, "FailedScheduling")
			})
		}},
	}
}
