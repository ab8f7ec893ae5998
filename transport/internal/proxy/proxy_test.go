package proxy

import (
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestTheEnvironmentsProxyIsUsedUnlessTheConfigurationNamesOne(t *testing.T) {
	const none = "none"
	const malformed = "transport: HTTPS_PROXY is not a URL: write it as http://HOST:PORT or " +
		"http://USER:PASSWORD@HOST:PORT, with %XX for special characters"
	rows := []struct {
		env  string
		want map[string]string
	}{
		{"", map[string]string{"https://api.example": none, "http://api.example": none}},
		{"HTTPS_PROXY=http://me:s3cret@env", map[string]string{
			"https://api.example": "http env:80 HTTPS_PROXY", "http://api.example": none,
			"https://127.0.0.1": none,
			"https://localhost": none, "https://[::1]:6443": none}},
		{"https_proxy=env:3128", map[string]string{"https://api.example": "http env:3128 https_proxy"}},
		{"HTTPS_PROXY=https://one https_proxy=http://two",
			map[string]string{"https://api.example": "https one:443 HTTPS_PROXY"}},
		{"HTTP_PROXY=http://env ALL_PROXY=http://all",
			map[string]string{"https://api.example": none, "http://api.example": "http env:80 HTTP_PROXY"}},
		{"HTTPS_PROXY=socks5://env",
			map[string]string{"https://api.example": "socks5 env:1080 HTTPS_PROXY"}},
		{"HTTPS_PROXY=socks5h://[::1]:9 NO_PROXY=*", map[string]string{"https://api.example": none}},
		{"HTTPS_PROXY=http://[fd00::1] " +
			"NO_PROXY=.internal,example.com,10.0.0.0/8,fd00::/8,192.168.1.1,host:6443",
			map[string]string{
				"https://api.example":  "http [fd00::1]:80 HTTPS_PROXY",
				"https://api.internal": none, "https://internal": "http [fd00::1]:80 HTTPS_PROXY",
				"https://example.com": none, "https://a.example.com:6443": none,
				"https://10.1.2.3:6443": none, "https://11.1.2.3:6443": "http [fd00::1]:80 HTTPS_PROXY",
				"https://[fd12::3]":     none,
				"https://192.168.1.1:1": none, "https://host:6443": none,
				"https://host:443": "http [fd00::1]:80 HTTPS_PROXY"}},
		{"HTTPS_PROXY=http://env no_proxy=api.example", map[string]string{"https://api.example": none}},
		{"HTTPS_PROXY=ftp://me:s3cret@env", map[string]string{
			"https://api.example": "transport: HTTPS_PROXY ftp://REDACTED@env has a scheme other than " +
				"http, https and socks5"}},
		{"HTTPS_PROXY=http://me:s3cret%@env", map[string]string{
			"https://api.example": malformed, "http://api.example": none, "https://127.0.0.1:6443": none,
			"https://localhost": none, "https://[::1]": none}},
		{"https_proxy=http://me:s3cret#@env", map[string]string{
			"https://api.example": strings.Replace(malformed, "HTTPS_PROXY", "https_proxy", 1)}},
		{"HTTP_PROXY=http://me:s3cret", map[string]string{
			"https://api.example": none, "http://api.example": strings.Replace(malformed, "HTTPS",
				"HTTP", 1)}},
		{"HTTPS_PROXY=http:// HTTP_PROXY=http://p", map[string]string{"https://api.example": malformed}},
		{"HTTPS_PROXY=http://p:0", map[string]string{
			"https://api.example": strings.Replace(malformed, "is not a URL",
				"has a port that is not 1 to 65535", 1)}},
		{"HTTPS_PROXY=http://[ NO_PROXY=*", map[string]string{"https://api.example": none}},
		{"HTTPS_PROXY=http://[ NO_PROXY=,*.internal,,:1,.a, no_proxy=*", map[string]string{
			"https://internal": malformed, "https://x.internal": none,
			"https://a": malformed, "https://b.A": none}},
		{"HTTP_PROXY=http://env REQUEST_METHOD=GET",
			map[string]string{"http://api.example": "transport: refusing to use HTTP_PROXY value in CGI " +
				"environment; see " +
				"golang.org/s/cgihttpproxy"}},
	}
	// NO_PROXY means the same to a proxy that does not parse.
	for _, r := range rows {
		env, isList := strings.CutPrefix(r.env, "HTTPS_PROXY=http://[fd00::1] ")
		if isList {
			want := map[string]string{}
			for target, proxy := range r.want {
				if proxy != none {
					proxy = malformed
				}
				want[target] = proxy
			}
			r.env, r.want = "HTTPS_PROXY=http://[fd00::1 "+env, want
			rows = append(rows, r)
		}
	}
	row, child := os.LookupEnv("KX_TEST_PROXY")
	if child {
		for _, r := range rows {
			if r.env != row {
				continue
			}
			for target, want := range r.want {
				require.Equal(t, want, chosenProxy(t, &kubeconfig.Config{}, target), target)
				require.Equal(t, "http own:2 proxy-url",
					chosenProxy(t, &kubeconfig.Config{ProxyURL: "http://own:2"}, target), target)
			}
			return
		}
		t.Fatalf("no row %q", row)
	}
	for _, r := range rows {
		t.Run(r.env, func(t *testing.T) {
			// net/http reads the environment once per process, so each row is a process of its own.
			cmd := exec.Command(os.Args[0], "-test.run=^TestTheEnvironmentsProxyIsUsedUnlessTheConfigurationNamesOne$",
				"-test.v")
			cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
				name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
				return strings.HasSuffix(name, "_PROXY") || name == "REQUEST_METHOD"
			})
			cmd.Env = append(append(cmd.Env, strings.Fields(r.env)...), "KX_TEST_PROXY="+r.env, "GORACE=atexit_sleep_ms=0")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Contains(t, string(out), "PASS: TestTheEnvironments")
		})
	}
}

// chosenProxy describes the proxy for target: scheme, address and field, "none", or an error.
func chosenProxy(t *testing.T, cfg *kubeconfig.Config, target string) string {
	base, err := url.Parse(target)
	require.NoError(t, err)
	p, err := For(cfg, base, "the configuration")
	switch {
	case err != nil:
		return err.Error()
	case p == nil:
		return "none"
	}
	return p.scheme + " " + p.Address + " " + p.field
}

func TestAProxyHasAMinuteToConnectToTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go func() { _, _ = theirs.Read(make([]byte, 1024)) }()
		p := &Proxy{Address: "p:1", field: "proxy-url", place: "F"}
		start := time.Now()
		err := p.wrap(runWithin(t.Context(), ours, tunnelTimeout, func() error { return p.requestConnect(ours, "h:443") }))
		require.ErrorContains(t, err, "proxy p:1: read pipe: i/o timeout")
		require.Equal(t, time.Minute, time.Since(start))
		_, err = ours.Read(nil)
		require.ErrorContains(t, err, "closed")
	})
}

func TestTheTimeLimitOfTheHandshakeDoesNotLimitTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		require.NoError(t, runWithin(t.Context(), ours, tunnelTimeout, func() error { return nil }))
		go func() {
			time.Sleep(2 * tunnelTimeout)
			theirs.Close()
		}()
		_, err := ours.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	})
}
