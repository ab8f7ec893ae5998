package kubelet_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAPodRunsOnANodeWithTheLabelsOfItsNodeSelector(t *testing.T) {
	c := wiretest.NewClient(t, wiretest.StartWeb(t).Config())
	for name, selector := range map[string]string{"fits": `{"kubernetes.io/os":"linux"}`, "none": `{"kubernetes.io/os":"linux","disk":"ssd"}`} {
		c.Do("POST", wiretest.Pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`"},"spec":{"nodeSelector":`+selector+`,
			"containers":[{"name":"c","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","99"]}]}}`).Is(201)
	}
	c.Eventually(wiretest.Pods+"/fits", func(a *wiretest.Answer) bool { return a.At("status", "phase") == "Running" })
	c.Eventually(wiretest.Pods+"/none", func(a *wiretest.Answer) bool {
		return a.At("status", "conditions", 0, "reason") == "Unschedulable"
	})
	pod := c.Get(wiretest.Pods + "/none")
	require.Equal(t, "Pending", pod.At("status", "phase"))
	require.Nil(t, pod.At("spec", "nodeName"))
	require.Equal(t, "False", pod.At("status", "conditions", 0, "status"))
}
