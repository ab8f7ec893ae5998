package api

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// Column is an additional column of a custom resource's Table.
type Column struct {
	Name, Type, Format, Description, JSONPath string
	Priority                                  int64
}

// ScalePaths are the names on the way to the fields of the scale subresource.
type ScalePaths struct{ Replicas, StatusReplicas, Selector []string }

// definitionSchema is the schema of CustomResourceDefinition, as far as kxtest reads it.
//
//go:embed definition.json
var definitionSchema []byte

// DefinitionKind is the kind CustomResourceDefinition.
var DefinitionKind = &Kind{
	Group: "apiextensions.k8s.io", Version: "v1", Name: "CustomResourceDefinition",
	Resource: "customresourcedefinitions", Singular: "customresourcedefinition",
	ShortNames: []string{"crd", "crds"}, Categories: []string{"api-extensions"},
	Subresources: []string{"status"}, Hash: "jfWCUB31mvA=",
	Custom: object.NewCustom("apiextensions.k8s.io/v1", "CustomResourceDefinition",
		mustDecode(definitionSchema), true, checkDefinition),
	Columns: []Column{{Name: "Created At", Type: "date", JSONPath: ".metadata.creationTimestamp",
		Description: "CreationTimestamp is a timestamp representing the server time when this " +
			"object was created."}},
}

func mustDecode(document []byte) map[string]any {
	decoded, err := object.Decode(document)
	if err != nil {
		panic("kxtest: definition.json: " + err.Error()) // the file is part of the program
	}
	return decoded
}

// checkDefinition returns what is wrong with a CustomResourceDefinition besides its schema.
func checkDefinition(o map[string]any) (faults []object.FieldError) {
	fault := func(reason, field, message string) {
		faults = append(faults, object.FieldError{Reason: reason, Field: field, Message: message})
	}
	name := object.Text(o, "metadata", "name")
	if name != object.Text(o, "spec", "names", "plural")+"."+object.Text(o, "spec", "group") {
		fault("FieldValueInvalid", "metadata.name", "Invalid value: "+strconv.Quote(name)+
			`: must be spec.names.plural+"."+spec.group`)
	}
	stored := 0
	for i, v := range object.List(o, "spec", "versions") {
		if object.At(v, "storage") == true {
			stored++
		}
		if object.Fields(v, "schema", "openAPIV3Schema") == nil {
			fault("FieldValueRequired", "spec.versions["+strconv.Itoa(i)+
				"].schema.openAPIV3Schema", "Required value: schemas are required")
		}
	}
	if stored != 1 {
		fault("FieldValueInvalid", "spec.versions", "Invalid value: "+
			string(Encode(object.At(o, "spec", "versions")))+
			": must have exactly one version marked as storage version")
	}
	return faults
}

// Established returns a CustomResourceDefinition with the names that it leaves to the server, and
// with the status of one that is served.
func Established(o map[string]any, at string) map[string]any {
	kind := object.Text(o, "spec", "names", "kind")
	for name, fallback := range map[string]string{"singular": strings.ToLower(kind),
		"listKind": kind + "List"} {
		o = object.With(o, cmp.Or(object.Text(o, "spec", "names", name), fallback), "spec", "names",
			name)
	}
	if object.At(o, "spec", "conversion") == nil {
		o = object.With(o, "None", "spec", "conversion", "strategy")
	}
	var stored []any
	for _, v := range object.List(o, "spec", "versions") {
		if object.At(v, "storage") == true {
			stored = append(stored, object.Text(v, "name"))
		}
	}
	condition := func(kind, reason, message string) any {
		return map[string]any{"type": kind, "status": "True", "lastTransitionTime": at,
			"reason": reason, "message": message}
	}
	return object.With(o, map[string]any{
		"conditions": []any{
			condition("NamesAccepted", "NoConflicts", "no conflicts found"),
			condition("Established", "InitialNamesAccepted",
				"the initial names have been accepted"),
		},
		"acceptedNames": object.At(o, "spec", "names"), "storedVersions": stored,
	}, "status")
}

// KindsOf returns the kinds that a CustomResourceDefinition defines, one for each served version.
// The preferred version comes first. storage is the kind under which their objects are stored.
func KindsOf(definition map[string]any, storage *Kind) (kinds []*Kind) {
	spec := object.Fields(definition, "spec")
	for _, v := range object.List(spec, "versions") {
		if object.At(v, "served") != true {
			continue
		}
		k := &Kind{
			Group: object.Text(spec, "group"), Version: object.Text(v, "name"),
			Name:       object.Text(spec, "names", "kind"),
			Resource:   object.Text(spec, "names", "plural"),
			Singular:   object.Text(spec, "names", "singular"),
			ShortNames: textsOf(object.List(spec, "names", "shortNames")),
			Categories: textsOf(object.List(spec, "names", "categories")),
			Namespaced: object.Text(spec, "scope") == "Namespaced", Stored: storage,
		}
		k.ToStored = func(o map[string]any) map[string]any { return o }
		k.FromStored = func(o map[string]any) map[string]any {
			return object.With(o, k.APIVersion(), "apiVersion")
		}
		hash := sha256.Sum256([]byte(path.Join(k.Group, k.Version, k.Name)))
		k.Hash = base64.StdEncoding.EncodeToString(hash[:8])
		hasStatus := object.At(v, "subresources", "status") != nil
		if hasStatus {
			k.Subresources = append(k.Subresources, "status")
		}
		scale := object.Fields(v, "subresources", "scale")
		if scale != nil {
			k.Subresources = append(k.Subresources, "scale")
			k.Scale = &ScalePaths{names(scale, "specReplicasPath"),
				names(scale, "statusReplicasPath"), names(scale, "labelSelectorPath")}
		}
		for _, c := range object.List(v, "additionalPrinterColumns") {
			priority, _ := object.Number(c, "priority")
			where := object.Text(c, "jsonPath")
			k.Columns = append(k.Columns, Column{
				Name: object.Text(c, "name"), Type: object.Text(c, "type"),
				Format: object.Text(c, "format"), JSONPath: where, Priority: priority,
				Description: cmp.Or(object.Text(c, "description"),
					"Custom resource definition column (in JSONPath format): "+where),
			})
		}
		if k.Columns == nil {
			age := DefinitionKind.Columns[0]
			age.Name = "Age"
			k.Columns = []Column{age}
		}
		k.Custom = object.NewCustom(k.APIVersion(), k.Name, object.Fields(v, "schema",
			"openAPIV3Schema"), hasStatus, nil)
		kinds = append(kinds, k)
	}
	slices.SortStableFunc(kinds, func(a, b *Kind) int {
		return compareVersions(b.Version, a.Version)
	})
	return kinds
}

// names splits a JSON path such as .spec.replicas into names.
func names(scale map[string]any, field string) []string {
	return strings.Split(strings.TrimPrefix(object.Text(scale, field), "."), ".")
}

func textsOf(values []any) (all []string) {
	for _, v := range values {
		text, _ := v.(string)
		all = append(all, text)
	}
	return all
}

// compareVersions compares the priorities of two versions: v2 is above v1, v1 above v2beta1, and
// v1beta1 above v1alpha1.
func compareVersions(a, b string) int {
	rank := func(version string) []int {
		number, stage, minor := strings.TrimPrefix(version, "v"), 2, ""
		for i, name := range []string{"alpha", "beta"} {
			major, after, isEarly := strings.Cut(number, name)
			if isEarly {
				number, stage, minor = major, i, after
			}
		}
		major, _ := strconv.Atoi(number)
		least, _ := strconv.Atoi(minor)
		return []int{stage, major, least}
	}
	return slices.Compare(rank(a), rank(b))
}
