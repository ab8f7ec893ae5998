package object

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Validate returns what is wrong with an object. old is nil for a create. Pods and workloads are
// checked for common mistakes; other kinds only for their metadata.
func Validate(apiVersion, kind string, object, old map[string]any) []FieldError {
	metadata := Fields(object, "metadata")
	isPod := apiVersion == "v1" && kind == "Pod"
	if old == nil {
		errs := validateMetadata(kind, metadata)
		if isPod {
			errs = append(errs, validatePodSpec(Fields(object, "spec"))...)
			if len(List(object, "spec", "ephemeralContainers")) > 0 {
				errs = append(errs, forbidden("spec.ephemeralContainers",
					"cannot be set on create"))
			}
		}
		errs = append(errs, validateWorkload(apiVersion, kind, object, true)...)
		return append(errs, validateOther(apiVersion, kind, object, nil)...)
	}
	errs := metadataUpdate(kind, metadata, Fields(old, "metadata"))
	if isPod {
		errs = append(errs, validatePodSpec(Fields(object, "spec"))...)
		errs = append(errs, validatePodSpecUpdate(Fields(object, "spec"), Fields(old, "spec"))...)
	}
	errs = append(errs, validateWorkload(apiVersion, kind, object, false)...)
	return append(errs, validateOther(apiVersion, kind, object, old)...)
}

// validateOther checks the objects that are neither pods nor workloads. old is nil for a new one.
func validateOther(apiVersion, kind string, object, old map[string]any) []FieldError {
	switch apiVersion + "/" + kind {
	case "v1/Service":
		return validateService(object, old)
	case "v1/PersistentVolumeClaim":
		return validateClaim(object)
	case "v1/Endpoints":
		return validateEndpoints(object)
	case "v1/ConfigMap", "v1/Secret":
		return validateData(kind, object, old)
	case "batch/v1/CronJob":
		return validateCronJob(object, old == nil)
	case "discovery.k8s.io/v1/EndpointSlice":
		return validateEndpointSlice(object, old)
	case "events.k8s.io/v1/Event":
		if old == nil {
			return validateEventsV1Event(object)
		}
	}
	return nil
}

// metadataUpdate validates the metadata twice, as the server does: generally, without the name, and
// for the kind.
func metadataUpdate(kind string, metadata, old map[string]any) []FieldError {
	update := validateMetadataUpdate(metadata, old)
	own := slices.DeleteFunc(
		validateMetadata(kind, metadata),
		func(e FieldError) bool { return e.Field == "metadata.name" },
	)
	return slices.Concat(own, update, update, validateMetadata(kind, metadata))
}

// ValidateStatus returns what is wrong with an update through the status subresource.
func ValidateStatus(kind string, object, old map[string]any) []FieldError {
	errs := metadataUpdate(kind, Fields(object, "metadata"), Fields(old, "metadata"))
	if kind == "PodDisruptionBudget" {
		errs = append(errs, validateBudgetStatus(object)...)
	}
	return errs
}

// ValidateEphemeralContainers returns what is wrong with an update through the ephemeralcontainers
// subresource. It checks the pod, and that the previous ephemeral containers are unchanged.
func ValidateEphemeralContainers(pod, old map[string]any) []FieldError {
	const field = "spec.ephemeralContainers"
	metadata, oldMetadata := Fields(pod, "metadata"), Fields(old, "metadata")
	if _, mirror := Fields(oldMetadata, "annotations")["kubernetes.io/config.mirror"]; mirror {
		return []FieldError{forbidden("[]", "static pods do not support ephemeral containers")}
	}
	errs := metadataUpdate("Pod", metadata, oldMetadata)
	errs = append(errs, validatePodSpec(Fields(pod, "spec"))...)
	byName := map[string]any{}
	for _, c := range List(pod, "spec", "ephemeralContainers") {
		byName[Text(c, "name")] = c
	}
	for _, c := range List(old, "spec", "ephemeralContainers") {
		name := Text(c, "name")
		now, ok := byName[name]
		switch {
		case !ok:
			errs = append(
				errs,
				forbidden(field, fmt.Sprintf(
					"existing ephemeral containers %q may not be removed\n", name)),
			)
		case !Equal(c, now):
			errs = append(
				errs,
				forbidden(
					field,
					fmt.Sprintf(
						"existing ephemeral containers %q may not be changed\n%s",
						name,
						changes("EphemeralContainer", c, now),
					),
				),
			)
		}
	}
	return errs
}

// podUpdate returns the forbidden changes of a pod.
const podUpdate = "pod updates may not change fields other than " +
	"`spec.containers[*].image`,`spec.initContainers[*].image`," +
	"`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing " +
	"tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was " +
	"previously negative)\n"

func validatePodSpecUpdate(spec, old map[string]any) []FieldError {
	var errs []FieldError
	munged := Copy(spec)
	for _, name := range []string{"containers", "initContainers"} {
		containers, before := List(munged, name), List(old, name)
		if len(containers) != len(before) {
			return append(errs, forbidden("spec."+name,
				"pod updates may not add or remove containers"))
		}
		for i, c := range containers {
			field, image := fmt.Sprintf("spec.%s[%d].image", name, i), Text(c, "image")
			if image == "" {
				errs = append(errs, required(field, ""))
			} else if strings.TrimSpace(image) != image {
				errs = append(errs, invalidValue(field, image,
					"must not have leading or trailing whitespace"))
			}
			copyField(Fields(c), Fields(before[i]), "image")
		}
	}
	deadline, has := spec["activeDeadlineSeconds"].(int64)
	oldDeadline, had := old["activeDeadlineSeconds"].(int64)
	field := "spec.activeDeadlineSeconds"
	switch {
	case has && (deadline < 0 || deadline > math.MaxInt32):
		return append(errs, invalidValue(field, deadline,
			"must be between 0 and 2147483647, inclusive"))
	case has && had && oldDeadline < deadline:
		return append(errs, invalidValue(field, deadline,
			"must be less than or equal to previous value"))
	case had && !has:
		errs = append(errs, invalidValue(field, nil,
			"must not update from a positive integer to nil value"))
	}
	errs = append(errs, validateAddedTolerations(List(spec, "tolerations"),
		List(old, "tolerations"))...)
	for i, gate := range List(spec, "schedulingGates") {
		if !contains(List(old, "schedulingGates"), gate) {
			errs = append(
				errs,
				forbidden(
					fmt.Sprintf("spec.schedulingGates[%d].name", i),
					fmt.Sprintf("only deletion is allowed, but found new scheduling gate '%s'",
						Text(gate, "name")),
				),
			)
		}
	}
	for _, name := range []string{"activeDeadlineSeconds", "tolerations", "schedulingGates"} {
		copyField(munged, old, name)
	}
	grace, _ := old["terminationGracePeriodSeconds"].(int64)
	if grace < 0 && Equal(spec["terminationGracePeriodSeconds"], int64(1)) {
		copyField(munged, old, "terminationGracePeriodSeconds")
	}
	if len(List(old, "schedulingGates")) > 0 {
		selector := Fields(spec, "nodeSelector")
		for key, value := range Fields(old, "nodeSelector") {
			if !Equal(selector[key], value) {
				errs = append(
					errs,
					invalidValue(
						"spec.nodeSelector",
						spec["nodeSelector"],
						"only additions to spec.nodeSelector are allowed (no mutations or "+
							"deletions)",
					),
				)
				break
			}
		}
		copyField(munged, old, "nodeSelector")
	}
	if !Equal(munged, old) {
		errs = append(errs, forbidden("spec", podUpdate+changes("PodSpec", old, munged)))
	}
	return errs
}

func copyField(to, from map[string]any, name string) {
	if value, ok := from[name]; ok {
		to[name] = value
	} else {
		delete(to, name)
	}
}

func validateAddedTolerations(tolerations, old []any) []FieldError {
	for _, o := range old {
		found := slices.ContainsFunc(tolerations, func(t any) bool {
			same := maps.Clone(Fields(o))
			copyField(same, Fields(t), "tolerationSeconds")
			return Equal(same, t)
		})
		if !found {
			return []FieldError{
				forbidden("spec.tolerations",
					"existing toleration can not be modified except its tolerationSeconds"),
			}
		}
	}
	return validateTolerations(tolerations)
}

// qosClass returns the quality of service class of a new pod
// (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/).
func qosClass(spec map[string]any) string {
	any, guaranteed := false, true
	for _, name := range []string{"containers", "initContainers"} {
		for _, c := range List(spec, name) {
			for _, resource := range []string{"cpu", "memory"} {
				limit, request := Text(c, "resources", "limits", resource),
					Text(c, "resources", "requests", resource)
				any = any || isSet(limit) || isSet(request)
				guaranteed = guaranteed && isSet(limit) && limit == request
			}
		}
	}
	switch {
	case !any:
		return "BestEffort"
	case guaranteed:
		return "Guaranteed"
	}
	return "Burstable"
}

func isSet(quantity string) bool { return quantity != "" && quantity != "0" }

// podWarnings returns the server's warnings about a new, valid pod.
func podWarnings(pod map[string]any) []string {
	var warnings []string
	faults := dnsLabel(Text(pod, "metadata", "name"))
	if len(faults) > 0 {
		warnings = append(
			warnings,
			fmt.Sprintf(
				"metadata.name: this is used in the Pod's hostname, which can result in "+
					"surprising behavior; a DNS label is recommended: %v",
				faults,
			),
		)
	}
	for i, s := range List(pod, "spec", "imagePullSecrets") {
		if Text(s, "name") == "" {
			warnings = append(warnings,
				fmt.Sprintf(`spec.imagePullSecrets[%d].name: invalid empty name ""`, i))
		}
	}
	for i, c := range List(pod, "spec", "topologySpreadConstraints") {
		if At(c, "labelSelector") == nil {
			warnings = append(
				warnings,
				fmt.Sprintf(
					"spec.topologySpreadConstraints[%d].labelSelector: a null labelSelector "+
						"results in matching no pod",
					i,
				),
			)
		}
	}
	return warnings
}
