package object

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// read decodes the body of a POST or PUT. The body may omit kind and apiVersion.
func (w *Write) read(body []byte) (map[string]any, error) {
	fault := headFault(body)
	if fault != "" {
		return nil, badRequest(
			"the object provided is unrecognized (must be of type %s): couldn't get version/kind; "+
				"json parse error: %s (%s)",
			w.Kind,
			fault,
			excerpt(body),
		)
	}
	head, _ := decodeValue(body)
	apiVersion, kind := cmp.Or(Text(head, "apiVersion"), w.APIVersion), cmp.Or(Text(head, "kind"),
		w.Kind)
	if err := w.handles(apiVersion, kind); err != nil {
		version := apiVersion[strings.LastIndexByte(apiVersion, '/')+1:]
		return nil, badRequest("%s in version %q cannot be handled as a %s: %v", kind, version,
			w.Kind, err)
	}
	object, problems, err := w.kind().Read(body)
	if err == nil && len(problems) > 0 && w.FieldValidation == "Strict" {
		err = errors.New(StrictError(problems))
	}
	if err != nil {
		return nil, badRequest(
			"%s in version %q cannot be handled as a %s: %v",
			w.Kind,
			w.APIVersion[strings.LastIndexByte(w.APIVersion, '/')+1:],
			w.Kind,
			err,
		)
	}
	w.warn(problems)
	object["apiVersion"], object["kind"] = w.APIVersion, w.Kind
	Default(w.APIVersion, w.Kind, object)
	return object, nil
}

func (w *Write) warn(problems []string) {
	if w.FieldValidation != "Ignore" {
		w.Warnings = append(w.Warnings, problems...)
	}
}

// handles returns the server's error for an object of another kind or version, or nil.
func (w *Write) handles(apiVersion, kind string) error {
	group, _, _ := strings.Cut(w.group(), ".")
	switch {
	case apiVersion == w.APIVersion && kind == w.Kind:
		return nil
	case apiVersion == "v1" && (coreKinds[kind] || Lookup(apiVersion, kind) != nil),
		Lookup(apiVersion, kind) != nil:
		return fmt.Errorf(
			"converting (%s.%s) to (%s.%s): unknown conversion",
			apiVersion[strings.LastIndexByte(apiVersion, '/')+1:],
			kind,
			cmp.Or(group, "core"),
			w.Kind,
		)
	}
	return fmt.Errorf(
		"no kind %q is registered for version %q in scheme \"pkg/runtime/scheme.go:111\"", kind,
		apiVersion,
	)
}

// coreKinds are the kinds of the core group that the server knows and the schema omits.
var coreKinds = map[string]bool{
	"Service": true, "Endpoints": true, "PersistentVolume": true, "PersistentVolumeClaim": true,
	"PodTemplate": true, "ReplicationController": true, "LimitRange": true, "ResourceQuota": true,
	"Binding": true, "ComponentStatus": true,
}

// headFault returns why the kind and apiVersion of a body cannot be read, or "".
func headFault(body []byte) string {
	const target = `struct { APIVersion string "json:\"apiVersion,omitempty\""; ` +
		`Kind string "json:\"kind,omitempty\"" }`
	value, err := decodeValue(body)
	if err != nil {
		return err.Error()
	}
	switch head := value.(type) {
	case nil:
	case map[string]any:
		for _, name := range []string{"apiVersion", "kind"} {
			if _, ok := head[name].(string); !ok && head[name] != nil {
				return "json: cannot unmarshal " + jsonKind(head[name]) +
					" into Go struct field ." + name + " of " +
					"type string"
			}
		}
	default:
		return "json: cannot unmarshal " + jsonKind(value) + " into Go value of type " + target
	}
	return ""
}

// excerpt returns the beginning of a body, in hexadecimal if it does not look like JSON.
func excerpt(body []byte) string {
	trimmed := strings.TrimSpace(string(body))
	switch {
	case trimmed == "":
		return "<empty>"
	case !strings.HasPrefix(trimmed, "{"):
		shown := body[:min(len(body), 30)]
		if len(body) > 30 {
			return fmt.Sprintf("%x ...", shown)
		}
		return fmt.Sprintf("%x", shown)
	case len(body) > 30:
		return string(body[:30]) + " ..."
	}
	return string(body)
}
