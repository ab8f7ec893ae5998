package subresource

import (
	"time"

	"github.com/kx-k8s/kx/resources"
)

// The options are aliases of those of package resources, so that callers need one import less.
type (
	// GetOption is an option of Get.
	GetOption = resources.GetOption
	// UpdateOption is an option of Replace.
	UpdateOption = resources.UpdateOption
	// PatchOption is an option of Patch and Add.
	PatchOption = resources.PatchOption
	// Validation is what the server does about unknown and duplicate fields.
	Validation = resources.Validation
)

// The kinds of field validation.
const (
	Strict = resources.Strict
	Warn   = resources.Warn
	Ignore = resources.Ignore
)

// DryRun is resources.DryRun.
func DryRun() resources.DryRunOption { return resources.DryRun() }

// FieldManager is resources.FieldManager.
func FieldManager(name string) resources.WriteOption { return resources.FieldManager(name) }

// FieldValidation is resources.FieldValidation.
func FieldValidation(v Validation) resources.WriteOption { return resources.FieldValidation(v) }

// Force is resources.Force.
func Force() resources.ForceOption { return resources.Force() }

// Namespace is resources.InNamespace.
func Namespace(name string) resources.NamespaceOption { return resources.InNamespace(name) }

// RequestTimeout is resources.RequestTimeout.
func RequestTimeout(limit time.Duration) resources.RequestOption {
	return resources.RequestTimeout(limit)
}
