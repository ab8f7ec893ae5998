package apiserver

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// unset is the cell of a value that the object does not have.
const unset = "<unset>"

// maxListed is how many addresses or ports a cell lists.
const maxListed = 3

// serviceCells returns the row of a Service.
func serviceCells(o map[string]any, name, age string) []any {
	var ports []string
	for _, p := range object.List(o, "spec", "ports") {
		port, _ := object.Number(p, "port")
		text := strconv.FormatInt(port, 10)
		nodePort, _ := object.Number(p, "nodePort")
		if nodePort > 0 {
			text += ":" + strconv.FormatInt(nodePort, 10)
		}
		ports = append(ports, text+"/"+object.Text(p, "protocol"))
	}
	return []any{name, object.Text(o, "spec", "type"),
		textOrNone(object.Text(o, "spec", "clusterIP")), externalAddress(o),
		textOrNone(commaJoined(ports)), age,
		textOrNone(selectorText(map[string]any{"matchLabels": object.At(o, "spec", "selector")}))}
}

// externalAddress returns the cell of the addresses at which a Service is reached from outside.
func externalAddress(o map[string]any) string {
	if object.Text(o, "spec", "type") == "ExternalName" {
		return object.Text(o, "spec", "externalName")
	}
	var addresses []string
	isBalanced := object.Text(o, "spec", "type") == "LoadBalancer"
	if isBalanced {
		for _, ingress := range object.List(o, "status", "loadBalancer", "ingress") {
			addresses = append(addresses, object.Text(ingress, "ip")+
				object.Text(ingress, "hostname"))
		}
	}
	for _, ip := range object.List(o, "spec", "externalIPs") {
		addresses = append(addresses, fmt.Sprint(ip))
	}
	if isBalanced && len(addresses) == 0 {
		return "<pending>"
	}
	return textOrNone(commaJoined(addresses))
}

// accessModes are the short names of the access modes of a PersistentVolumeClaim.
var accessModes = map[string]string{"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX",
	"ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}

// claimCells returns the row of a PersistentVolumeClaim. Only a bound one has a capacity.
func claimCells(o map[string]any, name, age string) []any {
	status := object.Text(o, "status", "phase")
	if object.Text(o, "metadata", "deletionTimestamp") != "" {
		status = "Terminating"
	}
	volume, capacity, modes := object.Text(o, "spec", "volumeName"), "", []string(nil)
	if volume != "" {
		capacity = object.Text(o, "status", "capacity", "storage")
		for _, mode := range object.List(o, "status", "accessModes") {
			modes = append(modes, accessModes[fmt.Sprint(mode)])
		}
	}
	textOrUnset := func(field string) string {
		text := object.Text(o, "spec", field)
		if text == "" {
			return unset
		}
		return text
	}
	return []any{name, status, volume, capacity, commaJoined(modes),
		object.Text(o, "spec", "storageClassName"), textOrUnset("volumeAttributesClassName"), age,
		textOrUnset("volumeMode")}
}

// cronJobCells returns the row of a CronJob.
func cronJobCells(o map[string]any, name, age string) []any {
	suspended := "False"
	if object.At(o, "spec", "suspend") == true {
		suspended = "True"
	}
	last := none
	scheduled := object.Text(o, "status", "lastScheduleTime")
	if scheduled != "" {
		last = ageOf(scheduled)
	}
	names, images, _ := templateCells(object.Fields(o, "spec", "jobTemplate"))
	selector := selectorText(object.Fields(o, "spec", "jobTemplate", "spec", "selector"))
	return []any{name, object.Text(o, "spec", "schedule"),
		textOrNone(object.Text(o, "spec", "timeZone")), suspended,
		len(object.List(o, "status", "active")), last, age, names, images, textOrNone(selector)}
}

// endpointsCells returns the row of Endpoints: each ready address with each port.
func endpointsCells(o map[string]any, name, age string) []any {
	var addresses []string
	for _, subset := range object.List(o, "subsets") {
		ports := object.List(subset, "ports")
		for _, address := range object.List(subset, "addresses") {
			ip := object.Text(address, "ip")
			for _, p := range ports {
				port, _ := object.Number(p, "port")
				addresses = append(addresses, ip+":"+strconv.FormatInt(port, 10))
			}
			if len(ports) == 0 {
				addresses = append(addresses, ip)
			}
		}
	}
	return []any{name, textOrNone(firstOf(addresses)), age}
}

// endpointSliceCells returns the row of an EndpointSlice.
func endpointSliceCells(o map[string]any, name, age string) []any {
	var ports, addresses []string
	for _, p := range object.List(o, "ports") {
		port, ok := object.Number(p, "port")
		if !ok {
			ports = append(ports, "*")
			continue
		}
		ports = append(ports, strconv.FormatInt(port, 10))
	}
	for _, endpoint := range object.List(o, "endpoints") {
		for _, address := range object.List(endpoint, "addresses") {
			addresses = append(addresses, fmt.Sprint(address))
		}
	}
	row := []any{name, object.Text(o, "addressType"), unset, unset, age}
	if len(ports) > 0 {
		row[2] = firstOf(ports)
	}
	if len(addresses) > 0 {
		row[3] = firstOf(addresses)
	}
	return row
}

// firstOf joins the first texts, and says how many more there are.
func firstOf(texts []string) string {
	if len(texts) <= maxListed {
		return commaJoined(texts)
	}
	return fmt.Sprintf("%s + %d more...", strings.Join(texts[:maxListed], ","),
		len(texts)-maxListed)
}
