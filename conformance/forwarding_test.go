package conformance_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// The ports of a listening pod.
const (
	echoPort  = 8080 // returns its input
	helloPort = 8081 // sends hello and closes
	latePort  = 8082 // returns five bytes, and sends more a second later
	nonePort  = 8089 // nothing listens
)

// listening is the container of a listening pod.
const listening = `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","ports":[{"name":"echo","containerPort":8080},{"name":"hello","containerPort":8081}],
	"command":["sh","-c","nc -ll -p 8080 -e cat & nc -ll -p 8081 -e echo hello & nc -ll -p 8082 -e sh -c 'head -c 5; sleep 1; echo; echo late' & wait"]}`

// listens creates a listening pod, and waits for its ports.
func (w *world) listens(t *testing.T) string {
	t.Helper()
	name := w.ready(t, listening)
	w.awaitPorts(t, name)
	return name
}

// awaitPorts waits until the pod's ports are open, which is a moment after the container started.
func (w *world) awaitPorts(t *testing.T, pod string) {
	t.Helper()
	for _, port := range []int{echoPort, helloPort, latePort} {
		eventually(t, fmt.Sprintf("port %d is open", port), func() bool {
			conn := w.dial(t, pod, port)
			defer conn.Close()
			_, err := conn.Write([]byte("hello"))
			if err == nil {
				_, err = conn.Read(make([]byte, 1))
			}
			return err == nil
		})
	}
}

func (w *world) dial(t *testing.T, pod string, port int) *subresource.ForwardedConn {
	t.Helper()
	conn, err := subresource.PortForward(w.pods).Dial(within(t, waitLimit), pod, port)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// forwarding returns the behaviours of the portforward subresource.
func forwarding() []behaviour {
	return []behaviour{
		{"a forwarded port transfers bytes unchanged in both directions", func(t *testing.T, w *world) {
			echoes(t, w.dial(t, w.listens(t), echoPort), 3_000_001)
		}},
		{"a forwarded port transfers bulk data whole in both directions: 1 GiB of a cluster, 32 MiB of kxtest", func(t *testing.T, w *world) {
			size := int64(32 << 20)
			if *e2e {
				size = 1 << 30
			}
			conn := w.dial(t, w.listens(t), echoPort)
			// Far more than the transfer takes on a busy machine: it ends a transfer that hangs.
			require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Minute)))
			sent, got := sha256.New(), sha256.New()
			var sending sync.WaitGroup
			defer sending.Wait()
			var written int64
			sending.Go(func() {
				written, _ = io.Copy(io.MultiWriter(sent, conn), io.LimitReader(rand.NewChaCha8([32]byte{4}), size))
			})
			received, err := io.CopyN(got, conn, size)
			if err != nil {
				conn.Close() // ends the sending
			}
			require.NoError(t, err, "after %d bytes", received)
			sending.Wait()
			require.Equal(t, size, written)
			require.Equal(t, sent.Sum(nil), got.Sum(nil))
		}},
		{"200 forwarded connections to one port work at once", func(t *testing.T, w *world) {
			const connections, size = 200, 10_000
			name := w.listens(t)
			var dialling errgroup
			conns := make([]*subresource.ForwardedConn, connections)
			// A busy machine takes more than the limit of a handshake for 200 at once.
			turns := make(chan struct{}, 10)
			for i := range conns {
				dialling.Go(func() error {
					turns <- struct{}{}
					defer func() { <-turns }()
					conn, err := subresource.PortForward(w.pods).Dial(within(t, waitLimit), name, echoPort)
					conns[i] = conn
					return err
				})
			}
			require.NoError(t, dialling.Wait())
			for _, conn := range conns {
				defer conn.Close()
				require.NoError(t, conn.SetDeadline(time.Now().Add(2*waitLimit)))
			}
			var echoing errgroup
			for i, conn := range conns {
				echoing.Go(func() error { // all stay open until each has its answer
					sent, got := make([]byte, size), make([]byte, size)
					_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(sent)
					if _, err := conn.Write(sent); err != nil {
						return err
					}
					if _, err := io.ReadFull(conn, got); err != nil {
						return err
					}
					if !bytes.Equal(sent, got) {
						return fmt.Errorf("connection %d has the bytes of another", i)
					}
					return nil
				})
			}
			require.NoError(t, echoing.Wait())
		}},
		{"the client reads EOF when the program closes a forwarded connection", func(t *testing.T, w *world) {
			text, err := io.ReadAll(w.dial(t, w.listens(t), helloPort))
			require.NoError(t, err)
			require.Equal(t, "hello\n", string(text))
		}},
		{"forwarded connections to one port are independent", func(t *testing.T, w *world) {
			name := w.listens(t)
			first, second := w.dial(t, name, echoPort), w.dial(t, name, echoPort)
			echoes(t, first, 10)
			require.NoError(t, first.Close())
			echoes(t, second, 10)
		}},
		{"a port without a listener refuses the connection with the node's message", func(t *testing.T, w *world) {
			name := w.listens(t)
			_, err := io.ReadAll(w.dial(t, name, nonePort))
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
			var failed *subresource.ForwardError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, name, failed.Pod)
			require.Regexp(t, `^error forwarding port 8089 to pod [0-9a-f]{64}, uid : failed to execute portforward in network namespace "/var/run/netns/cni-[0-9a-f-]{36}": `+
				`failed to connect to localhost:8089 inside namespace "[0-9a-f]{64}", IPv4: dial tcp4 127.0.0.1:8089: connect: connection refused `+
				`IPv6 dial tcp6: address localhost: no suitable address found$`, failed.Message)
		}},
		{"a client that half-closes its connection receives the rest of the answer", func(t *testing.T, w *world) {
			conn := w.dial(t, w.listens(t), latePort)
			_, err := conn.Write([]byte("12345"))
			require.NoError(t, err)
			require.NoError(t, conn.CloseWrite())
			text, err := io.ReadAll(conn)
			require.NoError(t, err)
			require.Equal(t, "12345\nlate\n", string(text))
		}},
		{"a deleted pod ends its forwarded connections", func(t *testing.T, w *world) {
			name := w.listens(t)
			conn := w.dial(t, name, echoPort)
			echoes(t, conn, 10)
			_, err := w.pods.Delete(t.Context(), name, resources.GracePeriod(0))
			require.NoError(t, err)
			_, err = io.ReadAll(conn)
			require.NoError(t, err, "its program has ended")
		}},
		{"each port of a request has two channels, which begin with the port number", func(t *testing.T, w *world) {
			socket, err := w.forwards(t, w.listens(t), []string{"8080", "8089,8081"}, "v4.channel.k8s.io")
			require.NoError(t, err)
			defer socket.Close()
			_, err = socket.WriteOn(0, []byte("echoed"))
			require.NoError(t, err)
			got := map[byte]string{}
			for got[0] != "\x90\x1fechoed" || got[4] != "\x91\x1fhello\n" || len(got[3]) < 100 {
				_, err := socket.Next()
				require.NoError(t, err)
				message, err := io.ReadAll(socket)
				require.NoError(t, err)
				got[message[0]] += string(message[1:])
			}
			require.Equal(t, "\x90\x1f", got[1])
			require.Equal(t, "\x99\x1f", got[2])
			require.True(t, strings.HasPrefix(got[3], "\x99\x1ferror forwarding port 8089 to pod "), "%q", got[3])
			require.Equal(t, "\x91\x1f", got[5])
		}},
		{"port-forward accepts only v4 of the protocol", func(t *testing.T, w *world) {
			name := w.listens(t)
			for _, offer := range []string{"v4.channel.k8s.io", "v4.channel.k8s.io, v5.channel.k8s.io", "v5.channel.k8s.io, v4.channel.k8s.io", "x.example.com, v4.channel.k8s.io"} {
				socket, err := w.forwards(t, name, []string{"8081"}, offer)
				require.NoError(t, err, offer)
				require.Equal(t, "v4.channel.k8s.io", socket.Protocol())
				require.NoError(t, socket.Close())
			}
			for _, offer := range []string{"v5.channel.k8s.io", "x.example.com", "portforward.k8s.io"} {
				_, err := w.forwards(t, name, []string{"8081"}, offer)
				require.ErrorIs(t, err, transport.ErrForbidden, offer)
			}
		}},
		{"port-forward without a port or with an invalid port is refused", func(t *testing.T, w *world) {
			name := w.listens(t)
			for says, ports := range map[string][]string{
				`query parameter "port" is required`: nil,
				`port "0" must be > 0`:               {"0"},
				`cannot convert to []int32: strconv.ParseUint: parsing "70000": value out of range`: {"70000"},
				`cannot convert to []int32: strconv.ParseUint: parsing "http": invalid syntax`:      {"80", "http"},
			} {
				_, err := w.forwards(t, name, ports, "v4.channel.k8s.io")
				require.ErrorIs(t, err, transport.ErrBadRequest)
				require.ErrorContains(t, err, says)
			}
		}},
		{"port-forward to a pod that does not exist, has no node, or has ended is refused", func(t *testing.T, w *world) {
			forward := func(pod string) error {
				_, err := subresource.PortForward(w.pods).Dial(t.Context(), pod, echoPort)
				return err
			}
			refused(t, forward("no-such"), transport.ErrNotFound, `pods "no-such" not found`)
			name := w.pod(t)
			refused(t, forward(name), transport.ErrBadRequest, "pod "+name+" does not have a host assigned")
			name = w.create(t, podThat(w.name(), "exit 0")).Metadata.Name
			w.ended(t, name)
			eventually(t, "the pod's phase says so", func() bool { return w.get(t, name).Status.Phase == "Succeeded" })
			require.ErrorContains(t, forward(name), fmt.Sprintf("pod not found (%q)", name+"_"+w.config.Namespace))
		}},
		{"port-forward by a user without the right is refused", func(t *testing.T, w *world) {
			cfg, _ := w.addUser(t, "forward-onlooker", right{verbs: []string{"get", "list"}, resources: []string{"pods"}})
			_, err := subresource.PortForward(resources.New[resources.Pod](connect(t, cfg))).Dial(t.Context(), w.running(t), echoPort)
			require.ErrorIs(t, err, transport.ErrForbidden)
			require.ErrorContains(t, err, `resource "pods/portforward"`)
		}},
		{"an HTTP client works through a forwarded connection", func(t *testing.T, w *world) {
			script := `read line; printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\nConnection: close\\r\\n\\r\\ninside'`
			name := w.ready(t, `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["nc","-ll","-p","8080","-e","sh","-c","`+script+`"]}`)
			client := &http.Client{Transport: &http.Transport{DialContext: subresource.PortForward(w.pods).DialContext(name, echoPort)}}
			defer client.CloseIdleConnections()
			eventually(t, "it answers", func() bool {
				resp, err := client.Get("http://pod/")
				if err != nil {
					return false
				}
				defer resp.Body.Close()
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.Equal(t, "inside", string(text))
				return true
			})
		}},
	}
}

// forwards opens a stream for ports, also in ways that kx never does.
func (w *world) forwards(t *testing.T, pod string, ports []string, protocols string) (*transport.WebSocket, error) {
	t.Helper()
	offer := strings.Split(protocols, ", ")
	return w.client.Upgrade(within(t, waitLimit), &transport.Request{
		Method: http.MethodGet, Path: []string{"api", "v1", "namespaces", w.config.Namespace, "pods", pod, "portforward"}, Query: url.Values{"ports": ports},
	}, offer...)
}

// echoes requires that size bytes come back unchanged.
func echoes(t *testing.T, conn io.ReadWriter, size int) {
	t.Helper()
	sent := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{3}).Read(sent)
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() { _, _ = conn.Write(sent) }) // the read below finds a loss
	got := make([]byte, size)
	_, err := io.ReadFull(conn, got)
	require.NoError(t, err)
	require.True(t, bytes.Equal(sent, got))
}

// errgroup runs functions at once, and joins their errors.
type errgroup struct {
	running sync.WaitGroup
	mu      sync.Mutex
	errs    []error
}

func (g *errgroup) Go(f func() error) {
	g.running.Go(func() {
		err := f()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.errs = append(g.errs, err)
	})
}

func (g *errgroup) Wait() error {
	g.running.Wait()
	return errors.Join(g.errs...)
}
