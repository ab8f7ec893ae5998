package kxtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// historyLength is how many changes the store remembers, for watches and for pages of older lists.
const historyLength = 20_000

// entry is one state of one object. It never changes.
type entry struct {
	object map[string]any
	encode sync.Once
	json   []byte
}

// body is the object's JSON without apiVersion and kind, as lists have it; it is encoded once.
func (e *entry) body() []byte {
	e.encode.Do(func() { e.json = encodeObject(e.object) })
	return e.json
}

func (e *entry) version() string { return text(e.object, "metadata", "resourceVersion") }

// change is one step of the store's history. before is nil for a new object; after is its last
// state, at the change's version, when it was deleted.
type change struct {
	version       uint64
	kind          *kind
	key           string
	before, after *entry
	deleted       bool
}

// store holds all objects, and what they were. Writes come one after the other, so that a write sees
// what it changes and never has to try again.
type store struct {
	mu        sync.RWMutex
	version   uint64
	compacted uint64 // what was before this version is forgotten
	objects   map[*kind]map[string]*entry
	history   []change
	changed   chan struct{} // closed, and replaced, at each change
}

func newStore() *store {
	s := &store{version: 1, compacted: 1, objects: map[*kind]map[string]*entry{}, changed: make(chan struct{})}
	for _, k := range kinds {
		s.objects[k] = map[string]*entry{}
	}
	return s
}

// keyOf is where an object is among those of its kind: lists are in the order of these keys.
func keyOf(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// get returns an object's present state, or nil.
func (s *store) get(k *kind, namespace, name string) *entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.objects[k][keyOf(namespace, name)]
}

// item is an entry in its place.
type item struct {
	key string
	*entry
}

// list returns the objects whose keys begin with prefix, in order, as they were at a version (0 for
// now), and the version that this is. ok is false when that is forgotten.
func (s *store) list(k *kind, prefix string, at uint64) (items []item, version uint64, ok bool) {
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
			items = append(items, item{key, e})
		}
	}
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.key, b.key) })
	return items, version, true
}

// rewind takes back what changed after a version. The caller holds the lock.
func (s *store) rewind(k *kind, at uint64) map[string]*entry {
	objects := s.objects[k]
	copied := false
	for _, c := range slices.Backward(s.history) {
		if c.version <= at {
			break
		}
		if c.kind != k {
			continue
		}
		if !copied {
			objects, copied = maps.Clone(objects), true
		}
		if c.before == nil {
			delete(objects, c.key)
		} else {
			objects[c.key] = c.before
		}
	}
	return objects
}

// since returns the changes of a kind after a version, the store's version, and a channel that is closed at
// the next change. ok is false when the history does not reach back that far.
func (s *store) since(k *kind, prefix string, after uint64) (changes []change, version uint64, changed <-chan struct{}, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if after < s.compacted {
		return nil, s.version, nil, false
	}
	first, _ := slices.BinarySearchFunc(s.history, after, func(c change, version uint64) int {
		if c.version <= version {
			return -1
		}
		return 1
	})
	for _, c := range s.history[first:] {
		if (k == nil || c.kind == k) && strings.HasPrefix(c.key, prefix) {
			changes = append(changes, c)
		}
	}
	return changes, s.version, s.changed, true
}

func (s *store) now() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}

func (s *store) oldest() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.compacted
}

func (s *store) compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++ // so that the present, which a client may know, counts as old too
	s.compacted, s.history = s.version, nil
}

// verdict is what a write makes of an object.
type verdict struct {
	object map[string]any // the next state, without its resourceVersion
	remove bool           // the object goes; object is its last state
	mark   bool           // with remove: watches first see the object marked for deletion
	dryRun bool           // nothing is stored
}

// write lets decide make the next state of an object from its present one (nil when it is not there),
// and stores it. It returns that state: the present one when nothing changes.
func (s *store) write(k *kind, namespace, name string, decide func(current map[string]any) (verdict, error)) (*entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(namespace, name)
	before := s.objects[k][key]
	var current map[string]any
	if before != nil {
		current = before.object
	}
	v, err := decide(current)
	if err != nil {
		return nil, err
	}
	if v.dryRun {
		return &entry{object: v.object}, nil
	}
	if !v.remove && before != nil && object.Equal(current, v.object) {
		return before, nil
	}
	if v.remove && before == nil {
		return &entry{object: v.object}, nil
	}
	if !v.remove || v.mark {
		marked := s.next(v.object)
		s.objects[k][key] = marked
		s.remember(change{version: s.version, kind: k, key: key, before: before, after: marked})
		if !v.remove {
			return marked, nil
		}
		before = marked
	}
	gone := s.next(v.object)
	delete(s.objects[k], key)
	s.remember(change{version: s.version, kind: k, key: key, before: before, after: gone, deleted: true})
	return gone, nil
}

// next makes an entry of the next version.
func (s *store) next(o map[string]any) *entry {
	s.version++
	return &entry{object: with(o, strconv.FormatUint(s.version, 10), "metadata", "resourceVersion")}
}

func (s *store) remember(c change) {
	s.history = append(s.history, c)
	if len(s.history) > historyLength {
		drop := historyLength / 4 // not one at a time: the slice moves
		s.compacted = s.history[drop-1].version
		s.history = slices.Clone(s.history[drop:])
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// errConflict gives a write up: the object is not what it was decided for.
var errConflict = failure(409, "Conflict", "the object has been modified", nil)
