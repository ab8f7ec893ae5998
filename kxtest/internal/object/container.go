package object

import (
	"fmt"
	"maps"
	"strings"
)

const restartPolicies = "Always Never OnFailure"

func validateContainers(spec map[string]any) []FieldError {
	containers := List(spec, "containers")
	if len(containers) == 0 {
		return []FieldError{required("spec.containers", "")}
	}
	var errs []FieldError
	seen := map[string]bool{}
	for i, c := range containers {
		field, name := fmt.Sprintf("spec.containers[%d]", i), Text(c, "name")
		errs = append(errs, validateContainer(field, c, spec)...)
		if seen[name] {
			errs = append(errs, duplicate(field+".name", name))
		}
		seen[name] = true
		errs = append(errs, validateProbes(field, c)...)
		errs = append(
			errs,
			oneOf(field+".restartPolicy", At(c, "restartPolicy"),
				strings.Fields(restartPolicies)...)...)
	}
	return errs
}

func validateInitContainers(spec map[string]any) []FieldError {
	var errs []FieldError
	seen := names(List(spec, "containers"))
	for i, c := range List(spec, "initContainers") {
		field, name := fmt.Sprintf("spec.initContainers[%d]", i), Text(c, "name")
		errs = append(errs, validateContainer(field, c, spec)...)
		errs = append(
			errs,
			oneOf(field+".restartPolicy", At(c, "restartPolicy"),
				strings.Fields(restartPolicies)...)...)
		if seen[name] {
			errs = append(errs, duplicate(field+".name", name))
		}
		seen[name] = true
		if Text(c, "restartPolicy") == "Always" {
			errs = append(errs, validateProbes(field, c)...)
			continue
		}
		for _, f := range []string{"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"} {
			if At(c, f) != nil {
				errs = append(
					errs,
					forbidden(field+"."+f,
						"may not be set for init containers without restartPolicy=Always"),
				)
			}
		}
	}
	return errs
}

// notEphemeral are the fields that an ephemeral container may not have, in the server's order.
var notEphemeral = []string{
	"ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "livenessProbe",
	"readinessProbe", "startupProbe", "lifecycle",
}

func validateEphemeral(spec map[string]any) []FieldError {
	const forbiddenText = "cannot be set for an Ephemeral Container"
	var errs []FieldError
	targets := names(List(spec, "containers"))
	maps.Copy(targets, names(List(spec, "initContainers")))
	seen := maps.Clone(targets)
	for i, c := range List(spec, "ephemeralContainers") {
		field, name := fmt.Sprintf("spec.ephemeralContainers[%d]", i), Text(c, "name")
		errs = append(errs, validateContainer(field, c, spec)...)
		errs = append(errs, validateImageSpace(field, c)...)
		if seen[name] {
			errs = append(errs, duplicate(field+".name", name))
		}
		seen[name] = true
		target := Text(c, "targetContainerName")
		if target != "" && !targets[target] {
			errs = append(errs, notFound(field+".targetContainerName", target))
		}
		for _, f := range notEphemeral {
			value := At(c, f)
			if value != nil && (f != "resources" || size(value) > 0) {
				errs = append(errs, forbidden(field+"."+f, forbiddenText))
			}
		}
		for j, m := range List(c, "volumeMounts") {
			for _, f := range []string{"subPath", "subPathExpr"} {
				if Text(m, f) != "" {
					errs = append(errs, forbidden(fmt.Sprintf("%s.volumeMounts[%d].%s", field, j,
						f), forbiddenText))
				}
			}
		}
	}
	return errs
}

func names(containers []any) map[string]bool {
	set := map[string]bool{}
	for _, c := range containers {
		set[Text(c, "name")] = true
	}
	return set
}

// validateContainer checks the rules that hold for containers of every kind.
func validateContainer(field string, c any, spec map[string]any) []FieldError {
	var errs []FieldError
	name := Text(c, "name")
	if name == "" {
		errs = append(errs, required(field+".name", ""))
	} else {
		errs = append(errs, named(field+".name", name, dnsLabel(name))...)
	}
	if Text(c, "image") == "" {
		errs = append(errs, required(field+".image", ""))
	}
	errs = append(
		errs,
		oneOf(field+".terminationMessagePolicy", At(c, "terminationMessagePolicy"), "File",
			"FallbackToLogsOnError")...)
	errs = append(errs, validatePorts(field+".ports", List(c, "ports"))...)
	errs = append(errs, validateEnv(field+".env", List(c, "env"))...)
	errs = append(errs, validateEnvFrom(field+".envFrom", List(c, "envFrom"))...)
	errs = append(errs, validateMounts(field, c, spec)...)
	errs = append(errs, oneOf(field+".imagePullPolicy", At(c, "imagePullPolicy"), "Always",
		"IfNotPresent", "Never")...)
	errs = append(errs, validateResources(field+".resources", Fields(c, "resources"))...)
	return append(errs, validateSecurityContext(field+".securityContext",
		Fields(c, "securityContext"))...)
}

func validateSecurityContext(field string, context map[string]any) []FieldError {
	var errs []FieldError
	for _, name := range []string{"runAsUser", "runAsGroup"} {
		errs = append(errs, validateID(field+"."+name, context[name])...)
	}
	errs = append(errs, oneOf(field+".procMount", context["procMount"], "Default", "Unmasked")...)
	profile := Fields(context, "seccompProfile")
	if profile != nil {
		errs = append(
			errs,
			oneOf(field+".seccompProfile.type", Text(profile, "type"), "Localhost",
				"RuntimeDefault", "Unconfined")...)
	}
	if context["allowPrivilegeEscalation"] == false {
		const escalation = "cannot set `allowPrivilegeEscalation` to false and "
		if context["privileged"] == true {
			errs = append(
				errs,
				invalidValue(field, internalForm("SecurityContext", context), escalation+
					"`privileged` to true"),
			)
		}
		if contains(List(context, "capabilities", "add"), "CAP_SYS_ADMIN") {
			errs = append(
				errs,
				invalidValue(
					field,
					internalForm("SecurityContext", context),
					escalation+"`capabilities.Add` CAP_SYS_ADMIN",
				),
			)
		}
	}
	return errs
}
