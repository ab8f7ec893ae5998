package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestWorkloadsScale(t *testing.T) {
	srv, c := wiretest.StartWithPods(t)
	_, err := srv.Create(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},
		"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"x"}]}}}}`)
	require.NoError(t, err)
	const path = "/apis/apps/v1/namespaces/default/deployments/web"
	scale := c.Get(path + "/scale").Is(200)
	require.Equal(t, "autoscaling/v1", scale.At("apiVersion"))
	require.EqualValues(t, 2, scale.At("spec", "replicas"))
	require.Equal(t, "app=web", scale.At("status", "selector"))
	require.EqualValues(t, 3, c.With("Content-Type", wiretest.MergePatch).Do("PATCH", path+"/scale",
		`{"spec":{"replicas":3}}`).Is(200).At("spec", "replicas"))
	require.EqualValues(t, 4, c.With("Content-Type", wiretest.JSONPatchType).Do("PATCH", path+"/scale",
		`[{"op":"replace","path":"/spec/replicas","value":4}]`).Is(200).At("spec", "replicas"))
	require.EqualValues(t, 5, c.Do("PUT", path+"/scale",
		`{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"web"},"spec":{"replicas":5}}`).Is(200).At("spec", "replicas"))
	require.EqualValues(t, 5, c.Get(path).At("spec", "replicas"))
	require.Contains(t, c.With("Content-Type", wiretest.MergePatch).Do("PATCH", path+"/scale",
		`{"spec":{"replicas":-1}}`).Is(422).At("message"), "must be greater than or equal to 0")
	c.Do("PUT", path+"/scale", string(scale.Body)).Is(409)
	c.Get(path + "/ephemeralcontainers").Is(404)
	require.Equal(t, "1", c.With("Content-Type", wiretest.MergePatch).Do("PATCH", path+"/status",
		`{"metadata":{"annotations":{"a":"1"}},"spec":{"replicas":9},"status":{"replicas":1}}`).Is(200).At("metadata",
		"annotations", "a"))
	require.EqualValues(t, 5, c.Get(path).At("spec", "replicas"), "status does not touch the spec")
}
