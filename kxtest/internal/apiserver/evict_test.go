package apiserver_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

const (
	budgets       = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
	runningStatus = `"status":{"phase":"Running","conditions":[{"type":"Ready","status":%q}]}`
)

// guard creates a pod that no node runs, and a budget with this spec and status.
func guard(t *testing.T, srv *kxtest.Server, ready, spec, status string) {
	t.Helper()
	_, err := srv.Create(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{"app":"web"}},"spec":{"schedulerName":"none",
		"containers":[{"name":"c","image":"x"}]},`+runningStatus+`}`, ready))
	require.NoError(t, err)
	_, err = srv.Create(`{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"app":"web"}},` + spec + `},"status":` + status + `}`)
	require.NoError(t, err)
}

const evictWeb = `{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"web"}}`

// The messages are those of a real server. The conformance suite has those that do not race the
// disruption controller.
func TestABudgetWithoutAStatusAsksToWait(t *testing.T) {
	srv := kxtest.Start(t)
	guard(t, srv, "True", `"minAvailable":0`, `{}`)
	c := wiretest.NewClient(t, srv.Config())
	refused := c.Do("POST", wiretest.Pods+"/web/eviction", evictWeb).Is(429)
	require.Equal(t, "10", refused.Head.Get("Retry-After"))
	require.Equal(t, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Cannot evict pod as it would violate the pod's disruption budget.",`+
		`"reason":"TooManyRequests","details":{"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web is still being processed by the server."}],`+
		`"retryAfterSeconds":10},"code":429}`+"\n", string(refused.Body))
	c.Get(wiretest.Pods + "/web").Is(200)
}

func TestAPodThatIsNotReadyDependsOnTheBudgetsPolicy(t *testing.T) {
	for sentence, tc := range map[string]struct {
		spec, status string
		code         int
	}{
		"by default, while too few pods are healthy": {`"minAvailable":1`, `{"observedGeneration":1,"desiredHealthy":1}`, 429},
		"by default, while enough pods are healthy":  {`"minAvailable":1`, `{"observedGeneration":1,"desiredHealthy":1,"currentHealthy":1}`, 201},
		"with AlwaysAllow":                           {`"minAvailable":1,"unhealthyPodEvictionPolicy":"AlwaysAllow"`, `{"observedGeneration":1,"desiredHealthy":1}`, 201},
	} {
		t.Run(sentence, func(t *testing.T) {
			srv := kxtest.Start(t)
			guard(t, srv, "False", tc.spec, tc.status)
			c := wiretest.NewClient(t, srv.Config())
			c.Do("POST", wiretest.Pods+"/web/eviction", evictWeb).Is(tc.code)
		})
	}
}

func TestAnEvictionTakesOneDisruptionAndNamesThePod(t *testing.T) {
	srv := kxtest.Start(t)
	guard(t, srv, "True", `"minAvailable":0`, `{"observedGeneration":1,"disruptionsAllowed":1,"currentHealthy":1,"expectedPods":1}`)
	c := wiretest.NewClient(t, srv.Config())
	require.Equal(t, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}`+"\n",
		string(c.Do("POST", wiretest.Pods+"/web/eviction?dryRun=All", evictWeb).Is(201).Body))
	require.EqualValues(t, 1, c.Get(budgets+"/web").At("status", "disruptionsAllowed"))
	c.Do("POST", wiretest.Pods+"/web/eviction", evictWeb).Is(201)
	budget := c.Get(budgets + "/web")
	require.EqualValues(t, 0, budget.At("status", "disruptionsAllowed"))
	require.NotEmpty(t, budget.At("status", "disruptedPods", "web"))
	c.Get(wiretest.Pods + "/web").Is(404)
}

func TestTheTableOfDisruptionBudgets(t *testing.T) {
	srv := kxtest.Start(t)
	guard(t, srv, "True", `"minAvailable":"50%"`, `{"disruptionsAllowed":3}`)
	c := wiretest.NewClient(t, srv.Config()).With("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1")
	cells := c.Get(budgets + "/web").Is(200).At("rows").([]any)[0].(map[string]any)["cells"].([]any)
	require.Equal(t, []any{"web", "50%", "N/A", float64(3)}, cells[:4])
}
