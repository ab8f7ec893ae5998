package object

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// FieldSelector selects objects by the few fields that their kind supports. Its zero value selects
// all.
type FieldSelector struct {
	kind  string
	terms []fieldTerm
}

type fieldTerm struct {
	field, value string
	not          bool
}

// selectable are the fields by which objects of a kind can be selected, apart from metadata.name
// and metadata.namespace.
var selectable = map[string][]string{
	"Pod": {
		"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
		"spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs",
		"status.nominatedNodeName",
	},
	"Node":      {"spec.unschedulable"},
	"Namespace": {"status.phase"},
	"Secret":    {"type"},
	"Event": {
		"involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
		"involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
		"involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
	},
	"EventsV1Event": {
		"regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid",
		"regarding.apiVersion", "regarding.resourceVersion", "regarding.fieldPath", "reason",
		"reportingController", "type",
	},
	"ReplicaSet": {"status.replicas"},
}

// ParseFieldSelector parses a selector such as "metadata.name=a,status.phase!=Running" for a kind.
// The error is the server's message for a 400
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/).
func ParseFieldSelector(apiVersion, kind, text string) (FieldSelector, error) {
	if apiVersion == "events.k8s.io/v1" {
		kind = "EventsV1Event"
	}
	s := FieldSelector{kind: kind}
	for _, term := range splitUnescaped(text) {
		if term == "" {
			continue
		}
		t, err := parseFieldTerm(term)
		if errors.Is(err, errNoTerm) {
			return FieldSelector{}, fmt.Errorf("invalid selector: '%s'; can't understand '%s'",
				text, term)
		} else if err != nil {
			return FieldSelector{}, err
		}
		if t.field != "" || t.value != "" {
			s.terms = append(s.terms, t)
		}
	}
	for _, t := range s.terms {
		if err := checkField(kind, t.field); err != nil {
			return FieldSelector{}, err
		}
	}
	return s, nil
}

func checkField(kind, field string) error {
	extra, special := selectable[kind]
	clustered := kind == "Node" || kind == "Namespace"
	switch {
	case field == "metadata.name", field == "metadata.namespace" && !clustered,
		slices.Contains(extra, field):
		return nil
	case special:
		return fmt.Errorf("field label not supported: %s", field)
	}
	return fmt.Errorf(
		"%q is not a known field selector: only \"metadata.name\", \"metadata.namespace\"", field)
}

var errNoTerm = errors.New("no term of a field selector")

func parseFieldTerm(term string) (fieldTerm, error) {
	for i := 0; i < len(term); i++ {
		rest := term[i:]
		switch {
		case rest[0] == '\\':
			i++
			continue
		case strings.HasPrefix(rest, "!="):
			value, err := unescapeField(rest[2:])
			return fieldTerm{term[:i], value, true}, err
		case strings.HasPrefix(rest, "=="):
			value, err := unescapeField(rest[2:])
			return fieldTerm{term[:i], value, false}, err
		case rest[0] == '=':
			value, err := unescapeField(rest[1:])
			return fieldTerm{term[:i], value, false}, err
		}
	}
	return fieldTerm{}, errNoTerm
}

// splitUnescaped splits a selector at the commas that no backslash escapes.
func splitUnescaped(text string) []string {
	var terms []string
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case ',':
			terms = append(terms, text[start:i])
			start = i + 1
		}
	}
	return append(terms, text[start:])
}

func unescapeField(value string) (string, error) {
	var out strings.Builder
	escaped := false
	for _, r := range value {
		switch {
		case escaped && !strings.ContainsRune(`\,=`, r):
			return "", fmt.Errorf(`invalid field selector: invalid escape sequence: \%c`, r)
		case escaped:
			escaped = false
			out.WriteRune(r)
		case r == '\\':
			escaped = true
		case r == ',' || r == '=':
			return "", fmt.Errorf("invalid field selector: unescaped character in value: %d", r)
		default:
			out.WriteRune(r)
		}
	}
	if escaped {
		return "", errors.New(`invalid field selector: invalid escape sequence: \`)
	}
	return out.String(), nil
}

// Matches reports whether an object's fields satisfy the selector.
func (s FieldSelector) Matches(object map[string]any) bool {
	for _, t := range s.terms {
		if (fieldValue(s.kind, t.field, object) == t.value) == t.not {
			return false
		}
	}
	return true
}

// Name returns the name that the selector requires, or "" if it requires none.
func (s FieldSelector) Name() string {
	for _, t := range s.terms {
		if t.field == "metadata.name" && !t.not {
			return t.value
		}
	}
	return ""
}

func fieldValue(kind, field string, object map[string]any) string {
	path := strings.Split(field, ".")
	switch {
	case field == "status.podIPs":
		path = []string{"status", "podIP"}
	case kind == "Event" && field == "source":
		component := Text(object, "source", "component")
		if component != "" {
			return component
		}
		path = []string{"reportingComponent"}
	}
	switch value := At(object, path...).(type) {
	case string:
		return value
	case bool:
		return strconv.FormatBool(value)
	case int64:
		return strconv.FormatInt(value, 10)
	}
	switch field {
	case "spec.unschedulable", "spec.hostNetwork":
		return "false"
	case "status.replicas":
		return "0"
	}
	return ""
}
