package resources

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Each verb has an interface for its options, so that an option of another verb does not compile.
type (
	// APIOption is an option of New and ForKind.
	APIOption interface{ applyAPI(*apiSettings) }
	// GetOption is an option of reads of one object.
	GetOption interface{ applyGet(*options) }
	// ListOption is an option of lists and watches, besides their ListOptions.
	ListOption interface{ applyList(*options) }
	// CreateOption is an option of Create.
	CreateOption interface{ applyCreate(*options) }
	// UpdateOption is an option of Update and Replace.
	UpdateOption interface{ applyUpdate(*options) }
	// PatchOption is an option of Patch and of calls that send a patch.
	PatchOption interface{ applyPatch(*options) }
	// DeleteOption is an option of Delete. DeleteOnlyOption is one that no other verb accepts.
	DeleteOption interface{ applyDelete(*options) }
)

// RequestOption is an option of every verb.
type RequestOption struct{ set func(*options) }

func (o RequestOption) applyGet(s *options)    { o.set(s) }
func (o RequestOption) applyList(s *options)   { o.set(s) }
func (o RequestOption) applyCreate(s *options) { o.set(s) }
func (o RequestOption) applyUpdate(s *options) { o.set(s) }
func (o RequestOption) applyPatch(s *options)  { o.set(s) }
func (o RequestOption) applyDelete(s *options) { o.set(s) }

// NamespaceOption is an option of every verb, of New and of ForKind.
type NamespaceOption struct{ name string }

func (o NamespaceOption) applyAPI(s *apiSettings) { s.namespace = o.name }
func (o NamespaceOption) applyGet(s *options)     { s.namespace = &o.name }
func (o NamespaceOption) applyList(s *options)    { s.namespace = &o.name }
func (o NamespaceOption) applyCreate(s *options)  { s.namespace = &o.name }
func (o NamespaceOption) applyUpdate(s *options)  { s.namespace = &o.name }
func (o NamespaceOption) applyPatch(s *options)   { s.namespace = &o.name }
func (o NamespaceOption) applyDelete(s *options)  { s.namespace = &o.name }

// InNamespace sets the namespace: of all calls if New or ForKind gets it, and otherwise of one
// call.
func InNamespace(name string) NamespaceOption { return NamespaceOption{name} }

// RequestTimeout limits how long this call waits for the server. Zero means no limit. Without this
// option the client's limit applies.
func RequestTimeout(limit time.Duration) RequestOption {
	return RequestOption{func(s *options) { s.timeout = &limit }}
}

// Dedicated gives this call a connection of its own, for a large answer: see
// transport.Request.Dedicated.
func Dedicated() RequestOption {
	return RequestOption{func(s *options) { s.dedicated = true }}
}

// ListOnlyOption is an option of lists and watches alone.
type ListOnlyOption struct{ set func(*options) }

func (o ListOnlyOption) applyList(s *options) { o.set(s) }

// Prefetch makes a list in pages ask for its next page while the caller takes the items of one, so
// that the server works meanwhile. Who leaves the list early may have sent one request too many,
// whose error the client's metrics show as canceled. A page that the caller does not get to within
// 10 s is asked for again. Pages of custom resources are read one by one, because their tokens
// follow the items.
func Prefetch() ListOnlyOption {
	return ListOnlyOption{func(s *options) { s.prefetch = true }}
}

// WriteOption is an option of Create, Update, Replace and Patch.
type WriteOption struct{ set func(*options) }

func (o WriteOption) applyCreate(s *options) { o.set(s) }
func (o WriteOption) applyUpdate(s *options) { o.set(s) }
func (o WriteOption) applyPatch(s *options)  { o.set(s) }

// FieldManager sets the name under which the server records the change: at most 128 bytes of
// printable characters. Server-side apply requires one
// (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
func FieldManager(name string) WriteOption {
	return WriteOption{func(s *options) { s.setQuery("fieldManager", name); s.manager = name }}
}

// Validation is what the server does about unknown and duplicate fields.
type Validation string

// The values of Validation. The server's default is Warn.
const (
	Strict Validation = "Strict" // refuse the request: 400, or 422 for a patch
	Warn   Validation = "Warn"   // drop them and send a Warning header
	Ignore Validation = "Ignore" // drop them silently
)

// FieldValidation sets what the server does about unknown and duplicate fields.
func FieldValidation(v Validation) WriteOption {
	return WriteOption{func(s *options) { s.setQuery("fieldValidation", string(v)) }}
}

// DryRunOption is an option of every verb that writes.
type DryRunOption struct{}

func (DryRunOption) applyCreate(s *options) { s.dryRun = true; s.setQuery("dryRun", "All") }
func (DryRunOption) applyUpdate(s *options) { s.dryRun = true; s.setQuery("dryRun", "All") }
func (DryRunOption) applyPatch(s *options)  { s.dryRun = true; s.setQuery("dryRun", "All") }
func (DryRunOption) applyDelete(s *options) {
	s.dryRun = true
	s.deleteBody().DryRun = []string{"All"}
}

// DryRun makes the server do everything except store the result.
func DryRun() DryRunOption { return DryRunOption{} }

// ForceOption is an option of Patch with patch.Apply.
type ForceOption struct{}

func (ForceOption) applyPatch(s *options) { s.force = true; s.setQuery("force", "true") }

// Force takes over fields that another manager owns, where the server would answer with a conflict.
// It works with patch.Apply only.
func Force() ForceOption { return ForceOption{} }

// DeleteOnlyOption is an option of Delete alone.
type DeleteOnlyOption struct{ set func(*deleteOptions) }

func (o DeleteOnlyOption) applyDelete(s *options) { o.set(s.deleteBody()) }

// GracePeriod sets how many seconds the object's processes have to end, 0 or more. Without it the
// object's own period applies.
func GracePeriod(seconds int64) DeleteOnlyOption {
	return DeleteOnlyOption{func(d *deleteOptions) { d.GracePeriodSeconds = &seconds }}
}

// Propagation is what happens to an object's dependents.
type Propagation string

// The values of Propagation (meta/v1 DeletionPropagation).
const (
	Orphan     Propagation = "Orphan"     // keep the dependents, without their owner
	Background Propagation = "Background" // delete the object, and the dependents after it
	Foreground Propagation = "Foreground" // delete the dependents first, then the object
)

// PropagationPolicy sets what happens to an object's dependents. Without it the kind's default
// applies: [API.Delete] lists them.
func PropagationPolicy(p Propagation) DeleteOnlyOption {
	return DeleteOnlyOption{func(d *deleteOptions) { d.PropagationPolicy = p }}
}

// IfUID deletes the object only if it has this uid: a newer object of the same name stays.
func IfUID(uid string) DeleteOnlyOption {
	return DeleteOnlyOption{func(d *deleteOptions) { d.preconditions().UID = uid }}
}

// IfResourceVersion deletes the object only if it still has this resourceVersion.
func IfResourceVersion(version string) DeleteOnlyOption {
	return DeleteOnlyOption{func(d *deleteOptions) { d.preconditions().ResourceVersion = version }}
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

// options collects the options of one call.
type options struct {
	namespace *string
	timeout   *time.Duration
	params    url.Values
	dedicated bool
	prefetch  bool
	dryRun    bool
	force     bool
	manager   string
	deletion  *deleteOptions
}

// optionsOfList returns what opts set.
func optionsOfList(opts []ListOption) *options {
	s := new(options)
	for _, o := range opts {
		o.applyList(s)
	}
	return s
}

func (s *options) setQuery(name, value string) {
	if s.params == nil {
		s.params = url.Values{}
	}
	s.params.Set(name, value)
}

func (s *options) deleteBody() *deleteOptions {
	if s.deletion == nil {
		s.deletion = &deleteOptions{Kind: "DeleteOptions", APIVersion: "v1"}
	}
	return s.deletion
}

// OptionError reports options that contradict each other or the call. Nothing was sent.
type OptionError struct {
	Option  string
	Problem string
}

func (e *OptionError) Error() string { return "option " + e.Option + ": " + e.Problem }

// maxFieldManager is the server's limit in bytes. The server answers 422 to a longer name
// (apimachinery, ValidateFieldManager).
const maxFieldManager = 128

func (s *options) check() error {
	if len(s.manager) > maxFieldManager {
		return &OptionError{"FieldManager", "the name has " + strconv.Itoa(len(s.manager)) +
			" bytes: the server accepts at most " + strconv.Itoa(maxFieldManager)}
	}
	v := s.params.Get("fieldValidation")
	if v != "" && v != string(Strict) && v != string(Warn) && v != string(Ignore) {
		return &OptionError{"FieldValidation", fmt.Sprintf("%q is none of Strict, Warn and Ignore",
			v)}
	}
	if s.timeout != nil && *s.timeout < 0 {
		return &OptionError{"RequestTimeout", "the limit is negative: zero means none"}
	}
	d := s.deletion
	if d != nil && d.GracePeriodSeconds != nil && *d.GracePeriodSeconds < 0 {
		return &OptionError{"GracePeriod", "the number of seconds is negative"}
	}
	return nil
}

// checkPatch fails where the server would fail, before anything is sent.
func (s *options) checkPatch(contentType string) error {
	if s.force && contentType != applyType {
		return &OptionError{"Force", fmt.Sprintf("it goes with server-side apply, not %s",
			contentType)}
	}
	if contentType == applyType && s.manager == "" {
		return &OptionError{"FieldManager", "server-side apply needs the name of a field manager"}
	}
	return s.check()
}
