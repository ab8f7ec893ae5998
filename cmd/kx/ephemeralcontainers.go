package main

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// ephemeralContainersTable has a row for each ephemeral container of a pod. The server makes no table of this subresource.
func ephemeralContainersTable(object *resources.Object) (*resources.Table, error) {
	var pod resources.PodOutline
	if err := object.Decode(&pod); err != nil {
		return nil, err
	}
	table := &resources.Table{}
	for _, name := range []string{"Name", "Container", "Image", "Target", "State", "Exit"} {
		table.ColumnDefinitions = append(table.ColumnDefinitions, resources.TableColumnDefinition{Name: name})
	}
	row := func(cells ...string) {
		var values []jsontext.Value
		for _, cell := range cells {
			if cell == "" {
				cell = "<none>"
			}
			values = append(values, jsontext.Value(strconv.Quote(cell)))
		}
		table.Rows = append(table.Rows, resources.TableRow{Cells: values})
	}
	for _, c := range pod.Spec.EphemeralContainers {
		state, exit := containerState(pod.Status.EphemeralContainerStatuses, c.Name)
		row(pod.Metadata.Name, c.Name, c.Image, c.TargetContainerName, state, exit)
	}
	if len(table.Rows) == 0 {
		row(pod.Metadata.Name, "", "", "", "", "")
	}
	return table, nil
}

// containerState gives what a container does, in the status's words, and the code of one that has ended.
func containerState(statuses []resources.ContainerStatusOutline, name string) (state, exit string) {
	for _, status := range statuses {
		switch s := status.State; {
		case status.Name != name:
		case s.Running != nil:
			return "Running", ""
		case s.Terminated != nil:
			return s.Terminated.Reason, strconv.Itoa(int(s.Terminated.ExitCode))
		case s.Waiting != nil:
			return s.Waiting.Reason, ""
		}
	}
	return "Waiting", ""
}
