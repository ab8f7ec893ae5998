package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

const gadgetDefinition = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gadgets.example.com"},"spec":{"group":"example.com",
	"scope":"Cluster","names":{"plural":"gadgets","kind":"Gadget"},"versions":[
	{"name":"v1beta1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}},{"name":"v1alpha1","served":false,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}},
	{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}},"additionalPrinterColumns":[
	{"name":"Second","type":"string","jsonPath":".list[1]"},{"name":"Quoted","type":"string","jsonPath":".map['a']"},{"name":"Whole","type":"string","jsonPath":".map"},
	{"name":"Bad","type":"string","jsonPath":".map[a"},{"name":"Beyond","type":"integer","jsonPath":".list[7].x"}]}]}}`

func TestAllVersionsOfACustomResourceAreOneObject(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	c.Do("POST", definitions, gadgetDefinition).Is(201)
	require.Equal(t, "v1", c.Get("/apis/example.com").Is(200).At("preferredVersion", "version"))
	require.Len(t, c.Get("/apis/example.com").At("versions"), 2)
	c.Get("/apis/example.com/v1alpha1").Is(404)
	c.Do("POST", "/apis/example.com/v1/gadgets", `{"apiVersion":"example.com/v1","kind":"Gadget","metadata":{"name":"a"},"list":[1,"two"],"map":{"a":"b"}}`).Is(201)
	require.Equal(t, "example.com/v1beta1", c.Get("/apis/example.com/v1beta1/gadgets/a").Is(200).At("apiVersion"))
	table := c.With("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1").Get("/apis/example.com/v1/gadgets").Is(200)
	require.Equal(t, []any{"a", "two", "b", `{"a":"b"}`, nil, nil}, table.At("rows", 0, "cells"))
	aged := c.With("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1").Get("/apis/example.com/v1beta1/gadgets").Is(200)
	require.Equal(t, "Age", aged.At("columnDefinitions", 1, "name"))

	c.Do("DELETE", definitions+"/gadgets.example.com", "").Is(200)
	require.Equal(t, "404 page not found\n", string(c.Get("/apis/example.com/v1/gadgets").Is(404).Body))
	c.Do("POST", definitions, gadgetDefinition).Is(201)
	require.Empty(t, c.Get("/apis/example.com/v1/gadgets").Is(200).At("items"))
}

func TestADefinitionIsChecked(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	invalid := func(definition string) string {
		message, _ := c.Do("POST", definitions, definition).Is(422).At("message").(string)
		return message
	}
	const head = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gadgets.example.com"},"spec":{"group":"example.com","scope":"Cluster","names":{"plural":"gadgets","kind":"Gadget"},"versions":`
	require.Contains(t, invalid(head+`[{"name":"v1","served":true,"storage":true}]}}`), "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required")
	require.Contains(t, invalid(head+`[{"name":"v1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}`), "must have exactly one version marked as storage version")
}
