package apiserver_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestTheOpenAPIDocumentsDescribeEachKind(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	documents := map[string]*wiretest.Answer{}
	for name, entry := range c.Get("/openapi/v3").Is(200).At("paths").(map[string]any) {
		address := wiretest.Follow(entry, "serverRelativeURL").(string)
		require.Regexp(t, `^/openapi/v3/`+regexp.QuoteMeta(name)+`\?hash=[0-9A-F]{128}$`, address)
		documents[name] = c.Get(address).Is(200)
	}
	for _, kind := range api.Kinds {
		name, root := "apis/"+kind.APIVersion(), "/apis/"+kind.APIVersion()+"/"
		if kind.Group == "" {
			name, root = "api/"+kind.Version, "/api/"+kind.Version+"/"
		}
		if kind.Namespaced {
			root += "namespaces/{namespace}/"
		}
		document := documents[name]
		require.NotNil(t, document, name)
		patch := document.At("paths", root+kind.Resource+"/{name}", "patch")
		require.Equal(t, map[string]any{"group": kind.Group, "version": kind.Version, "kind": kind.Name},
			wiretest.Follow(patch, "x-kubernetes-group-version-kind"))
		require.Equal(t, "fieldValidation", wiretest.Follow(patch, "parameters", 2, "name"))
		require.Contains(t, wiretest.Follow(patch, "requestBody", "content"), "application/apply-patch+yaml")
		described := 0
		for _, schema := range document.At("components", "schemas").(map[string]any) {
			if wiretest.Follow(schema, "x-kubernetes-group-version-kind", 0, "kind") == kind.Name {
				described++
			}
		}
		require.Equal(t, 1, described, kind.Name)
	}
}

func TestEachReferenceInAnOpenAPIDocumentHasItsSchema(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	references := regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]+)"`)
	for _, path := range []string{"/openapi/v3/api/v1", "/openapi/v3/apis/apps/v1"} {
		document := c.Get(path).Is(200)
		found, schemas := references.FindAllSubmatch(document.Body, -1), document.At("components", "schemas")
		require.NotEmpty(t, found)
		for _, reference := range found {
			require.NotNil(t, wiretest.Follow(schemas, string(reference[1])), "%s", reference[1])
		}
	}
	c.Get("/openapi/v3/apis/example.com/v1").Is(404)
	c.Do("POST", "/openapi/v3", "{}").Is(404)
}

func TestAnOpenAPISchemaSaysWhatAFieldIs(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	document := c.Get("/openapi/v3/apis/apps/v1").Is(200)
	field := func(kind, name string) any {
		return document.At("components", "schemas", "io.k8s."+kind, "properties", name)
	}
	for name, row := range map[string]struct{ kind, field, want string }{
		"a number":             {"api.apps.v1.DeploymentSpec", "replicas", `{"type":"integer","format":"int32"}`},
		"a struct":             {"api.apps.v1.DeploymentSpec", "selector", `{"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"}]}`},
		"a struct always sent": {"api.core.v1.PodTemplateSpec", "metadata", `{"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}],"default":{}}`},
		"an enumeration":       {"api.apps.v1.DeploymentStrategy", "type", `{"type":"string","enum":["Recreate","RollingUpdate"]}`},
		"a map":                {"apimachinery.pkg.apis.meta.v1.ObjectMeta", "labels", `{"type":"object","additionalProperties":{"type":"string"}}`},
		"a list with keys": {"api.core.v1.PodSpec", "imagePullSecrets", `{"type":"array","items":{"allOf":[{"$ref":"#/components/schemas/io.k8s.api.core.v1.LocalObjectReference"}]},
			"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"x-kubernetes-patch-strategy":"merge","x-kubernetes-patch-merge-key":"name"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := field(row.kind, row.field)
			require.JSONEq(t, row.want, string(api.Encode(got)))
		})
	}
}

// kubectl apply refuses kinds whose document is missing.
func TestACustomResourceHasAnOpenAPIDocument(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	c.Do("POST", definitions, gadgetDefinition).Is(201)
	for _, test := range []struct{ kind, document, collection string }{
		{"CustomResourceDefinition", "apis/apiextensions.k8s.io/v1", definitions},
		{"Gadget", "apis/example.com/v1", "/apis/example.com/v1/gadgets"},
	} {
		document := c.Get("/openapi/v3/" + test.document).Is(200)
		served := document.At("paths", test.collection+"/{name}", "patch", "x-kubernetes-group-version-kind")
		require.Equal(t, test.kind, wiretest.Follow(served, "kind"))
	}
}
