package apiserver

import (
	"crypto/sha512"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

const openAPIPath = "/openapi/v3"

// openAPI serves the OpenAPI v3 documents: one of each group and version, and the list of them.
// They have the paths of objects and collections, with the parameters that kubectl looks for, and
// the schemas without descriptions.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
func (c *call) openAPI(w http.ResponseWriter) {
	c.form = form{mediaType: "application/json"}
	asked := strings.Trim(strings.TrimPrefix(c.http.URL.Path, openAPIPath), "/")
	documents := map[string]any{}
	for _, name := range c.server.openAPIDocuments() {
		if asked == name {
			c.write(w, http.StatusOK, c.server.openAPIDocument(name))
			return
		}
		documents[name] = map[string]any{"serverRelativeURL": fmt.Sprintf("%s/%s?hash=%X",
			openAPIPath, name, sha512.Sum512(c.server.openAPIDocument(name)))}
	}
	if asked != "" {
		api.PageNotFound(w)
		return
	}
	c.write(w, http.StatusOK, api.Encode(map[string]any{"paths": documents}))
}

// openAPIDocuments returns the names of the documents, such as "api/v1" and "apis/apps/v1".
func (s *Server) openAPIDocuments() (names []string) {
	for _, k := range s.Store.Kinds() {
		name := strings.TrimPrefix(collectionPath(k), "/")
		name = strings.TrimSuffix(name, "/"+k.Resource)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// collectionPath returns the path of a kind's collection in all namespaces.
func collectionPath(k *api.Kind) string {
	if k.Group == "" {
		return "/api/" + k.Version + "/" + k.Resource
	}
	return "/apis/" + k.APIVersion() + "/" + k.Resource
}

// openAPIDocument encodes one document.
func (s *Server) openAPIDocument(name string) []byte {
	paths, schemas := map[string]any{}, map[string]any{}
	for _, k := range s.Store.Kinds() {
		collection := collectionPath(k)
		root := strings.TrimSuffix(collection, "/"+k.Resource)
		if root != "/"+name {
			continue
		}
		object.Components(k.APIVersion(), k.Name, schemas)
		if k.Namespaced {
			paths[collection] = map[string]any{"get": openAPIOperation(k, "list")}
			collection = root + "/namespaces/{namespace}/" + k.Resource
		}
		paths[collection] = map[string]any{
			"get":    openAPIOperation(k, "list"),
			"post":   openAPIOperation(k, "post", "dryRun", "fieldManager", "fieldValidation"),
			"delete": openAPIOperation(k, "deletecollection", "dryRun"),
		}
		change := openAPIOperation(k, "patch", "dryRun", "fieldManager", "fieldValidation", "force")
		change["requestBody"] = openAPIPatch(k)
		paths[collection+"/{name}"] = map[string]any{
			"get":    openAPIOperation(k, "get"),
			"put":    openAPIOperation(k, "put", "dryRun", "fieldManager", "fieldValidation"),
			"patch":  change,
			"delete": openAPIOperation(k, "delete", "dryRun"),
		}
	}
	return api.Encode(map[string]any{
		"openapi":    "3.0.0",
		"info":       map[string]any{"title": "Kubernetes", "version": s.Version.String()},
		"paths":      paths,
		"components": map[string]any{"schemas": schemas},
	})
}

// openAPIOperation describes one method of a path, and the parameters of its query.
func openAPIOperation(k *api.Kind, action string, parameters ...string) map[string]any {
	described := []any{}
	for _, name := range parameters {
		kind := "string"
		if name == "force" {
			kind = "boolean"
		}
		described = append(described, map[string]any{"name": name, "in": "query",
			"schema": map[string]any{"type": kind, "uniqueItems": true}})
	}
	return map[string]any{
		"parameters":          described,
		"responses":           map[string]any{"200": map[string]any{"description": "OK"}},
		"x-kubernetes-action": action,
		"x-kubernetes-group-version-kind": map[string]any{"group": k.Group, "kind": k.Name,
			"version": k.Version},
	}
}

// openAPIPatch describes the body of a PATCH. Only the kinds with a schema have strategic patches.
func openAPIPatch(k *api.Kind) map[string]any {
	content := map[string]any{}
	for _, mediaType := range []string{applyPatch, jsonPatch, mergePatch, strategicPatch} {
		if mediaType == strategicPatch && object.Component(k.APIVersion(), k.Name) == "" {
			continue
		}
		content[mediaType] = map[string]any{}
	}
	return map[string]any{"content": content, "required": true}
}
