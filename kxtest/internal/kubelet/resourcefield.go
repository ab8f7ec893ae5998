package kubelet

import (
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/resources"
)

// capacity is the node's capacity, which is also the limit of containers without limits.
var capacity = map[string]string{"cpu": "2", "memory": "4Gi", "pods": "250",
	"ephemeral-storage": "20Gi"}

// resourceField returns the value of a container's resource in the downward API. ref names the
// container; the default is container itself. The value is in units of the divisor, rounded up.
func resourceField(pod, container any, ref map[string]any) string {
	other := object.Text(ref, "containerName")
	for _, field := range []string{"initContainers", "containers"} {
		for _, c := range object.List(pod, "spec", field) {
			if object.Text(c, "name") == other {
				container = c
			}
		}
	}
	kind, name, _ := strings.Cut(object.Text(ref, "resource"), ".")
	amount := object.Text(container, "resources", kind, name)
	if amount == "" && kind == "limits" {
		amount = capacity[name]
	}
	divisor := object.Text(ref, "divisor")
	if divisor == "" || divisor == "0" {
		divisor = "1"
	}
	value, err := thousandths(amount)
	unit, errUnit := thousandths(divisor)
	if err != nil || errUnit != nil || unit <= 0 {
		return "0"
	}
	return strconv.FormatInt((value+unit-1)/unit, 10)
}

func thousandths(amount string) (int64, error) {
	q, err := resources.ParseQuantity(amount)
	if err != nil {
		return 0, err
	}
	return q.MilliValue()
}
