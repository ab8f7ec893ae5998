package object

import (
	"fmt"
	"math"
	"strings"
)

func validatePodSpec(spec map[string]any) []FieldError {
	errs := validateVolumes(List(spec, "volumes"))
	errs = append(errs, validateContainers(spec)...)
	errs = append(errs, validateInitContainers(spec)...)
	errs = append(errs, validateEphemeral(spec)...)
	errs = append(errs, oneOf("spec.restartPolicy", spec["restartPolicy"], "Always", "OnFailure",
		"Never")...)
	errs = append(
		errs,
		oneOf("spec.dnsPolicy", spec["dnsPolicy"], "ClusterFirstWithHostNet", "ClusterFirst",
			"Default", "None")...)
	errs = append(errs, validateLabels("spec.nodeSelector", Fields(spec, "nodeSelector"))...)
	for _, name := range []string{"fsGroup", "runAsUser", "runAsGroup"} {
		errs = append(errs, validateID("spec.securityContext."+name, At(spec, "securityContext",
			name))...)
	}
	account := Text(spec, "serviceAccountName")
	if account != "" {
		errs = append(errs, named("spec.serviceAccountName", account, dnsSubdomain(account))...)
	}
	node := Text(spec, "nodeName")
	if node != "" {
		errs = append(errs, named("spec.nodeName", node, dnsSubdomain(node))...)
	}
	if deadline, ok := spec["activeDeadlineSeconds"].(int64); ok &&
		(deadline < 1 || deadline > math.MaxInt32) {
		errs = append(
			errs,
			invalidValue("spec.activeDeadlineSeconds", deadline,
				"must be between 1 and 2147483647, inclusive"),
		)
	}
	for _, name := range []string{"hostname", "subdomain"} {
		value := Text(spec, name)
		if value != "" {
			errs = append(errs, named("spec."+name, value, dnsLabel(value))...)
		}
	}
	errs = append(errs, validateTolerations(List(spec, "tolerations"))...)
	os := Fields(spec, "os")
	if os != nil && Text(os, "name") != "linux" && Text(os, "name") != "windows" {
		errs = append(errs, notSupported("spec.os", Text(os, "name"), "linux", "windows"))
	}
	for _, name := range []string{"containers", "initContainers"} {
		for i, c := range List(spec, name) {
			errs = append(errs, validateImageSpace(fmt.Sprintf("spec.%s[%d]", name, i), c)...)
		}
	}
	return errs
}

func validateImageSpace(field string, container any) []FieldError {
	image := Text(container, "image")
	if strings.TrimSpace(image) != image {
		return []FieldError{invalidValue(field+".image", image,
			"must not have leading or trailing whitespace")}
	}
	return nil
}

// oneOf requires one of the supported values. nil passes, because defaults fill it.
func oneOf(field string, value any, supported ...string) []FieldError {
	for _, s := range supported {
		if value == nil || value == s {
			return nil
		}
	}
	return []FieldError{notSupported(field, value, supported...)}
}

func validateID(field string, value any) []FieldError {
	if id, ok := value.(int64); ok && (id < 0 || id > math.MaxInt32) {
		return []FieldError{invalidValue(field, id, "must be between 0 and 2147483647, inclusive")}
	}
	return nil
}

func validateTolerations(tolerations []any) []FieldError {
	var errs []FieldError
	for i, t := range tolerations {
		field := fmt.Sprintf("spec.tolerations[%d]", i)
		key, operator, value, effect := Text(t, "key"), Text(t, "operator"), Text(t, "value"),
			Text(t, "effect")
		if key != "" {
			errs = append(errs, named(field+".key", key, qualifiedName(key))...)
		} else if operator != "Exists" {
			errs = append(errs, invalidValue(field+".operator", operator,
				"operator must be Exists when `key` is "+
					"empty, which means \"match all values and all keys\""))
		}
		if At(t, "tolerationSeconds") != nil && effect != "NoExecute" {
			errs = append(
				errs,
				invalidValue(field+".effect", effect,
					"effect must be 'NoExecute' when `tolerationSeconds` is set"),
			)
		}
		switch operator {
		case "Equal", "":
			faults := labelValue(value)
			if len(faults) > 0 {
				errs = append(errs, invalidValue(field+".operator", value,
					strings.Join(faults, ";")))
			}
		case "Exists":
			if value != "" {
				errs = append(
					errs,
					invalidValue(field+".operator", value,
						"value must be empty when `operator` is 'Exists'"),
				)
			}
		default:
			errs = append(errs, notSupported(field+".operator", operator, "Equal", "Exists"))
		}
		if effect != "" {
			errs = append(errs, oneOf(field+".effect", effect, "NoSchedule", "PreferNoSchedule",
				"NoExecute")...)
		}
	}
	return errs
}

// requiredSources are the required fields of each type of volume.
var requiredSources = map[string]string{
	"configMap": "name", "secret": "secretName", "hostPath": "path",
	"persistentVolumeClaim": "claimName",
}

func validateVolumes(volumes []any) []FieldError {
	var errs []FieldError
	seen := map[string]bool{}
	for i, v := range volumes {
		field, name := fmt.Sprintf("spec.volumes[%d]", i), Text(v, "name")
		var sources []FieldError
		count := 0
		for _, kind := range volumeKinds {
			source, ok := Fields(v)[kind]
			if !ok {
				continue
			}
			count++
			if count > 1 {
				sources = append(sources, forbidden(field+"."+kind,
					"may not specify more than 1 volume type"))
				continue
			}
			key := requiredSources[kind]
			if key != "" && Text(source, key) == "" {
				sources = append(sources, required(field+"."+kind+"."+key, ""))
			}
		}
		if count == 0 {
			sources = append(sources, required(field, "must specify a volume type"))
		}
		switch {
		case name == "":
			errs = append(errs, required(field+".name", ""))
		case len(dnsLabel(name)) > 0:
			errs = append(errs, named(field+".name", name, dnsLabel(name))...)
		case seen[name]:
			errs = append(errs, duplicate(field+".name", name))
		}
		seen[name] = true
		errs = append(errs, sources...)
	}
	return errs
}

// volumeKinds are the types of volumes, in the order in which the server checks them.
var volumeKinds = []string{
	"emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs",
	"iscsi", "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte",
	"downwardAPI", "fc", "flexVolume", "configMap", "azureFile", "vsphereVolume",
	"photonPersistentDisk", "portworxVolume", "azureDisk", "storageos", "projected", "scaleIO",
	"csi", "ephemeral", "image",
}
