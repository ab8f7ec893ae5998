package object

import (
	"fmt"
	"maps"
	"strings"
)

const restartPolicies = "Always Never OnFailure"

func validateContainers(spec map[string]any) []FieldError {
	containers := list(spec, "containers")
	if len(containers) == 0 {
		return []FieldError{required("spec.containers", "")}
	}
	var errs []FieldError
	seen := map[string]bool{}
	for i, c := range containers {
		field, name := fmt.Sprintf("spec.containers[%d]", i), text(c, "name")
		errs = append(errs, validateContainer(field, c, spec)...)
		if seen[name] {
			errs = append(errs, duplicate(field+".name", name))
		}
		seen[name] = true
		errs = append(errs, validateProbes(field, c)...)
		errs = append(errs, oneOf(field+".restartPolicy", at(c, "restartPolicy"), strings.Fields(restartPolicies)...)...)
	}
	return errs
}

func validateInitContainers(spec map[string]any) []FieldError {
	var errs []FieldError
	seen := names(list(spec, "containers"))
	for i, c := range list(spec, "initContainers") {
		field, name := fmt.Sprintf("spec.initContainers[%d]", i), text(c, "name")
		errs = append(errs, validateContainer(field, c, spec)...)
		errs = append(errs, oneOf(field+".restartPolicy", at(c, "restartPolicy"), strings.Fields(restartPolicies)...)...)
		if seen[name] {
			errs = append(errs, duplicate(field+".name", name))
		}
		seen[name] = true
		if text(c, "restartPolicy") == "Always" {
			errs = append(errs, validateProbes(field, c)...)
			continue
		}
		for _, f := range []string{"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"} {
			if at(c, f) != nil {
				errs = append(errs, forbidden(field+"."+f, "may not be set for init containers without restartPolicy=Always"))
			}
		}
	}
	return errs
}

// notEphemeral are the fields that an ephemeral container may not have, in the
// order in which the server names them.
var notEphemeral = []string{
	"ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
}

func validateEphemeral(spec map[string]any) []FieldError {
	const forbiddenText = "cannot be set for an Ephemeral Container"
	var errs []FieldError
	targets := names(list(spec, "containers"))
	maps.Copy(targets, names(list(spec, "initContainers")))
	seen := maps.Clone(targets)
	for i, c := range list(spec, "ephemeralContainers") {
		field, name := fmt.Sprintf("spec.ephemeralContainers[%d]", i), text(c, "name")
		errs = append(errs, validateContainer(field, c, spec)...)
		errs = append(errs, validateImageSpace(field, c)...)
		if seen[name] {
			errs = append(errs, duplicate(field+".name", name))
		}
		seen[name] = true
		target := text(c, "targetContainerName")
		if target != "" && !targets[target] {
			errs = append(errs, notFound(field+".targetContainerName", target))
		}
		for _, f := range notEphemeral {
			value := at(c, f)
			if value != nil && (f != "resources" || size(value) > 0) {
				errs = append(errs, forbidden(field+"."+f, forbiddenText))
			}
		}
		for j, m := range list(c, "volumeMounts") {
			for _, f := range []string{"subPath", "subPathExpr"} {
				if text(m, f) != "" {
					errs = append(errs, forbidden(fmt.Sprintf("%s.volumeMounts[%d].%s", field, j, f), forbiddenText))
				}
			}
		}
	}
	return errs
}

func names(containers []any) map[string]bool {
	set := map[string]bool{}
	for _, c := range containers {
		set[text(c, "name")] = true
	}
	return set
}

// validateContainer holds what all kinds of containers have to satisfy.
func validateContainer(field string, c any, spec map[string]any) []FieldError {
	var errs []FieldError
	name := text(c, "name")
	if name == "" {
		errs = append(errs, required(field+".name", ""))
	} else {
		errs = append(errs, named(field+".name", name, dnsLabel(name))...)
	}
	if text(c, "image") == "" {
		errs = append(errs, required(field+".image", ""))
	}
	errs = append(errs, oneOf(field+".terminationMessagePolicy", at(c, "terminationMessagePolicy"), "File", "FallbackToLogsOnError")...)
	errs = append(errs, validatePorts(field+".ports", list(c, "ports"))...)
	errs = append(errs, validateEnv(field+".env", list(c, "env"))...)
	errs = append(errs, validateEnvFrom(field+".envFrom", list(c, "envFrom"))...)
	errs = append(errs, validateMounts(field, c, spec)...)
	errs = append(errs, oneOf(field+".imagePullPolicy", at(c, "imagePullPolicy"), "Always", "IfNotPresent", "Never")...)
	errs = append(errs, validateResources(field+".resources", fields(c, "resources"))...)
	return append(errs, validateSecurityContext(field+".securityContext", fields(c, "securityContext"))...)
}

func validateSecurityContext(field string, context map[string]any) []FieldError {
	var errs []FieldError
	for _, name := range []string{"runAsUser", "runAsGroup"} {
		errs = append(errs, validateID(field+"."+name, context[name])...)
	}
	errs = append(errs, oneOf(field+".procMount", context["procMount"], "Default", "Unmasked")...)
	profile := fields(context, "seccompProfile")
	if profile != nil {
		errs = append(errs, oneOf(field+".seccompProfile.type", text(profile, "type"), "Localhost", "RuntimeDefault", "Unconfined")...)
	}
	if context["allowPrivilegeEscalation"] == false {
		const escalation = "cannot set `allowPrivilegeEscalation` to false and "
		if context["privileged"] == true {
			errs = append(errs, invalidValue(field, internalForm("SecurityContext", context), escalation+"`privileged` to true"))
		}
		if contains(list(context, "capabilities", "add"), "CAP_SYS_ADMIN") {
			errs = append(errs, invalidValue(field, internalForm("SecurityContext", context), escalation+"`capabilities.Add` CAP_SYS_ADMIN"))
		}
	}
	return errs
}
