package resources

import (
	"context"
	"fmt"
)

// Progress is what a condition finds in an object.
type Progress struct {
	// Done reports whether the condition holds.
	Done bool
	// Message says what the wait is for, such as "1 of 3 updated replicas are available".
	Message string
}

// WaitCondition lists the types of a condition of WaitFor.
//
//	func(*Object) (Progress, error)   Ready, Available, Complete, Failed, RolloutDone,
//	                                  ConditionIs, JSONPath, JSONPathExists
//	func(*T) (bool, error)            the caller's own; true ends the wait
//	WatchEventType                    Deleted: the object is gone; Added: it exists
type WaitCondition[T any] interface {
	func(*Object) (Progress, error) | func(*T) (bool, error) | WatchEventType
}

// WaitFor waits until the object called name meets a condition, or until ctx ends. It lists the
// object and then watches it, so the user needs the rights to list and to watch. A restart of the
// server does not end the wait.
//
// If the condition returns an error, WaitFor returns it at once. The error is a *WaitError if the
// condition can no longer be met. If there is no object of this name, the error matches
// transport.ErrNotFound. If the object is deleted during the wait, the error is a *WaitError, even
// if a new object has its name; Deleted is met then. At the end of ctx the error wraps the cause of
// ctx and holds the last Message.
func WaitFor[T any, C WaitCondition[T]](ctx context.Context, api *API[T], name string, condition C,
	opts ...ListOption) error {
	w := waiter{requester: api.requester, name: name}
	for _, o := range opts {
		o.applyList(&w.options)
	}
	switch c := any(condition).(type) {
	case func(*Object) (Progress, error):
		w.make = func() any { return new(Object) }
		w.check = func(object any) (Progress, error) { return c(w.typed(object.(*Object))) }
	case func(*T) (bool, error):
		w.make = func() any { return new(T) }
		w.check = func(object any) (Progress, error) {
			done, err := c(object.(*T))
			return Progress{Done: done}, err
		}
	case WatchEventType:
		if c != Deleted && c != Added {
			return fmt.Errorf("wait for %s: %q is neither Added nor Deleted", w.describe(name), c)
		}
		w.make = func() any { return new(Object) }
		w.event = c
	}
	return w.run(ctx)
}

// WaitError reports that the condition of a wait can no longer be met.
type WaitError struct {
	// Reason is for programs: "Deleted", "PodFailed", "PodSucceeded", "JobFailed", "JobComplete",
	// "ProgressDeadlineExceeded" or "OnDelete".
	Reason string
	// Message is for people.
	Message string
}

// Error returns the message.
func (e *WaitError) Error() string { return e.Message }
