package transport_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func TestEachSpellingOfAServerThatNetHTTPDialsWorks(t *testing.T) {
	var host sync.Map // the last Host header
	handle := func(w http.ResponseWriter, r *http.Request) {
		host.Store("", r.Host)
		answer(w, r)
	}
	secure := serve(t, handle)
	plain := httptest.NewServer(http.HandlerFunc(handle))
	t.Cleanup(plain.Close)
	for spelling, want := range map[string]struct{ dialled, host string }{
		"https://k":                     {"k:443", "k"},
		"https://k:":                    {"k:443", "k"},
		"https://k:/k8s/":               {"k:443", "k"},
		"https://k:6443?a#b":            {"k:6443", "k:6443"},
		"https://k:0443":                {"k:0443", "k:0443"},
		"HTTPS://K.Example.:":           {"K.Example.:443", "K.Example."},
		"https://my_host":               {"my_host:443", "my_host"},
		"https://[::1]:":                {"[::1]:443", "[::1]"},
		"https://[fe80::1%25eth0]:6443": {"[fe80::1%eth0]:6443", ""},
		"https://[fe80::1%25eth0]:":     {"[fe80::1%eth0]:443", ""},
		"https://b\u00fccher.example:":  {"xn--bcher-kva.example:443", "xn--bcher-kva.example"},
		"https://b%C3%BCcher.example:1": {"xn--bcher-kva.example:1", "xn--bcher-kva.example:1"},
		"http://k:":                     {"k:80", "k"},
		"http://[::1]:":                 {"[::1]:80", "[::1]"},
	} {
		t.Run(spelling, func(t *testing.T) {
			to := secure.Server
			if spelling[:5] == "http:" {
				to = plain.URL
			}
			server, err := url.Parse(to)
			require.NoError(t, err)
			var mu sync.Mutex
			var dialled []string
			c := newClient(t, &kubeconfig.Config{Server: spelling, TLS: kubeconfig.TLS{Insecure: true}},
				transport.WithDialContext(func(ctx context.Context, network, address string) (net.Conn, error) {
					mu.Lock()
					defer mu.Unlock()
					dialled = append(dialled, address)
					return new(net.Dialer).DialContext(ctx, network, server.Host)
				}))
			_, err = c.Fetch(t.Context(), get())
			require.NoError(t, err)
			for _, call := range []func(){func() {}, func() { echoed(t, c, "one") }} {
				call()
				got, _ := host.Load("")
				if want.host != "" { // net/http sends a zone with HTTP/2, and none with HTTP/1.1
					require.Equal(t, want.host, got)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			require.Equal(t, []string{want.dialled, want.dialled}, dialled)
		})
	}
}

func TestASpellingThatNobodyCanDialIsRefusedByNew(t *testing.T) {
	const notURL = "is not an http or https URL: write it as https://HOST:PORT"
	for server, want := range map[string]string{
		"https://k:0":       "has a port that is not 1 to 65535",
		"https://k:65536":   "has a port that is not 1 to 65535",
		"https://a,b":       "has a character in its host that no host may have",
		"https://:6443":     notURL,
		"https://::1":       notURL,
		"https://k:https":   notURL,
		"https://[1.2.3.4]": notURL,
	} {
		shown := server
		if _, err := url.Parse(server); err != nil { // a password may be anywhere in it
			shown = "(a URL that cannot be read)"
		}
		_, err := transport.New(&kubeconfig.Config{Server: server})
		require.EqualError(t, err, "transport: server "+shown+" "+want)
	}
}
