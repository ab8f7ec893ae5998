package resources

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/kx-k8s/kx/transport"
)

// The longest pause after the first conflict, and after many. A pause is a random part of it.
const (
	minConflictPause = 10 * time.Millisecond
	maxConflictPause = time.Second
)

// Modify reads the object called name, calls change with it, and replaces the stored object by the
// result, which it returns. If the object has changed meanwhile (409 Conflict), Modify starts again
// with the newer object, after a random pause of at most a second. So change may run several times,
// each time with a new object.
//
// Modify writes nothing, and returns the object as it was read, if change changes nothing. It
// writes nothing if change fails, and returns its error. The metadata's name, namespace, uid and
// resourceVersion must stay as they are.
//
// Modify tries until ctx ends. It then fails with a *ModifyError, which has the number of attempts
// and matches transport.ErrConflict. It fails with a *ModifyError, too, if the object was deleted
// and created anew between two attempts: that is another object, which Modify leaves alone. Errors
// of other kinds end it at once.
func (e Endpoint[S]) Modify(ctx context.Context, name string, change func(*S) error,
	opts ...UpdateOption) (*S, error) {
	m := modification{
		requester: e.requester, name: name,
		make:   func() any { return new(S) },
		change: func(object any) error { return change(object.(*S)) },
	}
	for _, o := range opts {
		o.applyUpdate(&m.options)
	}
	object, err := m.run(ctx)
	if err != nil {
		return nil, err
	}
	return object.(*S), nil
}

// ModifyError reports that Modify gave up after a conflict. The last attempt wrote nothing.
type ModifyError struct {
	// Resource is what Modify would have written, such as "pods web-0".
	Resource string
	// Attempts is how many times Modify has read the object.
	Attempts int
	// Reason is why there is no further attempt: that ctx has ended, or ErrRecreated. Conflict is
	// the server's answer to the last write.
	Reason, Conflict error
}

func (e *ModifyError) Error() string {
	return fmt.Sprintf("modify %s: gave up after %d attempts: %v; %v", e.Resource, e.Attempts,
		e.Reason, e.Conflict)
}

// Unwrap returns Reason and Conflict.
func (e *ModifyError) Unwrap() []error { return []error{e.Reason, e.Conflict} }

// ErrRecreated is matched by the error of a Modify whose object was deleted, and created anew under
// the same name, between two attempts.
var ErrRecreated = errors.New("the object was deleted and created anew")

// modification is a Modify without a type parameter.
type modification struct {
	requester
	name    string
	options options
	make    func() any // returns a pointer
	change  func(object any) error

	uid string // of the object that the first attempt read
}

func (m *modification) run(ctx context.Context) (any, error) {
	if err := m.options.check(); err != nil {
		return nil, err
	}
	if m.metadataOnly {
		return nil, fmt.Errorf("write %s: %w", m.describe(m.name), ErrMetadataOnly)
	}
	var conflict error // the answer to the last write
	gaveUp := func(attempts int, reason error) error {
		return &ModifyError{m.describe(m.name), attempts, reason, conflict}
	}
	for attempts, pause := 1, minConflictPause; ; attempts++ {
		object, written, err := m.attempt(ctx)
		switch {
		case written && errors.Is(err, transport.ErrConflict):
			conflict = err
		case conflict != nil && (errors.Is(err, ErrRecreated) || err != nil && ctx.Err() != nil):
			return nil, gaveUp(attempts, err)
		default:
			return object, err
		}
		select {
		case <-time.After(rand.N(pause)):
		case <-ctx.Done():
			return nil, gaveUp(attempts, context.Cause(ctx))
		}
		pause = min(2*pause, maxConflictPause)
	}
}

// attempt reads, changes and writes the object once. written is true if err is that of the write.
func (m *modification) attempt(ctx context.Context) (object any, written bool, err error) {
	object = m.make()
	read := options{namespace: m.options.namespace, timeout: m.options.timeout}
	err = m.exchange(ctx, &read, &transport.Request{Method: http.MethodGet}, object, m.name)
	if err != nil {
		return nil, false, err
	}
	before, err := m.encodeObject(object, m.name)
	if err != nil {
		return nil, false, err
	}
	was, err := m.identify(before)
	if err != nil {
		return nil, false, err
	}
	if err := m.change(object); err != nil {
		return nil, false, err
	}
	after, err := m.encodeObject(object, m.name)
	if err != nil {
		return nil, false, err
	}
	if bytes.Equal(before, after) {
		return object, false, nil
	}
	is := identityOf(after)
	if is != was {
		return nil, false, fmt.Errorf("modify %s: the function has changed the metadata from %v "+
			"to %v: name, namespace, uid and resourceVersion must stay",
			m.describe(m.name), was, is)
	}
	stored := m.make()
	return stored, true, m.exchange(ctx, &m.options, &transport.Request{Method: http.MethodPut,
		ContentType: "application/json", Body: after}, stored, m.name)
}

// identify returns the identity of the object that was read, which must be that of the first
// attempt.
func (m *modification) identify(document []byte) (identity, error) {
	was := identityOf(document)
	if was.ResourceVersion == "" {
		return was, &transport.AnswerError{Method: http.MethodGet, Target: m.describe(m.name),
			Err: errNoVersion}
	}
	if m.uid != "" && was.UID != m.uid {
		return was, ErrRecreated
	}
	m.uid = was.UID
	return was, nil
}

// identityOf reads an identity from an encoded object. It is empty as far as the object cannot be
// read.
func identityOf(document []byte) identity {
	head, _ := headOf(document)
	return head.identity
}
