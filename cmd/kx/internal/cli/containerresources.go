package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
)

// containerResourcesTable returns a row for each container of a pod, without the ephemeral ones,
// which have no resources. The server returns no table for the resize subresource.
func containerResourcesTable(object *resources.Object) (*resources.Table, error) {
	var pod resources.PodOutline
	if err := object.Decode(&pod); err != nil {
		return nil, err
	}
	columns := []string{"Name", "Container", "Requests", "Limits"}
	var rows [][]string
	for kind, c := range pod.Spec.AllContainers() {
		if kind == resources.KindEphemeralContainer {
			continue
		}
		var resized struct {
			Resources struct {
				Requests map[string]resources.Quantity `json:"requests"`
				Limits   map[string]resources.Quantity `json:"limits"`
			} `json:"resources"`
		}
		if len(c.Unknown) > 0 {
			if err := json.Unmarshal(c.Unknown, &resized); err != nil {
				return nil, err
			}
		}
		rows = append(rows, []string{c.Name, quantitiesText(resized.Resources.Requests),
			quantitiesText(resized.Resources.Limits)})
	}
	return containersTable(pod.Metadata.Name, columns, rows), nil
}

// quantitiesText returns quantities in the form "cpu=100m,memory=64Mi".
func quantitiesText(quantities map[string]resources.Quantity) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(quantities)) {
		texts = append(texts, name+"="+quantities[name].String())
	}
	return strings.Join(texts, ",")
}
