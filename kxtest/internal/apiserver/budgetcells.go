package apiserver

import (
	"strconv"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

func budgetCells(o map[string]any, name, age string) []any {
	amount := func(field string) string {
		n, ok := object.Number(o, "spec", field)
		if ok {
			return strconv.FormatInt(n, 10)
		}
		percentage := object.Text(o, "spec", field)
		if percentage != "" {
			return percentage
		}
		return "N/A"
	}
	allowed, _ := object.Number(o, "status", "disruptionsAllowed")
	return []any{name, amount("minAvailable"), amount("maxUnavailable"), allowed, age}
}
