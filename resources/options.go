package resources

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// An option that fits only some verbs does not compile on the others: each verb takes an interface of its own.
type (
	// APIOption fits New and ForKind.
	APIOption interface{ applyAPI(*apiSettings) }
	// GetOption fits reads of one object.
	GetOption interface{ applyGet(*options) }
	// ListOption fits lists and watches, beside their ListOptions.
	ListOption interface{ applyList(*options) }
	// CreateOption fits Create.
	CreateOption interface{ applyCreate(*options) }
	// UpdateOption fits Update and Replace.
	UpdateOption interface{ applyUpdate(*options) }
	// PatchOption fits Patch and what is built on it.
	PatchOption interface{ applyPatch(*options) }
	// DeleteOption fits Delete.
	DeleteOption interface{ applyDelete(*options) }
)

// RequestOption fits every verb.
type RequestOption struct{ set func(*options) }

func (o RequestOption) applyGet(s *options)    { o.set(s) }
func (o RequestOption) applyList(s *options)   { o.set(s) }
func (o RequestOption) applyCreate(s *options) { o.set(s) }
func (o RequestOption) applyUpdate(s *options) { o.set(s) }
func (o RequestOption) applyPatch(s *options)  { o.set(s) }
func (o RequestOption) applyDelete(s *options) { o.set(s) }

// NamespaceOption fits every verb, and New.
type NamespaceOption struct{ name string }

func (o NamespaceOption) applyAPI(s *apiSettings) { s.namespace = o.name }
func (o NamespaceOption) applyGet(s *options)     { s.namespace = &o.name }
func (o NamespaceOption) applyList(s *options)    { s.namespace = &o.name }
func (o NamespaceOption) applyCreate(s *options)  { s.namespace = &o.name }
func (o NamespaceOption) applyUpdate(s *options)  { s.namespace = &o.name }
func (o NamespaceOption) applyPatch(s *options)   { s.namespace = &o.name }
func (o NamespaceOption) applyDelete(s *options)  { s.namespace = &o.name }

// InNamespace makes the calls in the namespace called name: all of an API's when it is given to New, this one when it is given to a call.
func InNamespace(name string) NamespaceOption { return NamespaceOption{name} }

// RequestTimeout limits how long the server may keep this one call waiting: zero means without a limit, and without the option the client's own limit holds.
func RequestTimeout(limit time.Duration) RequestOption {
	return RequestOption{func(s *options) { s.timeout = &limit }}
}

// WriteOption fits Create, Update, Replace and Patch.
type WriteOption struct{ set func(*options) }

func (o WriteOption) applyCreate(s *options) { o.set(s) }
func (o WriteOption) applyUpdate(s *options) { o.set(s) }
func (o WriteOption) applyPatch(s *options)  { o.set(s) }

// FieldManager names who makes the change, in at most 128 printable characters; server-side apply needs it
// (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
func FieldManager(name string) WriteOption {
	return WriteOption{func(s *options) { s.query("fieldManager", name); s.manager = name }}
}

// Validation says what the server does about fields that it does not know or that come twice.
type Validation string

// The ways of validation; without the option the server's own default holds, which is Warn.
const (
	Strict Validation = "Strict" // refuse the request with 400
	Warn   Validation = "Warn"   // drop them, and say so in a Warning header
	Ignore Validation = "Ignore" // drop them silently
)

// FieldValidation sets what the server does about unknown and duplicate fields.
func FieldValidation(v Validation) WriteOption {
	return WriteOption{func(s *options) { s.query("fieldValidation", string(v)) }}
}

// DryRunOption fits every verb that writes.
type DryRunOption struct{}

func (DryRunOption) applyCreate(s *options) { s.dryRun = true; s.query("dryRun", "All") }
func (DryRunOption) applyUpdate(s *options) { s.dryRun = true; s.query("dryRun", "All") }
func (DryRunOption) applyPatch(s *options)  { s.dryRun = true; s.query("dryRun", "All") }
func (DryRunOption) applyDelete(s *options) { s.dryRun = true; s.remove().DryRun = []string{"All"} }

// DryRun has the server do everything but store the result.
func DryRun() DryRunOption { return DryRunOption{} }

// ForceOption fits Patch with patch.Apply.
type ForceOption struct{}

func (ForceOption) applyPatch(s *options) { s.force = true; s.query("force", "true") }

// Force takes over fields that another manager owns, instead of answering with a conflict. It goes with patch.Apply alone.
func Force() ForceOption { return ForceOption{} }

// RemovalOption fits Delete.
type RemovalOption struct{ set func(*deleteOptions) }

func (o RemovalOption) applyDelete(s *options) { o.set(s.remove()) }

// GracePeriod gives the object's processes that many seconds to end, at least 0; without it the object's own period holds.
func GracePeriod(seconds int64) RemovalOption {
	return RemovalOption{func(d *deleteOptions) { d.GracePeriodSeconds = &seconds }}
}

// Propagation says what becomes of an object's dependents.
type Propagation string

// The ways of propagation (meta/v1 DeletionPropagation).
const (
	Orphan     Propagation = "Orphan"
	Background Propagation = "Background"
	Foreground Propagation = "Foreground"
)

// PropagationPolicy sets what becomes of an object's dependents; without it the kind's own default holds.
func PropagationPolicy(p Propagation) RemovalOption {
	return RemovalOption{func(d *deleteOptions) { d.PropagationPolicy = p }}
}

// IfUID deletes the object only if it still has this uid, and not one of the same name that came after it.
func IfUID(uid string) RemovalOption {
	return RemovalOption{func(d *deleteOptions) { d.preconditions().UID = uid }}
}

// IfResourceVersion deletes the object only if it has not changed since.
func IfResourceVersion(version string) RemovalOption {
	return RemovalOption{func(d *deleteOptions) { d.preconditions().ResourceVersion = version }}
}

// deleteOptions is the body of a delete (meta/v1 DeleteOptions).
type deleteOptions struct {
	Kind               string               `json:"kind"`
	APIVersion         string               `json:"apiVersion"`
	GracePeriodSeconds *int64               `json:"gracePeriodSeconds,omitzero"`
	Preconditions      *deletePreconditions `json:"preconditions,omitzero"`
	PropagationPolicy  Propagation          `json:"propagationPolicy,omitzero"`
	DryRun             []string             `json:"dryRun,omitzero"`
}

type deletePreconditions struct {
	UID             string `json:"uid,omitzero"`
	ResourceVersion string `json:"resourceVersion,omitzero"`
}

func (d *deleteOptions) preconditions() *deletePreconditions {
	if d.Preconditions == nil {
		d.Preconditions = &deletePreconditions{}
	}
	return d.Preconditions
}

// options is what one call's options come to.
type options struct {
	namespace *string
	timeout   *time.Duration
	params    url.Values
	dryRun    bool
	force     bool
	manager   string
	removal   *deleteOptions
}

func (s *options) query(name, value string) {
	if s.params == nil {
		s.params = url.Values{}
	}
	s.params.Set(name, value)
}

func (s *options) remove() *deleteOptions {
	if s.removal == nil {
		s.removal = &deleteOptions{Kind: "DeleteOptions", APIVersion: "v1"}
	}
	return s.removal
}

// OptionError says that options contradict each other or the call; nothing was sent.
type OptionError struct {
	Option  string
	Problem string
}

func (e *OptionError) Error() string { return "option " + e.Option + ": " + e.Problem }

// maxFieldManager is the API server's limit (meta/v1 validation).
const maxFieldManager = 128

func (s *options) check() error {
	if len(s.manager) > maxFieldManager {
		return &OptionError{"FieldManager", "the name has " + strconv.Itoa(len(s.manager)) + " characters: the server takes at most " + strconv.Itoa(maxFieldManager)}
	}
	v := s.params.Get("fieldValidation")
	if v != "" && v != string(Strict) && v != string(Warn) && v != string(Ignore) {
		return &OptionError{"FieldValidation", fmt.Sprintf("%q is none of Strict, Warn and Ignore", v)}
	}
	if s.timeout != nil && *s.timeout < 0 {
		return &OptionError{"RequestTimeout", "the limit is negative: zero means none"}
	}
	d := s.removal
	if d != nil && d.GracePeriodSeconds != nil && *d.GracePeriodSeconds < 0 {
		return &OptionError{"GracePeriod", "the number of seconds is negative"}
	}
	return nil
}

// checkPatch refuses what the server would refuse as well, before a byte is sent.
func (s *options) checkPatch(contentType string) error {
	if s.force && contentType != applyType {
		return &OptionError{"Force", fmt.Sprintf("it goes with server-side apply, not %s", contentType)}
	}
	if contentType == applyType && s.manager == "" {
		return &OptionError{"FieldManager", "server-side apply needs the name of a field manager"}
	}
	return s.check()
}
