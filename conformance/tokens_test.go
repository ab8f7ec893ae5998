package conformance_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// tokenRequest is an object of the subresource token (authentication/v1 TokenRequest).
type tokenRequest struct {
	Metadata resources.ObjectMeta `json:"metadata,omitzero"`
	Spec     struct {
		Audiences         []string        `json:"audiences,omitzero"`
		ExpirationSeconds int64           `json:"expirationSeconds,omitzero"`
		BoundObjectRef    *boundObjectRef `json:"boundObjectRef,omitzero"`
	} `json:"spec"`
	Status struct {
		Token               string         `json:"token"`
		ExpirationTimestamp resources.Time `json:"expirationTimestamp"`
	} `json:"status,omitzero"`
}

type boundObjectRef struct {
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`
	Name       string `json:"name"`
}

// tokens are the behaviours of TokenRequest.
func tokens() []behaviour {
	return []behaviour{
		{"a token of a service account authenticates as that account until it is deleted", authenticatesAccount},
		{"a token that is bound to a pod ends with the pod", func(t *testing.T, w *world) {
			account, pod := w.newAccount(t).Metadata.Name, w.name()
			w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"schedulerName":"none",
				"serviceAccountName":%q,"containers":[{"name":"app","image":%q}]}}`, pod, account, image))
			request := tokenRequest{}
			request.Spec.BoundObjectRef = &boundObjectRef{Kind: "Pod", APIVersion: "v1", Name: pod}
			client := w.withToken(t, w.requestToken(t, account, &request).Status.Token)
			_, err := auth.WhoAmI(t.Context(), client)
			require.NoError(t, err)
			_, err = w.pods.Delete(t.Context(), pod, resources.GracePeriod(0))
			require.NoError(t, err)
			awaitRefusal(t, client)
		}},
		{"a token for another audience is unauthorized", func(t *testing.T, w *world) {
			request := tokenRequest{}
			request.Spec.Audiences = []string{"vault", "kx"}
			answer := w.requestToken(t, w.newAccount(t).Metadata.Name, &request)
			require.Equal(t, []string{"vault", "kx"}, answer.Spec.Audiences)
			_, err := auth.WhoAmI(t.Context(), w.withToken(t, answer.Status.Token))
			require.ErrorIs(t, err, transport.ErrUnauthorized)
		}},
		{"an invalid request for a token is refused", refusesTokenRequests},
	}
}

func (w *world) newAccount(t *testing.T) *resources.ServiceAccount {
	t.Helper()
	account := &resources.ServiceAccount{Metadata: resources.ObjectMeta{Name: w.name()}}
	made, err := w.accounts().Create(t.Context(), account)
	require.NoError(t, err)
	return made
}

func (w *world) accounts() *resources.API[resources.ServiceAccount] {
	return resources.New[resources.ServiceAccount](w.client)
}

func (w *world) requestToken(t *testing.T, account string, request *tokenRequest) *tokenRequest {
	t.Helper()
	answer, err := resources.Sub[tokenRequest](w.accounts(), "token").Create(t.Context(), account, request)
	require.NoError(t, err)
	return answer
}

// withToken returns a client with a bearer token in place of the administrator's credentials.
func (w *world) withToken(t *testing.T, token string) *transport.Client {
	t.Helper()
	cfg := &kubeconfig.Config{Server: w.config.Server, Namespace: w.config.Namespace, BearerToken: token, ProxyURL: w.config.ProxyURL}
	cfg.TLS = kubeconfig.TLS{
		CAFile: w.config.TLS.CAFile, CAData: w.config.TLS.CAData, ServerName: w.config.TLS.ServerName, Insecure: w.config.TLS.Insecure,
	}
	return connect(t, cfg)
}

// awaitRefusal waits until the client's token is refused. An API server remembers valid tokens for
// some seconds.
func awaitRefusal(t *testing.T, client *transport.Client) {
	t.Helper()
	eventually(t, "the token is refused", func() bool {
		_, err := auth.WhoAmI(t.Context(), client)
		if err != nil {
			require.ErrorIs(t, err, transport.ErrUnauthorized)
		}
		return err != nil
	})
}

func authenticatesAccount(t *testing.T, w *world) {
	account := w.newAccount(t)
	name := account.Metadata.Name
	request := tokenRequest{}
	request.Spec.ExpirationSeconds = 1200
	answer := w.requestToken(t, name, &request)
	require.Equal(t, account.Metadata.UID, answer.Metadata.UID)
	require.Equal(t, name, answer.Metadata.Name)
	require.Equal(t, int64(1200), answer.Spec.ExpirationSeconds)
	require.Equal(t, []string{"https://kubernetes.default.svc"}, answer.Spec.Audiences)
	created, err := answer.Metadata.CreationTimestamp.Time()
	require.NoError(t, err)
	expires, err := answer.Status.ExpirationTimestamp.Time()
	require.NoError(t, err)
	require.InDelta(t, 1200, expires.Sub(created)/time.Second, 2, "both are rounded to seconds")

	client := w.withToken(t, answer.Status.Token)
	user, err := auth.WhoAmI(t.Context(), client)
	require.NoError(t, err)
	ns := w.config.Namespace
	require.Equal(t, "system:serviceaccount:"+ns+":"+name, user.Username)
	require.Equal(t, account.Metadata.UID, user.UID)
	require.Equal(t, []string{"system:serviceaccounts", "system:serviceaccounts:" + ns, "system:authenticated"}, user.Groups)
	require.Regexp(t, `^JTI=[0-9a-f-]{36}$`, user.Extra["authentication.kubernetes.io/credential-id"][0])
	_, err = resources.New[resources.Pod](client).List(t.Context(), resources.ListOptions{})
	require.ErrorIs(t, err, transport.ErrForbidden)

	_, err = w.accounts().Delete(t.Context(), name)
	require.NoError(t, err)
	awaitRefusal(t, client)
}

func refusesTokenRequests(t *testing.T, w *world) {
	account, pod := w.newAccount(t).Metadata.Name, w.pod(t)
	invalid := `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: `
	bound := func(kind, name string) func(*tokenRequest) {
		return func(r *tokenRequest) {
			r.Spec.BoundObjectRef = &boundObjectRef{Kind: kind, APIVersion: "v1", Name: name}
		}
	}
	for name, test := range map[string]struct {
		account  string
		set      func(*tokenRequest)
		sentinel error
		message  string
	}{
		"an account that does not exist":  {"no-such", func(*tokenRequest) {}, transport.ErrNotFound, `serviceaccounts "no-such" not found`},
		"a time that is too short":        {account, func(r *tokenRequest) { r.Spec.ExpirationSeconds = 599 }, transport.ErrInvalid, invalid + "599: may not specify a duration less than 10 minutes"},
		"a time that is too long":         {account, func(r *tokenRequest) { r.Spec.ExpirationSeconds = 1<<32 + 1 }, transport.ErrInvalid, invalid + "4294967297: may not specify a duration larger than 2^32 seconds"},
		"another name":                    {account, func(r *tokenRequest) { r.Metadata.Name = "other" }, transport.ErrInvalid, `TokenRequest.authentication.k8s.io "` + account + `" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified`},
		"a bound pod that does not exist": {account, bound("Pod", "no-such"), transport.ErrNotFound, `pods "no-such" not found`},
		"a pod of another account":        {account, bound("Pod", pod), transport.ErrBadRequest, `cannot bind token for serviceaccount "` + account + `" to pod running with different serviceaccount name.`},
		"a kind that cannot be bound":     {account, bound("ConfigMap", "a"), transport.ErrBadRequest, "cannot bind token to object of type /v1, Kind=ConfigMap"},
	} {
		t.Run(name, func(t *testing.T) {
			request := &tokenRequest{}
			test.set(request)
			_, err := resources.Sub[tokenRequest](w.accounts(), "token").Create(t.Context(), test.account, request)
			refused(t, err, test.sentinel, test.message)
		})
	}
	_, err := resources.Sub[tokenRequest](w.accounts(), "token").Get(t.Context(), account)
	require.ErrorIs(t, err, transport.ErrMethodNotAllowed)
}
