package debug

import (
	"fmt"

	"github.com/kx-k8s/kx/patch"
)

// maxCustomSize is how many bytes ParseCustom reads.
const maxCustomSize = 1 << 20

// Custom is a partial container that is merged into the container of a profile. ParseCustom reads
// one.
type Custom struct{ fields map[string]any }

// ParseCustom reads a partial container in JSON or YAML, as kubectl debug --custom does.
//
// It is merged into the container that the other Options make:
//
//	env               by name
//	volumeMounts      by mountPath
//	capabilities      united with those of the profile
//	envFrom           appended
//	other lists       replaced
//	null              removes the field
//	zero values       count, such as runAsUser: 0 and privileged: false
//
// ParseCustom is strict. It fails for
//
//   - an unknown field, a duplicate field, a value of the wrong type;
//   - a field that the Options have (name, image, command, targetContainerName);
//   - a field that the server refuses in an ephemeral container;
//   - a second document, and more than 1 MiB.
//
// The error has the path of the field and never a value, which may be secret.
// For text that is neither JSON nor YAML, it is a *patch.SyntaxError with line and column.
func ParseCustom(data []byte) (*Custom, error) {
	if len(data) > maxCustomSize {
		return nil, fmt.Errorf("debug: custom: it has %d bytes; the maximum is %d", len(data),
			maxCustomSize)
	}
	document, err := patch.YAMLToJSON(data)
	if err != nil {
		return nil, fmt.Errorf("debug: custom: %w", err)
	}
	if err := checkContainer(document); err != nil {
		return nil, fmt.Errorf("debug: custom: %w", err)
	}
	return &Custom{decode(document)}, nil
}

// securityField returns a member of the securityContext. set reports whether Custom has the member;
// null is nil and set.
func (c *Custom) securityField(name string) (value any, set bool) {
	if c != nil {
		value, set = securityContext(c.fields)[name]
	}
	return value, set
}

// String returns a text without any content, which may be secret.
func (c *Custom) String() string { return fmt.Sprintf("custom (%d fields)", len(c.fields)) }

// GoString is String, so that %#v prints no content either.
func (c *Custom) GoString() string { return c.String() }
