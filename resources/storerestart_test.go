package resources_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// mirror replays the calls of a store's functions, and records each that contradicts those before.
type mirror struct {
	mu       sync.Mutex
	versions map[string]string // by name
	faults   []string
	markers  chan string
}

func (m *mirror) options() resources.StoreOptions[object] {
	step := func(what string, before, after *object) {
		m.mu.Lock()
		defer m.mu.Unlock()
		name := ""
		if before != nil {
			name = before.Metadata.Name
			if m.versions[name] != before.Metadata.ResourceVersion && what != "delete" || m.versions[name] == "" {
				m.faults = append(m.faults, fmt.Sprintf("%s of %s at %s, known at %q", what, name, before.Metadata.ResourceVersion, m.versions[name]))
			}
			delete(m.versions, name)
		}
		if after != nil {
			name = after.Metadata.Name
			if m.versions[name] != "" {
				m.faults = append(m.faults, what+" of "+name+", which is known")
			}
			m.versions[name] = after.Metadata.ResourceVersion
		}
	}
	return resources.StoreOptions[object]{
		LabelSelector: "app=web",
		OnAdd: func(o *object) {
			step("add", nil, o)
			if strings.HasPrefix(o.Metadata.Name, "marker-") {
				m.markers <- o.Metadata.Name
			}
		},
		OnUpdate: func(previous, o *object) { step("update", previous, o) },
		OnDelete: func(o *object) { step("delete", o, nil) },
	}
}

// await waits until the store has reported a marker.
func (m *mirror) await(t *testing.T, marker string) {
	t.Helper()
	select {
	case seen := <-m.markers:
		require.Equal(t, marker, seen)
	case <-time.After(storeLimit):
		require.FailNow(t, "the store has not seen "+marker)
	}
}

// write creates, changes and deletes objects until ctx ends. The server may be away.
func write(ctx context.Context, api *resources.API[object]) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := 0; ctx.Err() == nil; i++ {
		name := fmt.Sprintf("object-%d", random.IntN(20))
		switch random.IntN(4) {
		case 0:
			_, _ = api.Delete(ctx, name)
		case 1:
			made := configMap("default", name)
			made.Metadata.Labels = map[string]string{"app": "web"}
			_, _ = api.Create(ctx, made)
		default:
			_, _ = api.Patch(ctx, name, patch.Merge(fmt.Sprintf(`{"metadata":{"labels":{"v":"%d"}}}`, i)))
		}
	}
}

func TestAStoreMissesNothingWhileTheServerRestartsFiveTimesAndCompacts(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(20)...)
	seen := &mirror{versions: map[string]string{}, markers: make(chan string, 100)}
	store := resources.NewStore(storeUser(t, server), seen.options())
	runStore(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	admin := configMaps(t, server)
	writing.Go(func() { write(ctx, admin) })
	defer writing.Wait()
	defer cancel()
	for round := range 5 {
		marker := fmt.Sprintf("marker-%d", round)
		create(t, server, "default", marker)
		seen.await(t, marker)
		server.Stop()
		create(t, server, "default", fmt.Sprintf("down-%d", round))
		if round%2 == 0 {
			server.Compact()
		}
		server.Restart()
	}
	cancel()
	writing.Wait()
	// The first marker may come with a list, whose deletions are reported at its end. The second
	// comes with the watch after it.
	for _, marker := range []string{"marker-last", "marker-end"} {
		create(t, server, "default", marker)
		seen.await(t, marker)
	}

	want := map[string]string{}
	for o, err := range admin.All(t.Context(), resources.ListOptions{LabelSelector: "app=web"}) {
		require.NoError(t, err)
		want[o.Metadata.Name] = o.Metadata.ResourceVersion
	}
	got := map[string]string{}
	for o := range store.All() {
		got[o.Metadata.Name] = o.Metadata.ResourceVersion
	}
	require.Equal(t, want, got)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	require.Empty(t, seen.faults)
	require.Equal(t, want, seen.versions)
	lists, watches := 0, 0
	for _, request := range server.Requests() {
		switch {
		case request.User != "store":
		case request.Query.Has("watch"):
			watches++
		default:
			lists++
		}
	}
	require.GreaterOrEqual(t, lists, 4, "three compactions make the store list again")
	require.GreaterOrEqual(t, watches, 6, "each restart ends a watch")
	t.Logf("%d lists, %d watches", lists, watches)
}
