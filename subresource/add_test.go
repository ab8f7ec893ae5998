package subresource_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestAddAddsAContainerToAPodWithoutAny(t *testing.T) {
	server := start(t)
	pod, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"))
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, names(pod.Spec.EphemeralContainers))
	require.Equal(t, []string{"one"}, names(stored(t, server, "default", "distroless")))
	require.Equal(t, []string{http.MethodGet, http.MethodPatch}, sent(server))
}

func TestAddSendsOnlyTheNewContainer(t *testing.T) {
	server := start(t)
	ec := subresource.EphemeralContainers(podsOf(t, server))
	first := debugger("one")
	first.Env = []resources.EnvVar{{Name: "B", Value: "2"}, {Name: "A", Value: "1"}}
	pod, err := ec.Add(t.Context(), "distroless", first)
	require.NoError(t, err)
	before, err := json.Marshal(stored(t, server, "default", "distroless")[0])
	require.NoError(t, err)

	server.ForgetRequests()
	_, err = ec.Add(t.Context(), "distroless", debugger("two"))
	require.NoError(t, err)
	both := stored(t, server, "default", "distroless")
	require.Equal(t, []string{"one", "two"}, names(both), "what is new comes behind what is there")
	after, err := json.Marshal(both[0])
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))

	patch := last(t, server)
	require.Equal(t, "application/strategic-merge-patch+json", patch.Header.Get("Content-Type"))
	var body struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
		Spec struct {
			Order               []map[string]string            `json:"$setElementOrder/ephemeralContainers"`
			EphemeralContainers []resources.EphemeralContainer `json:"ephemeralContainers"`
		} `json:"spec"`
	}
	require.NoError(t, json.Unmarshal(patch.Body, &body, json.RejectUnknownMembers(true)))
	require.Equal(t, []map[string]string{{"name": "one"}, {"name": "two"}}, body.Spec.Order)
	require.Equal(t, []resources.EphemeralContainer{debugger("two")}, body.Spec.EphemeralContainers)
	require.NotEmpty(t, body.Metadata.ResourceVersion)
	require.NotEmpty(t, pod.Metadata.ResourceVersion)
}

func TestAddOfAnExistingNameFailsAndNamesItsKind(t *testing.T) {
	server := start(t)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"initial"},"spec":{"nodeName":"kx-node",
		"initContainers":[{"name":"setup","image":"` + kxtest.BusyboxImage + `"}],"containers":[{"name":"app","image":"` + kxtest.DistrolessImage + `"}]}}`)
	require.NoError(t, err)
	ec := subresource.EphemeralContainers(podsOf(t, server))
	_, err = ec.Add(t.Context(), "initial", debugger("one"))
	require.NoError(t, err)
	other := debugger("one")
	other.Command = []string{"sleep", "1"}

	privileged := debugger("privileged")
	privileged.SecurityContext = &resources.SecurityContext{RunAsUser: new(int64(0)), Privileged: new(true)}
	_, err = ec.Add(t.Context(), "initial", privileged)
	require.NoError(t, err)
	defaulted := debugger("defaulted") // the server sets apiVersion, divisor and optional
	defaulted.Env = []resources.EnvVar{
		{Name: "A", Value: "1"},
		{Name: "POD", ValueFrom: &resources.EnvVarSource{FieldRef: &resources.ObjectFieldSelector{FieldPath: "metadata.name"}}},
		{Name: "CPU", ValueFrom: &resources.EnvVarSource{ResourceFieldRef: &resources.ResourceFieldSelector{ContainerName: "app", Resource: "limits.cpu"}}},
	}
	_, err = ec.Add(t.Context(), "initial", defaulted)
	require.NoError(t, err)
	valueless := debugger("defaulted")
	valueless.Env = append([]resources.EnvVar{{Name: "A"}}, defaulted.Env[1:]...)
	asUser := debugger("privileged")
	asUser.SecurityContext = &resources.SecurityContext{RunAsUser: new(int64(0))}

	for name, test := range map[string]struct {
		container resources.EphemeralContainer
		kind      string
		same      bool
		text      string
	}{
		"an ephemeral container with the same values":             {debugger("one"), "ephemeral container", true, `pod initial has an ephemeral container one already`},
		"an ephemeral container with other values":                {other, "ephemeral container", false, `pod initial has an ephemeral container one already`},
		"an ephemeral container with the server's defaults in it": {defaulted, "ephemeral container", true, `pod initial has an ephemeral container defaulted already`},
		"an ephemeral container with an additional value":         {valueless, "ephemeral container", false, `pod initial has an ephemeral container defaulted already`},
		"an ephemeral container with more rights":                 {asUser, "ephemeral container", false, `pod initial has an ephemeral container privileged already`},
		"a container of the pod":                                  {debugger("app"), "container", false, `pod initial has a container app already`},
		"an init container that has ended meanwhile":              {debugger("setup"), "init container", false, `pod initial has an init container setup already`},
	} {
		t.Run(name, func(t *testing.T) {
			server.ForgetRequests()
			_, err := ec.Add(t.Context(), "initial", test.container)
			var exists *subresource.ContainerExistsError
			require.ErrorAs(t, err, &exists)
			require.ErrorIs(t, err, transport.ErrAlreadyExists)
			require.NotErrorIs(t, err, transport.ErrConflict)
			require.Equal(t, subresource.ContainerExistsError{Pod: "initial", Container: test.container.Name, Kind: test.kind, Matches: test.same}, *exists)
			require.ErrorContains(t, err, test.text)
			require.ErrorContains(t, err, "choose another name")
			require.Equal(t, []string{http.MethodGet}, sent(server), "nothing is written")
		})
	}
}

func TestTwentyConcurrentAddsAllSucceed(t *testing.T) {
	server := start(t)
	var wanted []string
	errs := make([]error, 20)
	var group sync.WaitGroup
	for i := range errs {
		name := fmt.Sprintf("debugger-%d", i)
		wanted = append(wanted, name)
		ec := subresource.EphemeralContainers(podsOf(t, server))
		group.Go(func() { _, errs[i] = ec.Add(t.Context(), "distroless", debugger(name)) })
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	require.ElementsMatch(t, wanted, names(stored(t, server, "default", "distroless")))
}

// The server executes one request at a time, so that rivals that try too often only delay each
// other.
func TestAHundredAddsAtOnceNeedFewPatches(t *testing.T) {
	for name, latency := range map[string]time.Duration{"5 ms a request": 5 * time.Millisecond,
		"50 ms a request": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) { addAtOnce(t, latency) })
	}
}

func addAtOnce(t *testing.T, latency time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		const rivals = 100
		turn := make(chan struct{}, 1)
		version, patches := 1, 0
		api := podsBehind(t, func(req *http.Request) (*http.Response, error) {
			turn <- struct{}{}
			defer func() { <-turn }()
			time.Sleep(latency)
			if req.Method == http.MethodPatch {
				patches++
				body, err := io.ReadAll(req.Body)
				require.NoError(t, err)
				if !strings.Contains(string(body), fmt.Sprintf(`"resourceVersion":"%d"`, version)) {
					return answer(req, http.StatusConflict, `{"kind":"Status","status":"Failure","reason":"Conflict","code":409}`), nil
				}
				version++
			}
			return answer(req, http.StatusOK, fmt.Sprintf(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","resourceVersion":"%d"},"spec":{}}`, version)), nil
		})
		errs := make([]error, rivals)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() {
				_, errs[i] = subresource.EphemeralContainers(api).Add(t.Context(), "web-0", debugger(fmt.Sprintf("debugger-%d", i)))
			})
		}
		group.Wait()
		require.NoError(t, errors.Join(errs...))
		require.Equal(t, 1+rivals, version)
		require.Less(t, patches, 10*rivals)
	})
}

func TestAddReadsThePodAgainAfterAConflict(t *testing.T) {
	server := start(t)
	other := subresource.EphemeralContainers(podsOf(t, server))
	rivals := 2
	var ours []string
	api := podsOf(t, server, before(func(r *http.Request) {
		ours = append(ours, r.Method)
		if r.Method == http.MethodPatch && rivals > 0 {
			rivals--
			_, err := other.Add(t.Context(), "distroless", debugger(fmt.Sprintf("rival-%d", rivals)))
			require.NoError(t, err)
		}
	}))
	pod, err := subresource.EphemeralContainers(api).Add(t.Context(), "distroless", debugger("ours"))
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"rival-1", "rival-0", "ours"}, names(pod.Spec.EphemeralContainers))
	require.GreaterOrEqual(t, len(ours), 6, "the node that starts the rivals may be faster too")
	for i, method := range ours {
		require.Equal(t, []string{http.MethodGet, http.MethodPatch}[i%2], method, "each write follows a read of its own")
	}
}

func TestAddWithStartsFromTheGivenPod(t *testing.T) {
	server := start(t)
	api := podsOf(t, server)
	ec := subresource.EphemeralContainers(api)
	newPatch := func(pod *resources.Pod, container resources.EphemeralContainer) *subresource.AddPatch {
		podDocument, err := json.Marshal(pod)
		require.NoError(t, err)
		containerDocument, err := json.Marshal(container)
		require.NoError(t, err)
		p, err := subresource.NewAddPatch(podDocument, containerDocument)
		require.NoError(t, err)
		return p
	}
	body := func(p *subresource.AddPatch) string {
		b, err := p.Encode()
		require.NoError(t, err)
		return string(b)
	}
	inHand, err := api.Get(t.Context(), "distroless")
	require.NoError(t, err)
	server.ForgetRequests()

	t.Run("one PATCH is sent, with the body that the patch shows", func(t *testing.T) {
		p := newPatch(inHand, debugger("one"))
		shown := body(p)
		pod, err := ec.AddWith(t.Context(), "distroless", p)
		require.NoError(t, err)
		require.Equal(t, []string{"one"}, names(pod.Spec.EphemeralContainers))
		require.Equal(t, []string{"PATCH"}, sent(server))
		require.Equal(t, shown, string(last(t, server).Body))
		require.Equal(t, shown, body(p))
	})
	t.Run("after a conflict the pod is read again, and the patch shows the last body", func(t *testing.T) {
		server.ForgetRequests()
		p := newPatch(inHand, debugger("two")) // the pod has changed since
		shown := body(p)
		pod, err := ec.AddWith(t.Context(), "distroless", p)
		require.NoError(t, err)
		require.Equal(t, []string{"one", "two"}, names(pod.Spec.EphemeralContainers))
		require.Equal(t, []string{"PATCH", "GET", "PATCH"}, firstThree(sent(server)))
		require.NotEqual(t, shown, body(p))
		require.Equal(t, body(p), string(last(t, server).Body))
	})
	t.Run("a name in the given pod is refused before anything is sent", func(t *testing.T) {
		server.ForgetRequests()
		_, err := ec.AddWith(t.Context(), "distroless", newPatch(inHand, debugger("app")))
		require.ErrorIs(t, err, transport.ErrAlreadyExists)
		require.Empty(t, sent(server))
	})
	t.Run("a pod without a resourceVersion is refused", func(t *testing.T) {
		_, err := subresource.NewAddPatch([]byte(`{"metadata":{"name":"distroless"}}`), []byte(`{"name":"three"}`))
		require.ErrorContains(t, err, "the pod has no resourceVersion")
	})
}

// firstThree drops the requests that follow when the node writes to the pod meanwhile.
func firstThree(methods []string) []string { return methods[:min(3, len(methods))] }

func TestAddReadsThePodAfterALostResponse(t *testing.T) {
	t.Run("Add finds its container if the write was stored", func(t *testing.T) {
		server := start(t)
		fault := server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: ephemeralContainers, Then: kxtest.LoseAnswer()})
		pod, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"))
		require.NoError(t, err)
		require.Equal(t, 1, fault.Hits())
		require.Equal(t, []string{"one"}, names(pod.Spec.EphemeralContainers))
		require.Equal(t, []string{"one"}, names(stored(t, server, "default", "distroless")))
		require.Equal(t, []string{"GET", "PATCH", "GET"}, sent(server))
	})
	t.Run("Add finds its container if the response was cut off", func(t *testing.T) {
		server := start(t)
		fault := server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: ephemeralContainers, Then: kxtest.CutAnswer(100)})
		pod, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"))
		require.NoError(t, err)
		require.Equal(t, 1, fault.Hits())
		require.Equal(t, []string{"one"}, names(pod.Spec.EphemeralContainers))
		require.Equal(t, []string{"GET", "PATCH", "GET"}, sent(server))
	})
	t.Run("Add sends the container again if the write was not stored", func(t *testing.T) {
		server := start(t)
		fault := server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: ephemeralContainers, Then: kxtest.Reset()})
		pod, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"))
		require.NoError(t, err)
		require.Equal(t, 1, fault.Hits())
		require.Equal(t, []string{"one"}, names(pod.Spec.EphemeralContainers))
		require.Equal(t, []string{"GET", "PATCH", "GET", "PATCH"}, sent(server))
	})
	t.Run("the outcome is unknown if another writer used the name or changed the container meanwhile", func(t *testing.T) {
		server := start(t)
		server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: ephemeralContainers, Then: kxtest.Reset()})
		other := subresource.EphemeralContainers(podsOf(t, server))
		reads := 0
		api := podsOf(t, server, before(func(r *http.Request) {
			if r.Method != http.MethodGet {
				return
			}
			reads++
			if reads == 2 {
				container := debugger("one")
				container.Command = []string{"sleep", "1"}
				_, err := other.Add(t.Context(), "distroless", container)
				require.NoError(t, err)
			}
		}))
		_, err := subresource.EphemeralContainers(api).Add(t.Context(), "distroless", debugger("one"))
		var exists *subresource.ContainerExistsError
		require.ErrorAs(t, err, &exists)
		require.False(t, exists.Matches)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown, "so that nobody adds one under another name")
		require.Len(t, stored(t, server, "default", "distroless"), 1)
	})
	t.Run("the outcome is unknown if the pod cannot be read afterwards", func(t *testing.T) {
		server := start(t)
		server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: ephemeralContainers, Then: kxtest.LoseAnswer()})
		server.Fault(kxtest.Fault{Method: http.MethodGet, Path: pods, Skip: 1, Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "no longer yours", 0)})
		_, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"))
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.ErrorIs(t, err, transport.ErrForbidden)
		require.ErrorContains(t, err, "no longer yours")
		require.Len(t, stored(t, server, "default", "distroless"), 1)
	})
}

func TestAddEndsWithItsContext(t *testing.T) {
	server := start(t)
	server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: ephemeralContainers, Times: -1, Then: kxtest.AnswerStatus(http.StatusConflict, "Conflict", "somebody was faster", 0)})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	patches := 0
	api := podsOf(t, server, before(func(r *http.Request) {
		if r.Method == http.MethodPatch {
			patches++
			if patches == 3 {
				cancel()
			}
		}
	}))
	_, err := subresource.EphemeralContainers(api).Add(ctx, "distroless", debugger("one"))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, strings.Count(err.Error(), "canceled"), err)
	require.Equal(t, 3, patches)
	require.Empty(t, stored(t, server, "default", "distroless"))
}

// podsBehind returns the API of a server in memory that answers with serve.
func podsBehind(t *testing.T, serve roundTripper, opts ...transport.Option) *resources.API[resources.Pod] {
	t.Helper()
	opts = append(opts, transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return serve }))
	return resources.New[resources.Pod](connect(t, &kubeconfig.Config{Server: "https://kx.invalid"},
		opts...))
}

// answer returns the response to req with this body.
func answer(req *http.Request, code int, body string) *http.Response {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}
}

const emptyPod = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","resourceVersion":"1"},"spec":{}}`

func TestTheContextEndsAPauseOfAdd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		patches := 0
		api := podsBehind(t, func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodGet {
				return answer(req, http.StatusOK, emptyPod), nil
			}
			patches++
			return answer(req, http.StatusConflict, `{"kind":"Status","status":"Failure","reason":"Conflict","code":409}`), nil
		})
		const limit = 100 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		begin := time.Now()
		_, err := subresource.EphemeralContainers(api).Add(ctx, "web-0", debugger("one"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, transport.ErrConflict)
		require.Equal(t, limit, time.Since(begin))
		require.Greater(t, patches, 3, "the first three pauses are shorter than 73 ms together")
	})
}

func TestAddAcceptsTheOptionsOfAWrite(t *testing.T) {
	t.Run("a dry run stores nothing", func(t *testing.T) {
		server := start(t)
		pod, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"), subresource.DryRun())
		require.NoError(t, err)
		require.Equal(t, []string{"one"}, names(pod.Spec.EphemeralContainers))
		require.Empty(t, stored(t, server, "default", "distroless"))
		require.Equal(t, []string{"All"}, last(t, server).Query["dryRun"])
	})
	t.Run("a dry run whose answer is lost is sent again", func(t *testing.T) {
		server := start(t)
		server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: ephemeralContainers, Then: kxtest.LoseAnswer()})
		_, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"), subresource.DryRun())
		require.NoError(t, err)
		require.Equal(t, []string{"GET", "PATCH", "PATCH"}, sent(server))
	})
	t.Run("after four lost answers it sends nothing more, and the outcome is unknown", func(t *testing.T) {
		server := start(t)
		lost := server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: ephemeralContainers, Times: -1, Then: kxtest.Reset()})
		_, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"))
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.Equal(t, 4, lost.Hits())
	})
	t.Run("the field manager and validation go into the query of the write alone", func(t *testing.T) {
		server := start(t)
		_, err := subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "distroless", debugger("one"),
			subresource.FieldManager("tester"), subresource.FieldValidation(subresource.Strict))
		require.NoError(t, err)
		requests := server.Requests()
		require.Empty(t, requests[0].Query)
		require.Equal(t, "tester", requests[1].Query.Get("fieldManager"))
		require.Equal(t, "Strict", requests[1].Query.Get("fieldValidation"))
		require.Len(t, requests[1].Query, 2)
	})
	t.Run("the namespace applies to the read and the write", func(t *testing.T) {
		server := start(t)
		_, err := server.Create(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"other"}}`)
		require.NoError(t, err)
		_, err = server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"other"},"spec":{"containers":[{"name":"app","image":"` + kxtest.BusyboxImage + `"}]}}`)
		require.NoError(t, err)
		_, err = subresource.EphemeralContainers(podsOf(t, server)).Add(t.Context(), "web", debugger("one"), subresource.Namespace("other"))
		require.NoError(t, err)
		require.Len(t, stored(t, server, "other", "web"), 1)
		requests := server.Requests()
		require.Equal(t, "/api/v1/namespaces/other/pods/web", requests[0].Path)
		require.Equal(t, "/api/v1/namespaces/other/pods/web/ephemeralcontainers", requests[1].Path)
	})
}

func TestAddFailsBeforeAnythingIsSent(t *testing.T) {
	server := start(t)
	client := connect(t, server.Config())
	ec := subresource.EphemeralContainers(resources.New[resources.Pod](client))
	anywhere := subresource.EphemeralContainers(resources.New[resources.Pod](client, resources.AllNamespaces()))
	add := func(options ...subresource.PatchOption) error {
		_, err := ec.Add(t.Context(), "distroless", debugger("one"), options...)
		return err
	}
	for name, test := range map[string]struct {
		err    error
		option string
		text   string
	}{
		"Force without apply":                    {add(subresource.Force()), "Force", "goes with server-side apply"},
		"a manager of 129 bytes":                 {add(subresource.FieldManager(strings.Repeat("m", 129))), "FieldManager", "129 bytes"},
		"an unknown validation":                  {add(subresource.FieldValidation("strict")), "FieldValidation", `"strict" is none of`},
		"a negative time limit":                  {add(subresource.RequestTimeout(-time.Second)), "RequestTimeout", "negative"},
		"all namespaces, and no namespace given": {second(anywhere.Add(t.Context(), "distroless", debugger("one"))), "InNamespace", "set InNamespace"},
	} {
		t.Run(name, func(t *testing.T) {
			var option *resources.OptionError
			require.ErrorAs(t, test.err, &option)
			require.Equal(t, test.option, option.Option)
			require.ErrorContains(t, test.err, test.text)
		})
	}
	require.ErrorContains(t, second(ec.Add(t.Context(), "distroless", resources.EphemeralContainer{Image: "busybox"})), "the container has no name: set Name")
	for _, name := range []string{"", ".", "..", "a/b", "a%2fb"} {
		var invalid *transport.InvalidNameError
		require.ErrorAs(t, second(ec.Add(t.Context(), name, debugger("one"))), &invalid, "pod %q", name)
	}
	require.Empty(t, server.Requests())
}

func second[T any](_ T, err error) error { return err }

func TestRequestTimeoutOverridesTheClientsTimeout(t *testing.T) {
	const short, long = 50 * time.Millisecond, 300 * time.Millisecond
	for name, test := range map[string]struct {
		client  time.Duration
		options []subresource.PatchOption
		delay   time.Duration
		limit   time.Duration // in the error; zero for none
	}{
		"a value":              {0, []subresource.PatchOption{subresource.RequestTimeout(short)}, time.Minute, short},
		"the client's":         {short, nil, time.Minute, short},
		"none":                 {short, []subresource.PatchOption{subresource.RequestTimeout(0)}, long, 0},
		"a longer limit":       {short, []subresource.PatchOption{subresource.RequestTimeout(time.Minute)}, long, 0},
		"neither sets a limit": {0, nil, long, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := podsBehind(t, func(req *http.Request) (*http.Response, error) {
					select {
					case <-time.After(test.delay):
						return answer(req, http.StatusOK, emptyPod), nil
					case <-req.Context().Done():
						return nil, req.Context().Err()
					}
				}, transport.WithTimeout(test.client))
				begin := time.Now()
				_, err := subresource.EphemeralContainers(api).Add(t.Context(), "web-0", debugger("one"), test.options...)
				if test.limit == 0 {
					require.NoError(t, err)
					require.Equal(t, 2*test.delay, time.Since(begin), "a GET and a PATCH")
					return
				}
				require.Equal(t, test.limit, time.Since(begin))
				var timeout *transport.TimeoutError
				require.ErrorAs(t, err, &timeout)
				require.Equal(t, test.limit, timeout.Limit)
			})
		})
	}
}

func TestAServerOlderThan123HasNoSuchSubresource(t *testing.T) {
	server := start(t, kxtest.WithVersion("1.22.17"))
	ec := subresource.EphemeralContainers(podsOf(t, server))
	pod, err := podsOf(t, server).Get(t.Context(), "distroless")
	require.NoError(t, err)
	for name, err := range map[string]error{
		"Get":     second(ec.Get(t.Context(), "distroless")),
		"Add":     second(ec.Add(t.Context(), "distroless", debugger("one"))),
		"Patch":   second(ec.Patch(t.Context(), "distroless", patch.Strategic(map[string]any{}))),
		"Replace": second(ec.Replace(t.Context(), "distroless", pod)),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, err, subresource.ErrNotServed)
			require.ErrorIs(t, err, transport.ErrNotFound)
			require.ErrorContains(t, err, "needs Kubernetes 1.23 or later")
			var status *transport.StatusError
			require.ErrorAs(t, err, &status)
			require.Equal(t, http.StatusNotFound, status.Code)
		})
	}
}

func TestAMissingPodIsNotFoundAndNothingElse(t *testing.T) {
	server := start(t)
	ec := subresource.EphemeralContainers(podsOf(t, server))
	for name, err := range map[string]error{
		"Get": second(ec.Get(t.Context(), "missing")),
		"Add": second(ec.Add(t.Context(), "missing", debugger("one"))),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, err, transport.ErrNotFound)
			require.NotErrorIs(t, err, subresource.ErrNotServed)
			var refused *subresource.RefusedError
			require.False(t, errors.As(err, &refused))
			require.ErrorContains(t, err, `pods "missing" not found`)
		})
	}
}
