package apiserver

import (
	"net/http"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/kubelet"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

func (c *call) logOptions() (*kubelet.LogOptions, error) {
	o := &kubelet.LogOptions{
		Follow:     queryBool(c.query, "follow"),
		Previous:   queryBool(c.query, "previous"),
		Timestamps: queryBool(c.query, "timestamps"),
		Tail:       -1,
		Limit:      -1,
	}
	var errs []object.FieldError
	number := func(name string, least int64, complaint string, set func(int64)) error {
		if !c.query.Has(name) {
			return nil
		}
		n, err := strconv.ParseInt(c.query.Get(name), 10, 64)
		if err != nil {
			return api.BadRequest(err.Error())
		}
		if n < least {
			errs = append(errs, object.FieldError{
				Reason:  "FieldValueInvalid",
				Field:   name,
				Message: "Invalid value: " + strconv.FormatInt(n, 10) + ": " + complaint,
			})
		}
		set(n)
		return nil
	}
	for _, err := range []error{
		number("tailLines", 0, "must be greater than or equal to 0", func(n int64) { o.Tail = n }),
		number("limitBytes", 1, "must be greater than 0", func(n int64) { o.Limit = n }),
	} {
		if err != nil {
			return nil, err
		}
	}
	value := c.query.Get("sinceTime")
	if value != "" {
		since, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return nil, api.BadRequest(err.Error())
		}
		o.Since = since.Truncate(time.Second) // as it reaches the kubelet
	}
	if c.query.Has("sinceSeconds") && value != "" {
		errs = append(errs, object.FieldError{Reason: "FieldValueForbidden", Field: "[]",
			Message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"})
	} else if err := number("sinceSeconds", 1, "must be greater than 0", func(n int64) {
		o.Since = time.Now().Add(-time.Duration(n) * time.Second)
	}); err != nil {
		return nil, err
	}
	if c.query.Has("stream") { // without the feature PodLogsQuerySplitStreams
		errs = append(errs, object.FieldError{Reason: "FieldValueForbidden", Field: "stream",
			Message: "Forbidden: may not be specified"})
	}
	if len(errs) == 0 {
		return o, nil
	}
	details := &api.StatusDetails{Name: c.name, Kind: "PodLogOptions"}
	for _, cause := range object.InvalidCauses(errs) {
		details.Causes = append(details.Causes, api.StatusCause(cause))
	}
	return nil, api.Failure(http.StatusUnprocessableEntity, "Invalid",
		object.InvalidMessage("PodLogOptions", c.name,
			errs), details)
}

// log responds with the log of a container. With follow the response goes on until the container
// ends.
func (c *call) log(w http.ResponseWriter) error {
	options, err := c.logOptions()
	if err != nil {
		return err
	}
	stored := c.server.Store.Get(api.PodKind, c.namespace, c.name)
	if stored == nil {
		return api.NotFound(c.kind, c.name)
	}
	name, err := api.ChooseContainer(stored.Object, c.query.Get("container"))
	if err != nil {
		return err
	}
	if object.Text(stored.Object, "spec", "nodeName") == "" {
		w.Header().Set("Cache-Control", "no-cache, private")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return c.server.Node.Log(w, c.http, stored.Object, name, options)
}
