package resources

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/transport"
)

const (
	metaGroup     = "meta.k8s.io"
	statusKind    = "Status"
	statusSuccess = "Success"
	noKind        = "an object without a kind"
)

// What is wrong with an answer that is JSON of the right kind.
var (
	errRepeatedToken = errors.New(
		"the server repeats its continue token: the list would not end")
	errNoListVersion = errors.New("the server's list has no resourceVersion")
	errNoEventName   = errors.New("the server sent an event of an object without a name")
	errNoVersion     = errors.New("the object has no resourceVersion: a write could undo the " +
		"change of another program")
)

// question is what the answer to a request must match.
type question struct {
	requester
	req          *transport.Request
	name         []string // in the path
	want         identity // as far as it is known
	generateName string
}

// ask returns the question of a request. The name of a new object, and the uid of an object that is
// replaced or patched, are in the body, if they are known.
func (r requester) ask(s *options, req *transport.Request, name []string) *question {
	q := &question{requester: r, req: req, name: name}
	q.want.Namespace = r.namespace
	if s.namespace != nil {
		q.want.Namespace = *s.namespace
	}
	if len(req.Body) > 0 {
		sent, _ := headOf(req.Body) // a patch may be YAML, or a list
		switch req.Method {
		case http.MethodPost:
			q.want.Name, q.generateName = sent.Name, sent.generateName
		case http.MethodPut, http.MethodPatch:
			q.want.UID = sent.UID
		}
	}
	if len(name) > 0 {
		q.want.Name = name[0]
	}
	if s.deletion != nil && s.deletion.Preconditions != nil {
		q.want.UID = s.deletion.Preconditions.UID
	}
	return q
}

// kindOf returns the kind of the answer. ok is false for a subresource whose kind this package does
// not know.
func (q *question) kindOf() (kind Kind, ok bool) {
	switch q.req.Accept {
	case tableType:
		return Kind{Group: metaGroup, Version: "v1", Kind: "Table"}, true
	case metadataType:
		return Kind{Group: metaGroup, Version: "v1", Kind: "PartialObjectMetadata"}, true
	}
	switch q.subresource {
	case "eviction", "binding":
		return Kind{Version: "v1", Kind: statusKind}, true
	case "token":
		return Kind{Group: "authentication.k8s.io", Version: "v1", Kind: "TokenRequest"}, true
	}
	return q.bodyKind()
}

// check fails with a *transport.AnswerError if an object is not the answer.
func (q *question) check(got *objectHead, body []byte) error {
	kind, known := q.kindOf()
	subresource, _, _ := strings.Cut(q.subresource, "/")
	switch {
	case subresource == "proxy": // a program answers, and not the API server
		return nil
	case got.kind.value == statusKind && (!known || kind.Kind == statusKind):
		if statusOf(body).Status == statusSuccess {
			return nil
		}
	case (!known || kind.isOf(got.kind.value, got.apiVersion.value)) && q.matches(got):
		return nil
	}
	return q.failure(got, body)
}

// isOf reports whether an object with this kind and apiVersion is of kind k. Versions may differ.
func (k Kind) isOf(kind, apiVersion string) bool {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group = ""
	}
	return apiVersion != "" && group == k.Group && (kind == k.Kind || k.Kind == "")
}

// matches reports whether an object has the expected name, namespace and uid.
func (q *question) matches(got *objectHead) bool {
	_, named := q.bodyKind()
	if got.Name == "" && (!named || q.req.Accept == tableType) {
		return true
	}
	switch q.want.Name {
	case "": // the server made the name
		if !strings.HasPrefix(got.Name, q.generateName) {
			return false
		}
	case got.Name, "~": // in OpenShift "~" is the caller's own object
	default:
		return false
	}
	return (q.want.UID == "" || q.want.UID == got.UID) &&
		(q.want.Namespace == "" || got.Namespace == "" || q.want.Namespace == got.Namespace)
}

// decode decodes the answer, which is always an object. If the answer to a write cannot be decoded,
// the outcome of that write is unknown, unless the write is idempotent.
func (q *question) decode(body []byte, into any) error {
	head, err := headOf(body)
	if err == nil {
		if err := q.check(&head, body); err != nil {
			return err
		}
	}
	err = cmp.Or(json.Unmarshal(body, into), err) // that of headOf if it is JSON, but no object
	if err != nil {
		return unreadable(q.req, q.describe(q.name...), err)
	}
	return nil
}

// unreadable returns the error of an answer that cannot be decoded.
func unreadable(req *transport.Request, target string, err error) error {
	return &transport.AnswerError{Method: req.Method, Target: target, Err: err,
		OutcomeUnknown: isUnsafe(req)}
}

// checkRow fails if a Table of one object has another number of rows, or a row with another name.
func (q *question) checkRow(into any) error {
	table, ok := into.(*Table)
	if !ok {
		return nil
	}
	got := "a Table with " + strconv.Itoa(len(table.Rows)) + " rows"
	if len(table.Rows) == 1 {
		name, ok := q.kind.nameOf(table, &table.Rows[0])
		if !ok || name == q.want.Name || q.want.Name == "~" {
			return nil
		}
		got = "a Table with the row " + name
	}
	return newAnswerError(q.req, q.describe(q.name...), "the row "+q.want.Name, got)
}

// deleted returns errAlreadyDeleted if a Status says that the object is gone.
func (q *question) deleted(status Status, body []byte) error {
	of := status.Details
	if status.Status == statusSuccess && (of == nil || (of.Name == "" || of.Name == q.want.Name) &&
		(of.UID == "" || q.want.UID == "" || of.UID == q.want.UID)) {
		return errAlreadyDeleted
	}
	head, _ := headOf(body)
	if of != nil && status.Status == statusSuccess {
		head.identity = identity{Name: of.Name, UID: of.UID}
	}
	return q.failure(&head, body)
}

// failure returns the error of an object that is not the answer.
func (q *question) failure(got *objectHead, body []byte) error {
	want := q.describe(q.name...)
	kind, known := q.kindOf()
	if known && kind.Kind != "" {
		head := objectHead{identity: q.want}
		head.kind.value, head.apiVersion.value = kind.Kind, kind.APIVersion()
		want = head.describe()
		if q.want.Name == "" && q.generateName != "" {
			want += " " + q.generateName + "*"
		}
	}
	is := describeAnswer(body)
	switch {
	case is != want:
	case q.want.UID != "" && q.want.UID != got.UID:
		want, is = want+" with uid "+q.want.UID, is+" with uid "+got.UID
	default:
		want, is = want+" in namespace "+q.want.Namespace, is+" in namespace "+got.Namespace
	}
	return newAnswerError(q.req, q.describe(q.name...), want, is)
}

func newAnswerError(req *transport.Request, target, want, got string) error {
	return &transport.AnswerError{Method: req.Method, Target: target, Want: want, Got: got,
		OutcomeUnknown: isUnsafe(req)}
}

// isUnsafe reports whether the server must not execute a request twice.
func isUnsafe(req *transport.Request) bool {
	return req.Method != http.MethodGet && !req.Idempotent
}

// describeAnswer names an object that is no answer, for a message.
func describeAnswer(body []byte) string {
	head, _ := headOf(body)
	if head.kind.value == statusKind {
		status := statusOf(body)
		return describeStatus(&status)
	}
	return head.describe()
}

// describeStatus names a Status that is no answer, for a message.
func describeStatus(s *Status) string { return "a Status (" + s.Status + ": " + s.Message + ")" }

// statusOf reads a Status. It is empty as far as it cannot be read.
func statusOf(body []byte) (status Status) {
	_ = json.Unmarshal(body, &status)
	return status
}
