package transport_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// guarded is a server that asks for client certificates. It answers with the name in the
// certificate that it received.
type guarded struct {
	*kubeconfig.Config
	ca    *authority
	dir   string // holds the files ca, cert and key
	clock *clock

	mu   sync.Mutex
	open map[net.Conn]bool // except streams
	made int
	cert atomic.Pointer[tls.Certificate] // the server's own
}

func guard(t *testing.T, with ...func(*httptest.Server)) *guarded {
	t.Helper()
	requireNoLeak(t)
	g := &guarded{ca: newAuthority(t), dir: t.TempDir(), clock: new(clock), open: map[net.Conn]bool{}}
	pair, _, _ := g.ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	g.cert.Store(&pair)
	pool := x509.NewCertPool()
	pool.AddCert(g.ca.cert)
	g.Config = serve(t, g.handle, append([]func(*httptest.Server){func(s *httptest.Server) {
		s.TLS = &tls.Config{
			ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool,
			// GetCertificate takes precedence over the certificate of httptest.
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
				own := s.TLS.Clone()
				own.GetConfigForClient, own.Certificates = nil, []tls.Certificate{*g.cert.Load()}
				return own, nil
			},
		}
		s.Config.ConnState = func(c net.Conn, state http.ConnState) {
			g.mu.Lock()
			defer g.mu.Unlock()
			switch state {
			case http.StateNew:
				g.open[c] = true
				g.made++
			case http.StateClosed, http.StateHijacked:
				delete(g.open, c)
			}
		}
	}}, with...)...)
	g.TLS = kubeconfig.TLS{CAFile: write(t, g.dir, "ca", g.ca.pem)}
	return g
}

// identified sets the files of a client certificate in the Config.
func (g *guarded) identified(t *testing.T) *guarded {
	g.TLS.CertFile, g.TLS.KeyFile = filepath.Join(g.dir, "cert"), filepath.Join(g.dir, "key")
	g.renew(t, "first")
	return g
}

func (g *guarded) renew(t *testing.T, name string) {
	_, cert, key := g.ca.issue(t, name, time.Now().Add(time.Hour))
	write(t, g.dir, "cert", cert)
	write(t, g.dir, "key", key)
}

func (g *guarded) handle(w http.ResponseWriter, r *http.Request) {
	name := "none"
	certs := r.TLS.PeerCertificates
	if len(certs) > 0 {
		name = certs[0].Subject.CommonName
	}
	switch {
	case r.Header.Get("Upgrade") != "":
		w.Header().Set("Warning", `299 - "`+name+`"`)
		accept(w, r)
	case r.URL.Query().Has("watch"): // a line for each that the test sends
		_ = http.NewResponseController(w).EnableFullDuplex()
		for lines := bufio.NewScanner(r.Body); lines.Scan(); {
			fmt.Fprintln(w, name)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	default:
		_, _ = io.WriteString(w, name)
	}
}

func (g *guarded) client(t *testing.T, opts ...transport.Option) *transport.Client {
	c := newClient(t, g.Config, opts...)
	transport.SetClock(c, g.clock.now)
	return c
}

// connections waits until open connections are left, and returns how many were made.
func (g *guarded) connections(t *testing.T, open int) int {
	t.Helper()
	count := func() (int, int) {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.open), g.made
	}
	require.Eventually(t, func() bool { now, _ := count(); return now == open }, time.Minute, time.Millisecond)
	_, made := count()
	return made
}

// close closes the connections of c, which are idle. With HTTP/2 they become so shortly.
func (g *guarded) close(t *testing.T, c *transport.Client) {
	t.Helper()
	require.Eventually(t, func() bool {
		c.Close()
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.open) == 0
	}, time.Minute, time.Millisecond)
}

// clock is a clock that the test moves.
type clock struct{ passed atomic.Int64 }

func (c *clock) now() time.Time        { return time.Unix(0, c.passed.Load()) }
func (c *clock) pass(by time.Duration) { c.passed.Add(int64(by)) }

func fetched(t *testing.T, c *transport.Client) string {
	t.Helper()
	body, err := c.Fetch(t.Context(), get())
	require.NoError(t, err)
	return string(body)
}

func TestANewClientCertificateIsPresentedWithinFiveMinutes(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			g := guard(t, with).identified(t)
			c := g.client(t)
			require.Equal(t, "first", fetched(t, c))
			g.renew(t, "second")
			g.clock.pass(5*time.Minute - 1)
			require.Equal(t, "first", fetched(t, c), "over the same connection")
			require.Equal(t, 1, g.connections(t, 1))
			g.clock.pass(1)
			require.Equal(t, "second", fetched(t, c))
			require.Equal(t, 2, g.connections(t, 1), "the old connection is closed")
			g.clock.pass(5 * time.Minute)
			require.Equal(t, "second", fetched(t, c))
			require.Equal(t, 2, g.connections(t, 1), "the connection is kept without a change")
		})
	}
}

func TestHandshakesReadTheClientCertificateOnceASecond(t *testing.T) {
	g := guard(t).identified(t)
	c := g.client(t)
	require.Equal(t, "first", transport.Certificate(c).Subject.CommonName)
	g.renew(t, "second")
	g.clock.pass(time.Second - 1)
	echoed(t, c, "one")
	require.Equal(t, "first", transport.Certificate(c).Subject.CommonName)
	g.clock.pass(1)
	echoed(t, c, "two")
	require.Equal(t, "second", transport.Certificate(c).Subject.CommonName)
}

func TestANewCertificateDoesNotEndOpenStreams(t *testing.T) {
	g := guard(t).identified(t)
	var told []string
	c := g.client(t, transport.WithWarningHandler(func(w transport.Warning) { told = append(told, w.Text) }))
	older, err := c.Upgrade(t.Context(), execRequest(), v4)
	require.NoError(t, err)
	defer older.Close()
	require.Equal(t, "first", fetched(t, c))
	g.renew(t, "second")
	g.clock.pass(time.Second)
	echoed(t, c, "text")
	require.Equal(t, []string{"first", "second"}, told)
	require.Equal(t, "second", fetched(t, c), "the handshake of the stream read the files")
	_, err = older.Write([]byte("still here"))
	require.NoError(t, err)
	_, got, err := message(older)
	require.NoError(t, err)
	require.Equal(t, "still here", got)
	require.Equal(t, 4, g.connections(t, 1), "two for streams, and two for requests, of which one is closed")
}

func TestANewCertificateDoesNotEndRunningRequests(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			g := guard(t, with).identified(t)
			c := g.client(t)
			in, lines := io.Pipe()
			req, err := http.NewRequestWithContext(t.Context(), "POST", c.Server()+"/api/v1/pods?watch=1", in)
			require.NoError(t, err)
			type result struct {
				resp *http.Response
				err  error
			}
			answered := make(chan result, 1)
			go func() {
				resp, err := transport.RoundTripper(c).RoundTrip(req)
				answered <- result{resp, err}
			}()
			_, err = io.WriteString(lines, "one\n")
			require.NoError(t, err)
			watch := <-answered
			require.NoError(t, watch.err)
			events := bufio.NewReader(watch.resp.Body)
			line, err := events.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "first\n", line)

			g.renew(t, "second")
			g.clock.pass(5 * time.Minute)
			require.Equal(t, "second", fetched(t, c))
			_, err = io.WriteString(lines, "two\n")
			require.NoError(t, err)
			line, err = events.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "first\n", line)
			require.Equal(t, 2, g.connections(t, 2))

			require.NoError(t, lines.Close())
			require.NoError(t, watch.resp.Body.Close())
			require.Equal(t, "second", fetched(t, c))
			require.Equal(t, 2, g.connections(t, 1), "the old connection is closed after its last request")
		})
	}
}

func TestACertificateIsReadThroughASwappedSymlink(t *testing.T) {
	g := guard(t).identified(t)
	// The layout of Kubernetes: links into ..data, which is a link to a folder with a date.
	mounted := t.TempDir()
	fill := func(folder, name string) {
		own := filepath.Join(mounted, folder)
		require.NoError(t, os.Mkdir(own, 0o700))
		_, cert, key := g.ca.issue(t, name, time.Now().Add(time.Hour))
		write(t, own, "tls.crt", cert)
		write(t, own, "tls.key", key)
		require.NoError(t, os.Symlink(folder, filepath.Join(mounted, "..data_tmp")))
		require.NoError(t, os.Rename(filepath.Join(mounted, "..data_tmp"), filepath.Join(mounted, "..data")))
	}
	fill("..2026_01", "first")
	g.TLS.CertFile, g.TLS.KeyFile = filepath.Join(mounted, "tls.crt"), filepath.Join(mounted, "tls.key")
	require.NoError(t, os.Symlink(filepath.Join("..data", "tls.crt"), g.TLS.CertFile))
	require.NoError(t, os.Symlink(filepath.Join("..data", "tls.key"), g.TLS.KeyFile))
	c := g.client(t)
	require.Equal(t, "first", fetched(t, c))
	fill("..2026_02", "second")
	require.NoError(t, os.RemoveAll(filepath.Join(mounted, "..2026_01")))
	g.clock.pass(5 * time.Minute)
	require.Equal(t, "second", fetched(t, c))
}

func TestTheLastValidCertificateStaysInUse(t *testing.T) {
	g := guard(t).identified(t)
	c := g.client(t)
	require.Equal(t, "first", fetched(t, c))
	good := [2][]byte{}
	for i, file := range []string{g.TLS.CertFile, g.TLS.KeyFile} {
		var err error
		good[i], err = os.ReadFile(file)
		require.NoError(t, err)
	}
	_, cert, key := g.ca.issue(t, "second", time.Now().Add(time.Hour))
	for what, spoil := range map[string]func(){
		"half written": func() { write(t, g.dir, "cert", cert) },
		"empty":        func() { write(t, g.dir, "key", nil) },
		"cut off":      func() { write(t, g.dir, "cert", cert[:100]) },
		"not there":    func() { require.NoError(t, os.Remove(g.TLS.KeyFile)) },
		"not readable": func() {
			require.NoError(t, os.Remove(g.TLS.CertFile))
			require.NoError(t, os.Mkdir(g.TLS.CertFile, 0o700))
		},
		"not PEM":       func() { write(t, g.dir, "key", []byte("s3cret")) },
		"a certificate": func() { write(t, g.dir, "key", cert) },
	} {
		spoil()
		g.clock.pass(5 * time.Minute)
		require.Equal(t, "first", fetched(t, c), what)
		echoed(t, c, what)
		require.Equal(t, "first", transport.Certificate(c).Subject.CommonName, what)
		require.NoError(t, os.RemoveAll(g.TLS.CertFile))
		write(t, g.dir, "cert", good[0])
		write(t, g.dir, "key", good[1])
	}
	write(t, g.dir, "cert", cert)
	write(t, g.dir, "key", key)
	g.clock.pass(10*time.Second - 1)
	require.Equal(t, "first", fetched(t, c))
	g.clock.pass(1)
	require.Equal(t, "second", fetched(t, c))
	g.connections(t, 1)
}

func TestInlineCertificatesAreNotRead(t *testing.T) {
	g := guard(t)
	_, cert, key := g.ca.issue(t, "first", time.Now().Add(time.Hour))
	g.TLS = kubeconfig.TLS{CAData: g.ca.pem, CertData: cert, KeyData: key}
	c := g.client(t)
	for range 3 {
		require.Equal(t, "first", fetched(t, c))
		transport.Reload(c)
		g.clock.pass(5 * time.Minute)
	}
	require.Equal(t, 1, g.connections(t, 1))
}

func TestTheAuthorityIsReadEveryFiveMinutes(t *testing.T) {
	g := guard(t)
	c := g.client(t)
	fetched(t, c)
	write(t, g.dir, "ca", newAuthority(t).pem)
	g.clock.pass(5*time.Minute - 1)
	fetched(t, c)
	g.clock.pass(1)
	_, err := c.Fetch(t.Context(), get())
	require.ErrorContains(t, err, "unknown authority", "a connection of the earlier authority is not reused")
	require.Equal(t, 2, g.connections(t, 0), "one is closed, and one was refused")
	write(t, g.dir, "ca", g.ca.pem)
	fetched(t, c)

	for _, spoil := range []func(){
		func() { write(t, g.dir, "ca", []byte("garbage")) },
		func() { write(t, g.dir, "ca", nil) },
		func() { require.NoError(t, os.Remove(g.TLS.CAFile)) },
	} {
		spoil()
		g.clock.pass(5 * time.Minute)
		fetched(t, c)
		echoed(t, c, "text")
	}
	write(t, g.dir, "ca", newAuthority(t).pem)
	g.clock.pass(10 * time.Second)
	_, err = c.Fetch(t.Context(), get())
	require.ErrorContains(t, err, "unknown authority", "after a failure the file is read sooner")
}

func TestAnUnknownAuthorityReadsTheFileAndSendsTheRequestAgain(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			g := guard(t, with)
			c := g.client(t)
			fetched(t, c)
			for range 2 { // the file never holds both authorities
				next := newAuthority(t)
				pair, _, _ := next.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
				g.cert.Store(&pair)
				_, err := c.Upgrade(t.Context(), execRequest(), v4)
				require.ErrorContains(t, err, "unknown authority", "while the file is missing")
				require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
				write(t, g.dir, "ca", next.pem)
				g.close(t, c)
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						_, err := c.Fetch(t.Context(), send("POST", "{}"))
						if err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				echoed(t, c, "text")
			}
		})
	}
}

func TestReloadReadsANewCertificateAtOnce(t *testing.T) {
	g := guard(t).identified(t)
	c := g.client(t)
	require.Equal(t, "first", fetched(t, c))
	transport.Reload(c)
	require.Equal(t, "first", transport.Certificate(c).Subject.CommonName)
	g.renew(t, "second")
	transport.Reload(c)
	require.Equal(t, "second", transport.Certificate(c).Subject.CommonName)
	transport.Reload(c)
	require.Equal(t, "second", fetched(t, c))
	require.Equal(t, 2, g.connections(t, 1))
}

func TestAPluginsCertificateReplacesTheFilesCertificate(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			g := guard(t, with)
			c := g.client(t)
			require.Equal(t, "none", fetched(t, c))
			require.Nil(t, transport.Certificate(c))
			_, cert, key := g.ca.issue(t, "plugin", time.Now().Add(time.Hour))
			for range 2 { // a plugin may return the same certificate again
				pair, err := tls.X509KeyPair(cert, key)
				require.NoError(t, err)
				transport.Present(c, &pair)
				require.Equal(t, "plugin", fetched(t, c))
				require.Equal(t, "plugin", transport.Certificate(c).Subject.CommonName)
				require.Equal(t, 2, g.connections(t, 1))
			}
			transport.Present(c, nil)
			require.Equal(t, "none", fetched(t, c))
			require.Equal(t, 3, g.connections(t, 1))
		})
	}
}

func TestConcurrentRequestsSurviveARotation(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			g := guard(t, with).identified(t)
			c := g.client(t)
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for range 25 {
						body, err := c.Fetch(t.Context(), get())
						if err != nil || string(body) == "none" {
							t.Errorf("%q, %v", body, err)
						}
					}
				})
			}
			for i := range 5 {
				g.renew(t, fmt.Sprint(i))
				g.clock.pass(5 * time.Minute)
			}
			all.Wait()
			g.clock.pass(5 * time.Minute)
			require.Equal(t, "4", fetched(t, c))
			g.close(t, c)
		})
	}
}
