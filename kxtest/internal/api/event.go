package api

import "github.com/kx-k8s/kx/kxtest/internal/object"

// EventKind is the kind in whose form events are stored.
var EventKind = &Kind{
	Version:    "v1",
	Name:       "Event",
	Resource:   "events",
	Singular:   "event",
	ShortNames: []string{"ev"},
	Namespaced: true,
	Hash:       "r2yiGXH7wu8=",
}

// eventsV1Kind has the same objects in the form of events.k8s.io.
var eventsV1Kind = &Kind{
	Group:      "events.k8s.io",
	Version:    "v1",
	Name:       "Event",
	Resource:   "events",
	Singular:   "event",
	ShortNames: []string{"ev"},
	Namespaced: true,
	Hash:       "r2yiGXH7wu8=",
	Stored:     EventKind,
	ToStored:   object.CoreV1Event,
	FromStored: object.EventsV1Event,
}
