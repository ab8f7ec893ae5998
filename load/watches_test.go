package load_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

func TestEachOfManyWatchesSeesEveryEventOnceAndInOrder(t *testing.T) {
	w, n := newWorld(t), size(1000, 100)
	ctx := within(t, limit)
	load := begin()
	client := w.connect(t)
	api := resources.New[resources.ConfigMap](client)
	allListed := newBarrier(n + 1)
	var wanted atomic.Pointer[[]string]
	written := make(chan struct{})
	err := atOnce(ctx, n+1, func(ctx context.Context, i int) error {
		if i == n {
			err := allListed.arrive(ctx)
			if err != nil {
				return err
			}
			events, err := change(ctx, api)
			wanted.Store(&events)
			close(written)
			return err
		}
		got, err := watchOne(ctx, api, allListed)
		if err != nil {
			return err
		}
		<-written
		if !slices.Equal(got, *wanted.Load()) {
			return fmt.Errorf("got %q, not %q", got, *wanted.Load())
		}
		return nil
	})
	client.Close()
	require.NoError(t, err)
	load.end(t, "%d watches of %d events each", n, len(*wanted.Load()))
}

// lastName is the name of the object whose creation is the last event.
const lastName = "last"

// change writes objects, and returns the events of that.
func change(ctx context.Context, api *resources.API[resources.ConfigMap]) (events []string, err error) {
	objects, changes := 10, size(8, 2)
	for round := range changes + 2 {
		for i := range objects {
			name := fmt.Sprintf("object-%d", i)
			var stored *resources.ConfigMap
			kind := resources.Modified
			switch round {
			case 0:
				kind = resources.Added
				stored, err = api.Create(ctx, &resources.ConfigMap{
					Metadata: resources.ObjectMeta{Name: name, Labels: map[string]string{"app": "load"}}})
			case changes + 1:
				_, err = api.Delete(ctx, name)
				kind, stored = resources.Deleted, &resources.ConfigMap{}
			default:
				stored, err = api.Patch(ctx, name, patch.Merge(map[string]any{
					"data": map[string]string{"round": fmt.Sprint(round)}}))
			}
			if err != nil {
				return events, err
			}
			events = append(events, eventText(kind, name, stored))
		}
	}
	_, err = api.Create(ctx, &resources.ConfigMap{Metadata: resources.ObjectMeta{Name: lastName,
		Labels: map[string]string{"app": "load"}}})
	return events, err
}

// eventText describes an event. A deletion has a version of its own, which its answer lacks.
func eventText(kind resources.WatchEventType, name string, object *resources.ConfigMap) string {
	if kind == resources.Deleted {
		return fmt.Sprint(kind, " ", name)
	}
	return fmt.Sprint(kind, " ", name, " ", object.Metadata.ResourceVersion, " ", object.Data["round"])
}

// watchOne watches until the last event, and returns the events before it.
func watchOne(ctx context.Context, api *resources.API[resources.ConfigMap], listed *barrier) (
	got []string, err error) {
	// The first bookmark says that the watch has begun.
	for event, err := range api.Watch(ctx, resources.ListOptions{LabelSelector: "app=load",
		AllowWatchBookmarks: true}) {
		if err != nil {
			return got, err
		}
		name := event.Object.Metadata.Name
		switch {
		case event.Type == resources.Bookmark:
			if listed != nil {
				err := listed.arrive(ctx)
				if err != nil {
					return got, err
				}
				listed = nil
			}
		case name == lastName:
			return got, nil
		default:
			got = append(got, eventText(event.Type, name, event.Object))
		}
	}
	return got, fmt.Errorf("the watch ended")
}
