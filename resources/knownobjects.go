package resources

import (
	"maps"

	"github.com/kx-k8s/kx/transport"
)

// MaxWatchBytes limits what a watch keeps of the objects that exist: enough for a million.
const MaxWatchBytes = 256 << 20

// knownObjectBytes is how many bytes a known object takes beside its texts.
const knownObjectBytes = 100

// knownObjects has the last version of each object that a watch has yielded and that exists. With
// it a new list shows what the watch has missed.
type knownObjects struct {
	versions map[objectKey]objectVersion
	bytes    int
}

// objectVersion is one state of one object. A later object of the same name has another uid.
type objectVersion struct{ uid, version string }

func newKnownObjects() *knownObjects {
	return &knownObjects{versions: map[objectKey]objectVersion{}}
}

// note records an event, and fails if the objects exceed MaxWatchBytes. A nil k records nothing.
func (k *knownObjects) note(kind WatchEventType, object any) error {
	if k == nil {
		return nil
	}
	meta := metaOf(object)
	key := objectKey{meta.Namespace, meta.Name}
	k.remove(key)
	if kind == Deleted {
		return nil
	}
	version := objectVersion{meta.UID, meta.ResourceVersion}
	k.versions[key] = version
	k.bytes += sizeOf(key, version)
	if k.bytes > MaxWatchBytes {
		return &transport.AnswerSizeError{Part: "names of objects", Limit: MaxWatchBytes >> 20,
			Unit: "MiB", Constant: "resources.MaxWatchBytes"}
	}
	return nil
}

func (k *knownObjects) remove(key objectKey) {
	last, exists := k.versions[key]
	if exists {
		k.bytes -= sizeOf(key, last)
		delete(k.versions, key)
	}
}

func sizeOf(key objectKey, v objectVersion) int {
	return knownObjectBytes + len(key.namespace) + len(key.name) + len(v.uid) + len(v.version)
}

// listSink compares the items of a list with the known objects. It yields each difference.
type listSink struct {
	known   *knownObjects
	missing map[objectKey]objectVersion // known objects that the list has not brought yet
	items   int                         // that the list has brought
	make    func() any
	yield   func(kind WatchEventType, object any) bool
	// yieldMissed gets an object that was deleted, with its last known identity and version alone.
	yieldMissed func(object any) bool
	err         error // why the known objects cannot take the item
}

func (w *watcher) newListSink() *listSink {
	return &listSink{known: w.known, missing: maps.Clone(w.known.versions), make: w.make,
		yield: w.yield, yieldMissed: w.yieldMissed}
}

// item handles an item of the list. It returns false when the list cannot go on: after an error, or
// when the caller wants no more events.
func (s *listSink) item(object any) bool {
	s.items++
	meta := metaOf(object)
	key := objectKey{meta.Namespace, meta.Name}
	delete(s.missing, key)
	last, exists := s.known.versions[key]
	kind := Added
	switch {
	case exists && last == objectVersion{meta.UID, meta.ResourceVersion} && last.version != "":
		return true
	case exists && last.uid == meta.UID:
		kind = Modified
	case exists:
		if !s.deleted(key, last) {
			return false
		}
	}
	s.err = s.known.note(kind, object)
	return s.err == nil && s.yield(kind, object)
}

// end yields the objects that the list has not brought.
func (s *listSink) end() bool {
	for key, last := range s.missing {
		if !s.deleted(key, last) {
			return false
		}
	}
	return true
}

func (s *listSink) deleted(key objectKey, last objectVersion) bool {
	s.known.remove(key)
	object := s.make()
	*metaOf(object) = ObjectMeta{Namespace: key.namespace, Name: key.name, UID: last.uid,
		ResourceVersion: last.version}
	return s.yieldMissed(object)
}
