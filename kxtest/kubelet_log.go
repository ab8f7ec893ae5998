package kxtest

import (
	"net/http"
	"strconv"
	"time"
)

// logOptions are those of a container's log.
type logOptions struct {
	follow, previous, timestamps bool
	tail, limit                  int64 // below zero for all
	since                        time.Time
}

// log answers with what a container has written. With follow it goes on until the container ends.
func (n *node) log(w http.ResponseWriter, r *http.Request, pod map[string]any, container string, o *logOptions) error {
	id, err := loggedContainer(pod, container, o.previous)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Cache-Control", "no-cache, private")
	header.Set("Content-Type", "text/plain")
	logged := n.runtime.find(map[string]any{"containerID": id})
	if logged == nil {
		w.WriteHeader(http.StatusOK) // a status without a container behind it: nothing was written
		return nil
	}
	o.write(w, r, logged.output)
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
