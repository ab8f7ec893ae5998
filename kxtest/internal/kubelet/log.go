package kubelet

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// LogOptions are the options of a log.
type LogOptions struct {
	Follow, Previous, Timestamps bool
	Tail, Limit                  int64 // negative for no limit
	Since                        time.Time
}

// Log responds with the log of a container. With Follow the response goes on until the container
// ends.
func (n *Node) Log(w http.ResponseWriter, r *http.Request, pod map[string]any, container string,
	o *LogOptions) error {
	id, err := loggedContainer(pod, container, o.Previous)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Cache-Control", "no-cache, private")
	header.Set("Content-Type", "text/plain")
	logged := n.runtime.find(map[string]any{"containerID": id})
	if logged == nil {
		w.WriteHeader(http.StatusOK) // a status written by a client has no log
		return nil
	}
	o.write(w, r, logged.output)
	return nil
}

// loggedContainer returns the id of the container whose log a request asks for, by the pod's
// status.
func loggedContainer(pod map[string]any, name string, previous bool) (string, error) {
	var status map[string]any
	for _, field := range []string{"containerStatuses", "initContainerStatuses",
		"ephemeralContainerStatuses"} {
		if status == nil {
			status = statusOfContainer(pod, field, name)
		}
	}
	what := "container " + strconv.Quote(name) + " in pod " +
		strconv.Quote(object.Text(pod, "metadata", "name"))
	last := object.Text(status, "lastState", "terminated", "containerID")
	switch {
	case status == nil:
		return "", api.BadRequest(what + " is not available")
	case previous && last == "":
		return "", api.BadRequest("previous terminated " + what + " not found")
	case previous:
		return last, nil
	case object.At(status, "state", "running") != nil:
		return object.Text(status, "containerID"), nil
	case object.At(status, "state", "terminated") != nil:
		return object.Text(status, "state", "terminated", "containerID"), nil
	case last != "":
		return last, nil
	}
	reason := object.Text(status, "state", "waiting", "reason")
	switch reason {
	case "ErrImagePull":
		return "", api.BadRequest(what + " is waiting to start: image can't be pulled")
	case "ImagePullBackOff":
		return "", api.BadRequest(what + " is waiting to start: trying and failing to pull image")
	default:
		return "", api.BadRequest(what + " is waiting to start: " + reason)
	}
}

func (o *LogOptions) write(w http.ResponseWriter, r *http.Request, from *output) {
	flush := http.NewResponseController(w).Flush
	lines, next, changed, ended := from.linesFrom(0)
	if o.Tail >= 0 {
		lines = lines[max(0, int64(len(lines))-o.Tail):]
	}
	left := o.Limit
	newLine := true
	for {
		for _, line := range lines {
			if line.time.Before(o.Since) {
				continue
			}
			text := line.text
			starts := newLine
			newLine = bytes.HasSuffix(text, []byte("\n"))
			if o.Timestamps && starts {
				text = append([]byte(line.time.UTC().Format(time.RFC3339Nano)+" "), text...)
			}
			if o.Limit >= 0 {
				text = text[:min(int64(len(text)), left)]
				left -= int64(len(text))
			}
			if _, err := w.Write(text); err != nil || left == 0 {
				return
			}
		}
		if !o.Follow || ended {
			return
		}
		_ = flush() // if it fails, so does the next write
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
		lines, next, changed, ended = from.linesFrom(next)
	}
}
