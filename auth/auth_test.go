package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

// connect returns a client that the test closes.
func connect(t *testing.T, cfg *kubeconfig.Config) *transport.Client {
	t.Helper()
	client, err := transport.New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// sandbox starts a server below a path, like an API server behind a proxy.
func sandbox(t *testing.T, opts ...kxtest.Option) *kxtest.Server {
	return kxtest.Start(t, append(opts, kxtest.WithPathPrefix("/k8s/clusters/c-1"))...)
}

// request is a review that a server received.
type request struct {
	Method, Path string
	Body         jsontext.Value
}

// answering is a server that says the same of all reviews, and keeps what it was asked.
type answering struct {
	mu       sync.Mutex
	requests []request
}

func answer(t *testing.T, status string) (*transport.Client, *answering) {
	kept := &answering{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := request{Method: r.Method, Path: r.URL.Path}
		if err := json.UnmarshalRead(r.Body, &asked.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		kept.mu.Lock()
		kept.requests = append(kept.requests, asked)
		kept.mu.Unlock()
		var review struct{ Kind, APIVersion jsontext.Value }
		_ = json.Unmarshal(asked.Body, &review, json.MatchCaseInsensitiveNames(true))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"kind":%s,"apiVersion":%s,"status":%s}`, review.Kind, review.APIVersion, status)
	}))
	t.Cleanup(s.Close)
	return connect(t, &kubeconfig.Config{Server: s.URL}), kept
}

func TestWhoAmIReturnsTheUserThatTheServerSees(t *testing.T) {
	srv := sandbox(t)
	cfg := srv.Config()
	cfg.Impersonate = kubeconfig.Impersonate{User: "jane", UID: "7", Groups: []string{"dev"}, Extra: map[string][]string{"scopes": {"a", "b"}}}
	user, err := auth.WhoAmI(t.Context(), connect(t, cfg))
	require.NoError(t, err)
	require.Equal(t, &auth.User{Username: "jane", UID: "7", Groups: []string{"dev", "system:authenticated"}, Extra: map[string][]string{"scopes": {"a", "b"}}}, user)
}

func TestWhoAmINamesTheVersionThatAnOldServerLacks(t *testing.T) {
	srv := sandbox(t)
	srv.Fault(kxtest.Fault{Method: "POST", Then: kxtest.Answer(404, nil, "404 page not found")})
	_, err := auth.WhoAmI(t.Context(), connect(t, srv.Config()))
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.ErrorContains(t, err, "the server does not report who you are, which needs Kubernetes 1.28 or newer: POST ")
}

func TestWhoAmIFailsForARefusedCredential(t *testing.T) {
	cfg := sandbox(t).Config()
	cfg.BearerToken = "stale"
	_, err := auth.WhoAmI(t.Context(), connect(t, cfg))
	require.ErrorIs(t, err, transport.ErrUnauthorized)
}

func TestCanISendsAllAttributes(t *testing.T) {
	for _, test := range []struct {
		ask  auth.Attributes
		want string
	}{
		{auth.Attributes{Verb: "get", Resource: "pods"}, `{"resourceAttributes":{"verb":"get","resource":"pods"}}`},
		{auth.Attributes{Verb: "patch", Group: "apps", Version: "v1", Resource: "deployments", Subresource: "scale", Namespace: "web", Name: "front"},
			`{"resourceAttributes":{"namespace":"web","verb":"patch","group":"apps","version":"v1","resource":"deployments","subresource":"scale","name":"front"}}`},
		{auth.Attributes{Verb: "get", Path: "/metrics", Namespace: "web"}, `{"nonResourceAttributes":{"path":"/metrics","verb":"get"}}`},
	} {
		client, kept := answer(t, `{"allowed":false,"denied":true,"reason":"so","evaluationError":"role not found"}`)
		decision, err := auth.CanI(t.Context(), client, test.ask)
		require.NoError(t, err)
		require.Equal(t, &auth.Decision{Denied: true, Reason: "so", EvaluationError: "role not found"}, decision)
		require.Equal(t, []request{{"POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
			jsontext.Value(`{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":` + test.want + `}`)}}, kept.requests)
	}
}

func TestRulesListsResourcesAndURLs(t *testing.T) {
	client, kept := answer(t, `{"resourceRules":[{"verbs":["get"],"apiGroups":["","apps"],"resources":["pods"],"resourceNames":["a"]}],
		"nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["/version"]}],"incomplete":true,"evaluationError":"webhook"}`)
	list, err := auth.Rules(t.Context(), client, "web")
	require.NoError(t, err)
	require.Equal(t, &auth.RuleList{Rules: []auth.PolicyRule{
		{APIGroups: []string{"", "apps"}, Resources: []string{"pods"}, ResourceNames: []string{"a"}, Verbs: []string{"get"}},
		{NonResourceURLs: []string{"/version"}, Verbs: []string{"get"}},
	}, Incomplete: true, EvaluationError: "webhook"}, list)
	require.Equal(t, []request{{"POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
		jsontext.Value(`{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectRulesReview","spec":{"namespace":"web"}}`)}}, kept.requests)
}

func TestAResponseThatIsNotAReviewIsAnError(t *testing.T) {
	client, _ := answer(t, `"yes"`)
	_, err := auth.CanI(t.Context(), client, auth.Attributes{Verb: "get", Resource: "pods"})
	require.ErrorContains(t, err, "POST selfsubjectaccessreviews: the answer cannot be read: ")
	require.ErrorAs(t, err, new(*transport.AnswerError))
}

// reviews are the questions of this package.
var reviews = map[string]func(t *testing.T, client *transport.Client) (any, error){
	"Rules": func(t *testing.T, client *transport.Client) (any, error) {
		list, err := auth.Rules(t.Context(), client, "web")
		return list == nil, err
	},
	"CanI": func(t *testing.T, client *transport.Client) (any, error) {
		decision, err := auth.CanI(t.Context(), client, auth.Attributes{Verb: "get", Resource: "pods"})
		return decision == nil, err
	},
	"WhoAmI": func(t *testing.T, client *transport.Client) (any, error) {
		user, err := auth.WhoAmI(t.Context(), client)
		return user == nil, err
	},
}

func TestAReviewFailsWhenTheServerFails(t *testing.T) {
	for name, ask := range reviews {
		t.Run(name, func(t *testing.T) {
			srv := sandbox(t)
			srv.Fault(kxtest.Fault{Method: "POST", Then: kxtest.Answer(500, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"InternalError","message":"no leader","code":500}`)})
			none, err := ask(t, connect(t, srv.Config()))
			require.Equal(t, true, none)
			require.ErrorIs(t, err, transport.ErrInternal)
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown, "a review stores nothing")
			require.ErrorContains(t, err, "no leader (500)")
		})
	}
}

func TestAReviewIsCheckedAgainstTheQuestion(t *testing.T) {
	for name, ask := range reviews {
		for answer, got := range map[string]string{
			`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no upstream"}`:                                                    `v1 Status with status "Failure"`,
			`{"kind":"SelfSubjectAccessReviews","apiVersion":"authorization.k8s.io/v1","status":{"allowed":true}}`:                              `authorization.k8s.io/v1 SelfSubjectAccessReviews with status {"allowed":true}`,
			`{"kind":"SelfSubject` + map[string]string{"Rules": "Rules", "CanI": "Access"}[name] + `Review","apiVersion":"x.y/v1","status":{}}`: "x.y/v1 SelfSubject",
			`{}`: "with status",
		} {
			t.Run(name, func(t *testing.T) {
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
				t.Cleanup(s.Close)
				none, err := ask(t, connect(t, &kubeconfig.Config{Server: s.URL}))
				require.Equal(t, true, none)
				var other *transport.AnswerError
				require.ErrorAs(t, err, &other)
				require.ErrorContains(t, err, got)
				require.False(t, other.OutcomeUnknown)
			})
		}
	}
}
