package debug

import (
	"fmt"

	"github.com/kx-k8s/kx/patch"
)

// maxCustom is the longest text that ParseCustom reads, in bytes.
const maxCustom = 1 << 20

// Custom is a part of a container, to be merged into that of a profile. ParseCustom makes one.
type Custom struct{ part map[string]any }

// ParseCustom reads a part of a container, in JSON or YAML, as kubectl debug --custom takes it. It is merged into the container that the other Options make:
// variables by their name, mounts by their path, capabilities joined with those of the profile, envFrom appended; every other list replaces what is there.
// Zero values count, such as runAsUser: 0 or privileged: false, and null takes away what is there.
//
// The text is read strictly: an unknown field, a field that comes twice, a value of the wrong type, a second document and more than 1 MiB are errors, and so is
// what another option says (name, image, command, targetContainerName) or the server refuses in an ephemeral container. An error has the path of the field,
// or, when the text is neither JSON nor YAML, a *patch.SyntaxError with its line and column; never a value.
func ParseCustom(data []byte) (*Custom, error) {
	if len(data) > maxCustom {
		return nil, fmt.Errorf("debug: custom: it has %d bytes, and at most %d are read", len(data), maxCustom)
	}
	part, err := patch.YAMLToJSON(data)
	if err != nil {
		return nil, fmt.Errorf("debug: custom: %w", err)
	}
	if err := checkContainer(part); err != nil {
		return nil, fmt.Errorf("debug: custom: %w", err)
	}
	return &Custom{decode(part)}, nil
}

// security gives a member of its securityContext, and whether it says anything of that: null takes away what is there.
func (c *Custom) security(field string) (value any, said bool) {
	if c != nil {
		value, said = security(c.part)[field]
	}
	return value, said
}

// String says nothing of what is in it, which may be secret.
func (c *Custom) String() string { return fmt.Sprintf("custom (%d fields)", len(c.part)) }

// GoString is String, so that %#v shows no content either.
func (c *Custom) GoString() string { return c.String() }
