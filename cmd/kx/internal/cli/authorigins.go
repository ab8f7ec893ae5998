package cli

import (
	"cmp"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/debugcmd"
	"github.com/kx-k8s/kx/kubeconfig"
)

// variables change what kx does, beside those that the page shows with the values that they set.
// None of them is a secret.
var variables = []string{"KX_CONFIG", "KX_DEBUG_IMAGE", "KX_DEBUG_IMAGES",
	"KX_COMPLETION_TIMEOUT", "NO_COLOR", "NO_PROXY", "no_proxy"}

// from adds to a value of the page the flag, variable or field that set it, or nothing for "".
func from(value, source string) string {
	if source == "" {
		return value
	}
	return value + " (" + source + ")"
}

// byFlag returns the name of a flag that is given.
func byFlag(name, value string) string {
	if value == "" {
		return ""
	}
	return name
}

// configRows returns the lines of the configuration.
func configRows(c *command.Connection, cfg *kubeconfig.Config) [][]string {
	source := &cfg.Source
	files := from(strings.Join(source.Files, ", "),
		cmp.Or(byFlag("--kubeconfig", c.Path), byFlag("$KUBECONFIG", os.Getenv("KUBECONFIG")),
			"default"))
	if len(source.Files) == 0 {
		files = "none"
		if cfg.BearerTokenFile != "" {
			files = "none: the service account of this pod is used"
		}
	}
	context := "none"
	if source.Context != "" {
		context = from(source.Context, cmp.Or(byFlag("--context", c.Context), "current-context"))
	}
	as := &cfg.Impersonate
	rows := [][]string{
		row("kubeconfig", files), row("context", context),
		row("cluster", from(cmp.Or(source.Cluster, "none"), byFlag("--cluster", c.Cluster))),
		row("user", from(cmp.Or(source.User, "none"), byFlag("--user", c.User))),
		row("server", from(cfg.Server, byFlag("--server", c.Override.Server))),
	}
	if as.User != "" {
		rows = append(rows, row("acting as", from(as.User,
			byFlag("--as", c.Override.Impersonate.User))))
	}
	proxy := proxyText(cfg)
	if proxy != "" {
		rows = append(rows, row("proxy", proxy))
	}
	settings := debugcmd.UserConfigFile()
	info, err := os.Stat(settings)
	if err == nil && info.Mode().IsRegular() {
		rows = append(rows, row("settings", settings))
	}
	for _, name := range variables {
		value := os.Getenv(name)
		if value != "" {
			rows = append(rows, row("environment", name+"="+value))
		}
	}
	return rows
}

// proxyText returns the proxy that the client will use, without its user and password, or "". A
// proxy that does not parse is an error of the client.
func proxyText(cfg *kubeconfig.Config) string {
	server, err := url.Parse(cfg.Server)
	if err != nil {
		return ""
	}
	source := "proxy-url"
	proxy, err := url.Parse(cfg.ProxyURL)
	if cfg.ProxyURL == "" {
		source = "$" + strings.ToUpper(server.Scheme) + "_PROXY"
		proxy, err = http.ProxyFromEnvironment(&http.Request{URL: server})
	}
	if err != nil || proxy == nil {
		return ""
	}
	return from(proxy.Scheme+"://"+proxy.Host, source)
}
