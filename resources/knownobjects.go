package resources

import "maps"

// knownObjects has the last version of each object that a watch has yielded and that exists. With
// it a new list shows what the watch has missed.
type knownObjects map[objectKey]objectVersion

// objectVersion is one state of one object. A later object of the same name has another uid.
type objectVersion struct{ uid, version string }

// note records an event. A nil map records nothing.
func (k knownObjects) note(kind WatchEventType, object any) {
	if k == nil {
		return
	}
	meta := metaOf(object)
	key := objectKey{meta.Namespace, meta.Name}
	if kind == Deleted {
		delete(k, key)
		return
	}
	k[key] = objectVersion{meta.UID, meta.ResourceVersion}
}

// listSink compares the items of a list with the known objects. It yields each difference.
type listSink struct {
	known   knownObjects
	missing knownObjects // those that the list has not brought yet
	items   int          // that the list has brought
	make    func() any
	yield   func(kind WatchEventType, object any) bool
	// yieldMissed gets an object that was deleted, with its last known identity and version alone.
	yieldMissed func(object any) bool
}

func (w *watcher) newListSink() *listSink {
	return &listSink{known: w.known, missing: maps.Clone(w.known), make: w.make, yield: w.yield,
		yieldMissed: w.yieldMissed}
}

// item handles an item of the list. It returns false when the caller wants no more events.
func (s *listSink) item(object any) bool {
	s.items++
	meta := metaOf(object)
	key := objectKey{meta.Namespace, meta.Name}
	delete(s.missing, key)
	last, exists := s.known[key]
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
	s.known.note(kind, object)
	return s.yield(kind, object)
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
	delete(s.known, key)
	object := s.make()
	*metaOf(object) = ObjectMeta{Namespace: key.namespace, Name: key.name, UID: last.uid,
		ResourceVersion: last.version}
	return s.yieldMissed(object)
}
