package kxtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// deleteOptions are a DeleteOptions, from the body or the query.
type deleteOptions struct {
	Kind               string   `json:"kind"`
	APIVersion         string   `json:"apiVersion"`
	GracePeriodSeconds *int64   `json:"gracePeriodSeconds"`
	DryRun             []string `json:"dryRun"`
	PropagationPolicy  string   `json:"propagationPolicy"`
	OrphanDependents   *bool    `json:"orphanDependents"`
	Preconditions      struct {
		UID             string `json:"uid"`
		ResourceVersion string `json:"resourceVersion"`
	} `json:"preconditions"`
}

// delete removes an object, or begins to.
func (c *call) delete(w http.ResponseWriter) error {
	options, dryRun, err := c.deleteOptions()
	if err != nil {
		return err
	}
	if c.kind == namespaceKind && (c.name == "default" || c.name == "kube-system" || c.name == "kube-public") {
		return forbidden(c.kind, c.name, "this namespace may not be deleted")
	}
	c.warnOfOrphans(w, options)
	deleted, err := c.server.store.remove(c.kind, c.namespace, c.name, options, dryRun)
	if err != nil {
		return err
	}
	if c.kind.graceful || !finished(deleted.object) && text(deleted.object, "metadata", "deletionTimestamp") != "" {
		return c.writeObject(w, http.StatusOK, deleted)
	}
	c.write(w, http.StatusOK, encode(&statusBody{Kind: "Status", APIVersion: "v1", Status: "Success", Details: &statusDetails{
		Name: c.name, Group: c.kind.group, Kind: c.kind.resource, UID: text(deleted.object, "metadata", "uid"),
	}}))
	return nil
}

func (c *call) warnOfOrphans(w http.ResponseWriter, options deleteOptions) {
	if c.kind == jobKind && options.isSilent() {
		warn(w, []string{"child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning"})
	}
}

// deleteOptions reads the body, or the query when there is none, as the API server does.
func (c *call) deleteOptions() (options deleteOptions, dryRun bool, err error) {
	body, err := c.body()
	if err != nil {
		return options, false, err
	}
	if len(body) > 0 {
		err = options.decode(body)
	} else {
		err = options.query(c.query)
	}
	if err != nil {
		return options, false, err
	}
	dryRun, errs := checkDryRun(options.DryRun)
	switch options.PropagationPolicy {
	case "", "Foreground", "Background", "Orphan":
		if options.PropagationPolicy != "" && options.OrphanDependents != nil {
			errs = append(errs, object.FieldError{Reason: "FieldValueInvalid", Field: "propagationPolicy",
				Message: "Invalid value: " + strconv.Quote(options.PropagationPolicy) + ": orphanDependents and deletionPropagation cannot be both set"})
		}
	default:
		errs = append(errs, object.FieldError{Reason: "FieldValueNotSupported", Field: "propagationPolicy",
			Message: "Unsupported value: " + strconv.Quote(options.PropagationPolicy) + `: supported values: "Foreground", "Background", "Orphan", "nil"`})
	}
	return options, dryRun, invalidOptions("DeleteOptions", errs)
}

func (o *deleteOptions) decode(body []byte) error {
	decoded, err := object.Decode(body)
	if err != nil {
		return badRequest("couldn't get version/kind; json parse error: " + err.Error())
	}
	kind := text(decoded, "kind")
	if kind != "" && kind != "DeleteOptions" {
		return badRequest(fmt.Sprintf("no kind %q is registered for version %q in scheme \"pkg/runtime/scheme.go:111\"", kind, text(decoded, "apiVersion")))
	}
	for field, wanted := range map[string]string{"dryRun": "[]string", "gracePeriodSeconds": "int64"} {
		if _, ok := decoded[field].(string); ok {
			return badRequest("json: cannot unmarshal string into Go struct field DeleteOptions." + field + " of type " + wanted)
		}
	}
	if err := json.Unmarshal(body, o); err != nil {
		return badRequest(err.Error())
	}
	return nil
}

// isSilent holds when nothing is said of the object's dependents.
func (o *deleteOptions) isSilent() bool {
	return o.PropagationPolicy == "" && o.OrphanDependents == nil
}

func (o *deleteOptions) query(query url.Values) error {
	value := query.Get("gracePeriodSeconds")
	if value != "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return badRequest(err.Error())
		}
		o.GracePeriodSeconds = &seconds
	}
	if query.Has("orphanDependents") {
		orphan := flag(query, "orphanDependents")
		o.OrphanDependents = &orphan
	}
	o.DryRun, o.PropagationPolicy = query["dryRun"], query.Get("propagationPolicy")
	return nil
}

// remove deletes an object or, where finalizers or a node still have to do with it, marks it.
func (s *store) remove(k *kind, namespace, name string, options deleteOptions, dryRun bool) (*entry, error) {
	return s.write(k, namespace, name, func(current map[string]any) (verdict, error) {
		if current == nil {
			return verdict{}, notFound(k, name)
		}
		if err := options.check(k, name, current); err != nil {
			return verdict{}, err
		}
		next := mark(k, withFinalizer(k, current, options), options)
		gone := finished(next) || !k.graceful && len(list(next, "metadata", "finalizers")) == 0
		return verdict{object: next, remove: gone, mark: k == podKind, dryRun: dryRun}, nil
	})
}

func (o *deleteOptions) check(k *kind, name string, current map[string]any) error {
	conflict := func(what, asked, stored, maybe string) error {
		return failure(http.StatusConflict, "Conflict",
			fmt.Sprintf("Operation cannot be fulfilled on %s %q: the %s in the precondition (%s) does not match the %s in record (%s). %s",
				(&kind{group: k.group, resource: k.name}).qualified(), name, what, asked, what, stored, maybe),
			&statusDetails{Name: name, Group: k.group, Kind: k.name})
	}
	uid := text(current, "metadata", "uid")
	if o.Preconditions.UID != "" && o.Preconditions.UID != uid {
		return conflict("UID", o.Preconditions.UID, uid, "The object might have been deleted and then recreated")
	}
	version := text(current, "metadata", "resourceVersion")
	if o.Preconditions.ResourceVersion != "" && o.Preconditions.ResourceVersion != version {
		return conflict("ResourceVersion", o.Preconditions.ResourceVersion, version, "The object might have been modified")
	}
	return nil
}

// collectorFinalizers hold an object until the garbage collector has seen to what depends on it.
var collectorFinalizers = []any{"foregroundDeletion", "orphan"}

// withFinalizer adds what the propagation policy asks for. A job's pods stay by default.
func withFinalizer(k *kind, current map[string]any, options deleteOptions) map[string]any {
	finalizer := ""
	switch {
	case options.PropagationPolicy == "Foreground":
		finalizer = "foregroundDeletion"
	case options.PropagationPolicy == "Orphan", options.OrphanDependents != nil && *options.OrphanDependents, k == jobKind && options.isSilent():
		finalizer = "orphan"
	default:
		return current
	}
	finalizers := list(current, "metadata", "finalizers")
	if slices.Contains(finalizers, any(finalizer)) {
		return current
	}
	return with(current, append(slices.Clone(finalizers), finalizer), "metadata", "finalizers")
}

// mark returns the object with the signs of its deletion: an object that goes at once has none, but for a pod.
func mark(k *kind, current map[string]any, options deleteOptions) map[string]any {
	if !k.graceful && len(list(current, "metadata", "finalizers")) == 0 {
		return current
	}
	grace := int64(0)
	if k == podKind {
		grace = podGrace(current, options)
	}
	if old, ok := number(current, "metadata", "deletionGracePeriodSeconds"); ok && old <= grace {
		return current // a second delete can only shorten the time
	}
	next := current
	if text(current, "metadata", "deletionTimestamp") == "" || k == podKind {
		when := time.Now().Add(time.Duration(grace) * time.Second).UTC().Format(time.RFC3339)
		next = with(next, when, "metadata", "deletionTimestamp")
	}
	if k != namespaceKind {
		next = with(next, grace, "metadata", "deletionGracePeriodSeconds")
	}
	if generation, ok := number(current, "metadata", "generation"); ok && text(current, "metadata", "deletionTimestamp") == "" {
		next = with(next, generation+1, "metadata", "generation")
	}
	if k == namespaceKind {
		next = with(next, "Terminating", "status", "phase")
	}
	return next
}

// podGrace is how long a pod has to end: no time before it is on a node, or after it has ended.
func podGrace(pod map[string]any, options deleteOptions) int64 {
	grace, _ := number(pod, "spec", "terminationGracePeriodSeconds")
	if options.GracePeriodSeconds != nil {
		grace = *options.GracePeriodSeconds
	}
	phase := text(pod, "status", "phase")
	if text(pod, "spec", "nodeName") == "" || phase == "Succeeded" || phase == "Failed" {
		return 0
	}
	if grace < 0 {
		grace = 1
	}
	return grace
}

// deleteCollection deletes all objects that the call selects, and answers with them as they were.
func (c *call) deleteCollection(w http.ResponseWriter) error {
	options, dryRun, err := c.deleteOptions()
	if err != nil {
		return err
	}
	selected, err := c.page()
	if err != nil {
		return err
	}
	c.warnOfOrphans(w, options)
	for _, found := range selected.items {
		_, err := c.server.store.remove(c.kind, c.namespace, text(found.object, "metadata", "name"), options, dryRun)
		if status, ok := err.(*statusBody); ok && status.Code == http.StatusNotFound {
			continue // it went by itself
		}
		if err != nil {
			return err
		}
	}
	return c.writeList(w, page{version: selected.version, items: selected.items})
}
