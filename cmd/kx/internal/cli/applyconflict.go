package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

const (
	// maxConflicts is how many fields of a conflict are listed.
	maxConflicts = 50
	// maxConflictValue is how many bytes of a value are printed.
	maxConflictValue = 60
)

// explainConflicts adds the managers, the fields and the values to the refusal of a server-side
// apply. For that it reads the object. It returns any other error as it is.
func explainConflicts(ctx context.Context, e subresource.DynamicEndpoint, name string,
	p patch.Patch, refusal error) error {
	conflicts := resources.FieldConflicts(refusal)
	if len(conflicts) == 0 {
		return refusal
	}
	wanted, err := p.Encode()
	if err != nil {
		return refusal
	}
	// A user who may not read the object gets the explanation without its values.
	var stored jsontext.Value
	if object, err := e.Get(ctx, name); err == nil {
		stored, _ = json.Marshal(object)
	}
	return &command.DetailedError{Err: refusal, Details: conflictLines(conflicts, stored, wanted)}
}

// conflictLines lists the conflicts by manager, and what the user can do about them.
func conflictLines(conflicts []resources.FieldConflict, stored, wanted jsontext.Value) []string {
	hidden := 0
	if len(conflicts) > maxConflicts {
		hidden = len(conflicts) - maxConflicts
		conflicts = conflicts[:maxConflicts]
	}
	kind, _ := resources.FieldConflict{Field: ".kind"}.Value(wanted)
	isSecret := string(kind) == `"Secret"`
	var lines, managers, appliers []string
	for _, c := range conflicts {
		managers = append(managers, c.Description)
		if c.IsApply && !slices.Contains(appliers, c.Manager) {
			appliers = append(appliers, c.Manager)
		}
	}
	slices.Sort(managers) // the server's order differs from one answer to the next
	slices.Sort(appliers)
	for _, manager := range slices.Compact(managers) {
		at := len(lines)
		lines = append(lines, "manager "+manager+" has updated:")
		for _, c := range conflicts {
			if c.Description != manager {
				continue
			}
			if c.IsApply {
				lines[at] = "manager " + manager + " has applied:"
			}
			lines = append(lines, "- "+c.Field+conflictValues(c, stored, wanted, isSecret))
		}
	}
	if hidden > 0 {
		lines = append(lines, fmt.Sprintf("and %d more fields", hidden))
	}
	lines = append(lines, "to leave the fields to their managers, remove them from the patch",
		"to take the fields over, add --force-conflicts")
	if len(appliers) > 0 {
		return append(lines, "to change the fields as their manager, add --field-manager "+
			strings.Join(appliers, " or "))
	}
	return append(lines, "to share the fields, give them the values that the object has")
}

// conflictValues returns the values of a field as far as they are known and no secret.
func conflictValues(c resources.FieldConflict, stored, wanted jsontext.Value,
	isSecret bool) string {
	if isSecret {
		return ""
	}
	text := ""
	if value, ok := c.Value(stored); ok {
		text = ": the object has " + shortValue(value)
	}
	if value, ok := c.Value(wanted); ok {
		if text == "" {
			return ": the patch has " + shortValue(value)
		}
		text += ", the patch has " + shortValue(value)
	}
	return text
}

// shortValue returns the start of a value.
func shortValue(value jsontext.Value) string {
	if len(value) <= maxConflictValue {
		return string(value)
	}
	return strings.ToValidUTF8(string(value[:maxConflictValue]), "") + "…"
}
