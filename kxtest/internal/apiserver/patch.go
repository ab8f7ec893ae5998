package apiserver

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/patch"
)

const (
	applyPatch     = "application/apply-patch+yaml"
	jsonPatch      = "application/json-patch+json"
	mergePatch     = "application/merge-patch+json"
	strategicPatch = "application/strategic-merge-patch+json"
)

// patchType returns the media type of a PATCH, or "".
func (c *call) patchType() string {
	if c.http.Method != http.MethodPatch {
		return ""
	}
	mediaType, _, _ := strings.Cut(c.http.Header.Get("Content-Type"), ";")
	return strings.TrimSpace(mediaType)
}

// patch applies a patch of one of the four kinds. A server-side apply may create the object.
func (c *call) patch(w http.ResponseWriter) error {
	kind := c.patchType()
	switch kind {
	case applyPatch, jsonPatch, mergePatch, strategicPatch:
	default:
		return api.ErrPatchType
	}
	if kind == strategicPatch && c.kind.Custom != nil {
		return errCustomPatchType
	}
	body, err := c.rawBody()
	if err != nil {
		return err
	}
	dryRun, err := c.writeOptions("PatchOptions")
	if err != nil {
		return err
	}
	if kind == applyPatch && c.kind.Namespaced && c.subresource == "" &&
		c.server.Store.Get(c.kind, c.namespace, c.name) == nil {
		if err := c.server.Store.CheckNamespace(c.kind, c.namespace, c.name); err != nil {
			return err
		}
	}
	return c.modify(w, dryRun, func(engine *object.Write, current map[string]any) (map[string]any,
		error) {
		document := body
		if kind == applyPatch {
			if document, err = applyConfiguration(body); err != nil {
				return nil, err
			}
		}
		if c.subresource == "scale" {
			return patchScale(c.kind, current, engine, kind, document)
		}
		return engine.Patch(current, kind, document)
	})
}

// applyConfiguration returns the body of a server-side apply as JSON.
func applyConfiguration(body []byte) ([]byte, error) {
	converted, err := patch.YAMLToJSON(body)
	var syntax *patch.SyntaxError
	if errors.As(err, &syntax) {
		return nil, api.BadRequest(fmt.Sprintf(
			"error decoding YAML: error converting YAML to JSON: yaml: line %d: %s",
			syntax.Line, syntax.Reason))
	}
	if err != nil {
		return nil, api.BadRequest("error decoding YAML: error converting YAML to JSON: " +
			err.Error())
	}
	return converted, nil
}
