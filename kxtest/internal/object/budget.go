package object

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// validateBudget checks the spec of a PodDisruptionBudget
// (ValidatePodDisruptionBudgetSpec of pkg/apis/policy/validation).
func validateBudget(budget map[string]any) []FieldError {
	spec := Fields(budget, "spec")
	var errs []FieldError
	if spec["minAvailable"] != nil && spec["maxUnavailable"] != nil {
		errs = append(errs, FieldError{"FieldValueInvalid", "spec", withDetail("Invalid value: "+
			internalBudgetSpec(spec), "minAvailable and maxUnavailable cannot be both set")})
	}
	for _, name := range []string{"minAvailable", "maxUnavailable"} {
		errs = append(errs, validateAmount("spec."+name, spec[name])...)
	}
	policy := Text(spec, "unhealthyPodEvictionPolicy")
	if policy != "" && policy != "AlwaysAllow" && policy != "IfHealthyBudget" {
		errs = append(errs, notSupported("spec.unhealthyPodEvictionPolicy", policy,
			"AlwaysAllow", "IfHealthyBudget"))
	}
	return errs
}

// validateBudgetStatus checks the status of a PodDisruptionBudget.
func validateBudgetStatus(budget map[string]any) []FieldError {
	var errs []FieldError
	for _, name := range []string{"disruptionsAllowed", "currentHealthy", "desiredHealthy",
		"expectedPods"} {
		n, _ := Number(budget, "status", name)
		if n < 0 {
			errs = append(errs, invalidValue("status."+name, n,
				"must be greater than or equal to 0"))
		}
	}
	return errs
}

var percentage = regexp.MustCompile(`^[0-9]+%$`)

// validateAmount checks a number of pods or a percentage.
func validateAmount(field string, amount any) []FieldError {
	switch amount := amount.(type) {
	case int64:
		if amount < 0 {
			return []FieldError{invalidValue(field, amount, "must be greater than or equal to 0")}
		}
	case string:
		if !percentage.MatchString(amount) {
			return []FieldError{invalidValue(field, amount, "a valid percent string must be a "+
				"numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "+
				"validation is '[0-9]+%')")}
		}
		n, err := strconv.Atoi(strings.TrimSuffix(amount, "%"))
		if err != nil || n > 100 {
			return []FieldError{invalidValue(field, amount, "must not be greater than 100%")}
		}
	}
	return nil
}

// internalBudgetSpec returns a spec as the server's messages show it: the fields of the Go type.
func internalBudgetSpec(spec map[string]any) string {
	return fmt.Sprintf(`{"MinAvailable":%s,"Selector":%s,"MaxUnavailable":%s,`+
		`"UnhealthyPodEvictionPolicy":%s}`, shown(spec["minAvailable"]), shown(spec["selector"]),
		shown(spec["maxUnavailable"]), shown(spec["unhealthyPodEvictionPolicy"]))
}

// SelectorMatches reports whether a label selector of the API (meta/v1 LabelSelector) matches the
// labels. A nil selector matches none, and an empty one all.
func SelectorMatches(selector, labels map[string]any) bool {
	return selector != nil && selects(selector, labels)
}
