package apiserver

import (
	"net/http"
	"strconv"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// get responds with an object. Every subresource except scale responds with the whole object.
func (c *call) get(w http.ResponseWriter) error {
	version, err := parseVersionNumber(c.query.Get("resourceVersion"))
	if err != nil {
		return err
	}
	now := c.server.Store.CurrentVersion()
	if version > now {
		return api.TooLargeVersion(version, now)
	}
	e := c.server.Store.Get(c.kind, c.namespace, c.name)
	if e == nil {
		return api.NotFound(c.kind, c.name)
	}
	return c.writeObject(w, http.StatusOK, e)
}

// selection holds the selectors of a list, watch or deletecollection.
type selection struct {
	labels object.LabelSelector
	fields object.FieldSelector
	all    bool // there is no selector
}

func (c *call) selection() (s selection, err error) {
	labels, fields := c.query.Get("labelSelector"), c.query.Get("fieldSelector")
	s.all = labels == "" && fields == ""
	if s.labels, err = object.ParseLabelSelector(labels); err == nil {
		s.fields, err = object.ParseFieldSelector(c.kind.APIVersion(), c.kind.Name, fields)
	}
	if err != nil {
		return s, api.BadRequest(err.Error())
	}
	return s, nil
}

func (s selection) matches(e *storage.Entry) bool {
	return e != nil && (s.all || s.labels.Matches(e.Object) && s.fields.Matches(e.Object))
}

// prefix returns the key prefix of the objects in the request's namespace.
func (c *call) prefix() string {
	if c.namespace == "" {
		return ""
	}
	return c.namespace + "/"
}

// list responds with a page of a list.
func (c *call) list(w http.ResponseWriter) error {
	if err := c.checkListOptions(); err != nil {
		return err
	}
	p, err := c.page()
	if err != nil {
		return err
	}
	return c.writeList(w, p)
}

// queryInt returns an integer of the query, or 0 if it is absent.
func (c *call) queryInt(name string) (int64, error) {
	text := c.query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, api.BadRequest(err.Error())
	}
	return n, nil
}

// checkListOptions checks the options of a list or watch.
func (c *call) checkListOptions() error {
	var errs []object.FieldError
	forbid := func(message string) {
		errs = append(errs, object.FieldError{
			Reason:  "FieldValueForbidden",
			Field:   "resourceVersionMatch",
			Message: "Forbidden: " + message,
		})
	}
	unsupported := func(value, supported string) {
		errs = append(errs, object.FieldError{
			Reason: "FieldValueNotSupported",
			Field:  "resourceVersionMatch",
			Message: "Unsupported value: " + strconv.Quote(value) + ": supported values: " +
				supported,
		})
	}
	match, version := c.query.Get("resourceVersionMatch"), c.query.Get("resourceVersion")
	initial := c.query.Has("sendInitialEvents")
	switch {
	case c.verb == "watch":
		if match != "" {
			if !initial {
				forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is " +
					"provided")
			}
			if match != "NotOlderThan" {
				unsupported(match, `"NotOlderThan"`)
			}
		} else if initial {
			forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
		}
	case match == "":
	case version == "":
		forbid("resourceVersionMatch is forbidden unless resourceVersion is provided")
	case match != "Exact" && match != "NotOlderThan":
		unsupported(match, `"Exact", "NotOlderThan", ""`)
	case c.query.Get("continue") != "":
		forbid("resourceVersionMatch is forbidden when continue is provided")
	case match == "Exact" && version == "0":
		forbid(`resourceVersionMatch "exact" is forbidden for resourceVersion "0"`)
	}
	return api.InvalidOptions("ListOptions", errs)
}
