package parity_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/httpstream"
	serverspdy "k8s.io/apimachinery/pkg/util/httpstream/spdy"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"

	"github.com/kx-k8s/kx/kxtest"
)

// The tests of this file hold cells of client-go in the comparison of docs/library.md.

func TestAnExecOfClientGoWithoutAStatusSucceedsIfItIsClosedInOrder(t *testing.T) {
	output := []byte{0x82, 6, 1, 'h', 'e', 'l', 'l', 'o'}
	for name, test := range map[string]struct {
		end    []byte
		wanted require.ErrorAssertionFunc
	}{
		"a close frame with the code 1000": {[]byte{0x88, 2, 3, 232}, require.NoError},
		"no close frame":                   {nil, require.Error},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conn, in, err := acceptStream(w, r)
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = conn.Write(append(output, test.end...))
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, in)
			}))
			defer server.Close()
			executor, err := remotecommand.NewWebSocketExecutor(&rest.Config{Host: server.URL}, "GET", server.URL+"/exec?stdout=true")
			require.NoError(t, err)
			var stdout bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
			defer cancel()
			err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &stdout})
			test.wanted(t, err)
			require.Equal(t, "hello", stdout.String())
		})
	}
}

func TestAFollowedLogOfClientGoEndsWithItsConnection(t *testing.T) {
	srv, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	runningPod(t, client, sleepingPod("web"))
	const path = "/api/v1/namespaces/default/pods/web/log"
	fault := srv.Fault(kxtest.Fault{Path: path, Then: kxtest.CutAnswer(len("start"))})
	follow, err := client.CoreV1().Pods("default").GetLogs("web", &corev1.PodLogOptions{Follow: true}).Stream(t.Context())
	require.NoError(t, err)
	defer follow.Close()
	limit := time.AfterFunc(waitLimit, func() { follow.Close() })
	defer limit.Stop()
	text, err := io.ReadAll(follow)
	require.Error(t, err)
	require.Equal(t, "start", string(text))
	require.Equal(t, 1, fault.Hits())
	require.Len(t, requestsOf(srv, http.MethodGet, path), 1, "client-go does not resume")
}

func TestALogRequestOfClientGoIsForOneContainer(t *testing.T) {
	_, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	pod := sleepingPod("web")
	second := pod.Spec.Containers[0]
	second.Name = "second"
	pod.Spec.Containers = append(pod.Spec.Containers, second)
	runningPod(t, client, pod)
	pods := client.CoreV1().Pods("default")
	_, err = pods.GetLogs("web", &corev1.PodLogOptions{}).DoRaw(t.Context())
	require.True(t, apierrors.IsBadRequest(err), err)
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	follow, err := pods.GetLogs("web", &corev1.PodLogOptions{Container: "second", Follow: true}).Stream(ctx)
	require.NoError(t, err)
	defer follow.Close()
	line := make([]byte, len("started\n"))
	_, err = io.ReadFull(follow, line)
	require.NoError(t, err)
	require.Equal(t, "started\n", string(line))
}

// kxtest has no SPDY, the protocol below the streams of client-go's port-forward.
func TestThePortForwardOfClientGoListensOnALocalPort(t *testing.T) {
	ports := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := httpstream.Handshake(r, w, []string{portforward.PortForwardProtocolV1Name}); err != nil {
			return
		}
		conn := serverspdy.NewResponseUpgrader().UpgradeResponse(w, r, func(stream httpstream.Stream, accepted <-chan struct{}) error {
			go func() {
				<-accepted
				if stream.Headers().Get(corev1.StreamType) == corev1.StreamTypeData {
					ports <- stream.Headers().Get(corev1.PortHeader)
					_, _ = io.Copy(stream, stream)
				}
				_ = stream.Close()
			}()
			return nil
		})
		if conn != nil {
			<-conn.CloseChan()
		}
	}))
	defer server.Close()
	transport, upgrader, err := spdy.RoundTripperFor(&rest.Config{Host: server.URL})
	require.NoError(t, err)
	address, err := url.Parse(server.URL + "/api/v1/namespaces/default/pods/web/portforward")
	require.NoError(t, err)
	dialer := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, address)
	stop, ready, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	forwarder, err := portforward.New(dialer, []string{"0:8080"}, stop, ready, io.Discard, io.Discard)
	require.NoError(t, err)
	go func() { ended <- forwarder.ForwardPorts() }()
	select {
	case <-ready:
	case err := <-ended:
		require.FailNow(t, "the forwarder has ended", err)
	case <-time.After(waitLimit):
		require.FailNow(t, "the forwarder does not listen")
	}

	local, err := forwarder.GetPorts()
	require.NoError(t, err)
	conn, err := net.Dial("tcp", net.JoinHostPort("localhost", strconv.Itoa(int(local[0].Local))))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(waitLimit)))
	_, err = conn.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, "hello", string(answer))
	require.Equal(t, "8080", <-ports)
	close(stop)
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(waitLimit):
		require.FailNow(t, "the forwarder has not ended")
	}
}

// requestsOf returns the requests that a server has received for a path.
func requestsOf(srv *kxtest.Server, method, path string) (found []kxtest.Request) {
	for _, request := range srv.Requests() {
		if request.Method == method && request.Path == path {
			found = append(found, request)
		}
	}
	return found
}
