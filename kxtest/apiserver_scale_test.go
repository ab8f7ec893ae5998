package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWorkloadsScale(t *testing.T) {
	srv, c := seeded(t)
	_, err := srv.Create(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},
		"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"x"}]}}}}`)
	require.NoError(t, err)
	const path = "/apis/apps/v1/namespaces/default/deployments/web"
	scale := c.get(path + "/scale").is(200)
	require.Equal(t, "autoscaling/v1", scale.at("apiVersion"))
	require.EqualValues(t, 2, scale.at("spec", "replicas"))
	require.Equal(t, "app=web", scale.at("status", "selector"))
	require.EqualValues(t, 3, c.with("Content-Type", mergeType).do("PATCH", path+"/scale",
		`{"spec":{"replicas":3}}`).is(200).at("spec", "replicas"))
	require.EqualValues(t, 4, c.with("Content-Type", jsonPatchType).do("PATCH", path+"/scale",
		`[{"op":"replace","path":"/spec/replicas","value":4}]`).is(200).at("spec", "replicas"))
	require.EqualValues(t, 5, c.do("PUT", path+"/scale",
		`{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"web"},"spec":{"replicas":5}}`).is(200).at("spec", "replicas"))
	require.EqualValues(t, 5, c.get(path).at("spec", "replicas"))
	require.Contains(t, c.with("Content-Type", mergeType).do("PATCH", path+"/scale",
		`{"spec":{"replicas":-1}}`).is(422).at("message"), "must be greater than or equal to 0")
	c.do("PUT", path+"/scale", string(scale.body)).is(409)
	c.get(path + "/ephemeralcontainers").is(404)
	require.Equal(t, "1", c.with("Content-Type", mergeType).do("PATCH", path+"/status",
		`{"metadata":{"annotations":{"a":"1"}},"spec":{"replicas":9},"status":{"replicas":1}}`).is(200).at("metadata",
		"annotations", "a"))
	require.EqualValues(t, 5, c.get(path).at("spec", "replicas"), "status does not touch the spec")
}
