package object

import (
	"slices"
	"strings"
)

// claimProtection is the finalizer of a PersistentVolumeClaim. A controller removes it from a
// deleted claim when no pod uses the claim any more.
const claimProtection = "kubernetes.io/pvc-protection"

// protectClaim adds the finalizer, as the server's admission does.
func protectClaim(claim map[string]any) {
	metadata := ensureFields(claim, "metadata")
	finalizers := List(metadata, "finalizers")
	if !contains(finalizers, claimProtection) {
		metadata["finalizers"] = append(slices.Clone(finalizers), claimProtection)
	}
}

// validateClaim checks the access modes, the size and the mode of a PersistentVolumeClaim.
func validateClaim(claim map[string]any) []FieldError {
	var errs []FieldError
	spec := Fields(claim, "spec")
	modes := []string{"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"}
	if len(List(spec, "accessModes")) == 0 {
		errs = append(errs, required("spec.accessModes", "at least 1 access mode is required"))
	}
	for _, m := range List(spec, "accessModes") {
		mode, _ := m.(string)
		if !slices.Contains(modes, mode) {
			errs = append(errs, notSupported("spec.accessModes", mode, modes...))
		}
	}
	size := Text(spec, "resources", "requests", "storage")
	switch {
	case size == "":
		errs = append(errs, required("spec.resources[storage]", ""))
	case size == "0", strings.HasPrefix(size, "-"):
		errs = append(errs, invalidValue("spec.resources[storage]", size,
			"must be greater than zero"))
	}
	mode := Text(spec, "volumeMode")
	if mode != "Block" && mode != "Filesystem" {
		errs = append(errs, notSupported("spec.volumeMode", mode, "Block", "Filesystem"))
	}
	return errs
}
