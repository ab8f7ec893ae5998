package apiserver

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/patch"
)

// body returns the request's object as JSON.
func (c *call) body() ([]byte, error) {
	data, err := c.rawBody()
	if err != nil {
		return nil, err
	}
	mediaType, _, _ := strings.Cut(c.http.Header.Get("Content-Type"), ";")
	switch strings.TrimSpace(mediaType) {
	case "", "application/json":
		return data, nil
	case "application/yaml":
		converted, err := patch.YAMLToJSON(data)
		var syntax *patch.SyntaxError
		if errors.As(err, &syntax) {
			return nil, c.unrecognized(fmt.Sprintf("yaml: line %d: %s", syntax.Line,
				syntax.Reason), data)
		}
		if err != nil {
			return nil, api.BadRequest("the object provided is unrecognized (must be of type " +
				c.bodyKind() + "): " + err.Error())
		}
		return converted, nil
	case "application/vnd.kubernetes.protobuf":
		return c.fromProtobuf(data)
	}
	return nil, api.ErrContentType
}

// fromProtobuf returns an object in protobuf as JSON.
func (c *call) fromProtobuf(data []byte) ([]byte, error) {
	isDelete := c.http.Method == http.MethodDelete
	if isDelete && len(data) == 0 {
		return nil, nil // the options are in the query
	}
	converted, err := object.FromProtobuf(data)
	var malformed *object.ProtobufError
	switch {
	case !errors.As(err, &malformed):
	case isDelete:
		return nil, api.BadRequest(malformed.Reason)
	case malformed.Kind == "":
		return nil, c.unrecognized(malformed.Reason, data)
	default:
		version := malformed.APIVersion[strings.LastIndexByte(malformed.APIVersion, '/')+1:]
		return nil, api.BadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %s",
			malformed.Kind, version, c.bodyKind(), malformed.Reason))
	}
	if errors.Is(err, object.ErrNoProtobuf) {
		return nil, api.ErrContentType
	}
	return converted, err
}

// unrecognized returns the error for a body whose encoding is malformed.
func (c *call) unrecognized(reason string, data []byte) error {
	excerpt := "<empty>"
	if len(data) > 0 {
		excerpt = fmt.Sprintf("%x", data[:min(len(data), 30)])
	}
	return api.BadRequest(fmt.Sprintf(
		"the object provided is unrecognized (must be of type %s): %s (%s)", c.bodyKind(), reason,
		excerpt))
}

// bodyKind returns the kind of object that the request's body must be.
func (c *call) bodyKind() string {
	switch {
	case c.subresource == "scale":
		return "Scale"
	case c.subresource == "eviction":
		return "Eviction"
	case c.subresource == "token":
		return "TokenRequest"
	case c.kind != nil:
		return c.kind.Name
	case c.resourceName == "selfsubjectaccessreviews":
		return "SelfSubjectAccessReview"
	case c.resourceName == "selfsubjectrulesreviews":
		return "SelfSubjectRulesReview"
	}
	return "SelfSubjectReview"
}

// rawBody returns the request's body.
func (c *call) rawBody() ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(nil, c.http.Body, api.MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, api.ErrTooLarge
	}
	if err != nil {
		return nil, api.BadRequest(err.Error())
	}
	return data, nil
}

// writeOptions checks the query of a write. kind is CreateOptions, UpdateOptions or PatchOptions.
func (c *call) writeOptions(kind string) (dryRun bool, err error) {
	var errs []object.FieldError
	add := func(reason, field, message string) {
		errs = append(errs, object.FieldError{Reason: reason, Field: field, Message: message})
	}
	manager := c.query.Get("fieldManager")
	if kind == "PatchOptions" {
		if c.patchType() == applyPatch {
			if manager == "" {
				add("FieldValueRequired", "fieldManager",
					"Required value: is required for apply patch")
			}
		} else if c.query.Has("force") {
			add("FieldValueForbidden", "force",
				"Forbidden: may not be specified for non-apply patch")
		}
	}
	if len(manager) > 128 {
		add("FieldValueTooLong", "fieldManager", "Too long: may not be more than 128 bytes")
	}
	for i, r := range manager {
		if !unicode.IsPrint(r) {
			add("FieldValueInvalid", "fieldManager",
				fmt.Sprintf("Invalid value: %q: invalid character %U (at position %d)", manager, r,
					i))
			break
		}
	}
	dryRun, bad := checkDryRun(c.query["dryRun"])
	errs = append(errs, bad...)
	validation := c.query.Get("fieldValidation")
	switch validation {
	case "", "Ignore", "Strict", "Warn":
	default:
		add("FieldValueNotSupported", "fieldValidation",
			"Unsupported value: "+strconv.Quote(validation)+
				`: supported values: "", "Ignore", "Strict", "Warn"`)
	}
	return dryRun, api.InvalidOptions(kind, errs)
}

// checkDryRun reads the values of dryRun. The only valid value is All.
func checkDryRun(values []string) (dryRun bool, errs []object.FieldError) {
	for _, value := range values {
		if value != "All" {
			quoted := make([]string, len(values))
			for i, value := range values {
				quoted[i] = strconv.Quote(value)
			}
			message := "Unsupported value: [" + strings.Join(quoted, ",") +
				`]: supported values: "All"`
			return true, []object.FieldError{{Reason: "FieldValueNotSupported", Field: "dryRun",
				Message: message}}
		}
	}
	return len(values) > 0, nil
}
