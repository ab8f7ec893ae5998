package resources

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// WrongKindError reports that the object of a write is of another kind than the API's. Nothing was
// sent.
type WrongKindError struct {
	// Resource is what the call would have written, such as "pods web-0".
	Resource string
	// Want is the apiVersion and kind that belong there, and Got those of the object. Either is
	// such as "apps/v1 Deployment".
	Want, Got string
}

func (e *WrongKindError) Error() string {
	return fmt.Sprintf("write %s: the object is a %s: it must be a %s", e.Resource, e.Got, e.Want)
}

// bodyKind returns the kind of the object that a write exchanges. ok is false for a subresource
// whose kind this package does not know.
func (r requester) bodyKind() (kind Kind, ok bool) {
	switch r.subresource {
	case "", "status", "ephemeralcontainers", "resize":
		return r.kind, true
	case "scale":
		return Kind{Group: "autoscaling", Version: "v1", Kind: "Scale"}, true
	}
	return Kind{}, false
}

// withTypeMeta returns body with the kind and apiVersion of its object. It adds the ones that body
// lacks, or has as an empty string or null. A body that has both is returned itself, not a copy.
func (r requester) withTypeMeta(body []byte, name ...string) ([]byte, error) {
	want, ok := r.bodyKind()
	if !ok {
		return body, nil
	}
	if want.leads(body) {
		return body, nil
	}
	head, err := headOf(body)
	if err != nil {
		return nil, fmt.Errorf("write %s: the object cannot be encoded: %w",
			r.describe(name...), err)
	}
	kind, apiVersion, version := head.kind, head.apiVersion, want.APIVersion()
	if kind.differs(want.Kind) || apiVersion.differs(version) {
		return nil, &WrongKindError{Resource: r.describe(name...), Want: version + " " + want.Kind,
			Got: strings.TrimSpace(apiVersion.value + " " + kind.value)}
	}
	edits := []edit{kind.set("kind", want.Kind), apiVersion.set("apiVersion", version)}
	if apiVersion.start < kind.start {
		edits[0], edits[1] = edits[1], edits[0]
	}
	return apply(body, edits), nil
}

// leads reports whether the object begins with this kind and apiVersion, as models do. It allocates
// nothing.
func (k Kind) leads(body []byte) bool {
	parts := [...]string{`{"kind":"`, k.Kind, `","apiVersion":"`, k.Group, "/", k.Version, `"`}
	for i, part := range parts {
		if k.Group == "" && i == 4 {
			continue // the core group has no slash
		}
		if len(body) < len(part) || string(body[:len(part)]) != part {
			return false
		}
		body = body[len(part):]
	}
	return true
}

// textMember is a member of a JSON object, and where its value stands. The end is 0 if there is
// none.
type textMember struct {
	value      string // the text of a string, any other value as it is, or "" for null
	start, end int
}

func (m *textMember) differs(want string) bool { return m.value != "" && m.value != want }

// set returns the edit that gives the member its value. It is empty if the member has one.
func (m *textMember) set(name, value string) edit {
	text, _ := jsontext.AppendQuote(nil, value) // fails for invalid UTF-8 only
	switch {
	case m.value != "":
		return edit{start: m.end, end: m.end}
	case m.end != 0:
		return edit{m.start, m.end, string(text)}
	}
	return edit{1, 1, `"` + name + `":` + string(text) + ","} // after the opening brace
}

func valueText(raw jsontext.Value) string {
	switch raw.Kind() {
	case '"':
		return unquote(string(raw))
	case 'n':
		return ""
	}
	return string(raw)
}

// edit replaces a part of a document.
type edit struct {
	start, end int
	text       string
}

// apply returns body with the edits, which are in the order of their places. It returns body itself
// if all of them are empty.
func apply(body []byte, edits []edit) []byte {
	added := 0
	for _, e := range edits {
		added += len(e.text)
	}
	if added == 0 {
		return body
	}
	out, from := make([]byte, 0, len(body)+added), 0
	for _, e := range edits {
		out = append(append(out, body[from:e.start]...), e.text...)
		from = e.end
	}
	if body[from] == '}' {
		out = bytes.TrimSuffix(out, []byte(",")) // the object had no members
	}
	return append(out, body[from:]...)
}
