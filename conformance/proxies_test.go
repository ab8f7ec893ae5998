package conformance_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxyUser is the user that the proxies accept.
const proxyUser = "kx"

// behindProxy is a name of the server that only the proxies resolve. Go uses no proxy for loopback
// addresses.
const behindProxy = "kubernetes.invalid"

// throughProxies are the kinds of proxy. Each is used for a read, a write and a stream.
func throughProxies() []behaviour {
	var all []behaviour
	for _, kind := range []struct {
		name  string
		start func(*testing.T) *proxy
	}{
		{"an http proxy", startTinyproxy},
		{"an https proxy", startTinyproxyBehindTLS},
		{"a socks5 proxy", startMicrosocks},
	} {
		all = append(
			all,
			behaviour{
				"complaint #126134, #104005, proxies break exec: " + kind.name + " of a kubeconfig is used for get, " +
					"patch, exec and port-forward",
				func(t *testing.T, w *world) {
					p := kind.start(t)
					w.used(
						t,
						identity{file: w.behind(t, p.url(p.password)), env: p.env},
						"get",
						"patch",
						"exec",
						"port-forward",
					)
					require.GreaterOrEqual(t, p.connections(t), 4)
				},
			},
			behaviour{kind.name + " of the environment is used for get, patch and exec", func(t *testing.T, w *world) {
				p := kind.start(t)
				file := w.behind(t, "")
				env := append(p.env, "HTTPS_PROXY="+p.url(p.password), "NO_PROXY=10.0.0.0/8,example.com")
				w.used(t, identity{file: file, env: env})
				connections := p.connections(t)
				require.GreaterOrEqual(t, connections, 3)
				done := w.as(
					t,
					identity{file: file, env: append(env, "NO_PROXY=10.0.0.0/8,"+behindProxy)},
					"get",
					"pods",
				)
				require.Equal(t, 1, done.code)
				require.Contains(t, done.stderr, "lookup "+behindProxy, "the proxy is passed by")
				require.Equal(t, connections, p.connections(t))
			}},
			behaviour{
				kind.name + " that refuses the password is named, and the password is not",
				func(t *testing.T, w *world) {
					p := kind.start(t)
					done := w.as(
						t,
						identity{file: w.behind(t, p.url("wrong-password")), env: p.env},
						"get",
						"pods",
						"-v",
						"9",
					)
					require.Equal(t, 1, done.code)
					require.Contains(t, done.stderr, "proxy")
					require.NotContains(t, done.stderr, "wrong-password")
					require.Zero(t, p.connections(t))
				},
			},
		)
	}
	return all
}

// behind writes a kubeconfig of an administrator whose server has a name that only a proxy
// resolves.
func (w *world) behind(t *testing.T, proxyURL string) string {
	t.Helper()
	cfg := *w.config
	server, err := url.Parse(cfg.Server)
	require.NoError(t, err)
	if cfg.TLS.ServerName == "" {
		cfg.TLS.ServerName = server.Hostname()
	}
	server.Host = behindProxy + ":" + server.Port()
	cfg.Server, cfg.ProxyURL = server.String(), proxyURL
	return w.write(t, &cfg, w.administrator(t))
}

// proxy is a proxy program that runs for one test.
type proxy struct {
	scheme, address, password string
	env                       []string // what a client needs to trust it
	log                       string   // the log file
	connected                 string   // the log line of a connection
}

func (p *proxy) url(password string) string {
	return (&url.URL{Scheme: p.scheme, User: url.UserPassword(proxyUser, password), Host: p.address}).String()
}

// connections counts the connections to the server.
func (p *proxy) connections(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(p.log)
	require.NoError(t, err)
	return strings.Count(string(text), p.connected)
}

// findProxies reports whether the programs are installed. An end-to-end run needs them.
func findProxies(t *testing.T) bool {
	for _, program := range []string{"tinyproxy", "microsocks", "unshare"} {
		if _, err := exec.LookPath(program); err != nil {
			require.False(t, *e2e, "-e2e needs %s", program)
			return false
		}
	}
	return true
}

func startTinyproxy(t *testing.T) *proxy {
	dir := t.TempDir()
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	p := &proxy{
		scheme:    "http",
		address:   address,
		password:  "pass-w.rd_1",
		log:       filepath.Join(dir, "log"),
		connected: "Established connection to host",
	}
	config := filepath.Join(dir, "tinyproxy.conf")
	require.NoError(
		t,
		os.WriteFile(
			config,
			fmt.Appendf(
				nil,
				"Port %s\nListen %s\nTimeout 600\nMaxClients 100\nBasicAuth %s %s\nLogFile %q\nLogLevel Info\n",
				port, host, proxyUser, p.password, p.log,
			),
			0o600,
		),
	)
	runProxy(t, p, "tinyproxy", "-d", "-c", config)
	return p
}

// startTinyproxyBehindTLS terminates TLS in front of tinyproxy.
func startTinyproxyBehindTLS(t *testing.T) *proxy {
	p := startTinyproxy(t)
	behind := p.address
	ca := httptest.NewUnstartedServer(nil) // provides a certificate for 127.0.0.1
	ca.StartTLS()
	defer ca.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: ca.TLS.Certificates})
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go relay(conn, behind)
		}
	}()
	p.scheme, p.address = "https", listener.Addr().String()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(roots, encodeCertificate(ca.Certificate()), 0o600))
	p.env = []string{"SSL_CERT_FILE=" + roots}
	return p
}

func encodeCertificate(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// relay copies in both directions until one side ends.
func relay(conn net.Conn, to string) {
	defer conn.Close()
	other, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer other.Close()
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{conn, other}, {other, conn}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

func startMicrosocks(t *testing.T) *proxy {
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	p := &proxy{
		scheme:    "socks5",
		address:   address,
		password:  "p@ss:w/rd%",
		log:       filepath.Join(t.TempDir(), "log"),
		connected: "connected to",
	}
	runProxy(t, p, "microsocks", "-i", host, "-p", port, "-u", proxyUser, "-P", p.password)
	return p
}

// freeAddress returns a free address, because neither program can choose one. Its host differs from
// that of other tests, which could take the port meanwhile.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.2:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// runProxy starts a program with an /etc/hosts in which the server's name is this machine. It waits
// until the program listens.
func runProxy(t *testing.T, p *proxy, program string, args ...string) {
	hosts := filepath.Join(t.TempDir(), "hosts")
	require.NoError(t, os.WriteFile(hosts, []byte("127.0.0.1 localhost "+behindProxy+"\n"), 0o644))
	namespaces := "--mount"
	if os.Geteuid() != 0 {
		namespaces = "--map-root-user"
	}
	cmd := exec.Command(
		"unshare",
		append(
			[]string{"--mount", namespaces, "sh", "-c", `mount --bind "$0" /etc/hosts && exec "$@"`, hosts, program},
			args...)...)
	output, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	require.NoError(t, err)
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it serves until it is killed
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	listens := false
	eventually(t, program+" listens", func() bool {
		select {
		case <-ended:
			return true
		default:
		}
		conn, err := net.Dial("tcp", p.address)
		if err == nil {
			conn.Close()
		}
		listens = err == nil
		return listens
	})
	if !listens {
		text, _ := os.ReadFile(p.log)
		require.Fail(t, program+" ended", "%s", text)
	}
}
