package kxtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

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
		options, err = decodeDeleteOptions(body)
	} else {
		options, err = queryDeleteOptions(c.query)
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

func decodeDeleteOptions(body []byte) (o deleteOptions, err error) {
	decoded, err := object.Decode(body)
	if err != nil {
		return o, badRequest("couldn't get version/kind; json parse error: " + err.Error())
	}
	kind := text(decoded, "kind")
	if kind != "" && kind != "DeleteOptions" {
		return o, badRequest(fmt.Sprintf("no kind %q is registered for version %q in scheme \"pkg/runtime/scheme.go:111\"", kind, text(decoded, "apiVersion")))
	}
	for field, wanted := range map[string]string{"dryRun": "[]string", "gracePeriodSeconds": "int64"} {
		if _, ok := decoded[field].(string); ok {
			return o, badRequest("json: cannot unmarshal string into Go struct field DeleteOptions." + field + " of type " + wanted)
		}
	}
	if err := json.Unmarshal(body, &o); err != nil {
		return o, badRequest(err.Error())
	}
	return o, nil
}

func queryDeleteOptions(query url.Values) (o deleteOptions, err error) {
	value := query.Get("gracePeriodSeconds")
	if value != "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return o, badRequest(err.Error())
		}
		o.GracePeriodSeconds = &seconds
	}
	if query.Has("orphanDependents") {
		orphan := flag(query, "orphanDependents")
		o.OrphanDependents = &orphan
	}
	o.DryRun, o.PropagationPolicy = query["dryRun"], query.Get("propagationPolicy")
	return o, nil
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
