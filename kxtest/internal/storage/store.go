package storage

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// historyLength is how many changes the store remembers, for watches and for pages of older lists.
const historyLength = 20_000

// Entry is one state of one object. It never changes.
type Entry struct {
	Object map[string]any
	encode sync.Once
	json   []byte
}

// Body is the object's JSON without apiVersion and kind, as lists have it; it is encoded once.
func (e *Entry) Body() []byte {
	e.encode.Do(func() { e.json = api.EncodeObject(e.Object) })
	return e.json
}

func (e *Entry) ResourceVersion() string { return object.Text(e.Object, "metadata", "resourceVersion") }

// Change is one step of the store's history. before is nil for a new object; after is its last
// state, at the change's version, when it was deleted.
type Change struct {
	version       uint64
	Kind          *api.Kind
	Key           string
	Before, After *Entry
	Deleted       bool
}

// Store holds all objects, and what they were. Writes come one after the other, so that a write sees
// what it changes and never has to try again.
type Store struct {
	mu        sync.RWMutex
	version   uint64
	compacted uint64 // what was before this version is forgotten
	objects   map[*api.Kind]map[string]*Entry
	history   []Change
	changed   chan struct{} // closed, and replaced, at each change
}

func New() *Store {
	s := &Store{version: 1, compacted: 1, objects: map[*api.Kind]map[string]*Entry{}, changed: make(chan struct{})}
	for _, k := range api.Kinds {
		s.objects[k] = map[string]*Entry{}
	}
	return s
}

// Key is where an object is among those of its kind: lists are in the order of these keys.
func Key(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// Get returns an object's present state, or nil.
func (s *Store) Get(k *api.Kind, namespace, name string) *Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.objects[k][Key(namespace, name)]
}

// Item is an entry in its place.
type Item struct {
	Key string
	*Entry
}

// List returns the objects whose keys begin with prefix, in order, as they were at a version (0 for
// now), and the version that this is. ok is false when that is forgotten.
func (s *Store) List(k *api.Kind, prefix string, at uint64) (items []Item, version uint64, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	objects := s.objects[k]
	version = s.version
	if at != 0 {
		if at < s.compacted {
			return nil, version, false
		}
		version = at
		objects = s.rewind(k, at)
	}
	for key, e := range objects {
		if strings.HasPrefix(key, prefix) {
			items = append(items, Item{key, e})
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	return items, version, true
}

// rewind takes back what changed after a version. The caller holds the lock.
func (s *Store) rewind(k *api.Kind, at uint64) map[string]*Entry {
	objects := s.objects[k]
	copied := false
	for _, c := range slices.Backward(s.history) {
		if c.version <= at {
			break
		}
		if c.Kind != k {
			continue
		}
		if !copied {
			objects, copied = maps.Clone(objects), true
		}
		if c.Before == nil {
			delete(objects, c.Key)
		} else {
			objects[c.Key] = c.Before
		}
	}
	return objects
}

// ChangesSince returns the changes of a kind after a version, the store's version, and a channel that is closed at
// the next change. ok is false when the history does not reach back that far.
func (s *Store) ChangesSince(k *api.Kind, prefix string, after uint64) (changes []Change, version uint64,
	changed <-chan struct{}, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if after < s.compacted {
		return nil, s.version, nil, false
	}
	first, _ := slices.BinarySearchFunc(s.history, after, func(c Change, version uint64) int {
		if c.version <= version {
			return -1
		}
		return 1
	})
	for _, c := range s.history[first:] {
		if (k == nil || c.Kind == k) && strings.HasPrefix(c.Key, prefix) {
			changes = append(changes, c)
		}
	}
	return changes, s.version, s.changed, true
}

func (s *Store) CurrentVersion() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}

func (s *Store) OldestVersion() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.compacted
}

func (s *Store) Compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++ // so that the present, which a client may know, counts as old too
	s.compacted, s.history = s.version, nil
}

// Outcome is what a write makes of an object.
type Outcome struct {
	Object    map[string]any // the next state, without its resourceVersion
	Remove    bool           // the object goes; object is its last state
	MarkFirst bool           // with remove: watches first see the object marked for deletion
	DryRun    bool           // nothing is stored
}

// Write lets decide make the next state of an object from its present one (nil when it is not there),
// and stores it. It returns that state: the present one when nothing changes.
func (s *Store) Write(k *api.Kind, namespace, name string, decide func(current map[string]any) (Outcome,
	error)) (*Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := Key(namespace, name)
	before := s.objects[k][key]
	var current map[string]any
	if before != nil {
		current = before.Object
	}
	v, err := decide(current)
	if err != nil {
		return nil, err
	}
	if v.DryRun {
		return &Entry{Object: v.Object}, nil
	}
	if !v.Remove && before != nil && object.Equal(current, v.Object) {
		return before, nil
	}
	if v.Remove && before == nil {
		return &Entry{Object: v.Object}, nil
	}
	if !v.Remove || v.MarkFirst {
		marked := s.next(v.Object)
		s.objects[k][key] = marked
		s.remember(Change{version: s.version, Kind: k, Key: key, Before: before, After: marked})
		if !v.Remove {
			return marked, nil
		}
		before = marked
	}
	gone := s.next(v.Object)
	delete(s.objects[k], key)
	s.remember(Change{version: s.version, Kind: k, Key: key, Before: before, After: gone, Deleted: true})
	return gone, nil
}

// next makes an entry of the next version.
func (s *Store) next(o map[string]any) *Entry {
	s.version++
	return &Entry{Object: object.With(o, strconv.FormatUint(s.version, 10), "metadata", "resourceVersion")}
}

func (s *Store) remember(c Change) {
	s.history = append(s.history, c)
	if len(s.history) > historyLength {
		drop := historyLength / 4 // not one at a time: the slice moves
		s.compacted = s.history[drop-1].version
		s.history = slices.Clone(s.history[drop:])
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// ErrChanged gives a write up: the object is not what it was decided for.
var ErrChanged = api.Failure(409, "Conflict", "the object has been modified", nil)
