package kxtest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// logOptions are those of a container's log.
type logOptions struct {
	follow, previous, timestamps bool
	tail, limit                  int64 // below zero for all
	since                        time.Time
}

func (c *call) logOptions() (*logOptions, error) {
	o := &logOptions{follow: flag(c.query, "follow"), previous: flag(c.query, "previous"), timestamps: flag(c.query, "timestamps"), tail: -1, limit: -1}
	var errs []object.FieldError
	number := func(name string, least int64, complaint string, set func(int64)) error {
		if !c.query.Has(name) {
			return nil
		}
		n, err := strconv.ParseInt(c.query.Get(name), 10, 64)
		if err != nil {
			return badRequest(err.Error())
		}
		if n < least {
			errs = append(errs, object.FieldError{Reason: "FieldValueInvalid", Field: name, Message: "Invalid value: " + strconv.FormatInt(n, 10) + ": " + complaint})
		}
		set(n)
		return nil
	}
	for _, err := range []error{
		number("tailLines", 0, "must be greater than or equal to 0", func(n int64) { o.tail = n }),
		number("limitBytes", 1, "must be greater than 0", func(n int64) { o.limit = n }),
		number("sinceSeconds", 1, "must be greater than 0", func(n int64) { o.since = time.Now().Add(-time.Duration(n) * time.Second) }),
	} {
		if err != nil {
			return nil, err
		}
	}
	value := c.query.Get("sinceTime")
	if value != "" {
		var err error
		if o.since, err = time.Parse(time.RFC3339, value); err != nil {
			return nil, badRequest(err.Error())
		}
	}
	if len(errs) == 0 {
		return o, nil
	}
	details := &statusDetails{Name: c.name, Kind: "PodLogOptions"}
	for _, cause := range object.InvalidCauses(errs) {
		details.Causes = append(details.Causes, statusCause(cause))
	}
	return nil, failure(http.StatusUnprocessableEntity, "Invalid", object.InvalidMessage("PodLogOptions", c.name, errs), details)
}

// log answers with what a container has written, and with follow goes on until it ends.
func (c *call) log(w http.ResponseWriter) error {
	options, err := c.logOptions()
	if err != nil {
		return err
	}
	stored := c.server.store.get(podKind, c.namespace, c.name)
	if stored == nil {
		return notFound(c.kind, c.name)
	}
	name, err := chooseContainer(stored.object, c.query.Get("container"))
	if err != nil {
		return err
	}
	if text(stored.object, "spec", "nodeName") == "" {
		w.Header().Set("Cache-Control", "no-cache, private")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	id, err := loggedContainer(stored.object, name, options.previous)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Cache-Control", "no-cache, private")
	header.Set("Content-Type", "text/plain")
	logged := c.server.node.runtime.find(map[string]any{"containerID": id})
	if logged == nil {
		w.WriteHeader(http.StatusOK) // a status without a container behind it: nothing was written
		return nil
	}
	options.write(w, c.http, logged.output)
	return nil
}

// loggedContainer is the id of the container whose log is asked for, as the kubelet chooses it by the pod's status.
func loggedContainer(pod map[string]any, name string, previous bool) (string, error) {
	var status map[string]any
	for _, field := range []string{"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"} {
		if status == nil {
			status = statusOfContainer(pod, field, name)
		}
	}
	what := "container " + strconv.Quote(name) + " in pod " + strconv.Quote(text(pod, "metadata", "name"))
	last := text(status, "lastState", "terminated", "containerID")
	switch {
	case status == nil:
		return "", badRequest(what + " is not available")
	case previous && last == "":
		return "", badRequest("previous terminated " + what + " not found")
	case previous:
		return last, nil
	case at(status, "state", "running") != nil:
		return text(status, "containerID"), nil
	case at(status, "state", "terminated") != nil:
		return text(status, "state", "terminated", "containerID"), nil
	case last != "":
		return last, nil
	}
	reason := text(status, "state", "waiting", "reason")
	switch reason {
	case "ErrImagePull":
		return "", badRequest(what + " is waiting to start: image can't be pulled")
	case "ImagePullBackOff":
		return "", badRequest(what + " is waiting to start: trying and failing to pull image")
	default:
		return "", badRequest(what + " is waiting to start: " + reason)
	}
}

func (o *logOptions) write(w http.ResponseWriter, r *http.Request, from *output) {
	flush := http.NewResponseController(w).Flush
	lines, next, changed, ended := from.from(0)
	if o.tail >= 0 {
		lines = lines[max(0, int64(len(lines))-o.tail):]
	}
	left := o.limit
	for {
		for _, line := range lines {
			if line.time.Before(o.since) {
				continue
			}
			text := line.text
			if o.timestamps {
				text = append([]byte(line.time.UTC().Format(time.RFC3339Nano)+" "), text...)
			}
			if o.limit >= 0 {
				text = text[:min(int64(len(text)), left)]
				left -= int64(len(text))
			}
			if _, err := w.Write(text); err != nil || left == 0 {
				return
			}
		}
		if !o.follow || ended {
			return
		}
		_ = flush() // the next write fails too, if this does
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
		lines, next, changed, ended = from.from(next)
	}
}
