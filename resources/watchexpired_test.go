package resources_test

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// watchLines is a watch whose events are read as lines: type, name and the label "v".
type watchLines func() (resources.WatchEvent[object], error, bool)

func startWatch(t *testing.T, api *resources.API[object], list resources.ListOptions) watchLines {
	t.Helper()
	next, stop := iter.Pull2(api.Watch(limited(t), list))
	t.Cleanup(stop)
	return next
}

// take returns the next lines.
func (w watchLines) take(t *testing.T, count int) (lines []string) {
	t.Helper()
	for range count {
		event, err, ok := w()
		require.True(t, ok)
		require.NoError(t, err)
		line := fmt.Sprint(event.Type, " ", state(event.Object))
		if event.FinalStateUnknown {
			line += " unknown"
		}
		lines = append(lines, line)
	}
	return lines
}

// While the watch is cut off, the server loses the history of what happens meanwhile.
func TestAWatchThatBeganWithAListReportsWhatItMissed(t *testing.T) {
	for name, answer := range map[string]*kxtest.Effect{
		"410 by an ERROR event":      nil,
		"410 by the response status": kxtest.AnswerStatus(http.StatusGone, "Expired", "too old", 0),
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			create(t, server, "default", "changed", "deleted", "kept", "replaced")
			watch := startWatch(t, storeUser(t, server), resources.ListOptions{LabelSelector: "app=web", ResourceVersion: "0", ResourceVersionMatch: "NotOlderThan"})
			watch.take(t, 4)
			relabel(t, server, "kept", "1")
			require.Equal(t, []string{"MODIFIED kept:1"}, watch.take(t, 1))

			cutOff := server.Fault(kxtest.Fault{User: "store", Then: kxtest.Reset(), Times: -1})
			server.Restart()
			relabel(t, server, "changed", "2")
			relabel(t, server, "deleted", "2")
			remove(t, server, "deleted")
			remove(t, server, "replaced")
			create(t, server, "default", "replaced", "new")
			if answer == nil {
				server.Compact()
			} else {
				server.Fault(kxtest.Fault{User: "store", Query: map[string]string{"watch": "1"}, Then: answer})
			}
			cutOff.Remove()
			got := watch.take(t, 5)
			require.Less(t, slices.Index(got, "DELETED replaced: unknown"), slices.Index(got, "ADDED replaced:"))
			slices.Sort(got)
			require.Equal(t, []string{"ADDED new:", "ADDED replaced:", "DELETED deleted: unknown", "DELETED replaced: unknown", "MODIFIED changed:2"}, got)

			remove(t, server, "kept")
			require.Equal(t, []string{"DELETED kept:1"}, watch.take(t, 1), "nothing twice, and the final state of a deletion that was not missed")
		})
	}
}

func TestAMissedDeletionHasTheIdentityOfTheObject(t *testing.T) {
	server := start(t)
	create(t, server, "default", "gone")
	next := startWatch(t, storeUser(t, server), resources.ListOptions{LabelSelector: "app=web"})
	added, err, ok := next()
	require.True(t, ok)
	require.NoError(t, err)
	cutOff := server.Fault(kxtest.Fault{User: "store", Then: kxtest.Reset(), Times: -1})
	server.Restart()
	remove(t, server, "gone")
	server.Compact()
	cutOff.Remove()
	missed, err, ok := next()
	require.True(t, ok)
	require.NoError(t, err)
	known := added.Object.Metadata
	require.Equal(t, resources.WatchEvent[object]{
		Type: resources.Deleted, FinalStateUnknown: true,
		Object: &object{Metadata: resources.ObjectMeta{Namespace: "default", Name: "gone", UID: known.UID, ResourceVersion: known.ResourceVersion}},
	}, missed)
}

// The server's events since the first page are lost. A watch from the last page's version would
// miss them.
func TestAWatchWhoseListSpansACompactionListsAgain(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(4)...)
	watch := startWatch(t, storeUser(t, server), resources.ListOptions{Limit: 2, LabelSelector: "app=web"})
	require.Equal(t, []string{"ADDED map-0:", "ADDED map-1:"}, watch.take(t, 2))
	relabel(t, server, "map-0", "1")
	remove(t, server, "map-1")
	server.Compact()
	require.Equal(t, []string{"MODIFIED map-0:1", "ADDED map-2:", "ADDED map-3:", "DELETED map-1: unknown"}, watch.take(t, 4))
}

func TestTheSecondListOfAWatchSurvivesALostConnection(t *testing.T) {
	server := start(t)
	create(t, server, "default", "a")
	watch := startWatch(t, storeUser(t, server), resources.ListOptions{LabelSelector: "app=web"})
	watch.take(t, 1)
	relabel(t, server, "a", "1")
	watch.take(t, 1)
	cutOff := server.Fault(kxtest.Fault{User: "store", Then: kxtest.Reset(), Times: -1})
	server.Restart()
	create(t, server, "default", "b")
	server.Compact()
	lists := server.Fault(kxtest.Fault{User: "store", Query: map[string]string{"limit": "500"}, Then: kxtest.CutAnswer(200), Times: 3})
	cutOff.Remove()
	require.Equal(t, []string{"ADDED b:"}, watch.take(t, 1))
	require.Equal(t, 3, lists.Hits())
}

func TestAWatchEndsIfTheServerHasNoList(t *testing.T) {
	server := start(t)
	server.Fault(kxtest.Fault{Query: map[string]string{"limit": "500"}, Then: kxtest.AnswerStatus(http.StatusGone, "Gone", "this API is gone", 0), Times: -1})
	var errs []error
	for _, err := range configMaps(t, server).Watch(limited(t), resources.ListOptions{}) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], transport.ErrGone)
}

func TestAWatchBacksOffWhileEachListHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := answers(200, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":[]}`)
		gone := answers(200, `{"type":"ERROR","object":`+failing(410, "Expired")+`}`)
		s := &script{}
		for range 12 {
			s.answers = append(s.answers, list, gone)
		}
		s.answers = append(s.answers, list, answers(200, event("ADDED", "end", "6")))
		for event, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{}) {
			require.NoError(t, err)
			require.Equal(t, "end", event.Object.Metadata.Name)
			break
		}
		limit := 100 * time.Millisecond
		for i := 2; i < 24; i += 2 {
			pause := s.at[i].Sub(s.at[i-1])
			require.GreaterOrEqual(t, pause, limit/2, "pause %d", i)
			require.LessOrEqual(t, pause, limit+limit/2, "pause %d", i)
			limit = min(limit*2, 10*time.Second)
		}
	})
}

func TestAWatchKeepsAtMost400BytesOfAnObject(t *testing.T) {
	const pods = 20_000
	client := serve(t, servePodMetadata(pods))
	api := resources.Metadata(resources.New[resources.Pod](client, resources.AllNamespaces()))
	before, count := heapInUse(), 0
	for _, err := range api.Watch(limited(t), resources.ListOptions{}) {
		require.NoError(t, err)
		count++
		if count < pods {
			continue
		}
		kept := (heapInUse() - before) / pods
		t.Logf("%d bytes an object", kept)
		require.Less(t, kept, uint64(400))
		break
	}
	require.Equal(t, pods, count)
}
