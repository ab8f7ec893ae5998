package resources

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// listAnswer checks that an answer is a list of the kind that was asked for.
type listAnswer struct {
	requester
	req             *transport.Request
	name            []string // of the object of a Table, or empty
	got             Status   // the members that tell a list from a Status
	hasUnnamedItems bool     // some items have no kind
	// onToken gets the continue token as soon as it is read, unless it is nil.
	onToken func(token string)
}

// kind returns the kind of the list.
func (l *listAnswer) kind() Kind {
	switch l.req.Accept {
	case tableType:
		return Kind{Group: metaGroup, Version: "v1", Kind: "Table"}
	case metadataListType:
		return Kind{Group: metaGroup, Version: "v1", Kind: "PartialObjectMetadataList"}
	}
	kind := l.requester.kind
	if kind.Kind != "" {
		kind.Kind += "List"
	}
	return kind
}

// isKnown reports whether the kind and the apiVersion have been read.
func (l *listAnswer) isKnown() bool { return l.got.Kind != "" && l.got.APIVersion != "" }

func (l *listAnswer) matches() bool {
	return l.isKnown() && l.kind().isOf(l.got.Kind, l.got.APIVersion)
}

// check fails with a *transport.AnswerError unless the answer is the list.
//
// A custom resource may name its lists otherwise (listKind in its definition). The items of such a
// list have a kind, unlike those of the API server's own kinds. The group of a custom resource has
// a dot, and *.k8s.io is protected (KEP-2337).
func (l *listAnswer) check() error {
	group := l.requester.kind.Group
	want := l.kind()
	mayBeNamedOtherwise := want.Group != metaGroup && strings.Contains(group, ".") &&
		!strings.HasSuffix(group, ".k8s.io") && !l.hasUnnamedItems
	if l.matches() || mayBeNamedOtherwise && l.got.Kind != "" &&
		(Kind{Group: group}).isOf("", l.got.APIVersion) {
		return nil
	}
	is := strings.TrimSpace(l.got.APIVersion + " " + l.got.Kind)
	switch l.got.Kind {
	case "":
		is = noKind
	case statusKind:
		is = describeStatus(&l.got)
	}
	return newAnswerError(l.req, l.describe(l.name...), want.APIVersion()+" "+want.Kind, is)
}

// checkItem fails with a *transport.AnswerError if an item is of another kind.
func (l *listAnswer) checkItem(item jsontext.Value) error {
	want := l.kind()
	head, err := headOf(item)
	switch {
	case err != nil || want.Kind == "Table":
		return nil // Unmarshal fails
	case head.kind.value == "":
		l.hasUnnamedItems = true
		return nil
	case Kind{Group: want.Group, Kind: strings.TrimSuffix(want.Kind, "List")}.isOf(head.kind.value,
		head.apiVersion.value):
		return nil
	}
	return newAnswerError(l.req, l.describe(l.name...), want.APIVersion()+" "+want.Kind,
		"a list with "+head.describe())
}

// readMember reads a member that is not the items. It appends it to others, if that is not nil.
func (l *listAnswer) readMember(d *jsontext.Decoder, name string, others *[]byte) error {
	text := map[string]*string{"kind": &l.got.Kind, "apiVersion": &l.got.APIVersion,
		"status": &l.got.Status, "message": &l.got.Message}[name]
	if text == nil && others == nil {
		return d.SkipValue()
	}
	raw, err := d.ReadValue()
	if text != nil {
		*text = valueText(raw)
	}
	if others != nil {
		*others = appendMember(*others, name, raw)
	}
	return err
}
