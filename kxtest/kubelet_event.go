package kxtest

import (
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// podName is the pod's name in the kubelet's messages.
func podName(pod map[string]any) string {
	return text(pod, "metadata", "name") + "_" + text(pod, "metadata", "namespace") + "(" + text(pod, "metadata", "uid") + ")"
}

// event stores an Event about a container, as the kubelet reports it.
func (n *node) event(pod map[string]any, field, container, kind, reason, message string) {
	namespace, name := text(pod, "metadata", "namespace"), text(pod, "metadata", "name")
	now := timestamp()
	n.lastEvent = max(n.lastEvent+1, time.Now().UnixNano()) // names sort by time, as the kubelet's do
	event := map[string]any{
		"apiVersion": "v1", "kind": "Event",
		"metadata": map[string]any{"name": name + "." + strconv.FormatInt(n.lastEvent, 16)},
		"involvedObject": map[string]any{"kind": "Pod", "apiVersion": "v1", "namespace": namespace, "name": name, "uid": text(pod, "metadata", "uid"),
			"resourceVersion": text(pod, "metadata", "resourceVersion"), "fieldPath": "spec." + field + "{" + container + "}"},
		"type": kind, "reason": reason, "message": message, "count": int64(1), "firstTimestamp": now, "lastTimestamp": now, "eventTime": nil,
		"source": map[string]any{"component": "kubelet", "host": nodeName}, "reportingComponent": "kubelet", "reportingInstance": nodeName,
	}
	managed := object.Lookup("v1", "Event").Update(nil, event, object.Manager{Name: "kubelet", Time: now})
	_, _ = n.store.write(eventKind, namespace, text(event, "metadata", "name"), func(map[string]any) (verdict, error) {
		return verdict{object: born(eventKind, namespace, managed)}, nil
	})
}
