package resources

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// objectHead is what an object says that it is (meta/v1 TypeMeta and ObjectMeta).
type objectHead struct {
	kind, apiVersion textMember
	generateName     string
	identity
	hasMetadata bool
}

// identity is the metadata by which the server knows which version of which object is written.
type identity struct{ Name, Namespace, UID, ResourceVersion string }

// headOf reads an object until it has found its kind, apiVersion and metadata, which come first in
// the answers of an API server. It leaves the rest unread.
func headOf(document []byte) (h objectHead, err error) {
	// The decoder reads from a buffer in place, without a copy.
	d := jsontext.NewDecoder(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true))
	token, err := d.ReadToken()
	if err == nil && token.Kind() != '{' {
		err = errors.New("it is not a JSON object")
	}
	if err != nil {
		return h, err
	}
	return h, h.read(d, false)
}

// read reads the members of an object, or of its metadata.
func (h *objectHead) read(d *jsontext.Decoder, metadata bool) error {
	for d.PeekKind() != '}' && !h.isComplete(metadata) {
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		if name == "metadata" && !metadata && d.PeekKind() == '{' {
			_, _ = d.ReadToken() // the brace
			if err := h.read(d, true); err != nil {
				return err
			}
			h.hasMetadata = true
			_, err = d.ReadToken()
		} else {
			var raw jsontext.Value
			raw, err = d.ReadValue()
			h.set(name, raw, int(d.InputOffset()), metadata)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *objectHead) isComplete(metadata bool) bool {
	return !metadata && h.hasMetadata && h.kind.end != 0 && h.apiVersion.end != 0
}

func (h *objectHead) set(name string, raw jsontext.Value, end int, metadata bool) {
	text := &h.Name
	switch {
	case !metadata && name == "kind":
		h.kind = textMember{valueText(raw), end - len(raw), end}
		return
	case !metadata && name == "apiVersion":
		h.apiVersion = textMember{valueText(raw), end - len(raw), end}
		return
	case !metadata:
		return
	case name == "name":
	case name == "generateName":
		text = &h.generateName
	case name == "namespace":
		text = &h.Namespace
	case name == "uid":
		text = &h.UID
	case name == "resourceVersion":
		text = &h.ResourceVersion
	default:
		return
	}
	*text = valueText(raw)
}

// describe names the object for a message, such as "v1 Pod web-0".
func (h *objectHead) describe() string {
	if h.kind.value == "" {
		return noKind
	}
	return strings.TrimSpace(strings.TrimSpace(h.apiVersion.value+" "+h.kind.value) + " " + h.Name)
}
