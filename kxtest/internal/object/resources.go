package object

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func validateResources(field string, resources map[string]any) []FieldError {
	var errs []FieldError
	limits := Fields(resources, "limits")
	errs = append(errs, validateQuantities(field+".limits", limits)...)
	requests := Fields(resources, "requests")
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		errs = append(errs, validateQuantities(field+".requests",
			map[string]any{name: requests[name]})...)
		request, limit := Text(requests, name), Text(limits, name)
		if lessQuantity(limit, request) {
			errs = append(errs, invalidValue(field+".requests", request,
				fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit)))
		}
	}
	return errs
}

func validateQuantities(field string, quantities map[string]any) []FieldError {
	var errs []FieldError
	for _, name := range slices.Sorted(maps.Keys(quantities)) {
		at0 := field + "[" + name + "]"
		standard := name == "cpu" || name == "memory" || name == "ephemeral-storage" ||
			strings.HasPrefix(name, "hugepages-")
		if !standard && !strings.Contains(name, "/") {
			errs = append(errs,
				invalidValue(at0, name, "must be a standard resource type or fully qualified"),
				invalidValue(at0, name, "must be a standard resource for containers"))
		}
		quantity := Text(quantities, name)
		if lessQuantity(quantity, "0") {
			errs = append(errs, invalidValue(at0, quantity, "must be greater than or equal to 0"))
		}
	}
	return errs
}
