package kubelet

import (
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// podName returns the pod's name in the kubelet's messages.
func podName(pod map[string]any) string {
	return object.Text(pod, "metadata", "name") + "_" + object.Text(pod, "metadata", "namespace") +
		"(" +
		object.Text(pod, "metadata", "uid") + ")"
}

// recordEvent stores an Event about a container, as the kubelet does.
func (n *Node) recordEvent(pod map[string]any, field, container, kind, reason, message string) {
	namespace, name := object.Text(pod, "metadata", "namespace"), object.Text(pod, "metadata",
		"name")
	now := api.Timestamp()
	// Names sort by time, as the kubelet's do.
	n.lastEvent = max(n.lastEvent+1, time.Now().UnixNano())
	event := map[string]any{
		"apiVersion": "v1",
		"kind":       "Event",
		"metadata":   map[string]any{"name": name + "." + strconv.FormatInt(n.lastEvent, 16)},
		"involvedObject": map[string]any{
			"kind":            "Pod",
			"apiVersion":      "v1",
			"namespace":       namespace,
			"name":            name,
			"uid":             object.Text(pod, "metadata", "uid"),
			"resourceVersion": object.Text(pod, "metadata", "resourceVersion"),
			"fieldPath":       "spec." + field + "{" + container + "}",
		},
		"type":               kind,
		"reason":             reason,
		"message":            message,
		"count":              int64(1),
		"firstTimestamp":     now,
		"lastTimestamp":      now,
		"eventTime":          nil,
		"source":             map[string]any{"component": "kubelet", "host": NodeName},
		"reportingComponent": "kubelet",
		"reportingInstance":  NodeName,
	}
	managed := object.Lookup("v1", "Event").Update(nil, event, object.Manager{Name: "kubelet",
		Time: now})
	_, _ = n.store.Write(api.EventKind, namespace, object.Text(event, "metadata", "name"),
		func(map[string]any) (storage.Outcome, error) {
			return storage.Outcome{Object: n.store.PrepareForCreate(api.EventKind, namespace,
				managed)}, nil
		})
}
