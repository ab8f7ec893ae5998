// Package storage stores objects and the history of their changes. It makes the changes that the
// API server makes to an object which is created or deleted.
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

// historyLength is the number of changes that the store keeps, for watches and for pages of older
// lists.
const historyLength = 20_000

// Entry is one state of one object. It never changes.
type Entry struct {
	Object map[string]any
	encode sync.Once
	json   []byte
}

// Body returns the object's JSON without apiVersion and kind, as in lists. It is encoded once.
func (e *Entry) Body() []byte {
	e.encode.Do(func() { e.json = api.EncodeObject(e.Object) })
	return e.json
}

// ResourceVersion returns the object's resourceVersion.
func (e *Entry) ResourceVersion() string {
	return object.Text(e.Object, "metadata", "resourceVersion")
}

// Change is a step of the store's history. Before is nil for a new object. For a deleted object
// After is the last state, with the version of the change.
type Change struct {
	version       uint64
	Kind          *api.Kind
	Key           string
	Before, After *Entry
	Deleted       bool
}

// Store holds all objects and their history. Writes are serialized, so that a write sees the
// current object and needs no retry.
type Store struct {
	mu        sync.RWMutex
	version   uint64
	compacted uint64 // the history before this version is lost
	objects   map[*api.Kind]map[string]*Entry
	defined   []definition
	history   []Change
	changed   chan struct{} // closed and replaced at each change
}

// New returns an empty store.
func New() *Store {
	s := &Store{version: 1, compacted: 1, objects: map[*api.Kind]map[string]*Entry{},
		changed: make(chan struct{})}
	for _, k := range s.Kinds() {
		if k.Stored == nil {
			s.objects[k] = map[string]*Entry{}
		}
	}
	return s
}

// storedKind returns the kind in whose form the objects of k are stored.
func storedKind(k *api.Kind) *api.Kind {
	if k != nil && k.Stored != nil {
		return k.Stored
	}
	return k
}

// inForm returns a stored entry in the form of k.
func inForm(k *api.Kind, e *Entry) *Entry {
	if e == nil || k == nil || k.Stored == nil {
		return e
	}
	return &Entry{Object: k.FromStored(e.Object)}
}

// Key returns an object's key within its kind. Lists are in the order of keys.
func Key(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// Get returns an object's current state, or nil.
func (s *Store) Get(k *api.Kind, namespace, name string) *Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return inForm(k, s.objects[storedKind(k)][Key(namespace, name)])
}

// Item is an entry with its key.
type Item struct {
	Key string
	*Entry
}

// List returns the objects whose keys have the prefix, in order, at a version (0 for the current
// one). It also returns that version. ok is false if the version is compacted.
func (s *Store) List(k *api.Kind, prefix string, at uint64) (items []Item, version uint64,
	ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	objects := s.objects[storedKind(k)]
	version = s.version
	if at != 0 {
		if at < s.compacted {
			return nil, version, false
		}
		version = at
		objects = s.rewind(storedKind(k), at)
	}
	for key, e := range objects {
		if strings.HasPrefix(key, prefix) {
			items = append(items, Item{key, inForm(k, e)})
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	return items, version, true
}

// rewind undoes the changes after a version. The caller holds the lock.
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

// ChangesSince returns the changes of a kind (nil for all) after a version, and the store's
// version. changed is closed at the next change. ok is false if the version is compacted.
func (s *Store) ChangesSince(
	k *api.Kind, prefix string, after uint64,
) (changes []Change, version uint64, changed <-chan struct{}, ok bool) {
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
		if (k == nil || c.Kind == storedKind(k)) && strings.HasPrefix(c.Key, prefix) {
			c.Before, c.After = inForm(k, c.Before), inForm(k, c.After)
			changes = append(changes, c)
		}
	}
	return changes, s.version, s.changed, true
}

// CurrentVersion returns the version of the last write.
func (s *Store) CurrentVersion() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}

// OldestVersion returns the oldest version whose later changes are known.
func (s *Store) OldestVersion() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.compacted
}

// Compact forgets the history, as etcd does after five minutes.
func (s *Store) Compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	// A client may know the current version, which is compacted too.
	s.compacted, s.history = s.version, nil
}

// Outcome is the result of a write.
type Outcome struct {
	Object    map[string]any // the next state, without its resourceVersion
	Remove    bool           // remove the object; Object is its last state
	MarkFirst bool           // with Remove: watches see the deletion mark first
	DryRun    bool           // store nothing
}

// Write calls decide with the current object, or nil, and stores the outcome. It returns the stored
// state, which is the current one if nothing changes.
func (s *Store) Write(
	k *api.Kind, namespace, name string, decide func(current map[string]any) (Outcome, error),
) (*Entry, error) {
	if k.Stored != nil {
		written, err := s.Write(k.Stored, namespace, name, storedForm(k, decide))
		return inForm(k, written), err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects[k] == nil { // its definition is gone
		return nil, api.ErrNoResource
	}
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
		if k == api.DefinitionKind {
			s.define(marked.Object)
		}
		if !v.Remove {
			return marked, nil
		}
		before = marked
	}
	gone := s.next(v.Object)
	delete(s.objects[k], key)
	s.remember(Change{version: s.version, Kind: k, Key: key, Before: before, After: gone,
		Deleted: true})
	if k == api.DefinitionKind {
		s.undefine(name)
	}
	return gone, nil
}

// storedForm returns a decide function in the form that is stored.
func storedForm(k *api.Kind,
	decide func(current map[string]any) (Outcome, error)) func(map[string]any) (Outcome, error) {
	return func(current map[string]any) (Outcome, error) {
		if current != nil {
			current = k.FromStored(current)
		}
		outcome, err := decide(current)
		if err == nil && outcome.Object != nil {
			outcome.Object = k.ToStored(outcome.Object)
		}
		return outcome, err
	}
}

// next returns an entry with the next resourceVersion.
func (s *Store) next(o map[string]any) *Entry {
	s.version++
	return &Entry{Object: object.With(o, strconv.FormatUint(s.version, 10), "metadata",
		"resourceVersion")}
}

func (s *Store) remember(c Change) {
	s.history = append(s.history, c)
	if len(s.history) > historyLength {
		drop := historyLength / 4 // a quarter at a time, as each drop copies the slice
		s.compacted = s.history[drop-1].version
		s.history = slices.Clone(s.history[drop:])
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// ErrChanged is returned by a decide function to give up: the object has changed since the
// decision.
var ErrChanged = api.Failure(409, "Conflict", "the object has been modified", nil)
