package faultproxy_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/faultproxy"
	"github.com/kx-k8s/kx/internal/leaktest"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var protocols = []string{"http/1.1", "h2"}

// start returns a client of a proxy with this fault.
func start(t *testing.T, srv *kxtest.Server, protocol string, fault *faultproxy.Fault) (
	*faultproxy.Proxy, *transport.Client) {
	upstream, err := faultproxy.NewUpstream(srv.Config())
	require.NoError(t, err)
	t.Cleanup(upstream.Close)
	p, err := upstream.Start(protocol, fault)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	client, err := transport.New(p.Config(), transport.WithTimeout(2*time.Second))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return p, client
}

func configMap(name string) *resources.ConfigMap {
	return &resources.ConfigMap{Metadata: resources.ObjectMeta{Name: name},
		Data: map[string]string{"text": strings.Repeat("x", 100_000)}}
}

func TestWithoutAFaultTheProxyChangesNothing(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithDemo(), kxtest.WithPathPrefix("/k8s/clusters/c-1"))
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			p, client := start(t, srv, protocol, nil)
			made, err := resources.New[resources.ConfigMap](client).Create(t.Context(),
				&resources.ConfigMap{Metadata: resources.ObjectMeta{GenerateName: "a-"}})
			require.NoError(t, err)
			for event, err := range resources.New[resources.ConfigMap](client).Watch(t.Context(),
				resources.ListOptions{}) {
				require.NoError(t, err)
				if event.Object.Metadata.Name == made.Metadata.Name {
					break
				}
			}
			pods := resources.New[resources.Pod](client)
			require.NoError(t, resources.WaitFor(t.Context(), pods, "shell", resources.Ready))
			got, err := subresource.Exec(pods).Run(t.Context(), "shell",
				subresource.ExecOptions{Container: "main", Command: []string{"echo", "hello"}})
			require.NoError(t, err)
			require.Equal(t, "hello\n", string(got.Stdout))
			records, hit := p.Records()
			require.False(t, hit)
			require.Equal(t, "POST", records[0].Method)
			require.Equal(t, http.StatusCreated, records[0].Executed)
			require.Equal(t, http.StatusCreated, records[0].Answered)
			require.Empty(t, p.Leaked())
		})
	}
}

func TestAFaultHappensAtItsStage(t *testing.T) {
	srv := kxtest.Start(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"big"},` +
		`"data":{"text":"` + strings.Repeat("x", 100_000) + `"}}`)
	require.NoError(t, err)
	refused := faultproxy.Effect{Kind: faultproxy.Answer, Code: 502, Text: "<html>"}
	for i, test := range []struct {
		stage    faultproxy.Stage
		effect   faultproxy.Effect
		executed int
		lost     bool // the answer is lost, and with it the outcome
	}{
		{faultproxy.Received, faultproxy.Effect{Kind: faultproxy.Reset}, 0, true},
		{faultproxy.Received, faultproxy.Effect{Kind: faultproxy.Stall}, 0, true},
		{faultproxy.Received, refused, 0, true},
		{faultproxy.Forwarded, refused, 201, true},
		{faultproxy.Forwarded, faultproxy.Effect{Kind: faultproxy.Garbage}, 201, true},
		{faultproxy.Headers, faultproxy.Effect{Kind: faultproxy.Truncate}, 201, true},
		{faultproxy.Body, faultproxy.Effect{Kind: faultproxy.Close}, 201, true},
		{faultproxy.LastByte, faultproxy.Effect{Kind: faultproxy.Reset}, 201, true},
		{faultproxy.Whole, faultproxy.Effect{Kind: faultproxy.Trickle}, 201, false},
		{faultproxy.Whole, faultproxy.Effect{Kind: faultproxy.TooLong}, 201, true},
	} {
		for _, protocol := range protocols {
			name := fmt.Sprint(protocol, " ", test.stage, " ", test.effect.Kind)
			t.Run(name, func(t *testing.T) {
				p, client := start(t, srv, protocol, &faultproxy.Fault{
					Match: func(r *faultproxy.Record) bool { return r.Write() },
					Stage: test.stage, Effect: test.effect,
				})
				_, err := resources.New[resources.ConfigMap](client).Create(t.Context(),
					configMap(fmt.Sprintf("a-%d-%s", i, protocol[:2])))
				require.Equal(t, test.lost, errors.Is(err, transport.ErrOutcomeUnknown), "%v", err)
				records, hit := p.Records()
				require.True(t, hit)
				require.Len(t, records, 1)
				require.Equal(t, test.executed, records[0].Executed)
			})
		}
	}
}

func TestTheFaultsOfHTTP2HaveTheirEffect(t *testing.T) {
	srv := kxtest.Start(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"big"},` +
		`"data":{"text":"` + strings.Repeat("x", 100_000) + `"}}`)
	require.NoError(t, err)
	for _, test := range []struct {
		stage  faultproxy.Stage
		effect faultproxy.Effect
		error  string // of a read that fails again and again
	}{
		{faultproxy.Received, faultproxy.Effect{Kind: faultproxy.ResetStream, Code: 2}, "INTERNAL_ERROR"},
		{faultproxy.Body, faultproxy.Effect{Kind: faultproxy.ResetStream, Code: 2}, "INTERNAL_ERROR"},
		{faultproxy.Body, faultproxy.Effect{Kind: faultproxy.GoAway}, ""},
		{faultproxy.Body, faultproxy.Effect{Kind: faultproxy.FlowStall}, "within 2s"},
	} {
		t.Run(fmt.Sprint(test.stage, " ", test.effect.Kind), func(t *testing.T) {
			p, client := start(t, srv, "h2", &faultproxy.Fault{Times: -1, Stage: test.stage,
				Effect: test.effect})
			got, err := resources.New[resources.ConfigMap](client).Get(t.Context(), "big")
			if test.error == "" {
				require.NoError(t, err)
				require.Len(t, got.Data["text"], 100_000)
			} else {
				require.ErrorContains(t, err, test.error)
			}
			_, hit := p.Records()
			require.True(t, hit)
		})
	}
}
