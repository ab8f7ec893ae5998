package parity_test

import (
	"bytes"
	"encoding/base64"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // as kubectl: oidc, and gcp and azure as errors
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	clienttransport "k8s.io/client-go/transport"

	"github.com/kx-k8s/kx/kubeconfig"
)

// resolution is the result of a loader for a set: an error, or values by name. An empty value is
// absent.
type resolution struct {
	err    error
	values map[string]string
	config *kubeconfig.Config // kx's
}

func (r resolution) String() string {
	if r.err != nil {
		return "error: " + r.err.Error()
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.values)) {
		fmt.Fprintf(&b, "%s: %s\n", name, r.values[name])
	}
	return b.String()
}

// differs names the values that are not the same; two errors are the same.
func (r resolution) differs(other resolution) []string {
	switch {
	case r.err != nil && other.err != nil:
		return nil
	case r.err != nil || other.err != nil:
		return []string{"error"}
	}
	var names []string
	for name := range r.values {
		if r.values[name] != other.values[name] {
			names = append(names, name)
		}
	}
	for name := range other.values {
		if _, ok := r.values[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func resolved(values map[string]string) resolution {
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	return resolution{values: values}
}

// oursOf puts what kx's loader returned into the form that is compared.
func oursOf(c *kubeconfig.Config, err error) resolution {
	if err != nil {
		return resolution{err: err}
	}
	values := map[string]string{
		"server":    c.Server,
		"namespace": c.Namespace,
		"caFile":    c.TLS.CAFile, "caData": string(c.TLS.CAData),
		"certFile": c.TLS.CertFile, "certData": string(c.TLS.CertData),
		"keyFile": c.TLS.KeyFile, "keyData": string(c.TLS.KeyData),
		"serverName":  c.TLS.ServerName,
		"insecure":    flagText(c.TLS.Insecure),
		"compression": flagText(!c.DisableCompression),
		"tokenFile":   c.BearerTokenFile,
		"warnings":    strings.Join(warningKinds(c.Warnings), ", "),
	}
	if c.ProxyURL != "" {
		proxy, err := url.Parse(c.ProxyURL)
		if err != nil {
			return resolution{err: err}
		}
		values["proxy"] = proxy.String()
	}
	values["impersonate"] = impersonateText(c.Impersonate.User, c.Impersonate.UID, c.Impersonate.Groups, c.Impersonate.Extra)
	switch {
	case c.BearerTokenFile != "":
		token, err := os.ReadFile(c.BearerTokenFile)
		values["authorization"] = "Bearer " + strings.TrimSpace(string(token))
		if err != nil && c.BearerToken != "" {
			values["authorization"] = "Bearer " + c.BearerToken // the last good value
		}
	case c.BearerToken != "":
		values["authorization"] = "Bearer " + c.BearerToken
	case c.Username != "" || c.Password != "":
		values["authorization"] = basicText(c.Username, c.Password)
	}
	e := c.Exec
	if e != nil {
		env := []clientcmdapi.ExecEnvVar{}
		for _, v := range e.Env {
			env = append(env, clientcmdapi.ExecEnvVar{Name: v.Name, Value: v.Value})
		}
		values["exec"] = execText(e.APIVersion, e.Command, e.Args, env, e.InstallHint, string(e.InteractiveMode), e.ProvideClusterInfo, e.ClusterConfig)
	}
	r := resolved(values)
	r.config = c
	return r
}

// theirsOf loads a set as kubectl does, up to the requests that go out.
func theirsOf(s *kubeconfigSet) resolution {
	r, err := clientGoResolution(s)
	if err != nil {
		return resolution{err: err}
	}
	return r
}

// localhost is where kubectl ends up without a server.
const localhost = "http://localhost:8080"

// clientConfig is what kubectl makes of its flags, with the fields that Overrides has.
func clientConfig(s *kubeconfigSet) clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = s.options.Path
	defaults := clientcmdapi.Cluster{Server: localhost}
	rules.DefaultClientConfig = clientcmd.NewDefaultClientConfig(*clientcmdapi.NewConfig(), &clientcmd.ConfigOverrides{ClusterDefaults: defaults})
	o := s.options
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{
		ClusterDefaults: defaults,
		CurrentContext:  o.Context,
		Context:         clientcmdapi.Context{Namespace: o.Namespace, Cluster: o.Cluster, AuthInfo: o.User},
		ClusterInfo: clientcmdapi.Cluster{
			Server: o.Override.Server, TLSServerName: o.Override.TLSServerName,
			InsecureSkipTLSVerify: o.Override.Insecure, CertificateAuthority: o.Override.CAFile,
		},
		AuthInfo: clientcmdapi.AuthInfo{
			ClientCertificate: o.Override.CertFile, ClientKey: o.Override.KeyFile, Token: o.Override.Token,
			Impersonate: o.Override.Impersonate.User, ImpersonateUID: o.Override.Impersonate.UID,
			ImpersonateGroups: o.Override.Impersonate.Groups, ImpersonateUserExtra: o.Override.Impersonate.Extra,
		},
	})
}

func clientGoResolution(s *kubeconfigSet) (resolution, error) {
	loader := clientConfig(s)
	c, err := loader.ClientConfig()
	if err != nil {
		return resolution{}, err
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return resolution{}, err
	}
	server, _, err := rest.DefaultServerUrlFor(c)
	if err != nil {
		return resolution{}, err
	}
	values := map[string]string{
		"server":    requestsBase(server),
		"namespace": namespace,
		"caFile":    absolute(c.CAFile), "caData": string(c.CAData),
		"certFile": absolute(c.CertFile), "certData": string(c.CertData),
		"keyFile": absolute(c.KeyFile), "keyData": string(c.KeyData),
		"serverName":  c.ServerName,
		"insecure":    flagText(c.Insecure),
		"compression": flagText(!c.DisableCompression),
		"tokenFile":   c.BearerTokenFile,
	}
	i := c.Impersonate
	values["impersonate"] = impersonateText(i.UserName, i.UID, i.Groups, i.Extra)
	if c.Proxy != nil {
		proxy, err := c.Proxy(&http.Request{URL: server})
		if err != nil {
			return resolution{}, err
		}
		values["proxy"] = proxy.String()
	}
	e := c.ExecProvider
	if e != nil {
		config, err := execClusterConfig(e.Config)
		if err != nil {
			return resolution{}, err
		}
		values["exec"] = execText(e.APIVersion, e.Command, e.Args, e.Env, e.InstallHint, string(e.InteractiveMode), e.ProvideClusterInfo, config)
	}
	t, err := c.TransportConfig()
	if err != nil {
		return resolution{}, err
	}
	if !t.HasCertCallback() {
		delete(values, "exec") // a static credential beats it
	}
	if err := sendWith(t, server, values); err != nil {
		return resolution{}, err
	}
	return resolved(values), nil
}

// sendWith returns the error of client-go's transport for a request. It does not run plugins.
func sendWith(t *clienttransport.Config, server *url.URL, values map[string]string) error {
	var sent http.Header
	wrapped, err := clienttransport.HTTPWrappersForConfig(t, roundTripFunc(func(r *http.Request) (*http.Response, error) {
		sent = r.Header
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	}))
	if err != nil {
		return err
	}
	if t.HasCA() && t.TLS.Insecure {
		_, err := clienttransport.TLSConfigFor(t)
		return err
	}
	if t.HasCertCallback() {
		return nil
	}
	answer, err := wrapped.RoundTrip(&http.Request{Method: http.MethodGet, URL: server, Header: http.Header{}})
	if err != nil {
		return err
	}
	values["authorization"] = sent.Get("Authorization")
	return answer.Body.Close()
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// requestsBase returns the prefix of each request's URL. client-go's requests keep the cleaned
// path and drop the query.
func requestsBase(u *url.URL) string {
	base := url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host, Path: strings.TrimSuffix(path.Join("/", u.Path), "/")}
	return base.String()
}

func absolute(file string) string {
	if file == "" {
		return ""
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		panic(err)
	}
	return abs
}

func flagText(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func basicText(username, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}

func impersonateText(user, uid string, groups []string, extra map[string][]string) string {
	if user == "" && uid == "" && len(groups) == 0 && len(extra) == 0 {
		return ""
	}
	return fmt.Sprintf("user %q uid %q groups %q extra %q", user, uid, groups, extra)
}

func execText(apiVersion, command string, args []string, env []clientcmdapi.ExecEnvVar, hint, mode string, info bool, config any) string {
	if !info {
		config = nil // the plugin does not see it
	}
	doc, err := stdjson.Marshal(config)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %q %q env %v hint %q mode %s info %t config %s", apiVersion, command, args, env, hint, mode, info, doc)
}

// execClusterConfig is the extension's JSON as values, integers kept.
func execClusterConfig(o runtime.Object) (config any, err error) {
	if o == nil {
		return nil, nil
	}
	unknown, ok := o.(*runtime.Unknown)
	if !ok {
		return nil, fmt.Errorf("the extension is a %T", o)
	}
	d := stdjson.NewDecoder(bytes.NewReader(unknown.Raw))
	d.UseNumber()
	return config, d.Decode(&config)
}

// warningKinds returns the names of the silences whose words the warnings contain.
func warningKinds(warnings []string) []string {
	var kinds []string
	for _, w := range warnings {
		kind := "unexpected: " + w
		for _, s := range silences {
			if strings.Contains(w, s.words) {
				kind = s.name
			}
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// isNotFound reports whether the loader misses an entry of that kind and name.
func isNotFound(err error, kind, name string) bool {
	var missing *kubeconfig.NotFoundError
	return errors.As(err, &missing) && missing.Kind == kind && missing.Name == name
}
