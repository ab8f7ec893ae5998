package apiserver

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// delete deletes an object, or marks it as under deletion.
func (c *call) delete(w http.ResponseWriter) error {
	options, dryRun, err := c.deleteOptions()
	if err != nil {
		return err
	}
	if c.kind == api.NamespaceKind && (c.name == "default" || c.name == "kube-system" ||
		c.name == "kube-public") {
		return api.Forbidden(c.kind, c.name, "this namespace may not be deleted")
	}
	c.warnOfOrphans(w, options)
	deleted, err := c.server.Store.Delete(c.kind, c.namespace, c.name, options, dryRun)
	if err != nil {
		return err
	}
	if c.kind.Graceful || c.kind.ReturnsDeleted || !storage.DeletionComplete(deleted.Object) &&
		object.Text(deleted.Object, "metadata", "deletionTimestamp") != "" {
		return c.writeObject(w, http.StatusOK, deleted)
	}
	c.write(w, http.StatusOK, api.Encode(&api.Status{
		Kind:       "Status",
		APIVersion: "v1",
		Status:     "Success",
		Details: &api.StatusDetails{
			Name:  c.name,
			Group: c.kind.Group,
			Kind:  c.kind.Resource,
			UID:   object.Text(deleted.Object, "metadata", "uid"),
		},
	}))
	return nil
}

func (c *call) warnOfOrphans(w http.ResponseWriter, options storage.DeleteOptions) {
	if c.kind == api.JobKind && options.DefaultPropagation() {
		warn(w,
			[]string{"child pods are preserved by default when jobs are deleted; set " +
				"propagationPolicy=Background to remove them or set propagationPolicy=Orphan to " +
				"suppress this warning"})
	}
}

// deleteOptions reads the options from the body or, if there is none, from the query, as the API
// server does.
func (c *call) deleteOptions() (options storage.DeleteOptions, dryRun bool, err error) {
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
	dryRun, err = checkDeleteOptions(options)
	return options, dryRun, err
}

// checkDeleteOptions returns what is wrong with the values of the options.
func checkDeleteOptions(options storage.DeleteOptions) (dryRun bool, err error) {
	dryRun, errs := checkDryRun(options.DryRun)
	switch options.PropagationPolicy {
	case "", "Foreground", "Background", "Orphan":
		if options.PropagationPolicy != "" && options.OrphanDependents != nil {
			errs = append(errs, object.FieldError{
				Reason: "FieldValueInvalid",
				Field:  "propagationPolicy",
				Message: "Invalid value: " + strconv.Quote(options.PropagationPolicy) +
					": orphanDependents and deletionPropagation cannot be both set",
			})
		}
	default:
		errs = append(errs, object.FieldError{
			Reason: "FieldValueNotSupported",
			Field:  "propagationPolicy",
			Message: "Unsupported value: " + strconv.Quote(options.PropagationPolicy) +
				`: supported values: "Foreground", "Background", "Orphan", "nil"`,
		})
	}
	return dryRun, api.InvalidOptions("DeleteOptions", errs)
}

func decodeDeleteOptions(body []byte) (o storage.DeleteOptions, err error) {
	decoded, err := object.Decode(body)
	if err != nil {
		return o, api.BadRequest("couldn't get version/kind; json parse error: " + err.Error())
	}
	kind := object.Text(decoded, "kind")
	if kind != "" && kind != "DeleteOptions" {
		return o, api.BadRequest(fmt.Sprintf(
			"no kind %q is registered for version %q in scheme \"pkg/runtime/scheme.go:111\"", kind,
			object.Text(decoded, "apiVersion")))
	}
	for field, wanted := range map[string]string{"dryRun": "[]string",
		"gracePeriodSeconds": "int64"} {
		if _, ok := decoded[field].(string); ok {
			return o, api.BadRequest(
				"json: cannot unmarshal string into Go struct field DeleteOptions." + field +
					" of type " + wanted)
		}
	}
	if err := json.Unmarshal(body, &o); err != nil {
		return o, api.BadRequest(err.Error())
	}
	return o, nil
}

func queryDeleteOptions(query url.Values) (o storage.DeleteOptions, err error) {
	value := query.Get("gracePeriodSeconds")
	if value != "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return o, api.BadRequest(err.Error())
		}
		o.GracePeriodSeconds = &seconds
	}
	if query.Has("orphanDependents") {
		orphan := queryBool(query, "orphanDependents")
		o.OrphanDependents = &orphan
	}
	o.DryRun, o.PropagationPolicy = query["dryRun"], query.Get("propagationPolicy")
	return o, nil
}

// deleteCollection deletes all objects that the request selects, and responds with their last
// state.
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
		_, err := c.server.Store.Delete(c.kind, c.namespace, object.Text(found.Object, "metadata",
			"name"), options,
			dryRun)
		var status *api.Status
		if errors.As(err, &status) && status.Code == http.StatusNotFound {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
	}
	return c.writeList(w, page{version: selected.version, items: selected.items})
}
