package resources

import (
	"bytes"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// listAnswer checks that an answer is a list of the kind that was asked for.
type listAnswer struct {
	requester
	req             *transport.Request
	got             Status // the members that tell a list from a Status
	hasUnnamedItems bool   // some items have no kind
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
	return newAnswerError(l.req, l.describe(), want.APIVersion()+" "+want.Kind, is)
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
	return newAnswerError(l.req, l.describe(), want.APIVersion()+" "+want.Kind,
		"a list with "+head.describe())
}

// readMember reads a member of the answer that is not specific to lists.
func (l *listAnswer) readMember(d *jsontext.Decoder, name string) error {
	text := map[string]*string{"kind": &l.got.Kind, "apiVersion": &l.got.APIVersion,
		"status": &l.got.Status, "message": &l.got.Message}[name]
	if text == nil {
		return d.SkipValue()
	}
	raw, err := d.ReadValue()
	*text = valueText(raw)
	return err
}

// decodeList decodes a whole list, whose kind and apiVersion then are at these places.
func (r requester) decodeList(req *transport.Request, body []byte, into any,
	kind, apiVersion *string) error {
	if err := json.Unmarshal(body, into); err != nil {
		return unreadable(req, r.describe(), err)
	}
	l := listAnswer{requester: r, req: req}
	l.got.Kind, l.got.APIVersion = *kind, *apiVersion
	if l.matches() {
		return nil
	}
	// Only a list that is named otherwise, and an error, are read twice.
	_, err := l.read(io.NopCloser(bytes.NewReader(body)), itemSink{
		make:  func() any { return new(jsontext.Value) },
		yield: func(any) bool { return true },
	})
	return err
}
