package subresource_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestAnEvictionsOptionsAreInItsDeleteOptions(t *testing.T) {
	server := start(t)
	eviction := subresource.Eviction(podsOf(t, server))
	require.NoError(t, eviction.Evict(t.Context(), "shell", resources.GracePeriod(5), resources.DryRun(), subresource.RequestTimeout(time.Minute)))
	sent := last(t, server)
	require.Equal(t, http.MethodPost, sent.Method)
	require.Equal(t, "/api/v1/namespaces/default/pods/shell/eviction", sent.Path)
	require.Equal(t, "dryRun=All", sent.Query.Encode())
	require.JSONEq(t, `{"kind":"Eviction","apiVersion":"policy/v1","metadata":{"name":"shell","namespace":"default"},
		"deleteOptions":{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":5,"dryRun":["All"]}}`, string(sent.Body))

	err := eviction.Evict(t.Context(), "shell", resources.IfUID("u"), resources.IfResourceVersion("1"))
	require.ErrorIs(t, err, transport.ErrConflict)
	require.JSONEq(t, `{"kind":"Eviction","apiVersion":"policy/v1","metadata":{"name":"shell","namespace":"default"},
		"deleteOptions":{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"u","resourceVersion":"1"}}}`, string(last(t, server).Body))

	require.ErrorIs(t, eviction.Evict(t.Context(), "shell", subresource.Namespace("edge")), transport.ErrNotFound)
	require.JSONEq(t, `{"kind":"Eviction","apiVersion":"policy/v1","metadata":{"name":"shell","namespace":"edge"}}`, string(last(t, server).Body))

	server.ForgetRequests()
	err = eviction.Evict(t.Context(), "shell", resources.GracePeriod(-1))
	require.ErrorAs(t, err, new(*resources.OptionError))
	require.Empty(t, server.Requests())
}

// refusing returns a server that answers each eviction with code and a Status with these details.
func refusing(t *testing.T, code int, message, details string) *kxtest.Server {
	t.Helper()
	server := start(t)
	header := http.Header{"Content-Type": {"application/json"}}
	if strings.Contains(details, "retryAfterSeconds") {
		header.Set("Retry-After", "10")
	}
	server.Fault(kxtest.Fault{Method: "POST", Path: "/api/v1/namespaces/*/pods/*/eviction", Times: -1, Then: kxtest.Answer(code, header,
		`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"`+message+`","details":`+details+`}`)})
	return server
}

func TestABudgetsRefusalIsAnAnswer(t *testing.T) {
	const message = "Cannot evict pod as it would violate the pod's disruption budget."
	const tooMany = "POST /k8s/clusters/c-1/api/v1/namespaces/default/pods/shell/eviction: " + message + " (429)"
	long := strings.Repeat("x", 600)
	for sentence, tc := range map[string]struct {
		details, budget, cause, text string
		retryAfter                   time.Duration
	}{
		"with the budget's numbers": {`{"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web needs 2 healthy pods and has 2 currently"}]}`,
			"web", "The disruption budget web needs 2 healthy pods and has 2 currently",
			tooMany + "; The disruption budget web needs 2 healthy pods and has 2 currently: try again once more pods are healthy", 0},
		"with a time to wait": {`{"retryAfterSeconds":10,"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web is still being processed by the server."}]}`,
			"web", "The disruption budget web is still being processed by the server.",
			tooMany + "; try again in 10s; The disruption budget web is still being processed by the server: try again once more pods are healthy", 10 * time.Second},
		"with another text": {`{"causes":[{"reason":"DisruptionBudget","message":"no\u001b[31m\nway"}]}`, "", "no\x1b[31m\nway",
			tooMany + `; no\x1b[31m\nway: try again once more pods are healthy`, 0},
		"with a long text": {`{"causes":[{"reason":"DisruptionBudget","message":"` + long + `"}]}`, "", long,
			tooMany + "; " + long[:512] + " …: try again once more pods are healthy", 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			server := refusing(t, 429, message, tc.details)
			err := subresource.Eviction(podsOf(t, server)).Evict(t.Context(), "shell")
			require.ErrorIs(t, err, subresource.ErrBudget)
			require.ErrorIs(t, err, transport.ErrTooManyRequests)
			var refused *subresource.BudgetError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tc.budget, refused.Budget)
			require.Equal(t, tc.cause, refused.Cause)
			require.Equal(t, tc.retryAfter, refused.RetryAfter)
			require.Equal(t, tc.text, err.Error())
			require.Len(t, server.Requests(), 1, "it is not retried")
		})
	}
}

func TestOtherRefusalsOfAnEvictionAreNotABudgets(t *testing.T) {
	for sentence, tc := range map[string]struct {
		code            int
		message, advice string
		is              error
	}{
		"a busy server":       {429, "Too many requests", "", transport.ErrTooManyRequests},
		"several budgets":     {500, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.", "let one budget alone select the pod", transport.ErrInternal},
		"an internal error":   {500, "etcd is gone", "", transport.ErrInternal},
		"a missing pod":       {404, "not found", "", transport.ErrNotFound},
		"a forbidden request": {403, "no", "", transport.ErrForbidden},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := subresource.Eviction(podsOf(t, refusing(t, tc.code, tc.message, "null"))).Evict(t.Context(), "shell")
			require.ErrorIs(t, err, tc.is)
			require.NotErrorIs(t, err, subresource.ErrBudget)
			var refused *subresource.RefusedError
			require.Equal(t, tc.advice != "", errors.As(err, &refused))
			require.ErrorContains(t, err, tc.advice)
		})
	}
}
